"""Расписки: receipts that a citizen gets during a case where the act prescribes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import Column, select
from sqlmodel import Field, Session, col

from shared.bus.errors import NotFound
from shared.bus.persistence.tables import UtcDateTime
from shared.contracts.documents import StepRecordDocument
from shared.contracts.local_time import KAZAKHSTAN, local_day
from shared.pki.cms import signed_data
from shared.pki.verification.check import signer_info
from shared.regulations.deadlines import day_of_result
from shared.regulations.model import ReceiptTemplate
from shared.regulations.process.graph import ProcessNode
from shared.regulations.translations import kazakh_text, kazakh_title, text_in
from shared.regulations.working_hours import WorkingHours
from shared.texts.catalog import texts_beside
from shared.workplace.records import visits
from shared.workplace.records.deadlines import CALENDAR
from shared.workplace.records.storage import Base, EmployeeRow, next_number_of
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.step_context import WorkplaceContext

TEXTS = texts_beside(__file__, file="receipt_texts.yaml", languages=("kk", "ru"))
"""The texts of расписки in both state languages."""

LEAST = ("line-number", "line-service", "line-worker")
"""The lines of a расписка that the act does not describe (ours)."""


class ReceiptLine(BaseModel):
    """A line of a расписка: the act's label, ours in Kazakh, and the value; in Kazakh where the words are ours."""

    model_config = ConfigDict(frozen=True)

    label: str
    label_kk: str
    value: str
    value_kk: str | None = None


class ReceiptRow(Base, table=True):
    """A handed-out расписка, or the record of a step; ``lines`` is its content (JSON).

    A record has its CMS (``signed_document``); ``sent_at`` is when a message of the case carried it on.
    """

    __tablename__ = "receipt"
    number: str = Field(primary_key=True, max_length=60)
    case: str = Field(max_length=100, index=True)
    kind: str = Field(max_length=20)
    step: str = Field(max_length=10)
    regulation: str = Field(max_length=20)
    title: str
    title_kk: str
    service: str
    service_kk: str
    clause: str
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    lines: str
    bar_code: str | None = Field(default=None, max_length=60)
    signed_document: bytes | None = None
    sent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


_LINES = TypeAdapter(tuple[ReceiptLine, ...])


def lines_of(row: ReceiptRow) -> tuple[ReceiptLine, ...]:
    """The lines of a расписка."""
    return _LINES.validate_json(row.lines)


def get_receipt(session: Session, number: str) -> ReceiptRow:
    """The расписка with this number; NotFound ``receipt-unknown``."""
    row = session.get(ReceiptRow, number)
    if row is None:
        raise NotFound("receipt-unknown", "no receipt has this number")
    return row


def receipts_of_case(session: Session, case_id: str) -> list[ReceiptRow]:
    """All расписки of a case, in order."""
    query = select(ReceiptRow).where(col(ReceiptRow.case) == case_id)
    return list(session.execute(query.order_by(col(ReceiptRow.made_at), col(ReceiptRow.number))).scalars())


