"""A system of the tester that has joined: it asks, provides and takes messages by the REST door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.tools.testing.waiting import PATIENCE_SECONDS, CallRunner, wait_until
from shared.client.http import HttpClient
from shared.client.participants import JoinedParticipant

WAIT_SECONDS = 10


@dataclass(repr=False)
class SandboxMember:
    """A participant with a certified key, a token and a client of the REST door."""

    participant: JoinedParticipant
    client: HttpClient
    runner: CallRunner

    @property
    def address(self) -> str:
        return self.participant.address

    @property
    def token(self) -> str:
        """The token of the REST door, for the system under test."""
        return self.participant.token

    def ask(self, service: str, contract: str, data: dict[str, Any], wait: int = WAIT_SECONDS) -> dict[str, Any]:
        """Send a request, wait for its answer: what ``POST /api/v1/messages`` returns. ApiError when refused."""
        body = {"service_id": service, "content": {"contract": contract, "data": data}}
        return dict(self.runner.run(self.client.post(f"/api/v1/messages?wait={wait}", body)))

    def send(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send a message as the REST door takes it, without waiting for an answer. ApiError for a refusal."""
        return dict(self.runner.run(self.client.post("/api/v1/messages", message)))

    def list_messages(self) -> list[Any]:
        """The messages that wait for this system."""
        return list(self.runner.run(self.client.get("/api/v1/messages")))

    def wait_for_message(self, seconds: float = PATIENCE_SECONDS, **fields: Any) -> dict[str, Any]:
        """The first waiting message whose fields have these values. StillWaiting where none comes."""

        def find_messages() -> list[Any]:
            messages = self.list_messages()
            return [one for one in messages if all(one.get(key) == fields[key] for key in fields)]

        return dict(wait_until(find_messages, bool, f"a message with {fields}", seconds)[0])

    def accept(self, message_id: str) -> None:
        """Conclude the delivery of a message: this system has it."""
        self._conclude(message_id, {"status": "accepted"})

    def refuse(self, message_id: str, code: str) -> None:
        """Conclude the delivery of a message with this error code, of which its sender gets a notice."""
        self._conclude(message_id, {"status": "refused", "code": code})

    def _conclude(self, message_id: str, verdict: dict[str, str]) -> None:
        path = f"/api/v1/messages/{message_id}/delivery"
        self.runner.run(self.client.call("PUT", path, json=verdict))
