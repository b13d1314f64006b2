"""ШЭП with a provider behind it, for a participant that takes the place of a portal."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import uuid4

from services.tools.conformance.roles.cases.case_papers import (
    AUTHORITY,
    EMPLOYEE,
    REGION,
    SERVICE,
    STEPS,
    add_people,
    case_fields,
    case_properties,
    draft_result,
    sign_paper,
    spoil,
)
from services.tools.conformance.roles.mailbox import (
    SEND,
    Json,
    ScriptedMailbox,
    answer_json,
    contract_of,
    data_of,
)
from services.tools.conformance.serving import KitAnswer, ServedCall
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import BusError
from shared.pki.cms import signed_data

APPLICATION = "application/1"


@dataclass
class PortalScript(ScriptedMailbox):
    """The script: the first case gets its statuses and its result; of the second one nothing may be believed."""

    cases: list[str] = field(default_factory=list)

    tasks: ClassVar = ("apply", "take-answers")
    sender: ClassVar = "is_mio"

    def __post_init__(self) -> None:
        add_people(self.trace.keys, SystemClock().now())
        self.trace.facts["cases"] = self.cases

    @property
    def is_done(self) -> bool:
        """Whether both cases have begun and all that came for them is concluded."""
        return len(self.cases) >= 2 and self.is_worked_off

    def receive_message(self, call: ServedCall, request: Json) -> KitAnswer:
        """Every message passes; an application begins a case."""
        if contract_of(request) == APPLICATION:
            case_id = str(request.get("correlation_id"))
            if case_id not in self.cases:
                self.cases.append(case_id)
                self._answer_case(case_id, read_application(str(data_of(request).get("document"))))
        return answer_json(SEND, 201, self.passed_view(request), probe="passed")

    def _answer_case(self, case_id: str, paper: Json) -> None:
        applicant = str(paper.get("applicant", ""))
        if len(self.cases) == 1:
            for step in ("t3", "t7"):
                data = case_fields(step, "is_mio") | {
                    "authority": AUTHORITY,
                    "status": STEPS[step],
                    "number": "17",
                }
                self._send(
                    "status", case_id, step, "UPDATE", "status-changed/1", data, needed=2 if step == "t3" else 1
                )
            self._send_result("result", case_id, draft_result(case_id, applicant, "17"))
            return
        self._send_result("spoiled-result", case_id, draft_result(case_id, applicant, "18"))
        self._send_result("foreign-result", case_id, draft_result(str(uuid4()), applicant, "19"))
        data = case_fields("t3", "is_mio") | {"authority": AUTHORITY, "status": STEPS["t3"], "number": "20"}
        self._send("unknown-case", str(uuid4()), "t3", "UPDATE", "status-changed/1", data)

    def _send_result(self, probe: str, case_id: str, paper: Json) -> None:
        document = sign_paper(paper, self.trace.keys.people[EMPLOYEE])
        data = case_fields("t12", "is_mio") | {
            "status": STEPS["t12"],
            "number": paper["number"],
            "outcome": "positive",
            "document": spoil(document) if probe == "spoiled-result" else document,
        }
        self._send(probe, case_id, "t12", "RESPONSE", "result/1", data)

    def _send(
        self, probe: str, case_id: str, step: str, kind: str, contract: str, data: Any, needed: int = 1
    ) -> None:
        self.put_mail(
            probe, SERVICE, kind, contract, data, correlation_id=case_id, region=REGION,
            properties=case_properties(step), needed=needed,
        )  # fmt: skip


def read_application(document: str) -> Json:
    """What is inside a signed document; empty where that cannot be read."""
    try:
        paper = json.loads(signed_data.open_signed(base64.b64decode(document)).content)
    except (BusError, ValueError):
        return {}
    return paper if isinstance(paper, dict) else {}
