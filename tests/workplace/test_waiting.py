"""The deadlines of waiting steps at a workplace: ranges, the same day, exceptions by channel and variant;
counts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.list_pages import ListPlace
from shared.contracts.cases import StepDone
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.calendar import WorkingCalendar
from shared.regulations.deadlines import due_by_the_calendar
from shared.regulations.model import Channel
from shared.regulations.process.conformance import ConformanceFinding, check_conformance, due_by_the_clock
from shared.regulations.process.process_state import ProcessState
from shared.workplace.records import monitor
from shared.workplace.records.case_record import DeadlineExtension, WorkplaceCase
from shared.workplace.records.deadlines import first_due, waits_of
from shared.workplace.records.monitor import WaitingFilter
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import CASES, Base
from tests.regulations.graphs import graph

MONDAY = datetime(2026, 3, 16, 9, tzinfo=KAZAKHSTAN).astimezone(UTC)
HOUR = timedelta(hours=1)


def case(regulation: str, channel: Channel, variant: str = "main", **more: Any) -> WorkplaceCase:
    fields: dict[str, Any] = dict.fromkeys(("case_id", "service_type", "region", "authority"), "x")
    given: dict[str, Any] = {"stage": CaseStage.IN_WORK.value, **more}
    return WorkplaceCase(
        **fields,
        **given,
        systems=frozenset({"x"}),
        regulation=regulation,
        channel=channel,
        variant=variant,
        received_at=MONDAY,
        changed_at=MONDAY,
    )


def before(regulation: str, channel: Channel, variant: str, step: str) -> ProcessState:
    """A case whose steps before this one were all done on Monday at nine."""
    process = graph(regulation, channel, variant)
    wanted: set[str] = set()
    left = [step]
    while left:
        for edge in process.transitions_into(left.pop()):
            if edge.source not in wanted and edge.source != step:
                wanted.add(edge.source)
                left.append(edge.source)
    done = (node for node in process.nodes if node.id in wanted)
    return ProcessState(process, (StepDone(step=node.id, at=MONDAY, by="x") for node in done))


@pytest.mark.parametrize(
    ("regulation", "channel", "variant", "step", "day"),
    [
        ("KZ-YUZ.2", "portal", "main", "t6", "2026-04-15"),  # fifteen to thirty days: the upper end
        ("KZ-SEV.1", "provider", "main", "t4", "2026-03-30"),  # seven working days
        ("KZ-SEV.1", "akim", "main", "t4", "2026-04-20"),  # twenty-two through the аким
        ("KZ-SEV.1", "portal", "main", "t5", "2026-03-26"),  # ten calendar days by portal
        ("KZ-YUZ.1", "con", "main", "t6", "2026-03-19"),
        ("KZ-ATY.19", "provider", "decision", "p3", "2026-04-13"),
        ("KZ-ATY.19", "provider", "card", "p3", "2026-03-19"),
        ("KZ-ATY.2", "provider", "employer-reissue", "p6", "2026-03-16"),  # the same day
        ("KZ-AKM.1", "provider", "worker-reissue", "p3", "2026-03-18"),
    ],
)
def test_deadline_of_a_step_is_by_its_limit_in_its_channel_and_variant(
    regulation: str, channel: Channel, variant: str, step: str, day: str
) -> None:
    course = before(regulation, channel, variant, step)
    (wait,) = waits_of(course, [course.graph.get_node(step)], case(regulation, channel, variant), MONDAY)
    assert wait.since == MONDAY
    assert wait.due == datetime.fromisoformat(f"{day}T18:30:00+05:00")


def test_extension_holds_instead_of_the_limit() -> None:
    course, until = before("KZ-YUZ.4", "portal", "main", "t5"), MONDAY + timedelta(days=60)
    kept = (DeadlineExtension("term", "t5", MONDAY, until, "запрос", "850101100022", MONDAY),)
    waits = waits_of(course, [course.graph.get_node("t5")], case("KZ-YUZ.4", "portal", extensions=kept), MONDAY)
    assert first_due(waits) == until


def test_case_that_is_watched_waits_for_nothing_here() -> None:
    course = before("KZ-YUZ.4", "portal", "main", "t5")
    watched = case("KZ-YUZ.4", "portal", stage=CaseStage.WATCHED.value)
    assert waits_of(course, [course.graph.get_node("t5")], watched, MONDAY) == ()


def test_deadline_of_the_applicant_is_not_the_authoritys_to_be_late_with() -> None:
    course = before("KZ-AKM.2", "con", "main", "w5:wait")
    (wait,) = waits_of(course, [course.graph.get_node("w5:wait")], case("KZ-AKM.2", "con"), MONDAY)
    assert wait.is_applicants
    assert wait.due == datetime.fromisoformat("2026-04-16T18:30:00+05:00")
    assert first_due((wait,)) is None


def row(name: str, regulation: str, channel: Channel, step: str, done_at: datetime) -> WorkplaceCase:
    course = ProcessState(graph(regulation, channel), ())
    course.learn_steps(
        StepDone(step=one.step, at=done_at, by="x") for one in before(regulation, channel, "main", step).done_steps
    )
    waits = waits_of(course, [course.graph.get_node(step)], case(regulation, channel), done_at)
    fields: dict[str, Any] = dict.fromkeys(("service_type", "region", "authority", "place", "applicant"), "x")
    return WorkplaceCase(
        **fields,
        systems=frozenset({"x"}),
        case_id=name,
        regulation=regulation,
        channel=channel,
        variant="main",
        stage="in-work",
        status="",
        received_at=done_at,
        changed_at=done_at,
        waits=waits,
    )


def test_cases_are_counted_by_where_they_wait_and_how_late_they_are(tmp_path: Path) -> None:
    due = datetime.fromisoformat("2026-03-26T18:30:00+05:00")
    rows = [
        row("old", "KZ-SEV.1", "portal", "t5", MONDAY),
        row("new", "KZ-SEV.1", "portal", "t5", MONDAY + timedelta(days=1)),
        row("other", "KZ-SEV.1", "akim", "t4", MONDAY),
    ]
    now, place = due + 2 * HOUR, ListPlace(10)
    database = Database(database_url(None, tmp_path, "workplace"), Base.metadata)
    database.create_schema()
    with database.transaction() as session:
        stored = [{name: getattr(one, name) for name in CASES.column_names} for one in rows]
        session.connection().execute(insert(CASES.table), stored)
        monitor.fill_waits(session, database)
        monitor.write_waits(session, database, [rows[0]])
        told = {one.point.channel: one for one in monitor.count_waiting(session, WaitingFilter(), now)}

        def list_ids(criteria: WaitingFilter) -> list[str]:
            return [one.case_id for one in monitor.list_waiting(session, criteria, place, now).rows]

        listed = [list_ids(one) for one in (WaitingFilter(), WaitingFilter(late=True), WaitingFilter(step="t4"))]
        monitor.write_waits(session, database, [replace(one, stage="completed") for one in rows])
        assert list(monitor.count_waiting(session, WaitingFilter(), now)) == []
    database.dispose()
    portal, akim = told["portal"], told["akim"]
    assert (portal.waiting, portal.soon, portal.late, portal.worst) == (2, 1, 1, 7200.0)
    assert (akim.waiting, akim.soon, akim.late, akim.worst) == (1, 0, 0, None)
    assert listed == [["old", "new", "other"], ["old"], ["other"]]


def journal(decided: datetime) -> list[StepDone]:
    """KZ-YUZ.4 up to its decision, the only late step."""
    done = [*before("KZ-YUZ.4", "portal", "main", "t5").done_steps]
    return [
        *(StepDone(step=one.step, at=MONDAY, by=_holder(one.step), answer=_answer(one.step)) for one in done),
        StepDone(step="t5", at=decided, by="is_mio", answer="granted"),
    ]


def _holder(step: str) -> str:
    holder = graph("KZ-YUZ.4", "portal").get_node(step).holder
    return {"portal_pep": "portal_pep", "gateways": "shep_gateway"}.get(holder, "is_mio")


def _answer(step: str) -> str | None:
    return "met" if graph("KZ-YUZ.4", "portal").get_node(step).chooses else None


def test_decision_late_by_days_is_found_by_the_calendar_alone() -> None:
    due = datetime.fromisoformat("2026-04-02T18:30:00+05:00")
    process, late = graph("KZ-YUZ.4", "portal"), due + timedelta(days=3, hours=1)
    judge = due_by_the_calendar(WorkingCalendar())
    found = check_conformance(process, journal(late), is_finished=False, due_rule=judge)
    assert found == [ConformanceFinding("late", "t5", late, late_by=timedelta(days=3, hours=1))]
    assert check_conformance(process, journal(due), is_finished=False, due_rule=judge) == []
    assert check_conformance(process, journal(late), is_finished=False, due_rule=due_by_the_clock) == []
    extended = due_by_the_calendar(WorkingCalendar(), {"t5": late})
    assert check_conformance(process, journal(late), is_finished=False, due_rule=extended) == []
