"""Visitors who ask the operations of one system, each inside the system's own process."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.journeys.kit import EMPLOYEE_PASSWORD, PASSWORD, RunningCountry, running
from tests.openapi.documents import Json, document_of, operations_of
from tests.servers import environment


@dataclass(frozen=True)
class Visitor:
    """Calls the operations of one system, in the system's own process, as a caller with the right to call them."""

    country: RunningCountry
    name: str
    operator: str
    session: str

    async def ask(self, operation: Json, method: str, url: str, headers: Json, **request: Any) -> httpx.Response:
        """The answer of an operation of the document to a request."""
        codes = str(operation["responses"].get("401", ""))
        token = self.operator if "operator-only" in codes else self.session
        transport = httpx.ASGITransport(
            app=self.country.deployment.nodes[self.name].app, raise_app_exceptions=False
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://system") as client:
            headers = {**headers, "Authorization": f"Bearer {token}"}
            return await client.request(method, url, headers=headers, **request)


async def visitor_of(country: RunningCountry, name: str) -> Visitor:
    """A visitor with the operator's token of a system, and with a session where people log in."""
    operator = (country.folder / name / "operator.token").read_text()
    return Visitor(country, name, operator, await _log_in(country, name))


async def _log_in(country: RunningCountry, name: str) -> str:
    if name == "portal_pep":
        citizen = await country.newcomer()
        return await citizen.portal.log_in(citizen.person.iin, PASSWORD)
    if "list_employees" not in {one.content["operationId"] for one in operations_of(document_of(name))}:
        return ""
    iin = (await country.operator(name).get("/api/v1/employees"))[0]["iin"]
    body = {"iin": iin, "password": EMPLOYEE_PASSWORD}
    return str((await country.answer(name, "POST", "/api/v1/login", json=body)).json()["token"])


@asynccontextmanager
async def spoiled_country(
    folder: Path, *, names: tuple[str, ...] = (), with_servers: bool = False
) -> AsyncIterator[RunningCountry]:
    """A country that may be spoiled; ``with_servers``: over the private PostgreSQL."""
    settings = {"EGOV_CLERKS": "manual", "EGOV_REGISTER_SECONDS": "5"}
    if with_servers:
        base = environment.setting("DATABASE_URL")
        assert base is not None, "run `python -m tests.servers run -- …`"
        settings["DATABASE_URL"] = f"{base.rpartition('/')[0]}/odd{secrets.token_hex(4)}"
    async with running(folder, names=names, environment=settings) as made:
        yield made
