"""Расписки: the papers that a citizen is handed where the act has one handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import Column, select
from sqlmodel import Field, Session, col

from shared.bus.errors import NotFound
from shared.bus.persistence.tables import Moment
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.deadlines import day_of_result
from shared.regulations.model import Receipt
from shared.regulations.process.graph import Node
from shared.workplace.clerks.hours import Hours
from shared.workplace.records import visits
from shared.workplace.records.deadlines import CALENDAR
from shared.workplace.records.storage import Base, EmployeeRow, next_of

if TYPE_CHECKING:
    from shared.workplace.steps.case_session import Desk

LEAST = ("номер и дата приема заявления", "вид запрашиваемой государственной услуги", "фамилия принявшего")
"""What a paper holds of which the act says only that it is handed out (ours)."""


class Line(BaseModel):
    """One thing that the paper holds: the act's words for it, ours in Kazakh, and what is written."""

    model_config = ConfigDict(frozen=True)

    label: str
    label_kk: str
    value: str


class ReceiptRow(Base, table=True):
    """A paper that was handed out; ``lines`` is what stands on it (JSON)."""

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
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    lines: str


_LINES = TypeAdapter(tuple[Line, ...])

TITLES_KK: Mapping[str, str] = MappingProxyType(
    {
        "accepted": "Құжаттардың қабылданғаны туралы қолхат",
        "missing": "Жетіспейтін құжаттар көрсетілген қолхат",
        "refused": "Құжаттарды қабылдаудан бас тарту туралы қолхат",
    }
)


def lines_of(row: ReceiptRow) -> tuple[Line, ...]:
    """What stands on the paper."""
    return _LINES.validate_json(row.lines)


def get(session: Session, number: str) -> ReceiptRow:
    """The paper with this number; NotFound ``receipt-unknown``."""
    found = session.get(ReceiptRow, number)
    if found is None:
        raise NotFound("receipt-unknown", "no receipt has this number")
    return found


def of_case(session: Session, case: str) -> list[ReceiptRow]:
    """Everything that was handed out for a case, in order."""
    query = select(ReceiptRow).where(col(ReceiptRow.case) == case)
    return list(session.execute(query.order_by(col(ReceiptRow.made_at), col(ReceiptRow.number))).scalars())


def hand_out(desk: Desk, node: Node, answer: str | None) -> None:
    """Hand out what the act hands out at this step to somebody who stands before an employee."""
    employee, channel = desk.employee, desk.case.channel
    if employee is None or channel not in desk.profile.takes:
        return
    kinds = _occasion(node, answer)
    given = [one for one in desk.passport.receipts if one.channel == channel and one.kind in kinds]
    done = {row.kind for row in of_case(desk.work.session, desk.case.correlation_id)} if given else set()
    for receipt in given:
        if receipt.kind not in done:
            done.add(receipt.kind)
            desk.work.session.add(_written(desk, node, receipt, employee))
    if given:
        desk.work.session.flush()


def _occasion(node: Node, answer: str | None) -> frozenset[str]:
    if answer == "incomplete":
        return frozenset({"missing", "refused"})
    return frozenset({"accepted"}) if node.op in ("accept", "receive") else frozenset()


