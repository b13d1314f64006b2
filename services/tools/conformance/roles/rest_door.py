"""The REST door, as a participant of it meets ШЭП: questions, a mailbox with odd mail, answers that get lost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import uuid4

from services.tools.conformance.roles.mailbox import (
    LOOK,
    SEND,
    Json,
    ScriptedMailbox,
    answer_json,
    answer_problem,
)
from services.tools.conformance.roles.samples import PEOPLE, PERSON_SERVICE, find_person
from services.tools.conformance.serving import KitAnswer, ServedCall

RETRY_SECONDS = 1
UNKNOWN_CONTRACT = "conformance-of-tomorrow/1"


@dataclass
class RestDoor(ScriptedMailbox):
    """The script: the first question meets an outage, the second a refusal, and the mailbox holds what the
    contract allows and few expect.

    The participant asks for three people, works off its mailbox, and looks at the delivery of a message.
    """

    questions: list[bytes] = field(default_factory=list)
    """The different questions in their order."""
    answered: set[bytes] = field(default_factory=set)

    tasks: ClassVar = ("ask-three", "work-off", "look-at-delivery")

    def __post_init__(self) -> None:
        self.put_mail("unknown-contract", PERSON_SERVICE, "NOTIFICATION", UNKNOWN_CONTRACT, {"x": 1})
        state = {"messageId": "m-1", "recipient": "nr_iin", "state": "NOT_DELIVERED", "errorCode": "iin-unknown"}
        contract, odd_id = "delivery-state-changed/1", f"{{{uuid4()}}}:1"
        self.put_mail("odd-id", "delivery-state", "NOTIFICATION", contract, state, message_id=odd_id)

    @property
    def is_done(self) -> bool:
        """Whether the participant has done all that the script asks for."""
        has_looked = next(self.trace.book.select("rest", LOOK), None) is not None
        return len(self.questions) >= len(PEOPLE) and self.is_worked_off and has_looked

    def receive_message(self, call: ServedCall, request: Json) -> KitAnswer:
        """The first question meets an outage, the second a refusal, the others pass."""
        question = json.dumps(request, sort_keys=True).encode()
        is_new = question not in self.questions
        if is_new:
            self.questions.append(question)
        place = self.questions.index(question)
        if place == 0 and is_new:
            headers = {"retry-after": str(RETRY_SECONDS)}
            return answer_problem(SEND, 503, "service-busy", headers=headers, probe="outage")
        if place == 1:
            return answer_problem(SEND, 403, "no-right", probe="refusal")
        is_repeated = question in self.answered
        self.answered.add(question)
        return self._pass_question(call, request, is_repeated=is_repeated)

    def _pass_question(self, call: ServedCall, request: Json, *, is_repeated: bool) -> KitAnswer:
        view, data = self.passed_view(request), request["content"].get("data")
        iin = data.get("iin") if isinstance(data, dict) else None
        if not is_repeated and request.get("message_type", "REQUEST") == "REQUEST" and isinstance(iin, str):
            needed = 2 if len(self.answered) == 1 else 1
            mail = self.put_mail(
                "answer", PERSON_SERVICE, "RESPONSE", "person-answer/1", find_person(iin),
                correlation_id=view["correlation_id"], needed=needed, sender="nr_iin",
            )  # fmt: skip
            if call.query.get("wait", "0") != "0":
                view["answer"] = mail.view
        return answer_json(SEND, 201, view, probe="passed")
