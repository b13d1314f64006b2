"""What of a case is due, what is late, and what an extension makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.bus.errors import Refused
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.calendar import Calendar
from shared.regulations.deadlines import TEXTS, begun, day_of_result, latest, limit_of, outlooks, prolonged
from shared.regulations.model import Extension
from tests.regulations.graphs import EVERY, graph, passport

CALENDAR = Calendar()
NINE = datetime(2026, 3, 16, 9, tzinfo=KAZAKHSTAN).astimezone(UTC)
MINUTE = timedelta(minutes=1)
CERTIFICATE = graph("KZ-YUZ.3", "portal")


def at(minutes: int) -> datetime:
    return NINE + minutes * MINUTE


def times(**done: int) -> dict[str, datetime]:
    """Steps and the minute after nine at which each was done."""
    return {step: at(minute) for step, minute in done.items()}


def extension(passport_id: str) -> Extension:
    (found,) = passport(passport_id).extensions
    return found


def test_a_step_is_due_when_its_limit_after_the_step_before_it_is_over() -> None:
    done = times(w7=0, t1=3)
    (one,) = outlooks(CERTIFICATE, ["t2"], done, at(4), CALENDAR)
    assert (one.node, one.since, one.due) == ("t2", at(3), at(4))
    assert (one.late_by, one.is_late, one.is_applicants) == (None, False, False)
    (late,) = outlooks(CERTIFICATE, ["t2"], done, at(9), CALENDAR)
    assert (late.late_by, late.is_late) == (5 * MINUTE, True)


def test_every_step_that_may_be_taken_has_a_time_of_its_own() -> None:
    done = times(w7=0, t1=1, t2=2)
    told = outlooks(CERTIFICATE, ["t3", "t4"], done, at(2), CALENDAR)
    assert [(one.node, one.due) for one in told] == [("t3", at(3)), ("t4", at(3))]
    later = outlooks(CERTIFICATE, ["t4", "t5"], done | times(t3=3), at(20), CALENDAR)
    assert [(one.node, one.due) for one in later] == [("t4", at(4)), ("t5", at(13))]
    assert [one.late_by for one in later] == [16 * MINUTE, 7 * MINUTE]
    found = latest(later)
    assert found is not None
    assert found.node == "t4"


def test_the_result_is_there_when_every_step_has_taken_its_whole_limit() -> None:
    support = graph(
        "KZ-AKM.5", "con"
    )  # 15 minutes twice, nine working days (Nauryz between them), 15 minutes twice
    assert day_of_result(support, "w4", NINE, CALENDAR) == datetime(2026, 4, 1, 19, tzinfo=KAZAKHSTAN)
    at_once = graph("KZ-AKM.16", "con")
    assert day_of_result(at_once, "w4", NINE, CALENDAR) == at(15)
    assert day_of_result(support, "w6", NINE, CALENDAR) is None, "nothing with a limit is left"


def test_the_result_waits_for_papers_of_the_applicant_and_not_for_his_coming() -> None:
    permit = graph("KZ-ATY.2", "provider", "employer-issue")
    found = day_of_result(permit, "p1", NINE, CALENDAR)
    assert found == datetime(2026, 5, 18, 18, 30, tzinfo=KAZAKHSTAN)
    ahead = day_of_result(permit, "p10:wait", NINE, CALENDAR)
    assert ahead == datetime(2026, 3, 19, 18, 30, tzinfo=KAZAKHSTAN)  # two working days, 20 minutes, one


def test_a_case_worked_off_by_print_is_not_late_for_our_reading() -> None:
    done = times(w7=0, t1=1, t2=1, t3=1, t4=1, t5=1, t6=1, t7=1, t8=5, t9=6, t10=7)
    assert [edge.source for edge in CERTIFICATE.into("t11")] == ["t7"]
    (one,) = outlooks(CERTIFICATE, ["t11"], done, at(8), CALENDAR)
    assert (one.since, one.due, one.is_late) == (at(7), at(8), False)


def test_what_has_no_limit_or_nothing_before_it_is_never_due() -> None:
    (first,) = outlooks(CERTIFICATE, CERTIFICATE.start, {}, at(0), CALENDAR)
    assert (first.since, first.due, first.is_late) == (None, None, False)
    (form,) = outlooks(CERTIFICATE, ["w2"], times(w1=0), at(9999), CALENDAR)
    assert (form.since, form.due, form.is_late) == (at(0), None, False)
    assert latest((first, form)) is None


def test_an_end_is_no_step_that_somebody_takes() -> None:
    assert outlooks(CERTIFICATE, ["end:completed"], times(t15=1), at(2), CALENDAR) == ()


def test_what_waits_for_the_applicant_says_so_and_goes_by_the_working_calendar() -> None:
    permit = graph("KZ-ATY.2", "portal", "employer-issue")
    assert permit.node("p10:wait").wait is not None
    (one,) = outlooks(permit, ["p10:wait"], times(p9=0), at(0), CALENDAR)
    assert one.is_applicants
    assert one.due == datetime(2026, 4, 16, 18, 30, tzinfo=KAZAKHSTAN), "twenty working days, Nauryz between them"


def test_a_loops_second_lap_counts_from_its_own_steps() -> None:
    done = times(w7=0, t1=1, t2=100)
    assert begun(CERTIFICATE, CERTIFICATE.node("t3"), done) == at(100)


def test_every_step_of_every_graph_can_be_judged() -> None:
    for which in EVERY:
        process = graph(*which)
        done = {node.id: NINE for node in process.nodes}
        told = outlooks(process, [node.id for node in process.nodes], done, NINE + timedelta(days=500), CALENDAR)
        assert len(told) == len(process.nodes) - len(process.ends)
        limited = {node.id for node in process.nodes if (found := limit_of(node)) and found.unit != "unspecified"}
        assert {one.node for one in told if one.is_late} == limited - {
            node.id for node in process.nodes if not process.into(node.id)
        }


def test_an_extension_counts_from_the_old_deadline() -> None:
    old = datetime(2026, 2, 25, 18, 30, tzinfo=KAZAKHSTAN)
    found = prolonged(extension("KZ-ATY.19"), old, CALENDAR, variant="decision")
    assert found.due == datetime(2026, 3, 26, 18, 30, tzinfo=KAZAKHSTAN), "the 25th is a day off after Nauryz"
    assert not found.is_notified


def test_an_extended_deadline_takes_the_place_of_the_acts() -> None:
    done, later = times(w7=0, t1=3), {"t2": at(60)}
    (one,) = outlooks(CERTIFICATE, ["t2"], done, at(30), CALENDAR, later)
    assert (one.due, one.is_late) == (at(60), False)
    (late,) = outlooks(CERTIFICATE, ["t2"], done, at(61), CALENDAR, later)
    assert late.late_by == MINUTE


@pytest.mark.parametrize("which", ["KZ-SEV.1", "KZ-YUZ.2", "KZ-YUZ.4"])
def test_where_the_act_names_no_size_somebody_must_and_the_citizen_is_told(which: str) -> None:
    found = prolonged(extension(which), at(0), CALENDAR, until=at(1))
    assert (found.due, found.is_notified) == (at(1), True)
    for until, code in ((None, "extension-unmeasured"), (at(0), "extension-backwards")):
        with pytest.raises(Refused) as caught:
            prolonged(extension(which), at(0), CALENDAR, until=until)
        assert caught.value.code == code


def test_every_refusal_of_an_extension_is_told_in_three_languages() -> None:
    assert set(TEXTS) == {"extension-not-given", "extension-unmeasured", "extension-backwards"}
    for told in TEXTS.values():
        assert set(told) == {"ru", "kk", "en"}
        assert len(set(told.values())) == 3


def test_a_variant_that_is_not_named_is_not_extended() -> None:
    only = extension("KZ-ATY.19").model_copy(update={"variants": ("card",)})
    with pytest.raises(Refused) as caught:
        prolonged(only, at(0), CALENDAR, variant="decision")
    assert caught.value.code == "extension-not-given"
    assert prolonged(only, at(0), CALENDAR, variant="card").due > at(0)
