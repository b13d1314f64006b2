"""The rules of the electronic queue, and how long a result waits for its applicant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.is_con.domain import TicketPurpose, TicketState, check_state, day_of, number_of
from services.is_con.queue import centre_of, check_service, wait_limit
from shared.bus.errors import BusError, Conflict, NotFound
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.passport_book import PassportBook
from shared.workplace.records import shelf

READY = datetime(2026, 1, 31, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def book() -> PassportBook:
    return PassportBook.load()


def test_queue_has_rows_of_numbers_of_their_own_for_papers_and_results() -> None:
    assert [number_of(TicketPurpose.INTAKE, 12), number_of(TicketPurpose.RESULT, 1000)] == ["А-012", "Б-1000"]


def test_queue_day_begins_at_midnight_in_kazakhstan() -> None:
    assert day_of(datetime(2026, 3, 1, 18, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert day_of(datetime(2026, 3, 1, 19, 0, tzinfo=UTC)) == date(2026, 3, 2)


def test_centre_is_one_that_an_act_lists_or_the_one_that_stands_for_them(book: PassportBook) -> None:
    listed = book.get_passport("KZ-YUZ.3").directories.con_offices[0]
    assert centre_of(book.passports, listed.code).name == listed.name
    assert centre_of(book.passports, "kz.con.01").listed is False
    with pytest.raises(NotFound) as caught:
        centre_of(book.passports, "kz-yuz.con.99")
    assert caught.value.code == "centre-unknown"


@pytest.mark.parametrize(
    ("regulation", "centre", "code"),
    [
        ("KZ-AKM.1", "kz.con.01", "channel-not-given"),
        ("KZ-AKM.2", "kz-yuz.con.01", "service-not-here"),
        ("KZ-YUZ.3", "kz.con.01", "service-not-here"),
    ],
)
def test_queue_is_refused_for_what_the_centre_does_not_give(
    book: PassportBook, regulation: str, centre: str, code: str
) -> None:
    with pytest.raises(BusError) as caught:
        check_service(book.get_passport(regulation), centre)
    assert caught.value.code == code


def test_queue_wait_is_two_minutes_by_the_acts_that_time_the_way_to_a_window(book: PassportBook) -> None:
    assert wait_limit(book.get_graph("KZ-ATY.6", "con")) == timedelta(minutes=2)
    assert wait_limit(book.get_graph("KZ-AKM.2", "con")) is None


@pytest.mark.parametrize("state", [TicketState.WAITING, TicketState.SERVED, TicketState.LEFT])
def test_queue_ticket_is_served_only_when_called(state: TicketState) -> None:
    with pytest.raises(Conflict) as caught:
        check_state(state.value, TicketState.CALLED, "А-001")
    assert caught.value.code == "ticket-not-called"


def test_shelf_keeps_a_result_a_calendar_month_to_the_end_of_the_day(book: PassportBook) -> None:
    node = book.get_graph("KZ-AKM.5", "con").get_node("w6:wait")
    assert shelf.keep_until(node, READY) == datetime(2026, 2, 28, 23, 59, 59, tzinfo=KAZAKHSTAN)
    assert shelf.months_later(date(2026, 12, 15), 1) == date(2027, 1, 15)


def test_shelf_keeps_a_result_a_month_too_where_the_act_is_silent(book: PassportBook) -> None:
    node = book.get_graph("KZ-ATY.4", "con").get_node("w11")
    assert (node.op, node.wait) == ("hand_over", None)
    assert shelf.keep_until(node, READY) == datetime(2026, 2, 28, 23, 59, 59, tzinfo=KAZAKHSTAN)


def test_shelf_finds_the_step_of_the_handing_over_behind_the_coming_for_the_result(book: PassportBook) -> None:
    graph = book.get_graph("KZ-AKM.5", "con")
    found = shelf.find_awaited_step(graph, [graph.get_node("w6:wait")])
    assert found is not None
    assert found.id == "w6"
    assert shelf.find_awaited_step(graph, [graph.get_node("w3"), graph.get_node("w4")]) is None
