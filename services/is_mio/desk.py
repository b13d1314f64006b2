"""What is done with a case at an authority, by whoever does it: each act is a step of the passport's table."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.is_mio import domain, storage
from services.is_mio.clerks import Signer, SigningKeys
from services.is_mio.domain import Decision, Stage
from services.is_mio.storage import CASES, Case, EmployeeRow
from shared.bus.errors import NotFound
from shared.bus.message import Contract, MessageType
from shared.bus.work import Work
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, REGULATION, STEP, Notice, Outcome, Result, StatusChanged
from shared.contracts.documents import ApplicationDocument, OutputDocument, read_application
from shared.pki import cms
from shared.regulations.book import PassportBook
from shared.regulations.model import Office, Op, Passport, Sending, TableStep
from shared.regulations.track import Track


class Desk:
    """One case on the table, inside one transaction; ``save`` puts it back."""

    def __init__(self, work: Work, case: Case, documents: Documents) -> None:
        self.work = work
        self.case = case
        self.documents = documents
        book = work.use(PassportBook)
        self.passport = book.get(case.regulation)
        self.procedure = book.procedure(case.regulation, case.channel)
        self.track = Track(self.procedure, case.steps)

    def register(self) -> None:
        """The case got its number: «поступившие»."""
        self._do("register")

    def accept(self, employee: EmployeeRow) -> None:
        """An employee takes the case into work."""
        domain.check_own(self.case.authority, employee.authority)
        self._do("accept")
        self._change(employee=employee.iin, stage=Stage.IN_WORK.value)

    def decide(self, employee: EmployeeRow, decision: Decision) -> None:
        """An employee decides; the system composes the output document by itself and announces «в работе»."""
        domain.check_own(self.case.authority, employee.authority)
        self._do("decide")
        self._change(outcome=decision.outcome.value, reason=decision.reason, stage=Stage.DECIDED.value)
        self.documents.put("draft", self._output(decision).model_dump_json().encode())
        self._do("compose")

    def sign(self, employee: EmployeeRow) -> None:
        """An employee issues and signs the output document with the key that his workplace keeps."""
        signer = self.work.use(SigningKeys).of(employee)
        self.issue(employee, seal(self.draft, signer, self.work.now))

    def issue(self, employee: EmployeeRow, document: bytes) -> None:
        """The signed output document (a CMS over the draft, checked by the caller) goes to the applicant."""
        domain.check_own(self.case.authority, employee.authority)
        self._do("issue")
        self._change(stage=Stage.COMPLETED.value)
        self.documents.put("output", document)
        self._do("sign")

    @property
    def draft(self) -> bytes:
        """The output document that waits for a signature; NotFound ``no-draft`` before the decision."""
        draft = self.documents.get("draft")
        if draft is None:
            raise NotFound("no-draft", "no output document has been composed yet")
        return draft

    def save(self) -> None:
        self._change(changed_at=self.work.now, steps=self.track.text)
        self.work.rows(CASES).put(self.case)
        self.work.changed(f"case:{self.case.correlation_id}")

    def _change(self, **values: Any) -> None:
        self.case = replace(self.case, **values)

    def _do(self, op: Op) -> None:
        step = self.procedure.find(op, "is_mio")
        self.track.take(step.n, self.work.now, addresses.MIO)
        for sending in step.performs.sends:
            self._send(step, sending)

    def _send(self, step: TableStep, sending: Sending) -> None:
        case = self.case
        self.work.send(
            case.way_back,
            self._payload(step, sending),
            service_id=case.service_type,
            message_type=MessageType(sending.message),
            correlation_id=case.correlation_id,
            route_id=case.region,
            values={REGULATION: case.regulation, CHANNEL: case.channel, STEP: str(step.n)},
        )

    def _payload(self, step: TableStep, sending: Sending) -> Contract:
        case = self.case
        common: dict[str, Any] = {
            "regulation": case.regulation,
            "channel": case.channel,
            "step": step.n,
            "number": case.number,
            "steps": self.track.steps,
        }
        if sending.message == "RESPONSE":
            outcome = Outcome(case.outcome or "")
            status = step.performs.status or "завершение"
            return Result.model_construct(
                **common, status=status, outcome=outcome, document=self.documents.get("output") or b""
            )
        kind = StatusChanged if sending.message == "UPDATE" else Notice
        return kind(**common, authority=case.authority, status=step.performs.status or "изменение статуса")

    def _output(self, decision: Decision) -> OutputDocument:
        return domain.output(
            self.documents.application,
            number=self.case.number,
            service=self.passport.title.ru,
            service_kk=self.passport.title.kk,
            authority=office(self.passport, self.case.authority).name,
            decision=decision,
            now=self.work.now,
        )


class Documents:
    """The documents of one case: read when asked for, kept as they are."""

    def __init__(self, work: Work, case: str, application: ApplicationDocument | None = None) -> None:
        self._work = work
        self._case = case
        self._application = application
        self._fresh: dict[str, bytes] = {}

    @property
    def application(self) -> ApplicationDocument:
        """What the citizen signed; its signature was checked when it came."""
        if self._application is None:
            signed = cms.open_signed(self.get("application") or b"")
            self._application = read_application(signed.content)
        return self._application

    def get(self, kind: str) -> bytes | None:
        return self._fresh.get(kind) or storage.document(self._work.session, self._case, kind)

    def put(self, kind: str, content: bytes) -> None:
        self._fresh[kind] = content
        row = {"correlation_id": self._case, "kind": kind, "content": content}
        self._work.defer(storage.write_documents, row)


def seal(draft: bytes, signer: Signer, now: datetime) -> bytes:
    """The output document as a CMS with the document inside."""
    return cms.sign(draft, signer.key, signer.certificate, at=now)


def office(passport: Passport, code: str) -> Office:
    """The department of the act; NotFound ``authority-unknown``."""
    for found in passport.directories.departments:
        if found.code == code:
            return found
    raise NotFound("authority-unknown", "the act's directory has no such authority", authority=code)
