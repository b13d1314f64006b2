"""The places of large bodies: few in number and in bytes, in the order in which they were asked for."""

from __future__ import annotations

import asyncio

import pytest

from shared.bus.http.request_budgets import LARGE_AT_ONCE, LARGE_BYTES_AT_ONCE, LargePlaces


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_body_waits_while_the_bytes_of_others_leave_no_room() -> None:
    places, half = LargePlaces(), LARGE_BYTES_AT_ONCE // 2
    await places.acquire(half)
    await places.acquire(half)
    waiting = asyncio.create_task(places.acquire(1))
    await settle()
    assert not waiting.done()
    places.release(half)
    await asyncio.wait_for(waiting, 1)


async def test_body_waits_while_as_many_others_are_read_as_may_be() -> None:
    places = LargePlaces()
    for _ in range(LARGE_AT_ONCE):
        await places.acquire(1)
    waiting = asyncio.create_task(places.acquire(1))
    await settle()
    assert not waiting.done()
    places.release(1)
    await asyncio.wait_for(waiting, 1)


async def test_small_body_does_not_overtake_a_large_one_that_waits() -> None:
    places, order = LargePlaces(), list[str]()

    async def take(name: str, size: int) -> None:
        await places.acquire(size)
        order.append(name)

    await places.acquire(LARGE_BYTES_AT_ONCE)
    waiting = [asyncio.create_task(take("large", LARGE_BYTES_AT_ONCE)), asyncio.create_task(take("small", 1))]
    await settle()
    places.release(LARGE_BYTES_AT_ONCE)
    await settle()
    assert order == ["large"]
    places.release(LARGE_BYTES_AT_ONCE)
    await asyncio.gather(*waiting)
    assert order == ["large", "small"]


async def test_body_larger_than_all_places_is_read_alone() -> None:
    places = LargePlaces()
    await asyncio.wait_for(places.acquire(2 * LARGE_BYTES_AT_ONCE), 1)


@pytest.mark.parametrize("is_admitted", [True, False])
async def test_caller_that_gives_up_leaves_its_place_to_the_next(is_admitted: bool) -> None:
    places = LargePlaces()
    await places.acquire(LARGE_BYTES_AT_ONCE)
    leaving, staying = (asyncio.create_task(places.acquire(LARGE_BYTES_AT_ONCE)) for _ in range(2))
    await settle()
    if is_admitted:
        places.release(LARGE_BYTES_AT_ONCE)
    leaving.cancel()
    await settle()
    if not is_admitted:
        places.release(LARGE_BYTES_AT_ONCE)
    await asyncio.wait_for(staying, 1)
