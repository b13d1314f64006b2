"""A participant of the REST door over httpx: it asks, works off its mailbox, looks at a delivery."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from services.tools.conformance.roles.samples import list_people
from tests.conformance.participants.buggy import SeededBugs

KNOWN = {"person-answer/1", "delivery-state-changed/1"}
MESSAGES = "/api/v1/messages"


@dataclass
class RestParticipant:
    client: httpx.AsyncClient
    token: str
    bugs: SeededBugs = field(default_factory=SeededBugs)
    known_ids: list[str] = field(default_factory=list)

    async def live(self) -> None:
        sent = [await self.ask(person.iin) for person in list_people()[:3]]
        await self.work_off()
        await self.call("GET", f"{MESSAGES}/{sent[-1]}/deliveries")
        for _ in range(100 if self.bugs.has("hot-polling") else 1):
            await self.call("GET", MESSAGES)

    async def ask(self, iin: str) -> str:
        content: dict[str, Any] = {"contract": "person-query/1", "data": {"iin": iin}}
        message: dict[str, Any] = {
            "service_id": "nr-iin-person",
            "message_id": f"{{{uuid4()}}}",
            "properties": {"caller": "clerk-7"},
            "content": content,
        }
        self.spoil_question(message, iin)
        key = str(uuid4())
        for _ in range(4):
            wait = {"wait": "600" if self.bugs.has("wait-endless") else "5"}
            answer = await self.call("POST", MESSAGES, message, key, params=wait)
            if answer.status_code not in (503, 403) or (
                answer.status_code == 403 and not self.bugs.has("asks-again")
            ):
                break
            if self.bugs.has("gives-up"):
                break
            if not self.bugs.has("impatient"):
                await asyncio.sleep(float(answer.headers.get("retry-after", "0")))
            if self.bugs.has("new-key-at-repeat"):
                key = str(uuid4())
        return str(message["message_id"])

    def spoil_question(self, message: dict[str, Any], iin: str) -> None:
        has, content = self.bugs.has, message["content"]
        if has("field-unknown"):
            message["priority"] = 1
        if has("contract-unnamed"):
            content["contract"] = "PersonQuery"
        if has("data-misspelt"):
            content["data"] = {"IIN": iin}
        if has("id-reused"):
            message["message_id"] = "0001"
        if has("property-long"):
            message["properties"] = {"a-key-of-more-than-thirty-characters": "x"}
        if has("region-by-name"):
            message["region"] = "Shymkent"
        if has("iin-in-property"):
            message["properties"] = {"person": iin}
        if has("type-of-own"):
            message["message_type"] = "QUERY"

    async def work_off(self) -> None:
        while True:
            answer = await self.call(
                "GET", MESSAGES, params={"limit": "500" if self.bugs.has("limit-huge") else "10"}
            )
            if not isinstance(mails := answer.json(), list) or not mails:
                return
            if not await self.conclude_all(mails):
                return

    async def conclude_all(self, mails: list[dict[str, Any]]) -> bool:
        has, went_on = self.bugs.has, False
        for mail in mails:
            is_seen = mail["message_id"] in self.known_ids
            self.known_ids.append(mail["message_id"])
            verdict: dict[str, Any] = {"status": "accepted"}
            if mail["content"]["contract"] not in KNOWN and not has("takes-anything"):
                verdict = {"status": "refused", "code": "contract-unknown"}
                if has("refuses-without-code"):
                    del verdict["code"]
                if has("code-in-words"):
                    verdict["code"] = "Contract unknown!"
            if is_seen and has("duplicate-refused"):
                verdict = {"status": "refused", "code": "duplicate"}
            if (is_seen and has("verdict-not-repeated")) or (
                has("notices-ignored") and "state" in mail["service_id"]
            ):
                continue
            if has("status-of-own"):
                verdict = {"status": "ok"}
            name = quote(mail["message_id"], safe="")
            if has("concludes-correlation"):
                name = mail["correlation_id"]
            answer = await self.call("PUT", f"{MESSAGES}/{name}/delivery", verdict)
            went_on = went_on or answer.status_code in (200, 503)
        return went_on

    async def call(
        self, method: str, path: str, value: Any = None, key: str = "", params: dict[str, str] | None = None
    ) -> httpx.Response:
        has = self.bugs.has
        headers = {} if has("no-token") else {"Authorization": f"Bearer {self.token}"}
        query = dict(params or {})
        if has("token-in-url"):
            query["access_token"] = self.token
        body = None
        if value is not None:
            headers["Content-Type"] = "text/plain" if has("type-text") else "application/json"
            body = json.dumps(value, ensure_ascii=False).encode("utf-8-sig" if has("bom") else "utf-8")
            if key and not has("no-idempotency-key"):
                headers["Idempotency-Key"] = key
        return await self.client.request(method, path, content=body, headers=headers, params=query or None)
