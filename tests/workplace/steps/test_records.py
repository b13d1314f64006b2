"""The records that the acts let people make: the survey of Akmola's allowances with its conclusion (annex 2,
clause 5), and the journal in which the recipient signs.
"""

from __future__ import annotations

from shared.workplace.steps.receipts import lines_of, receipts_of_case
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace

FINDINGS = "Семья из пяти человек, доход ниже черты бедности; помощь необходима"


def record(desk: Workplace, case: str, kind: str) -> tuple[str, dict[str, str]]:
    """The title and the lines of the one record of a kind."""
    rows = desk.read(lambda session: receipts_of_case(session, case))
    (row,) = [row for row in rows if row.kind == kind]
    return row.title, {line.label: line.value for line in lines_of(row)}


def work_through(desk: Workplace, case: str) -> None:
    while desk.todo(case):
        step = desk.todo(case)[0]
        node = desk.graph(desk.case(case)).get_node(step)
        desk.act(
            case, step, node.chooses[0] if node.chooses else None, words=FINDINGS if node.op == "survey" else None
        )


def test_survey_and_journal_are_records_with_who_made_them_and_what_they_say(
    open_workplace: OpenWorkplace,
) -> None:
    desk = open_workplace("is_mio", "KZ-AKM.2")
    case = desk.take_in("provider")
    work_through(desk, case)
    title, lines = record(desk, case, "survey")
    assert "акт обследования" in title
    assert "заключени" in title
    assert lines["содержание"] == FINDINGS
    assert lines["номер и дата заявления"].startswith(desk.case(case).number or "-")
    assert lines["кто составил"]
    title, lines = record(desk, case, "journal")
    assert "в журнале по оказанию государственной услуги" in title
    assert lines["роспись получателя"] == "на бумаге"
