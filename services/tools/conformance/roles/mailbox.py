"""The REST door as far as every script needs it: sending, the mailbox, verdicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote
from uuid import uuid4

from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import RunTrace
from services.tools.conformance.roles.samples import iso_now
from services.tools.conformance.serving import PROBLEM, KitAnswer, ServedCall

MESSAGES = "/api/v1/messages"
SEND, TAKE, CONCLUDE, LOOK = "send", "take", "conclude", "look"
Json = dict[str, Any]


@dataclass
class ScriptedMail:
    """A message in the participant's mailbox; all conclusions but the last of ``needed`` get no proper answer."""

    view: Json
    probe: str
    needed: int = 1
    conclusions: int = 0
    verdict: Json | None = None

    @property
    def is_waiting(self) -> bool:
        return self.conclusions < self.needed

    @property
    def message_id(self) -> str:
        return str(self.view["message_id"])


@dataclass
class ScriptedMailbox:
    """A door with a mailbox; a script says what it holds and what becomes of a message that is sent."""

    trace: RunTrace
    mails: list[ScriptedMail] = field(default_factory=list)

    sender: ClassVar[str] = "shep_gateway"

    def answer_call(self, call: ServedCall) -> KitAnswer:
        """The door's answer."""
        if call.part.headers.get("authorization") != f"Bearer {self.trace.keys.token}":
            return answer_problem(_operation_of(call), 401, "participant-token")
        if call.path == MESSAGES and call.method == "POST":
            request = call.part.json
            if not isinstance(request, dict) or not isinstance(request.get("content"), dict):
                return answer_problem(SEND, 422, "request-malformed")
            return self.receive_message(call, request)
        if call.path == MESSAGES and call.method == "GET":
            return self._take(call)
        if call.method == "PUT" and call.raw_path.endswith("/delivery"):
            return self._conclude(call)
        if call.method == "GET" and call.raw_path.endswith("/deliveries"):
            state = {"recipient": "nr_iin", "state": "DELIVERED", "changed_at": iso_now(), "error_code": None}
            return answer_json(LOOK, 200, [state])
        if call.path == MESSAGES:
            return answer_problem("", 405, "method-not-allowed")
        return answer_problem("", 404, "not-found")

    def receive_message(self, call: ServedCall, request: Json) -> KitAnswer:
        """The answer to a message of the participant."""
        return answer_json(SEND, 201, self.passed_view(request), probe="passed")

    def passed_view(self, request: Json) -> Json:
        """What ШЭП says of a message that it let pass, with a member that no client knows yet."""
        return {
            "message_id": request.get("message_id") or str(uuid4()),
            "correlation_id": request.get("correlation_id") or str(uuid4()),
            "session_id": f"{{{uuid4()}}}",
            "answer": None,
            "refusal": None,
            "x_of_tomorrow": {"is_ignored": True},
        }

    @property
    def is_worked_off(self) -> bool:
        """Whether every message of the mailbox is concluded."""
        return not any(mail.is_waiting for mail in self.mails)

    def put_mail(
        self, probe: str, service: str, kind: str, contract: str, data: Json, **fields: Any
    ) -> ScriptedMail:
        """Put a message into the mailbox; ``fields`` replace those of its view, ``needed`` is of the mail."""
        needed = fields.pop("needed", 1)
        view = {
            "message_id": str(uuid4()),
            "correlation_id": str(uuid4()),
            "service_id": service,
            "message_type": kind,
            "region": None,
            "sender": self.sender,
            "session_id": None,
            "properties": {"x-of-tomorrow": "1"},
            "arrived_at": iso_now(),
            "state": "WAITING",
            "status_code": None,
            "content": {"contract": contract, "data": data},
            **fields,
        }
        mail = ScriptedMail(view, probe, needed)
        self.mails.append(mail)
        return mail

    def _take(self, call: ServedCall) -> KitAnswer:
        waiting = [mail for mail in self.mails if mail.is_waiting]
        limit = call.query.get("limit", "20")
        shown_mails = waiting[: int(limit)] if limit.isdigit() else waiting
        facts = {"is_empty": not waiting, "shown": [mail.probe for mail in shown_mails]}
        return answer_json(TAKE, 200, [mail.view for mail in shown_mails], facts=facts)

    def _conclude(self, call: ServedCall) -> KitAnswer:
        raw = call.raw_path.removeprefix(f"{MESSAGES}/").removesuffix("/delivery")
        message_id = unquote(raw)
        mail = next((mail for mail in self.mails if mail.message_id == message_id), None)
        facts = {"raw_id": raw, "message_id": message_id, "mail": mail and mail.probe}
        verdict = call.part.json
        if mail is None:
            return answer_problem(CONCLUDE, 404, "mail-unknown", facts=facts)
        if not isinstance(verdict, dict) or verdict.get("status") not in ("accepted", "refused"):
            return answer_problem(CONCLUDE, 422, "request-malformed", facts=facts)
        mail.conclusions += 1
        mail.verdict = mail.verdict or verdict
        if mail.is_waiting:
            return answer_problem(CONCLUDE, 503, "service-busy", probe="lost", facts=facts)
        if mail.verdict != verdict:
            return answer_problem(CONCLUDE, 409, "mail-concluded", facts=facts)
        return answer_json(CONCLUDE, 200, {**mail.view, "state": str(verdict["status"]).upper()}, facts=facts)


def sent_messages(trace: RunTrace, *contracts: str) -> list[tuple[KeptExchange, Json]]:
    """The messages that the participant sent and the door let pass; of some contracts only."""
    messages = []
    for call in trace.book.select("rest", SEND, probe="passed"):
        request = call.request.json
        if isinstance(request, dict) and (not contracts or contract_of(request) in contracts):
            messages.append((call, request))
    return messages


def contract_of(request: Json) -> str:
    """The contract that a message names."""
    content = request.get("content")
    return str(content.get("contract")) if isinstance(content, dict) else ""


def data_of(request: Json) -> Json:
    """The data of a message; empty where there are none."""
    content = request.get("content")
    data = content.get("data") if isinstance(content, dict) else None
    return data if isinstance(data, dict) else {}


def verdicts_on(trace: RunTrace, *probes: str) -> list[tuple[KeptExchange, str]]:
    """The conclusions of mails with these probes, with their verdict."""
    concluded = []
    for call in trace.book.select("rest", CONCLUDE):
        if call.facts.get("mail") in probes and isinstance(call.request.json, dict):
            concluded.append((call, str(call.request.json.get("status"))))
    return concluded


def _operation_of(call: ServedCall) -> str:
    if call.path == MESSAGES:
        return SEND if call.method == "POST" else TAKE
    return CONCLUDE if call.method == "PUT" else LOOK


def answer_json(operation: str, status: int, value: Any, **more: Any) -> KitAnswer:
    """An answer with a body of JSON."""
    return KitAnswer(operation, status, json.dumps(value, ensure_ascii=False).encode(), **more)


def answer_problem(
    operation: str, status: int, code: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> KitAnswer:
    """An answer with a problem (RFC 9457)."""
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": code}
    return KitAnswer(operation, status, json.dumps(body).encode(), PROBLEM, headers or {}, **more)
