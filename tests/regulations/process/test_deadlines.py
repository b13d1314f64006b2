"""Due and late steps of a case, and extensions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.bus.errors import Refused
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.calendar import WorkingCalendar
from shared.regulations.deadline_extensions import extend_deadline
from shared.regulations.deadlines import (
    TEXTS,
    day_of_result,
    limit_of,
    most_urgent,
    pending_steps,
    step_began_at,
)
from shared.regulations.model import ExtensionRule
from tests.regulations.graphs import EVERY, graph, passport

CALENDAR = WorkingCalendar()
NINE = datetime(2026, 3, 16, 9, tzinfo=KAZAKHSTAN).astimezone(UTC)
MINUTE = timedelta(minutes=1)
CERTIFICATE = graph("KZ-YUZ.3", "portal")


def at(minutes: int) -> datetime:
    return NINE + minutes * MINUTE


def times(**done: int) -> dict[str, datetime]:
    """Steps and the minute after nine at which each was done."""
    return {step: at(minute) for step, minute in done.items()}


def extension(passport_id: str) -> ExtensionRule:
    (found,) = passport(passport_id).extensions
    return found


def test_deadline_of_a_step_is_its_limit_after_the_step_before() -> None:
    done = times(w7=0, t1=3)
    (one,) = pending_steps(CERTIFICATE, ["t2"], done, at(4), CALENDAR)
    assert (one.node, one.since, one.due) == ("t2", at(3), at(4))
    assert (one.late_by, one.is_late, one.is_applicants) == (None, False, False)
    (late,) = pending_steps(CERTIFICATE, ["t2"], done, at(9), CALENDAR)
    assert (late.late_by, late.is_late) == (5 * MINUTE, True)


def test_deadline_of_every_step_that_may_be_taken_is_its_own() -> None:
    done = times(w7=0, t1=1, t2=2)
    told = pending_steps(CERTIFICATE, ["t3", "t4"], done, at(2), CALENDAR)
    assert [(one.node, one.due) for one in told] == [("t3", at(3)), ("t4", at(3))]
    later = pending_steps(CERTIFICATE, ["t4", "t5"], done | times(t3=3), at(20), CALENDAR)
    assert [(one.node, one.due) for one in later] == [("t4", at(4)), ("t5", at(13))]
    assert [one.late_by for one in later] == [16 * MINUTE, 7 * MINUTE]
    found = most_urgent(later)
    assert found is not None
    assert found.node == "t4"


def test_deadline_of_the_result_takes_the_whole_limit_of_every_step() -> None:
    support = graph(
        "KZ-AKM.5", "con"
    )  # 15 minutes twice, nine working days (Nauryz between them), 15 minutes twice
    assert day_of_result(support, "w4", NINE, CALENDAR) == datetime(2026, 4, 1, 19, tzinfo=KAZAKHSTAN)
    at_once = graph("KZ-AKM.16", "con")
    assert day_of_result(at_once, "w4", NINE, CALENDAR) == at(15)
    assert day_of_result(support, "w6", NINE, CALENDAR) is None, "nothing with a limit is left"


def test_deadline_of_the_result_counts_the_applicants_papers_but_not_his_coming() -> None:
    permit = graph("KZ-ATY.2", "provider", "employer-issue")
    found = day_of_result(permit, "p1", NINE, CALENDAR)
    assert found == datetime(2026, 5, 18, 18, 30, tzinfo=KAZAKHSTAN)
    ahead = day_of_result(permit, "p10:wait", NINE, CALENDAR)
    assert ahead == datetime(2026, 3, 19, 18, 30, tzinfo=KAZAKHSTAN)  # two working days, 20 minutes, one


# the acts' own words, file 003: minutes of the registration, then the time to hand over
HAND_OVERS = {
    "KZ-ATY.6": (15, "working"),
    "KZ-ATY.7": (15, "working"),
    "KZ-ATY.8": (15, "calendar"),
    "KZ-ATY.9": (20, "working"),
    "KZ-ATY.11": (20, "working"),
    "KZ-ATY.12": (20, "working"),
}
THURSDAY = datetime(2026, 4, 9, 15, tzinfo=KAZAKHSTAN).astimezone(UTC)
FRIDAY_EVENING = datetime(2026, 4, 10, 18, 30, tzinfo=KAZAKHSTAN)


@pytest.mark.parametrize("regulation", HAND_OVERS)
def test_deadline_of_the_hand_over_is_the_registration_and_then_the_day(regulation: str) -> None:
    minutes, _ = HAND_OVERS[regulation]
    for channel in passport(regulation).channels.accept:
        process = graph(regulation, channel)
        for began, due in (
            (THURSDAY, FRIDAY_EVENING),
            # registered on Friday: the day ends on Monday, for a calendar day too (Civil Code, article 175)
            (THURSDAY + timedelta(days=1), FRIDAY_EVENING + timedelta(days=3)),
            # still on Thursday; with its minutes registered on Friday
            (THURSDAY + timedelta(hours=9, minutes=1 - minutes), FRIDAY_EVENING + timedelta(days=3)),
        ):
            (one,) = pending_steps(process, ["p5"], {"p4": began}, began + timedelta(hours=1), CALENDAR)
            assert (one.due, one.is_late) == (due, False), (channel, began)


def test_deadline_of_the_card_is_four_days_to_write_it_and_one_to_the_head() -> None:
    process = graph("KZ-ATY.1", "provider")
    began = THURSDAY - timedelta(days=3)  # Monday: the card until Friday, to the head until Monday
    (one,) = pending_steps(process, ["p6"], {"p5": began}, began + timedelta(days=4), CALENDAR)
    assert (one.due, one.is_late) == (FRIDAY_EVENING + timedelta(days=3), False)


def test_deadline_of_a_case_worked_off_by_print_is_not_missed_for_our_reading() -> None:
    done = times(w7=0, t1=1, t2=1, t3=1, t4=1, t5=1, t6=1, t7=1, t8=5, t9=6, t10=7)
    assert [edge.source for edge in CERTIFICATE.transitions_into("t11")] == ["t7"]
    (one,) = pending_steps(CERTIFICATE, ["t11"], done, at(8), CALENDAR)
    assert (one.since, one.due, one.is_late) == (at(7), at(8), False)


def test_deadline_is_never_there_without_a_limit_or_anything_before() -> None:
    (first,) = pending_steps(CERTIFICATE, CERTIFICATE.start_nodes, {}, at(0), CALENDAR)
    assert (first.since, first.due, first.is_late) == (None, None, False)
    (form,) = pending_steps(CERTIFICATE, ["w2"], times(w1=0), at(9999), CALENDAR)
    assert (form.since, form.due, form.is_late) == (at(0), None, False)
    assert most_urgent((first, form)) is None


def test_end_is_no_step_that_somebody_takes() -> None:
    assert pending_steps(CERTIFICATE, ["end:completed"], times(t15=1), at(2), CALENDAR) == ()


def test_deadline_of_the_applicant_says_so_and_goes_by_the_working_calendar() -> None:
    permit = graph("KZ-ATY.2", "portal", "employer-issue")
    assert permit.get_node("p10:wait").wait is not None
    (one,) = pending_steps(permit, ["p10:wait"], times(p9=0), at(0), CALENDAR)
    assert one.is_applicants
    assert one.due == datetime(2026, 4, 16, 18, 30, tzinfo=KAZAKHSTAN), "twenty working days, Nauryz between them"


def test_deadline_in_a_loops_second_iteration_counts_from_its_own_steps() -> None:
    done = times(w7=0, t1=1, t2=100)
    assert step_began_at(CERTIFICATE, CERTIFICATE.get_node("t3"), done) == at(100)


def test_deadline_of_every_step_of_every_graph_can_be_judged() -> None:
    for which in EVERY:
        process = graph(*which)
        done = {node.id: NINE for node in process.nodes}
        told = pending_steps(
            process, [node.id for node in process.nodes], done, NINE + timedelta(days=500), CALENDAR
        )
        assert len(told) == len(process.nodes) - len(process.end_nodes)
        limited = {node.id for node in process.nodes if (found := limit_of(node)) and found.unit != "unspecified"}
        assert {one.node for one in told if one.is_late} == limited - {
            node.id for node in process.nodes if not process.transitions_into(node.id)
        }


def test_extension_counts_from_the_old_deadline() -> None:
    old = datetime(2026, 2, 25, 18, 30, tzinfo=KAZAKHSTAN)
    found = extend_deadline(extension("KZ-ATY.19"), old, CALENDAR, variant="decision")
    assert found.due == datetime(2026, 3, 26, 18, 30, tzinfo=KAZAKHSTAN), "the 25th is a day off after Nauryz"
    assert not found.is_notified


def test_extension_takes_the_place_of_the_acts_deadline() -> None:
    done, later = times(w7=0, t1=3), {"t2": at(60)}
    (one,) = pending_steps(CERTIFICATE, ["t2"], done, at(30), CALENDAR, later)
    assert (one.due, one.is_late) == (at(60), False)
    (late,) = pending_steps(CERTIFICATE, ["t2"], done, at(61), CALENDAR, later)
    assert late.late_by == MINUTE


@pytest.mark.parametrize("which", ["KZ-SEV.1", "KZ-YUZ.2", "KZ-YUZ.4"])
def test_extension_without_a_size_in_the_act_needs_one_and_the_citizen_is_told(which: str) -> None:
    found = extend_deadline(extension(which), at(0), CALENDAR, until=at(1))
    assert (found.due, found.is_notified) == (at(1), True)
    for until, code in ((None, "extension-unmeasured"), (at(0), "extension-backwards")):
        with pytest.raises(Refused) as caught:
            extend_deadline(extension(which), at(0), CALENDAR, until=until)
        assert caught.value.code == code


def test_extension_refusals_are_all_told_in_three_languages() -> None:
    assert set(TEXTS) == {"extension-not-given", "extension-unmeasured", "extension-backwards"}
    for told in TEXTS.values():
        assert set(told) == {"ru", "kk", "en"}
        assert len(set(told.values())) == 3


def test_extension_is_not_given_to_a_variant_that_is_not_named() -> None:
    only = extension("KZ-ATY.19").model_copy(update={"variants": ("card",)})
    with pytest.raises(Refused) as caught:
        extend_deadline(only, at(0), CALENDAR, variant="decision")
    assert caught.value.code == "extension-not-given"
    assert extend_deadline(only, at(0), CALENDAR, variant="card").due > at(0)
