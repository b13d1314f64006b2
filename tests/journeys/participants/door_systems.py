"""A system behind a door of ШЭП, as somebody else would write it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from shared.client.participants import JoinedParticipant
from tests.journeys.kit import AUTHORITY, SERVICE, Citizen, RunningCountry

SERVICE_TYPE, REGION, CHANNEL = "unemployment-certificate", "KZ-YUZ", "portal"
MESSAGES = "/api/v1/messages"


@dataclass(repr=False)
class DoorSystem:
    """A participant that speaks HTTP and JSON, and knows nothing of the bus but its documents."""

    country: RunningCountry
    joined: JoinedParticipant

    async def call(self, method: str, path: str = "", **how: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.joined.token}", **how.pop("headers", {})}
        return await self.country.answer("shep_gateway", method, MESSAGES + path, headers=headers, **how)

    async def take(self, case: str) -> Any:
        """The next message of a case; taken with the verdict «accepted»."""
        waiting = (await self.call("GET", f"?correlation_id={case}&wait=20")).json()
        assert waiting, "nothing came into the mailbox"
        path = f"/{waiting[0]['message_id']}/delivery"
        taken = await self.call("PUT", path, json={"status": "accepted"})
        assert taken.status_code == 200, taken.text
        return taken.json()

    async def send(self, application: Any, kind: str, contract: str, step: str, **data: Any) -> httpx.Response:
        """Send a message of a step in the case of an application."""
        return await self.call("POST", json=compose_message(application, kind, contract, step, **data))

    def compose_application(self, citizen: Citizen, case: str) -> dict[str, Any]:
        """The message with an application for a certificate that the citizen signed."""
        document = {
            "document": "application",
            "application_id": case,
            "regulation": SERVICE,
            "channel": "portal",
            "region": REGION,
            "authority": AUTHORITY,
            "applicant": citizen.person.iin,
            "fields": citizen.form,
            "made_at": now().isoformat(),
        }
        signed = base64.b64encode(citizen.sign(json.dumps(document).encode())).decode()
        steps = [{**step, "answer": "met"} for step in self.done("w3", "w7", "t1")] + self.done("w5", "w6")
        application = case_of(case, SERVICE, AUTHORITY)
        return compose_message(application, "REQUEST", "application/1", "t1", document=signed, steps=steps)

    def done(self, *steps: str) -> list[dict[str, str]]:
        return [{"step": step, "at": now().isoformat(), "by": self.joined.address} for step in steps]


def compose_message(application: Any, kind: str, contract: str, step: str, **data: Any) -> dict[str, Any]:
    """A message of a step in the case of an application, as the REST door takes it."""
    known = application["content"]["data"]
    properties = {"regulation": known["regulation"], "channel": known["channel"], "step": step}
    own = {name: known[name] for name in ("regulation", "channel")}
    if contract != "application/1":
        own["step"] = step
    if contract != "result/1":
        own["authority"] = known["authority"]
    return {
        "service_id": application["service_id"],
        "message_type": kind,
        "correlation_id": application["correlation_id"],
        "region": application["region"],
        "properties": properties,
        "content": {"contract": contract, "data": own | data},
    }


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the system's own clock


def case_of(correlation_id: str, regulation: str, authority: str) -> dict[str, Any]:
    """The case of an application in the portal's channel, for ``DoorSystem.send``."""
    return {
        "service_id": SERVICE_TYPE,
        "correlation_id": correlation_id,
        "region": REGION,
        "content": {"data": {"regulation": regulation, "channel": CHANNEL, "authority": authority}},
    }