@dataclass(frozen=True)
class Occasion:
    """What a paper is composed from."""

    desk: Desk
    node: Node
    employee: EmployeeRow
    number: str

    @property
    def taken_in(self) -> str:
        when = self.desk.case.received_at.astimezone(KAZAKHSTAN)
        return f"{self.desk.case.number or self.number}, {when:%d.%m.%Y %H:%M}"

    @property
    def papers(self) -> str:
        names = [one.name for one in self.desk.documents.application.attachments]
        return f"{len(names)}: {'; '.join(names)}" if names else "0"

    @property
    def ready(self) -> str:
        """When the result is there at the latest by the act's limits, in the hours of a window."""
        found = day_of_result(self.desk.graph, self.node.id, self.desk.work.now, CALENDAR)
        if found is None:
            return "по готовности"
        return f"не позднее {Hours(CALENDAR).opening(found).astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}"

    @property
    def place(self) -> str:
        return f"{self.ready}, {self.employee.organisation}"

    @property
    def registered(self) -> str:
        return f"{self.desk.case.received_at.astimezone(KAZAKHSTAN):%d.%m.%Y}"

    @property
    def worker(self) -> str:
        one = self.employee
        return " ".join(part for part in (one.surname, one.name, one.patronymic) if part)

    @property
    def people(self) -> str:
        case, application = self.desk.case, self.desk.documents.application
        known = visits.name_known(self.desk.work.session, case.correlation_id)
        visit = visits.read(self.desk.documents)
        return visits.people(visit, case.applicant, application.representative, known)


Reading = Callable[[Occasion], str]

READINGS: tuple[tuple[str, str, Reading], ...] = (
    ("номер и дата", "Өтініштің нөмірі және қабылданған күні", lambda one: one.taken_in),
    ("вид запрашиваемой", "Сұратылған мемлекеттік қызметтің түрі", lambda one: one.desk.passport.title.ru),
    ("количество и названия", "Қоса берілген құжаттардың саны және атаулары", lambda one: one.papers),
    ("дата, время и место", "Құжаттарды беру күні, уақыты және орны", lambda one: one.place),
    ("дата регистрации", "Тіркелген күні", lambda one: one.registered),
    ("дата получения", "Мемлекеттік қызметті алу күні", lambda one: one.ready),
    ("принявш", "Қабылдаған адамның тегі, аты, әкесінің аты", lambda one: one.worker),
    ("услугополучателя", "Қызметті алушы мен оның өкілі, байланыс телефондары", lambda one: one.people),
)
"""The words by which the acts say what a paper holds: the word, Kazakh for the line, what is written."""


def _written(desk: Desk, node: Node, receipt: Receipt, employee: EmployeeRow) -> ReceiptRow:
    number, passport = _next_number(desk), desk.passport
    made = Occasion(desk, node, employee, number)
    lines = [*_lines(receipt, made), *_missing(desk, receipt)]
    return ReceiptRow(
        number=number,
        case=desk.case.correlation_id,
        kind=receipt.kind,
        step=node.id,
        regulation=passport.id,
        title=receipt.text,
        title_kk=TITLES_KK[receipt.kind],
        service=passport.title.ru,
        service_kk=passport.title.kk or passport.title.ru,
        clause=receipt.clause,
        made_at=desk.work.now,
        lines=_LINES.dump_json(tuple(lines)).decode(),
    )


def _lines(receipt: Receipt, made: Occasion) -> Iterator[Line]:
    for held in receipt.holds or LEAST:
        for word, label_kk, read in READINGS:
            if word in held:
                yield Line(label=held, label_kk=label_kk, value=read(made))
                break


def _missing(desk: Desk, receipt: Receipt) -> Iterator[Line]:
    if receipt.kind == "accepted":
        return
    missing = visits.read(desk.documents).missing
    value = "; ".join(missing) or desk.case.reason or ""
    yield Line(label="недостающие документы", label_kk="Жетіспейтін құжаттар", value=value)


def _next_number(desk: Desk) -> str:
    """A running number of the region's year, with a tail that cannot be guessed: whoever has it may read it."""
    work, region = desk.work, desk.case.region
    n = next_of(work, f"{region}-{work.now.year}-receipt")
    tail = work.new_id().replace("-", "")[:10].upper()
    return f"{region}-{work.now.year}-{desk.profile.mark}R{n:07}-{tail}"


def told(row: ReceiptRow) -> dict[str, Any]:
    """The paper as JSON."""
    return {**row.model_dump(exclude={"lines"}), "lines": [line.model_dump() for line in lines_of(row)]}
