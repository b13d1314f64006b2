"""What an agent can do in the sandbox: each public method of ``SandboxTools`` is a tool.

A tool returns JSON values. A refusal of a system is no error of the tool: it is returned as ``{"refused": code,
"status": …, "problem": {…}}``, so that the agent reads the code, the sentence and the faulty fields.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec

import httpx

from services.catalog import INSTANCES
from services.launcher.launch import LaunchContext
from services.tools.agents.agent_citizens import AgentCitizens
from shared.bus.errors import BusError
from shared.client import OperatorClient
from shared.client.clock import ClockClient
from shared.client.http import ApiError, HttpClient
from shared.client.participants import JoiningOrder, Operators
from shared.contracts.registers import PERSON_SERVICE
from shared.pki.certificates.keys import new_rsa_key

GATEWAY, NUC = "shep_gateway", "is_nuc"
MOST_ROWS = 100
ASKING = frozenset(("GET", "HEAD"))

P = ParamSpec("P")
AnyTool = Callable[..., Awaitable[Any]]


def tells_refusals(tool: Callable[P, Awaitable[Any]]) -> Callable[P, Awaitable[Any]]:
    """A tool that returns the refusal of a system instead of raising it."""

    @wraps(tool)
    async def call_tool(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return await tool(*args, **kwargs)
        except ApiError as error:
            return {"refused": error.code, "status": error.status, "problem": error.body}
        except BusError as error:
            return {"refused": error.code, "problem": {"detail": error.message, **error.details}}
        except httpx.HTTPError as error:
            return {"refused": "system-silent", "problem": {"detail": type(error).__name__}}

    return call_tool


@dataclass
class SandboxTools:
    """The tools; ``launch`` says where the country is, ``is_reading`` leaves out what changes it."""

    launch: LaunchContext
    is_reading: bool = False
    _tokens: dict[str, str] = field(default_factory=dict)
    _citizens: AgentCitizens = field(init=False)

    def __post_init__(self) -> None:
        self._citizens = AgentCitizens(self.launch)

    def list_tools(self) -> list[AnyTool]:
        """The tools, those that change nothing first."""
        reading: list[AnyTool] = [
            self.list_systems, self.describe_api, self.read_system, self.list_people, self.check_message,
            self.explain_id, self.search_journal, self.show_case, self.query_database, self.show_clock,
            self.show_application,
        ]  # fmt: skip
        changing: list[AnyTool] = [self.join_system, self.ask_register, self.send_message, self.file_application]
        changing += [self.call_system, self.move_clock]
        return [tells_refusals(tool) for tool in (reading if self.is_reading else [*reading, *changing])]

    async def list_systems(self) -> Any:
        """List the systems of the country: name, URL, title, and its state: ready, not-ready or silent."""
        rows = []
        for instance in INSTANCES:
            url = self.launch.instance_url(instance.name)
            async with HttpClient(url) as system:
                try:
                    await system.get("/readyz")
                    state = "ready"
                except (ApiError, httpx.HTTPError) as error:
                    state = "not-ready" if isinstance(error, ApiError) else "silent"
            title = instance.load_title()["en"]
            rows.append({"name": instance.name, "url": url, "title": title, "state": state})
        return rows

    async def describe_api(self, system: str, path: str | None = None) -> Any:
        """List the operations of a system's API, or give the OpenAPI of one path with its schemas."""
        async with HttpClient(self.launch.instance_url(system)) as client:
            document = await client.get("/openapi.json")
        if path is None:
            return [
                {"method": method.upper(), "path": place, "summary": operation.get("summary")}
                for place, ways in document["paths"].items()
                for method, operation in ways.items()
            ]
        part = document["paths"].get(path)
        schemas = document["components"]["schemas"]
        text = json.dumps(part)
        named = {name: schema for name, schema in schemas.items() if f'"#/components/schemas/{name}"' in text}
        return {"path": part, "schemas": named}

    async def read_system(self, system: str, path: str) -> Any:
        """Read (GET) any path of a system's API as its operator; the path may have a query."""
        return await self._call(system, "GET", path, None)

    async def list_people(self, number: int = 10) -> Any:
        """List synthetic people of the country: ИИН, names, region. No living person holds such an ИИН."""
        return self._citizens.list_people(min(number, MOST_ROWS))

    async def check_message(self, message: str, signature: str | None = None, sender: str | None = None) -> Any:
        """Say what ШЭП and the recipient would answer to a message, without sending it.

        The message is one of the bus (JSON with messageInfo), a SOAP envelope or a body of POST /api/v1/messages.
        """
        headers = {"Content-Type": "application/octet-stream"} | ({"X-Signature": signature} if signature else {})
        async with self._operator(GATEWAY) as gateway:
            params = {"sender": sender} if sender else {}
            answer = await gateway.call(
                "POST", "/api/v1/message-checks", params=params, content=message.encode(), headers=headers
            )
        return answer.json()

    async def explain_id(self, any_id: str) -> Any:
        """Say where the message, case, session or exchange with this id lies, and whose turn it is."""
        return await self._call(GATEWAY, "GET", f"/api/v1/explanations/{any_id}", None)

    async def search_journal(
        self, case_id: str | None = None, sender: str | None = None, service_id: str | None = None
    ) -> Any:
        """Read the newest entries of ШЭП's journal, of one case, sender or service where it is named."""
        async with self._operator(GATEWAY) as gateway:
            filters = {"correlation_id": case_id, "sender": sender, "service_id": service_id}
            return (await gateway.get("/api/v1/journal", **filters))[:MOST_ROWS]

    async def show_case(self, case_id: str) -> Any:
        """Show the timeline of a case across all systems."""
        return await self._call(GATEWAY, "GET", f"/api/v1/cases/{case_id}/timeline", None)

    async def query_database(self, query: str, system: str = GATEWAY) -> Any:
        """Run one SQL query on a system's database, which is opened for reading; data of people are masked."""
        import asyncio

        from services.tools.integrating.sql_command import ask_database

        return await asyncio.to_thread(ask_database, self.launch, system, query, MOST_ROWS)

    async def show_clock(self) -> Any:
        """Show the time of the bus and the mode of its clock."""
        async with ClockClient(self.launch.nuc_url) as clock:
            return await clock.get_clock()

    async def join_system(self, address: str, asks: list[str] | None = None) -> Any:
        """Let a system join the bus by the REST door, with the right to ask these services (by default НР ИИН).

        The token is kept here for ask_register and send_message, and returned.
        """
        order = JoiningOrder(address, address, asks=tuple(asks or (PERSON_SERVICE,)))
        async with self._operator(NUC) as nuc, self._operator(GATEWAY) as gateway:
            joined = await Operators(nuc, gateway).join(order, new_rsa_key())
        self._tokens[address] = joined.token
        return {"address": address, "token": joined.token}

    async def ask_register(self, system: str, service: str, contract: str, data: dict[str, Any]) -> Any:
        """Ask a register as a system that joined here, and wait for the answer, twenty seconds at most."""
        content = {"contract": contract, "data": data}
        return await self._send(system, {"service_id": service, "content": content}, wait=20)

    async def send_message(self, system: str, message: dict[str, Any]) -> Any:
        """Send a message (a body of POST /api/v1/messages) as a system that joined here; nothing is waited for."""
        return await self._send(system, message, wait=0)

    async def file_application(self, regulation: str, iin: str | None = None) -> Any:
        """File an application of a citizen for a service (KZ-YUZ.3): the form is filled with valid examples and
        signed with an ЭЦП that is made here. Without an ИИН the first synthetic person applies.
        """
        return await self._citizens.apply(regulation, iin)

    async def show_application(self, case_id: str) -> Any:
        """Show an application that was filed here, as its citizen sees it."""
        return await self._citizens.show(case_id)

    async def call_system(self, system: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call any operation of a system's API as its operator: faults, clerks, register, clock and all else."""
        return await self._call(system, method.upper(), path, body)

    async def move_clock(self, hours: float) -> Any:
        """Move the bus's clock ahead; needs a country with EGOV_CLOCK=sandbox."""
        async with ClockClient(self.launch.nuc_url, token=self.launch.operator_token(NUC)) as clock:
            return await clock.advance(timedelta(hours=hours))

    async def _send(self, system: str, message: dict[str, Any], wait: int) -> Any:
        url = self.launch.instance_url(GATEWAY)
        async with HttpClient(url, token=self._tokens.get(system, "unknown")) as gateway:
            return await gateway.post(f"/api/v1/messages?wait={wait}", message)

    def _operator(self, system: str) -> OperatorClient:
        return OperatorClient(self.launch.instance_url(system), token=self.launch.operator_token(system))

    async def _call(self, system: str, method: str, path: str, body: dict[str, Any] | None) -> Any:
        async with self._operator(system) as client:
            options = {} if body is None else {"json": body}
            answer = await client.call(method, path, **options)
        if not answer.content:
            return {"status": answer.status_code}
        is_json = "json" in answer.headers.get("content-type", "")
        content = answer.json() if is_json else answer.text[:10_000]
        return content[:MOST_ROWS] if isinstance(content, list) else content
