"""Who applies for what and when, before anything runs."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from services.tools.simulation.plan import Plan, arrivals
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.book import PassportBook
from shared.regulations.calendar import Calendar

PLAN = Plan(date(2026, 3, 2), 30, 2000, 7)


@pytest.fixture(scope="module")
def book() -> PassportBook:
    return PassportBook.load()


def test_the_same_seed_makes_the_same_month_and_another_one_another(book: PassportBook) -> None:
    first, again = arrivals(PLAN, book), arrivals(PLAN, book)
    assert first == again
    other = arrivals(Plan(PLAN.first, 30, 2000, 8), book)
    assert [one.at for one in first] != [one.at for one in other]
    assert not {one.case for one in first} & {one.case for one in other}


def test_everybody_applies_where_the_act_lets_him_and_nobody_twice_for_the_same(book: PassportBook) -> None:
    coming = arrivals(PLAN, book)
    assert len(coming) == len({one.case for one in coming}) == 2000
    assert all(one.graph.channel in one.passport.channels.accept for one in coming)
    assert all(one.applicant.is_alive for one in coming)
    wanted = Counter((one.applicant.iin, one.passport.id, one.graph.variant) for one in coming)
    assert max(wanted.values()) == 1
    assert Counter(one.passport.region for one in coming).keys() == {"KZ-AKM", "KZ-ATY", "KZ-SEV", "KZ-YUZ"}
    assert {one.graph.channel for one in coming} == {"provider", "con", "portal", "akim"}


def test_windows_are_come_to_while_they_are_open_and_the_portal_at_night_too(book: PassportBook) -> None:
    calendar, coming = Calendar(), arrivals(PLAN, book)
    at_windows = [one.at.astimezone(KAZAKHSTAN) for one in coming if one.graph.channel != "portal"]
    assert all(calendar.is_working(at.date()) and 9 <= at.hour < 18 for at in at_windows)
    by_portal = [one.at.astimezone(KAZAKHSTAN) for one in coming if one.graph.channel == "portal"]
    assert any(at.hour < 9 or at.hour >= 18 for at in by_portal)
    assert any(not calendar.is_working(at.date()) for at in by_portal)
    assert all(PLAN.start <= one.at < PLAN.end for one in coming)


def test_about_one_in_five_is_somebody_whom_the_registers_do_not_speak_for(book: PassportBook) -> None:
    odd = sum(int(one.applicant.iin[-1]) % 2 for one in arrivals(PLAN, book))
    assert 340 < odd < 460


def test_a_month_without_a_working_day_is_still_a_plan(book: PassportBook) -> None:
    assert len(arrivals(Plan(date(2026, 3, 21), 1, 5, 1), book)) == 5
