"""The REST door, as a participant of it meets ШЭП: questions, a mailbox with odd mail, answers that get lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote
from uuid import uuid4

from services.tools.conformance.judging import RunTrace
from services.tools.conformance.roles.samples import PEOPLE, PERSON_SERVICE, find_person, iso_now
from services.tools.conformance.serving import PROBLEM, KitAnswer, ServedCall

MESSAGES = "/api/v1/messages"
SEND, TAKE, CONCLUDE, LOOK = "send", "take", "conclude", "look"
RETRY_SECONDS = 1
UNKNOWN_CONTRACT = "conformance-of-tomorrow/1"
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
class RestDoor:
    """The script: the first question meets an outage, the second a refusal, and the mailbox holds what the
    contract allows and few expect.

    The participant asks for three people, works off its mailbox, and looks at the delivery of a message.
    """

    trace: RunTrace
    mails: list[ScriptedMail] = field(default_factory=list)
    questions: list[bytes] = field(default_factory=list)
    """The different questions in their order."""
    answered: set[bytes] = field(default_factory=set)
    has_looked: bool = False

    tasks: ClassVar = ("ask-three", "work-off", "look-at-delivery")

    def __post_init__(self) -> None:
        self._put_mail("unknown-contract", "nr-iin-person", "NOTIFICATION", UNKNOWN_CONTRACT, {"x": 1})
        message_id = f"{{{uuid4()}}}:1"
        state = {"messageId": "m-1", "recipient": "nr_iin", "state": "NOT_DELIVERED", "errorCode": "iin-unknown"}
        self._put_mail("odd-id", "delivery-state", "NOTIFICATION", "delivery-state-changed/1", state, message_id)

    @property
    def is_done(self) -> bool:
        """Whether the participant has done all that the script asks for."""
        is_worked_off = not any(mail.is_waiting for mail in self.mails)
        return len(self.questions) >= len(PEOPLE) and is_worked_off and self.has_looked

    def answer_call(self, call: ServedCall) -> KitAnswer:
        """The door's answer."""
        if call.part.headers.get("authorization") != f"Bearer {self.trace.keys.token}":
            return _problem(_operation_of(call), 401, "token-invalid")
        if call.path == MESSAGES and call.method == "POST":
            return self._send(call)
        if call.path == MESSAGES and call.method == "GET":
            return self._take(call)
        if call.method == "PUT" and call.raw_path.endswith("/delivery"):
            return self._conclude(call)
        if call.method == "GET" and call.raw_path.endswith("/deliveries"):
            self.has_looked = True
            state = {"recipient": "nr_iin", "state": "DELIVERED", "changed_at": iso_now(), "error_code": None}
            return _json(LOOK, 200, [state])
        return _problem("", 404, "not-found")

    def _send(self, call: ServedCall) -> KitAnswer:
        request = call.part.json
        if not isinstance(request, dict) or not isinstance(request.get("content"), dict):
            return _problem(SEND, 422, "request-invalid")
        question = json.dumps(request, sort_keys=True).encode()
        key = call.part.headers.get("idempotency-key", "")
        is_new = question not in self.questions
        if is_new:
            self.questions.append(question)
        place = self.questions.index(question)
        if place == 0 and is_new:
            headers = {"retry-after": str(RETRY_SECONDS)}
            return _problem(SEND, 503, "service-busy", headers=headers, probe="outage")
        if place == 1:
            return _problem(SEND, 403, "no-right", probe="refusal")
        is_repeated = question in self.answered
        self.answered.add(question)
        return self._pass_question(call, request, is_repeated=is_repeated, key=key)

    def _pass_question(self, call: ServedCall, request: Json, *, is_repeated: bool, key: str) -> KitAnswer:
        chain = request.get("correlation_id") or str(uuid4())
        view: Json = {
            "message_id": request.get("message_id") or str(uuid4()),
            "correlation_id": chain,
            "session_id": f"{{{uuid4()}}}",
            "answer": None,
            "x_of_tomorrow": {"is_ignored": True},
        }
        iin = request["content"].get("data", {}).get("iin")
        if not is_repeated and request.get("message_type", "REQUEST") == "REQUEST" and isinstance(iin, str):
            mail = self._put_mail(
                "answer", PERSON_SERVICE, "RESPONSE", "person-answer/1", find_person(iin), chain=chain
            )
            mail.needed = 2 if len(self.answered) == 1 else 1
            if float(call.query.get("wait", "0") or 0) > 0:
                view["answer"] = mail.view
        return _json(SEND, 201, view, probe="passed")

    def _take(self, call: ServedCall) -> KitAnswer:
        waiting = [mail for mail in self.mails if mail.is_waiting]
        limit = call.query.get("limit", "20")
        shown = waiting[: int(limit)] if limit.isdigit() else waiting
        return _json(TAKE, 200, [mail.view for mail in shown], facts={"is_empty": not waiting})

    def _conclude(self, call: ServedCall) -> KitAnswer:
        raw = call.raw_path.removeprefix(f"{MESSAGES}/").removesuffix("/delivery")
        message_id = unquote(raw)
        mail = next((mail for mail in self.mails if mail.message_id == message_id), None)
        facts = {"raw_id": raw, "message_id": message_id, "mail": mail and mail.probe}
        verdict = call.part.json
        if mail is None:
            return _problem(CONCLUDE, 404, "mail-unknown", facts=facts)
        if not isinstance(verdict, dict) or verdict.get("status") not in ("accepted", "refused"):
            return _problem(CONCLUDE, 422, "request-invalid", facts=facts)
        mail.conclusions += 1
        mail.verdict = mail.verdict or verdict
        if mail.is_waiting:
            return _problem(CONCLUDE, 503, "service-busy", probe="lost", facts=facts)
        if mail.verdict != verdict:
            return _problem(CONCLUDE, 409, "mail-concluded", facts=facts)
        return _json(CONCLUDE, 200, {**mail.view, "state": f"{verdict['status']}".upper()}, facts=facts)

    def _put_mail(
        self,
        probe: str,
        service: str,
        kind: str,
        contract: str,
        data: Json,
        message_id: str | None = None,
        chain: str | None = None,
    ) -> ScriptedMail:
        view = {
            "message_id": message_id or str(uuid4()),
            "correlation_id": chain or str(uuid4()),
            "service_id": service,
            "message_type": kind,
            "region": None,
            "sender": "nr_iin" if service == PERSON_SERVICE else "shep_gateway",
            "session_id": None,
            "properties": {"x-of-tomorrow": "1"},
            "arrived_at": iso_now(),
            "state": "WAITING",
            "status_code": None,
            "content": {"contract": contract, "data": data},
        }
        mail = ScriptedMail(view, probe)
        self.mails.append(mail)
        return mail


def _operation_of(call: ServedCall) -> str:
    if call.path == MESSAGES:
        return SEND if call.method == "POST" else TAKE
    return CONCLUDE if call.method == "PUT" else LOOK


def _json(operation: str, status: int, value: Any, **more: Any) -> KitAnswer:
    return KitAnswer(operation, status, json.dumps(value, ensure_ascii=False).encode(), **more)


def _problem(
    operation: str, status: int, code: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> KitAnswer:
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": code}
    return KitAnswer(operation, status, json.dumps(body).encode(), PROBLEM, headers or {}, **more)
