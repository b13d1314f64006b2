"""Threat: a member holds up other people's cases by messages that wait, or that no system can handle.

The systems are kernel nodes with keys of their own; the member's messages are well-formed and signed by its key.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.carriers.transport import SignedBytes
from shared.bus.clocks.clock import ManualClock
from shared.bus.messages.message import MessageType, encode_message, read_header
from shared.bus.messages.withdrawals import MessageWithdrawn
from shared.bus.service import ServiceNode
from tests.bus import forge
from tests.bus.kit import Company, Desk, books, effects_of, rows_of, rows_when

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    """Systems over the embedded carrier."""
    transport = EmbeddedTransport()
    await transport.open()
    made = Company(tmp_path, transport)
    yield made
    await made.stack.aclose()


async def send(company: Company, *messages: SignedBytes) -> None:
    """Publish messages to the sink; the carrier confirms when the sink has dealt with them."""
    faults = await company.transport.publish([forge.posted("sink", raw) for raw in messages])
    assert faults == [None] * len(messages)


def early(company: Company, name: str, count: int, sequence: int = 2) -> list[SignedBytes]:
    """Messages of as many cases, each with a predecessor that never comes."""
    identity = company.identity(name)
    return [
        forge.sealed(
            identity,
            forge.body(name, n, message_id=f"{name}-{n}", correlation_id=f"{name}-case-{n}"),
            "sink",
            sequence,
        )
        for n in range(count)
    ]


def through_gateway(company: Company, name: str, n: int, sequence: int) -> SignedBytes:
    """A member's message in case-1, forwarded by the gateway."""
    content = forge.body(name, n, message_id=f"{name}-{n}")
    return forge.forwarded(
        company.identity("gateway"), forge.sealed(company.identity(name), content, "gateway"), "sink", sequence
    )


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
async def test_case_goes_on_past_a_message_of_a_member_that_revoked_itself(
    company: Company, order: tuple[int, ...]
) -> None:
    desk = Desk()
    sink = await company.node("sink", desk.router, desk.metadata)
    attested = [
        through_gateway(company, "honest", 0, 1),
        through_gateway(company, "member", 1, 2),
        through_gateway(company, "honest", 2, 3),
    ]
    del company.known.peers["member"]
    for place in order:
        await send(company, attested[place])
    assert await effects_of(sink, desk.effects, 2, 5) == [("case-1", 0), ("case-1", 2)]
    assert await rows_when(sink, "bus_held", 0) == []
    (dead,) = await rows_of(sink, "bus_dead")
    assert dead.body == attested[1].body


async def test_gap_is_closed_by_nobody_but_an_accepted_gateway(company: Company) -> None:
    desk = Desk()
    sink = await company.node("sink", desk.router, desk.metadata, accepts=lambda name: name != "member")
    first, second = through_gateway(company, "honest", 0, 1), through_gateway(company, "honest", 1, 2)
    inside = forge.sealed(company.identity("member"), forge.body("member", 9), "gateway")
    await send(company, forge.forwarded(company.identity("member"), inside, "sink", 1), second)
    assert [row.code for row in await rows_of(sink, "bus_held")] == ["predecessor-missing"]
    await send(company, first)
    assert await effects_of(sink, desk.effects, 2, 5) == [("case-1", 0), ("case-1", 1)]


async def test_notice_of_a_withdrawn_message_takes_a_place_in_its_signers_stream_alone(company: Company) -> None:
    desk = Desk()
    sink = await company.node("sink", desk.router, desk.metadata)
    info = read_header(forge.body("member", message_type=MessageType.NOTIFICATION)).message_info
    notice = encode_message(info, MessageWithdrawn(message_id="honest-1", error_code="no-such-address"))
    await send(company, forge.sealed(company.identity("member"), notice, "sink", 1))
    honest = company.identity("honest")
    await send(company, *(forge.sealed(honest, forge.body("honest", n), "sink", n) for n in (1, 2)))
    assert await effects_of(sink, desk.effects, 2, 5) == [("case-1", 1), ("case-1", 2)]
    assert await rows_of(sink, "bus_dead") == []


async def test_thousands_of_waiting_messages_of_one_member_keep_nobody_waiting(company: Company) -> None:
    desk = Desk(trouble={900: Desk().outage})
    sink = await company.node("sink", desk.router, desk.metadata)
    honest = await company.node("honest")
    await send(company, *early(company, "a-member", 800))
    await company.tell(honest, "sink", [900])
    await rows_when(sink, "bus_held", 801)
    desk.trouble.clear()
    assert await effects_of(sink, desk.effects, 1, 3) == [("case-1", 900)]


async def test_waiting_messages_of_a_member_beyond_its_quota_are_dead_letters_and_others_still_wait(
    company: Company,
) -> None:
    desk = Desk()
    sink = await company.node("sink", desk.router, desk.metadata, max_early_messages=50)
    await send(company, *early(company, "member", 60))
    assert Counter(row.code for row in await rows_of(sink, "bus_dead")) == {"too-many-early": 10}
    honest = company.identity("honest")
    late, soon = (forge.sealed(honest, forge.body("honest", n), "sink", n) for n in (1, 2))
    await send(company, soon)
    assert len(await rows_of(sink, "bus_held")) == 51
    await send(company, late)
    assert await effects_of(sink, desk.effects, 2, 5) == [("case-1", 1), ("case-1", 2)]


async def test_message_far_ahead_of_its_stream_is_a_dead_letter_at_once(company: Company) -> None:
    desk = Desk()
    sink = await company.node("sink", desk.router, desk.metadata)
    await send(
        company, *early(company, "member", 1, sequence=2**31 - 1), *early(company, "other", 1, sequence=1000)
    )
    assert [row.code for row in await rows_of(sink, "bus_dead")] == ["sequence-ahead"]
    assert [row.sequence for row in await rows_of(sink, "bus_held")] == [1000]


async def test_message_whose_predecessor_never_comes_is_a_dead_letter_in_the_end(company: Company) -> None:
    company.machine = machine = ManualClock(NOON)
    desk = Desk()
    sink = await company.node("sink", desk.router, desk.metadata)
    await send(company, *early(company, "member", 1))
    await machine.advance(timedelta(days=29))
    await asyncio.sleep(1.2)
    assert (await books(sink))["held"] == 1
    await machine.advance(timedelta(days=2))
    assert await _is_dead(sink) == ["predecessor-never-came"]


async def _is_dead(node: ServiceNode) -> list[str]:
    return [row.code for row in await rows_when(node, "bus_dead", 1, 5)]
