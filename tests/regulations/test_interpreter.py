"""Walking the step tables: what is allowed, what is refused, who holds the case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.errors import Conflict, NotFound
from shared.regulations.interpreter import Procedure
from shared.regulations.model import Channel, StepTables
from tests.regulations.unemployment import TABLED, passport, procedure

PORTAL_ORDERS = [
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [1, 2, 4, 3, 5, 6, 7, 11, 12, 13, 15, 14, 8, 10, 9],
    [1, 2, 3, 5, 6, 7, 8, 11, 10, 12, 9, 13, 14, 4, 15],
]


@pytest.mark.parametrize("order", PORTAL_ORDERS)
def test_a_portal_case_completes_in_any_legal_order(order: list[int]) -> None:
    walk = procedure("portal")
    done: list[int] = []
    for n in order:
        assert not walk.is_complete(done)
        walk.check(done, n)
        done.append(n)
    assert walk.is_complete(done)
    assert walk.allowed(done) == ()
    assert walk.holder(done) == ()


@given(channel=st.sampled_from(TABLED), data=st.data())
def test_any_choice_among_the_allowed_steps_completes_and_never_repeats(
    channel: Channel, data: st.DataObject
) -> None:
    walk = procedure(channel)
    done: list[int] = []
    while not walk.is_complete(done):
        allowed = walk.allowed(done)
        assert not set(allowed) & set(done)
        n = data.draw(st.sampled_from(allowed))
        walk.check(done, n)
        done.append(n)
    assert len(done) == len(set(done))


@given(channel=st.sampled_from(TABLED), done=st.sets(st.integers(1, 15)), n=st.integers(1, 15))
def test_check_refuses_exactly_what_is_not_allowed(channel: Channel, done: set[int], n: int) -> None:
    walk = procedure(channel)
    try:
        walk.check(done, n)
    except (Conflict, NotFound):
        assert n not in walk.allowed(done)
    else:
        assert n in walk.allowed(done)


def test_notices_of_one_route_are_shown_in_parallel() -> None:
    walk = procedure("portal")
    assert walk.allowed([1, 2]) == (3, 4)
    assert walk.allowed(range(1, 9)) == (9, 10, 11)
    assert walk.allowed(range(1, 14)) == (14, 15)


def test_a_step_before_its_turn_is_refused_with_what_is_missing() -> None:
    with pytest.raises(Conflict) as refusal:
        procedure("portal").check([1], 5)
    assert refusal.value.code == "step-out-of-order"
    assert refusal.value.details == {"step": 5, "done": [1], "missing": [3]}


def test_a_step_taken_twice_is_refused() -> None:
    with pytest.raises(Conflict) as refusal:
        procedure("portal").check({1, 2}, 2)
    assert refusal.value.code == "step-already-done"


def test_a_step_that_the_table_lacks_is_not_found() -> None:
    walk = procedure("provider")
    for ask in (walk.step, walk.after, walk.planned, walk.route_after):
        with pytest.raises(NotFound, match="no step 13"):
            ask(13)


def test_the_empty_row_is_nobodys_and_holds_up_nobody() -> None:
    walk = procedure("con")
    with pytest.raises(Conflict) as refusal:
        walk.check(range(1, 10), 10)
    assert refusal.value.code == "step-is-empty"
    assert walk.is_complete(set(range(1, 16)) - {10})


def test_what_waits_for_an_empty_row_waits_for_the_row_before_it() -> None:
    printed = without_readings(procedure("con"))
    assert printed.step(10).performs.op == "nothing"
    assert printed.after(11) == (9,)


def without_readings(walk: Procedure) -> Procedure:
    """The same table in the order of print alone."""
    table = walk.passport.step_tables.get(walk.channel)
    assert table is not None
    rows = tuple(
        row.model_copy(update={"performs": row.performs.model_copy(update={"after": None})}) for row in table.rows
    )
    tables = StepTables(**{walk.channel: table.model_copy(update={"rows": rows})})
    return Procedure(walk.passport.model_copy(update={"step_tables": tables}), walk.channel)


def test_a_channel_without_a_table_is_not_found() -> None:
    other = passport().model_copy(update={"step_tables": StepTables()})
    with pytest.raises(NotFound) as refusal:
        Procedure(other, "portal")
    assert refusal.value.code == "channel-not-found"


@pytest.mark.parametrize(
    ("channel", "carried"),
    [
        ("portal", {1: 2, 3: None, 7: 8, 12: 13}),
        ("con", {2: 3, 7: 8, 12: 13}),
        ("provider", {2: 3, 6: 7, 10: 11}),
    ],
)
def test_what_a_step_sends_is_carried_by_the_route_after_it(
    channel: Channel, carried: dict[int, int | None]
) -> None:
    walk = procedure(channel)
    assert {n: walk.route_after(n) for n, _ in walk.senders} == carried


def test_a_step_that_sends_nothing_has_no_route() -> None:
    assert procedure("portal").route_after(5) is None


def test_the_portal_sends_the_request_to_the_authority_and_a_notice_to_the_service_centre() -> None:
    assert procedure("portal").senders == {
        (1, "REQUEST"): ("is_mio",),
        (1, "NOTIFICATION"): ("is_con",),
        (3, "UPDATE"): ("portal_pep",),
        (7, "UPDATE"): ("portal_pep", "is_con"),
        (12, "RESPONSE"): ("portal_pep",),
        (12, "NOTIFICATION"): ("is_con",),
    }


def test_a_delivered_message_sets_going_the_steps_of_its_receiver() -> None:
    walk = procedure("portal")
    assert walk.following(2, "is_mio") == (3,)
    assert walk.following(8, "portal_pep") == (9,)
    assert walk.following(13, "is_con") == (15,)
    assert walk.following(13, "is_mio") == ()


def test_a_system_takes_its_automatic_steps_and_leaves_the_others_to_people() -> None:
    walk = procedure("portal")
    assert walk.next_automatic([1, 2], "is_mio") == (3,)
    assert walk.next_automatic([1, 2], "is_con") == (4,)
    assert walk.next_human([1, 2, 3], "is_mio") == (5,)
    assert walk.next_automatic([1, 2, 3], "is_mio") == ()
    assert walk.next_human([], "portal_pep") == (1,)


def test_the_holder_is_the_unit_that_must_act_next() -> None:
    walk = procedure("portal")
    assert walk.holder([]) == ("ПЭП",)
    assert walk.holder([1, 2, 3]) == ("ИС ЦОН", "МИО")
    assert procedure("con").holder(range(1, 15)) == ("ЦОН",)


def test_find_names_the_one_step_that_does_a_thing() -> None:
    assert procedure("portal").find("submit", "portal_pep").n == 1
    assert procedure("con").find("register", "is_con").n == 2
    assert procedure("con").find("register", "is_mio").n == 4
    assert procedure("provider").find("decide", "is_mio").n == 5
    assert procedure("portal").find("show", "is_con", status="в работе").n == 10


def test_find_refuses_what_no_step_or_more_than_one_step_does() -> None:
    with pytest.raises(NotFound, match="hand_over"):
        procedure("portal").find("hand_over", "is_con")
    with pytest.raises(Conflict) as refusal:
        procedure("portal").find("show", "is_con")
    assert (refusal.value.code, refusal.value.details["steps"]) == ("step-ambiguous", [4, 10, 15])


def test_planned_time_is_known_for_minutes_and_left_to_a_calendar_for_days() -> None:
    walk = procedure("con")
    assert walk.planned(5) == timedelta(minutes=10)
    assert walk.planned(6) is None
    assert walk.planned(10) is None


@pytest.mark.parametrize("channel", TABLED)
def test_every_channel_registers_decides_composes_and_signs_once_at_the_authority(channel: Channel) -> None:
    walk = procedure(channel)
    order = [walk.find(op, "is_mio").n for op in ("register", "decide", "compose", "issue", "sign")]
    assert order == sorted(order)
