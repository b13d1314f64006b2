"""Messages of a mailbox, posted one by one to a server of the participant's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any

import httpx

from shared.bus.http.tls import server_check, uses_proxies
from shared.bus.messages.webhook_signatures import new_secret, sign_webhook
from shared.client.http import ApiError, HttpClient
from shared.pki.certificates.keys import write_private

ATTEMPTS = 5
FIRST_WAIT = 0.5
"""Seconds before the second attempt; each further wait is twice as long."""
POST_SECONDS = 10.0
RECONNECT_SECONDS = 1.0
DELIVERY_STATE = "delivery-state"


@dataclass(frozen=True)
class PostReport:
    """What became of one attempt to post a message: ``posted``, ``retried`` or ``given-up``."""

    event: str
    kind: str
    message_id: str
    sender: str
    service_id: str
    attempt: int
    status: int | None = None
    reason: str | None = None
    wait: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


def read_secret(file: Path | None) -> str:
    """The secret in a file; a new one, written there, where the file is missing or none is named."""
    if file is not None and file.exists():
        return file.read_text(encoding="utf-8").strip()
    secret = new_secret()
    if file is not None:
        write_private(file, f"{secret}\n".encode())
    return secret


def make_local_client(url: str) -> httpx.AsyncClient:
    """The client by which a server of the participant's own is called."""
    return httpx.AsyncClient(timeout=POST_SECONDS, verify=server_check(url), trust_env=uses_proxies(url))


@dataclass
class MailForwarder:
    """Posts what waits in a mailbox, the oldest first; a message that fails is tried again before the next one."""

    gateway: HttpClient
    local: httpx.AsyncClient
    url: str
    secret: str
    concludes: bool
    tell: Callable[[PostReport], None]
    given_up: int = 0
    _last_id: int = 0

    async def run(self, most: int | None = None) -> None:
        """Forward until ``most`` messages have been dealt with; a broken stream is taken up where it ended."""
        remaining = most
        while remaining is None or remaining > 0:
            try:
                async for mail in self._follow_mail():
                    await self._forward(mail)
                    remaining = None if remaining is None else remaining - 1
                    if remaining == 0:
                        return
            except httpx.HTTPError:
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _follow_mail(self) -> AsyncIterator[Any]:
        headers = {"Last-Event-ID": str(self._last_id)}
        async with self.gateway.stream("/api/v1/messages/stream", headers) as answer:
            if not answer.is_success:
                await answer.aread()
                raise ApiError(answer.status_code, answer.json())
            event: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                if line:
                    event[name] = value.strip()
                    continue
                if "data" in event:
                    yield json.loads(event["data"])
                    self._last_id = int(event["id"])
                event = {}

    async def _forward(self, mail: Any) -> None:
        kind = DELIVERY_STATE if mail["service_id"] == DELIVERY_STATE else "message"
        mail_facts = (kind, mail["message_id"], mail["sender"], mail["service_id"])
        moment = datetime.now(UTC).isoformat()  # noqa: TID251 - the time of a post is the machine's
        body = json.dumps({"type": kind, "timestamp": moment, "data": mail}, ensure_ascii=False).encode()
        wait = FIRST_WAIT
        for attempt in range(1, ATTEMPTS + 1):
            status, reason = await self._post(mail, body)
            if reason is None:
                if self.concludes:
                    await self._accept(mail["message_id"])
                self.tell(PostReport("posted", *mail_facts, attempt, status))
                return
            if attempt < ATTEMPTS:
                self.tell(PostReport("retried", *mail_facts, attempt, status, reason, wait))
                await asyncio.sleep(wait)
                wait *= 2
        self.given_up += 1
        self.tell(PostReport("given-up", *mail_facts, ATTEMPTS, status, reason))

    async def _post(self, mail: Any, body: bytes) -> tuple[int | None, str | None]:
        """The status of the answer, and why the attempt failed; None for a success."""
        signed = sign_webhook(f"{mail['sender']}:{mail['message_id']}", int(time()), body, [self.secret])
        headers = {"Content-Type": "application/json", "User-Agent": "egov-bus", **signed}
        try:
            answer = await self.local.post(self.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return None, type(error).__name__
        return answer.status_code, None if answer.is_success else f"HTTP {answer.status_code}"

    async def _accept(self, message_id: str) -> None:
        try:
            await self.gateway.call("PUT", f"/api/v1/messages/{message_id}/delivery", json={"status": "accepted"})
        except ApiError as error:
            if error.status not in (404, 409):  # the server has concluded it itself
                raise
