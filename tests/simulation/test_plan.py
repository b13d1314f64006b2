"""The plan of applications, before the simulation runs."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from services.tools.simulation.plan import SimulationPlan, draw_applications
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.calendar import WorkingCalendar
from shared.regulations.passport_book import PassportBook

PLAN = SimulationPlan(date(2026, 3, 2), 30, 2000, 7)


@pytest.fixture(scope="module")
def book() -> PassportBook:
    return PassportBook.load()


def test_plan_of_the_same_seed_is_the_same_month_and_of_another_another(book: PassportBook) -> None:
    first, again = draw_applications(PLAN, book), draw_applications(PLAN, book)
    assert first == again
    other = draw_applications(SimulationPlan(PLAN.first, 30, 2000, 8), book)
    assert [one.at for one in first] != [one.at for one in other]
    assert not {one.case_id for one in first} & {one.case_id for one in other}


def test_plan_has_everybody_apply_where_the_act_lets_him_and_never_twice_alike(book: PassportBook) -> None:
    coming = draw_applications(PLAN, book)
    assert len(coming) == len({one.case_id for one in coming}) == 2000
    assert all(one.graph.channel in one.passport.channels.accept for one in coming)
    assert all(one.applicant.is_alive for one in coming)
    wanted = Counter((one.applicant.iin, one.passport.id, one.graph.variant) for one in coming)
    assert max(wanted.values()) == 1
    assert Counter(one.passport.region for one in coming).keys() == {"KZ-AKM", "KZ-ATY", "KZ-SEV", "KZ-YUZ"}
    assert {one.graph.channel for one in coming} == {"provider", "con", "portal", "akim"}


def test_plan_has_windows_visited_while_open_and_the_portal_at_night_too(book: PassportBook) -> None:
    calendar, coming = WorkingCalendar(), draw_applications(PLAN, book)
    at_windows = [one.at.astimezone(KAZAKHSTAN) for one in coming if one.graph.channel != "portal"]
    assert all(calendar.is_working(at.date()) and 9 <= at.hour < 18 for at in at_windows)
    by_portal = [one.at.astimezone(KAZAKHSTAN) for one in coming if one.graph.channel == "portal"]
    assert any(at.hour < 9 or at.hour >= 18 for at in by_portal)
    assert any(not calendar.is_working(at.date()) for at in by_portal)
    assert all(PLAN.start <= one.at < PLAN.end for one in coming)


def test_plan_has_one_in_five_applicants_whom_the_registers_do_not_speak_for(book: PassportBook) -> None:
    odd = sum(int(one.applicant.iin[-1]) % 2 for one in draw_applications(PLAN, book))
    assert 340 < odd < 460


def test_plan_of_a_month_without_a_working_day_is_still_a_plan(book: PassportBook) -> None:
    assert len(draw_applications(SimulationPlan(date(2026, 3, 21), 1, 5, 1), book)) == 5