def hand_out(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """Hand out the расписки of this step to an applicant in person, each once."""
    employee, channel = context.employee, session.case.channel
    if employee is None or channel not in session.profile.takes:
        return
    kinds = _receipt_kinds(node, context.answer)
    receipts = [paper for paper in session.passport.receipts if paper.channel == channel and paper.kind in kinds]
    if not receipts:
        return
    handed_kinds = {row.kind for row in receipts_of_case(session.uow.session, session.case.case_id)}
    for receipt in receipts:
        if receipt.kind not in handed_kinds:
            handed_kinds.add(receipt.kind)
            session.uow.session.add(_compose_receipt(session, node, receipt, employee))
    session.uow.session.flush()


@dataclass(frozen=True)
class HandedPaper:
    """A paper to print for the applicant: its kind, the step that makes it, its titles, its place in the act and
    its lines.
    """

    kind: str
    node: ProcessNode
    title: str
    title_kk: str
    clause: str
    lines: tuple[ReceiptLine, ...]
    number: str | None = None
    signed_document: bytes | None = None
    bar_code: str | None = None


def hand_paper(case_session: WorkplaceCaseSession, paper: HandedPaper) -> None:
    """Store a paper with the расписки of a case, to be read and printed as they are; once for each step and
    kind.
    """
    case_id, passport = case_session.case.case_id, case_session.passport
    existing = receipts_of_case(case_session.uow.session, case_id)
    if any((row.kind, row.step) == (paper.kind, paper.node.id) for row in existing):
        return
    case_session.uow.session.add(
        ReceiptRow(
            number=paper.number or next_paper_number(case_session),
            case=case_id,
            kind=paper.kind,
            step=paper.node.id,
            regulation=passport.id,
            title=paper.title,
            title_kk=paper.title_kk,
            service=passport.title.ru,
            service_kk=passport.title.kk or passport.title.ru,
            clause=paper.clause,
            made_at=case_session.uow.now,
            lines=_LINES.dump_json(paper.lines).decode(),
            signed_document=paper.signed_document,
            bar_code=paper.bar_code,
        )
    )
    case_session.uow.session.flush()


def _receipt_kinds(node: ProcessNode, answer: str | None) -> frozenset[str]:
    if answer == "incomplete":
        return frozenset({"missing", "refused"})
    return frozenset({"accepted"}) if node.op in ("accept", "receive") else frozenset()


LineValue = tuple[str, str | None]
"""The value of a line in Russian, and in Kazakh where that says it in other words."""


@dataclass(frozen=True)
class ReceiptContext:
    """The data from which a расписка is composed."""

    case_session: WorkplaceCaseSession
    node: ProcessNode
    employee: EmployeeRow
    number: str

    @property
    def number_and_date(self) -> LineValue:
        when = self.case_session.case.received_at.astimezone(KAZAKHSTAN)
        return f"{self.case_session.case.number or self.number}, {when:%d.%m.%Y %H:%M}", None

    @property
    def service(self) -> LineValue:
        passport = self.case_session.passport
        return passport.title.ru, kazakh_title(passport).text

    @property
    def paper_names(self) -> LineValue:
        names = [attachment.name for attachment in self.case_session.documents.application.attachments]
        return f"{len(names)}: {'; '.join(names)}" if names else "0", None

    @property
    def latest_result(self) -> LineValue:
        """The latest moment of the result by the act's limits, in the opening hours."""
        day = day_of_result(self.case_session.graph, self.node.id, self.case_session.uow.now, CALENDAR)
        if day is None:
            return TEXTS["when-ready"]["ru"], TEXTS["when-ready"]["kk"]
        moment = f"{WorkingHours(CALENDAR).next_opening(day).astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}"
        return TEXTS["not-later"]["ru"].format(moment=moment), TEXTS["not-later"]["kk"].format(moment=moment)

    @property
    def place_of_result(self) -> LineValue:
        (when, when_kk), office = self.latest_result, self.employee.organisation
        return f"{when}, {office}", f"{when_kk}, {text_in('kk', office)}"

    @property
    def registration_day(self) -> LineValue:
        return f"{self.case_session.case.received_at.astimezone(KAZAKHSTAN):%d.%m.%Y}", None

    @property
    def worker_name(self) -> LineValue:
        employee = self.employee
        return " ".join(part for part in (employee.surname, employee.name, employee.patronymic) if part), None

    @property
    def visitor_names(self) -> LineValue:
        case, application = self.case_session.case, self.case_session.documents.application
        name = visits.find_known_name(self.case_session.uow.session, case.case_id)
        visit = visits.read_visit(self.case_session.documents)
        people, people_kk = (
            visits.describe_people(visit, case.applicant, application.representative, name, TEXTS["iin"][tag])
            for tag in ("ru", "kk")
        )
        return people, people_kk


LineReader = Callable[[ReceiptContext], LineValue]

READINGS: tuple[tuple[str, str, LineReader], ...] = (
    ("номер и дата", "line-number", lambda context: context.number_and_date),
    ("вид запрашиваемой", "line-service", lambda context: context.service),
    ("количество и названия", "line-papers", lambda context: context.paper_names),
    ("дата, время и место", "line-place", lambda context: context.place_of_result),
    ("дата регистрации", "line-registered", lambda context: context.registration_day),
    ("дата получения", "line-ready", lambda context: context.latest_result),
    ("принявш", "line-worker", lambda context: context.worker_name),
    ("услугополучателя", "line-people", lambda context: context.visitor_names),
)
"""The act's words for the contents of a расписка: the word, the code of the label, the reader of the value."""


def least_labels() -> tuple[str, ...]:
    """The labels of a расписка that the act does not describe."""
    return tuple(TEXTS[code]["ru"] for code in LEAST)


def _compose_receipt(
    case_session: WorkplaceCaseSession, node: ProcessNode, receipt: ReceiptTemplate, employee: EmployeeRow
) -> ReceiptRow:
    number, passport = next_paper_number(case_session), case_session.passport
    context = ReceiptContext(case_session, node, employee, number)
    lines = [*_compose_lines(receipt, context), *_missing_lines(case_session, receipt)]
    return ReceiptRow(
        number=number,
        case=case_session.case.case_id,
        kind=receipt.kind,
        step=node.id,
        regulation=passport.id,
        title=receipt.text,
        title_kk=kazakh_text(receipt.text) or TEXTS[f"title-{receipt.kind}"]["kk"],
        service=passport.title.ru,
        service_kk=kazakh_title(passport).text,
        clause=receipt.clause,
        made_at=case_session.uow.now,
        lines=_LINES.dump_json(tuple(lines)).decode(),
    )


def _compose_lines(receipt: ReceiptTemplate, context: ReceiptContext) -> Iterator[ReceiptLine]:
    for label in receipt.holds or least_labels():
        for word, code, read in READINGS:
            if word in label:
                label_kk = kazakh_text(label) or TEXTS[code]["kk"]
                value, value_kk = read(context)
                yield ReceiptLine(label=label, label_kk=label_kk, value=value, value_kk=value_kk)
                break


def _missing_lines(case_session: WorkplaceCaseSession, receipt: ReceiptTemplate) -> Iterator[ReceiptLine]:
    if receipt.kind == "accepted":
        return
    missing = visits.read_visit(case_session.documents).missing
    reason, label = case_session.reason, TEXTS["line-missing"]
    value, value_kk = "; ".join(missing), None
    if not missing and reason is not None:
        value, value_kk = reason.ru, reason.kk
    yield ReceiptLine(label=label["ru"], label_kk=label["kk"], value=value, value_kk=value_kk)


def next_paper_number(case_session: WorkplaceCaseSession) -> str:
    """A running number of the region's year with an unguessable tail: holders of the number may read the
    расписка.
    """
    uow, region = case_session.uow, case_session.case.region
    n = next_number_of(uow, f"{region}-{local_day(uow.now).year}-receipt")
    tail = uow.new_id()[-10:].upper()  # an id begins with the time
    return f"{region}-{local_day(uow.now).year}-{case_session.profile.mark}R{n:07}-{tail}"


def open_record(signed_document: bytes) -> StepRecordDocument:
    """The content of a signed record, whose signature was checked when it was made."""
    return StepRecordDocument.model_validate_json(signed_data.open_signed(signed_document).content)


def receipt_fields(row: ReceiptRow) -> dict[str, Any]:
    """The расписка as JSON values, with the name of the person who signed where it is signed."""
    fields = row.model_dump(exclude={"lines", "signed_document", "sent_at"})
    return {**fields, "signer": find_signer(row), "lines": [line.model_dump() for line in lines_of(row)]}


def find_signer(row: ReceiptRow) -> str | None:
    """The name of the person who signed a record; None for a расписка, which is signed on paper."""
    if row.signed_document is None:
        return None
    return signer_info(signed_data.open_signed(row.signed_document).certificate).common_name
