"""Exactly-once effects in order, over each pair of carrier and database."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

import pytest

from shared.bus.service import ServiceNode
from tests.bus.kit import Company, Desk, books, effects_of, eventually, rows_of, rows_when
from tests.bus.trouble import Unreachable, Unruly

CASES = [f"case-{number}" for number in range(4)]
EACH = 8


def by_case(effects: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for case, n in effects:
        found[case].append(n)
    return dict(found)


async def tell_cases(company: Company, source: ServiceNode) -> None:
    """Send EACH messages for each case, the cases taking turns, in many transactions."""
    for n in range(EACH):
        await asyncio.gather(*(company.tell(source, "sink", [n], case) for case in CASES))


async def is_settled(node: ServiceNode) -> bool:
    """Whether no message waits to be sent or handled."""

    async def ask() -> bool:
        state = await books(node)
        return state["outbox"] == state["held"] == 0

    return await eventually(ask)


async def test_message_has_its_effect(company: Company, desk: Desk) -> None:
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source")
    await company.tell(source, "sink", [7])
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 7)]


async def test_outbox_is_left_by_confirmed_messages(company: Company, desk: Desk) -> None:
    await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source")
    await company.tell(source, "sink", range(100))
    assert await rows_when(source, "bus_outbox", 0) == []


async def test_messages_of_a_case_have_their_effects_in_the_order_sent(company: Company, desk: Desk) -> None:
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source")
    await company.tell(source, "sink", range(200))
    assert await effects_of(sink, desk.effects, 200) == [("case-1", n) for n in range(200)]


@pytest.mark.parametrize("seed", [1, 2])
async def test_effects_happen_once_when_messages_are_repeated(company: Company, desk: Desk, seed: int) -> None:
    unruly = Unruly(company.transport, seed, shuffle=False, repeat=0.5, lose=0.1)
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source", transport=unruly)
    await company.tell(source, "sink", range(40))
    assert await is_settled(source)
    assert await is_settled(sink)
    assert await effects_of(sink, desk.effects, 40) == [("case-1", n) for n in range(40)]


@pytest.mark.parametrize("seed", [1, 2])
async def test_order_within_each_case_is_kept_when_messages_are_shuffled(
    company: Company, desk: Desk, seed: int
) -> None:
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source", transport=Unruly(company.transport, seed, repeat=0.3, lose=0.2))
    await tell_cases(company, source)
    effects = await effects_of(sink, desk.effects, EACH * len(CASES))
    assert by_case(effects) == {case: list(range(EACH)) for case in CASES}


async def test_messages_are_all_accounted_for_after_any_disorder(company: Company, desk: Desk) -> None:
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source", transport=Unruly(company.transport, seed=3))
    await tell_cases(company, source)
    assert await is_settled(source)
    assert await is_settled(sink)
    assert await books(sink) == {"outbox": 0, "inbox": EACH * len(CASES), "held": 0, "dead": 0}


async def test_outbox_written_while_the_carrier_is_away_is_sent_by_the_next_run(
    company: Company, desk: Desk
) -> None:
    sink = await company.node("sink", desk.router, desk.metadata)
    first = await company.node("source", transport=Unreachable())
    await company.tell(first, "sink", range(10))
    await first.stop()
    second = await company.node("source")
    assert await effects_of(sink, desk.effects, 10) == [("case-1", n) for n in range(10)]
    assert await rows_when(second, "bus_outbox", 0) == []


async def test_outbox_to_a_system_that_is_not_there_yet_arrives_when_it_is(company: Company, desk: Desk) -> None:
    source = await company.node("source")
    await company.tell(source, "sink", range(3))
    sink = await company.node("sink", desk.router, desk.metadata)
    assert await effects_of(sink, desk.effects, 3) == [("case-1", n) for n in range(3)]


async def test_inbox_of_before_a_restart_is_known_after_it(company: Company, desk: Desk) -> None:
    keeper = Unruly(company.transport, seed=5, shuffle=False, repeat=0, lose=1)
    first = await company.node("sink", desk.router, desk.metadata)
    await company.tell(await company.node("source", transport=keeper), "sink", range(5))
    await effects_of(first, desk.effects, 5)
    await first.stop()
    second = await company.node("sink", desk.router, desk.metadata)
    await company.tell(await company.node("other"), "sink", [5])
    assert len(await effects_of(second, desk.effects, 6)) == 6
    repeated = await eventually(lambda: told_again(desk))
    assert repeated
    assert len(await rows_of(second, "effects")) == 6


async def told_again(desk: Desk) -> bool:
    return "message-replayed" in desk.codes


async def test_sequence_of_a_case_goes_on_after_a_restart_of_both_sides(company: Company, desk: Desk) -> None:
    for n in range(3):
        sink = await company.node("sink", desk.router, desk.metadata)
        source = await company.node("source")
        await company.tell(source, "sink", [n])
        await effects_of(sink, desk.effects, n + 1)
        await rows_when(source, "bus_outbox", 0)
        await source.stop()
        if n < 2:
            await sink.stop()
    assert await effects_of(sink, desk.effects, 3) == [("case-1", 0), ("case-1", 1), ("case-1", 2)]


async def test_answers_to_messages_come_back_in_order(company: Company, desk: Desk) -> None:
    echo = Desk()
    await company.node("echo", echo.answering("source", company), echo.metadata)
    source = await company.node("source", desk.router, desk.metadata)
    await company.tell(source, "echo", range(50))
    assert await effects_of(source, desk.effects, 50) == [("case-1", n) for n in range(50)]


async def test_batches_leave_as_many_done_dead_and_held_as_were_sent(company: Company, desk: Desk) -> None:
    desk.trouble = {n: desk.refusal if n % 20 == 3 else desk.outage for n in range(200) if n % 20 in (3, 7)}
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source")
    await asyncio.gather(*(company.tell(source, "sink", [n], f"case-{n}") for n in range(200)))
    assert len(await effects_of(sink, desk.effects, 180)) == 180
    assert len(await rows_when(sink, "bus_dead", 10)) == 10
    assert len(await rows_when(sink, "bus_held", 10)) == 10
    assert await rows_when(source, "bus_outbox", 0) == []
