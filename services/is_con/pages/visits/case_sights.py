"""What an operator sees of cases: at the window, by a visitor's question, on the shelf."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from shared.contracts.cases import DecisionOutcome
from shared.contracts.statuses import StatusCode, code_of_status, list_coded_statuses
from shared.regulations.passport_book import PassportBook
from shared.workplace.case_words import CaseWordsRow, words_of
from shared.workplace.pages.intake.service_lists import NamedText, name_service
from shared.workplace.pages.work_rows import name_status
from shared.workplace.records import storage
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.shelf import ShelfRow, ShelfStatus
from shared.workplace.records.storage import CASES

TONES = {
    StatusCode.COMPLETED: "good",
    StatusCode.EXECUTED: "good",
    StatusCode.REFUSED: "bad",
    StatusCode.NOT_DELIVERED: "bad",
    StatusCode.EXTENDED: "doubtful",
}
SHELF_TONES = {ShelfStatus.WAITING: "good", ShelfStatus.ARCHIVED: "doubtful", ShelfStatus.HANDED: "plain"}
CELLS = 100


@dataclass(frozen=True)
class StatusSight:
    """A status in the language of the page and its tone."""

    text: str
    tone: str


@dataclass(frozen=True)
class RequestedStatus:
    """The status of a case for a visitor who asks, without personal data; ``is_ours`` at the case's own centre."""

    case_id: str
    number: str
    service: NamedText
    status: StatusSight
    received_at: datetime
    changed_at: datetime
    words: Sequence[CaseWordsRow]
    is_ours: bool


@dataclass(frozen=True)
class ShelfLine:
    """A result of the centre: its case, its service and where it lies."""

    row: ShelfRow
    number: str
    service: NamedText
    cell: str
    tone: str


def describe_status(case: WorkplaceCase, tag: str) -> StatusSight:
    """The status of a case in the language of the page; a refusal is told even where no system named a status."""
    code = code_of_status(case.status) if case.status else None
    if code is None and case.outcome == DecisionOutcome.NEGATIVE:
        titles = next(coded.titles for coded in list_coded_statuses() if coded.code is StatusCode.REFUSED)
        return StatusSight(titles[tag], "bad")
    return StatusSight(name_status(case, tag), TONES.get(code, "plain") if code else "plain")


def read_status(session: Session, question: str, centre: str, book: PassportBook, tag: str) -> RequestedStatus:
    """The status of any case that ИС ЦОН knows, by its number or id; NotFound ``case-unknown``."""
    row = storage.get_case(session, question)
    return RequestedStatus(
        case_id=row.case_id,
        number=row.number or "",
        service=name_service(book.get_passport(row.regulation), tag),
        status=describe_status(row, tag),
        received_at=row.received_at,
        changed_at=row.changed_at,
        words=words_of(session, row.case_id),
        is_ours=row.place == centre,
    )


def cell_of(number: str) -> str:
    """The cell of the shelf in which a result lies: the last two digits of the case's number (ours)."""
    digits = "".join(character for character in number if character.isdigit())
    return f"{int(digits or 0) % CELLS:02}"


def describe_shelf(session: Session, rows: Sequence[ShelfRow], book: PassportBook, tag: str) -> list[ShelfLine]:
    """The results of a centre as lines of a list."""
    numbers = _numbers_of(session, [row.case for row in rows])
    return [describe_result(row, numbers.get(row.case) or "", book, tag) for row in rows]


def describe_result(row: ShelfRow, number: str, book: PassportBook, tag: str) -> ShelfLine:
    """A result with the number of its case."""
    service = name_service(book.get_passport(row.regulation), tag)
    return ShelfLine(row, number or row.case, service, cell_of(number or row.case), SHELF_TONES[row.standing])


def keeps_until(row: ShelfRow) -> datetime | None:
    """The end of a result's term on the shelf; None for a result that lies there no more."""
    return row.keep_until if row.standing is ShelfStatus.WAITING else None


def _numbers_of(session: Session, case_ids: Iterable[str]) -> dict[str, str | None]:
    cases = CASES.table.c
    query = select(cases.case_id, cases.number).where(cases.case_id.in_(list(case_ids)))
    return {str(case_id): number for case_id, number in session.execute(query)}
