"""The rows of the lists of work, as a template shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.statuses import StatusCode, code_of_status, list_coded_statuses
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in, title_in
from shared.workplace.records.case_record import FREE, WorkplaceCase
from shared.workplace.records.stages import CaseStage


@dataclass(frozen=True)
class WorkRow:
    """A case in a list. ``action`` is what waits, in the act's words; ``holder`` the name of the employee who has
    the case, empty for a free one.
    """

    case_id: str
    number: str
    title: str
    applicant: str
    applicant_iin: str
    action: str
    status: str
    due: datetime | None
    urgency: str
    holder: str
    is_mine: bool


def describe_rows(
    cases: Sequence[WorkplaceCase], book: PassportBook, names: Mapping[str, str], me: str, tag: str, now: datetime
) -> list[WorkRow]:
    """The rows of a page of cases; ``names`` are those of the colleagues by ИИН, ``me`` the employee's own ИИН."""
    return [_describe_row(case, book, names, me, tag, now) for case in cases]


def _describe_row(
    case: WorkplaceCase, book: PassportBook, names: Mapping[str, str], me: str, tag: str, now: datetime
) -> WorkRow:
    return WorkRow(
        case_id=case.case_id,
        number=case.number or case.case_id[:8],
        title=title_in(tag, book.get_passport(case.regulation)),
        applicant=show_name(case.applicant_name),
        applicant_iin=case.applicant,
        action=_name_action(case, book, tag),
        status=name_status(case, tag),
        due=case.due_at,
        urgency=_name_urgency(case.due_at, now),
        holder="" if case.assignee == FREE else names.get(case.assignee, ""),
        is_mine=case.assignee == me,
    )


def _name_urgency(due: datetime | None, now: datetime) -> str:
    return "late" if due is not None and due < now else ""


def _name_action(case: WorkplaceCase, book: PassportBook, tag: str) -> str:
    if not case.todo:
        return ""
    graph = book.get_graph(case.regulation, case.channel, case.variant)
    return text_in(tag, graph.get_node(case.todo[0]).action)


def name_status(case: WorkplaceCase, tag: str) -> str:
    """The status of a case in the language of a page; in Russian the act's own words where no code has them."""
    code = code_of_status(case.status) if case.status else _STAGES[CaseStage(case.stage)]
    if case.status and tag == "ru" and code is StatusCode.OTHER:
        return case.status
    return next(coded.titles[tag] for coded in list_coded_statuses() if coded.code is code)


_STAGES = {
    CaseStage.RECEIVED: StatusCode.RECEIVED,
    CaseStage.IN_WORK: StatusCode.IN_WORK,
    CaseStage.DECIDED: StatusCode.EXECUTED,
    CaseStage.COMPLETED: StatusCode.COMPLETED,
    CaseStage.WATCHED: StatusCode.OTHER,
}


def show_name(name: str) -> str:
    """A name that is stored in capitals, as people write it."""
    return " ".join(part.capitalize() for part in name.split())
