"""Messages that reach the bus and may not pass: recorded, reported, without effect, and blocking no other
message.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import insert

from shared.bus.carriers.transport import SignedBytes
from shared.bus.clocks.clock import ManualClock
from shared.bus.errors import Unavailable
from shared.bus.messages.message import MessageSender
from shared.bus.messages.router import MessageRefusal
from shared.bus.messages.trust import PeerSystem, SystemIdentity
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.bus.service import ServiceNode
from tests.bus.carrier_peers import Carrier
from tests.bus.forge import body, forwarded, posted, sealed
from tests.bus.kit import Acquaintances, Company, Desk, books, effects_of, eventually, rows_of, rows_when

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMIT = 2048


class Post:
    """A publisher on the bus that holds any given key."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.company.clock = ManualClock(NOON)
        self.source = company.identity("source")
        self.relay = company.identity("relay")
        self.sink = company.address("sink")

    def content(self, n: int = 1, at: datetime = NOON, **info: object) -> bytes:
        return body(self.source.address, n, at, **info)

    def message(self, n: int = 1, seq: int = 0, at: datetime = NOON, **info: object) -> SignedBytes:
        return sealed(self.source, self.content(n, at, **info), self.sink, seq)

    async def put(self, *raws: SignedBytes) -> None:
        """Publish messages, and wait until the receiver has handled them."""
        results = await self.company.transport.publish([posted(self.sink, raw) for raw in raws])
        assert results == [None] * len(raws)


@pytest.fixture
async def post(database: str | None, tmp_path: Path) -> AsyncIterator[Post]:
    """Over both databases; the carrier does not look at a message."""
    company = Company(tmp_path, await Carrier(None).transport(), database)
    yield Post(company)
    await company.stack.aclose()


async def opened(post: Post, desk: Desk) -> ServiceNode:
    return await post.company.node("sink", desk.router, desk.metadata, max_message_bytes=LIMIT)


def with_the_wrong_key(post: Post) -> SignedBytes:
    forger = SystemIdentity(post.source.address, ec.generate_private_key(ec.SECP256R1()), post.source.thumbprint)
    return sealed(forger, post.content(), post.sink)


def from_nobody_known(post: Post) -> SignedBytes:
    stranger = SystemIdentity(post.source.address, post.source.key, "of nobody")
    return sealed(stranger, post.content(), post.sink)


def with_a_changed_body(post: Post) -> SignedBytes:
    return replace(post.message(), body=post.content(2))


def for_another_system(post: Post) -> SignedBytes:
    return sealed(post.source, post.content(), "elsewhere")


def in_the_name_of_another(post: Post) -> SignedBytes:
    return post.message(sender=MessageSender(sender_id=post.relay.address))


def that_is_stale(post: Post) -> SignedBytes:
    return post.message(at=NOON - timedelta(days=31))


def from_tomorrow(post: Post) -> SignedBytes:
    return post.message(at=NOON + timedelta(days=1))


def that_is_no_message(post: Post) -> SignedBytes:
    return sealed(post.source, b"{}", post.sink)


def that_is_too_large(post: Post) -> SignedBytes:
    return SignedBytes(b" " * (LIMIT + 1), "")


def with_a_signature_no_database_takes(post: Post) -> SignedBytes:
    return replace(post.message(), signature="\0", hop="\0")


REFUSED: dict[str, Callable[[Post], SignedBytes]] = {
    "signature-invalid": with_the_wrong_key,
    "sender-unknown": from_nobody_known,
    "signature-invalid ": with_a_changed_body,
    "wrong-addressee": for_another_system,
    "sender-mismatch": in_the_name_of_another,
    "message-stale": that_is_stale,
    "message-from-the-future": from_tomorrow,
    "message-malformed": that_is_no_message,
    "message-too-large": that_is_too_large,
    "signature-malformed": with_a_signature_no_database_takes,
}


@pytest.mark.parametrize("code", REFUSED)
async def test_refused_message_is_a_reported_dead_letter_without_effect(post: Post, desk: Desk, code: str) -> None:
    sink = await opened(post, desk)
    await post.put(REFUSED[code](post))
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == code.strip()
    assert desk.codes == [code.strip()]
    assert desk.calls.total() == 0
    assert await books(sink) == {"outbox": 0, "inbox": len(await rows_of(sink, "bus_inbox")), "held": 0, "dead": 1}


@pytest.mark.parametrize("code", REFUSED)
async def test_good_messages_pass_behind_a_refused_one(post: Post, desk: Desk, code: str) -> None:
    sink = await opened(post, desk)
    await post.put(REFUSED[code](post), post.message(7, seq=1), post.message(8, seq=2))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 7), ("case-1", 8)]


async def test_refused_message_keeps_its_bytes_and_signatures(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    raw = forwarded(post.relay, with_a_changed_body(post), post.sink)
    await post.put(raw)
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert SignedBytes(bytes(dead.body), dead.signature, dead.hop) == raw


async def test_neighbour_that_is_not_accepted_is_refused(post: Post, desk: Desk) -> None:
    sink = await post.company.node(
        "sink", desk.router, desk.metadata, accepts=lambda neighbour: neighbour == post.relay.address
    )
    straight = post.message(1)
    await post.put(straight)
    passed_on = sealed(post.source, post.content(2), post.relay.address)
    await post.put(forwarded(post.relay, passed_on, post.sink))
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 2)]
    assert desk.codes == ["neighbour-not-accepted"]


async def test_expired_certificate_is_refused(post: Post, desk: Desk) -> None:
    peers = post.company.known.peers
    peers[post.source.address] = replace(peers[post.source.address], not_after=NOON)
    sink = await opened(post, desk)
    await post.put(post.message())
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == "sender-certificate-expired"


async def test_replayed_message_has_its_effect_once_and_is_told(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    raw = post.message(seq=1)
    await post.put(raw)
    await post.put(raw)
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]
    assert desk.codes == ["message-replayed"]
    assert (await books(sink))["dead"] == 0


async def test_replayed_message_in_one_batch_has_its_effect_once(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    raw = post.message(seq=1)
    await post.put(raw, raw, raw)
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]
    assert desk.codes == ["message-replayed"] * 2


async def test_message_id_used_for_other_bytes_is_refused(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(1))
    await post.put(post.message(2, message_id="id-1"))
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == "message-id-reused"
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]


async def test_message_id_used_by_another_sender_is_another_message(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(1))
    await post.put(sealed(post.relay, body(post.relay.address, 1, NOON), post.sink))
    assert len(await effects_of(sink, desk.effects, 2)) == 2


async def test_sequence_number_used_by_two_messages_is_refused_once(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(1, seq=1), post.message(2, seq=1))
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == "sequence-reused"
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]


@pytest.mark.parametrize("days", [-31, 1])
async def test_successors_of_a_message_that_came_at_the_wrong_time_proceed(
    post: Post, desk: Desk, days: int
) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(1, seq=1))
    await post.put(post.message(2, seq=2, at=NOON + timedelta(days=days)))
    await post.put(post.message(3, seq=3))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_successors_of_a_stale_message_that_came_early_proceed(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(2, seq=2, at=NOON - timedelta(days=31)))
    await post.put(post.message(1, seq=1), post.message(3, seq=3))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_stale_message_does_not_set_its_case_back(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(*(post.message(n, seq=n) for n in (1, 2, 3)))
    await post.put(post.message(9, seq=1, at=NOON - timedelta(days=31)))
    await post.put(post.message(4, seq=4))
    assert await effects_of(sink, desk.effects, 4) == [("case-1", n) for n in (1, 2, 3, 4)]


async def test_successors_of_a_message_with_a_used_id_proceed(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(1, seq=1), post.message(2, seq=2, message_id="id-1"), post.message(3, seq=3))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_successors_of_a_message_sent_twice_under_two_numbers_proceed(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    content = post.content(1)
    await post.put(*(sealed(post.source, content, post.sink, seq) for seq in (1, 2)), post.message(3, seq=3))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_successors_of_a_message_in_anothers_name_proceed(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    other = MessageSender(sender_id=post.relay.address)
    await post.put(post.message(1, seq=1), post.message(2, seq=2, sender=other), post.message(3, seq=3))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_message_id_of_two_that_both_come_early_leaves_both_accounted_for(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(2, seq=2), post.message(3, seq=3, message_id="id-2"))
    await post.put(post.message(1, seq=1))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 2)]
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == "message-id-reused"
    assert (await books(sink))["held"] == 0


async def test_refusal_hooks_writes_are_committed_with_the_refusal(post: Post, desk: Desk) -> None:
    def note(refusal: MessageRefusal, uow: UnitOfWork) -> None:
        uow.session.execute(insert(desk.effects), [{"correlation_id": refusal.error.code, "n": 0}])

    desk.router.register_refusal_hook(note)
    sink = await opened(post, desk)
    await post.put(with_the_wrong_key(post))
    await rows_when(sink, "bus_dead", 1)
    assert await effects_of(sink, desk.effects, 1) == [("signature-invalid", 0)]


async def test_refusal_hook_that_fails_for_the_unverified_stops_nobody(post: Post, desk: Desk) -> None:
    def fail(refusal: MessageRefusal, uow: UnitOfWork) -> None:
        raise ZeroDivisionError("a mistake in the hook")

    desk.router.register_refusal_hook(fail)
    sink = await opened(post, desk)
    await post.put(with_the_wrong_key(post), post.message(7))
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 7)]
    assert [row.code for row in await rows_when(sink, "bus_dead", 1)] == ["signature-invalid"]


class Whimsical(Acquaintances):
    """A directory with arbitrary answers."""

    def __init__(self, peers: dict[str, PeerSystem], whim: Exception | None) -> None:
        self.peers = peers
        self.whim = whim

    def find_peer(self, thumbprint: str, at: datetime) -> PeerSystem:
        if self.whim is not None:
            raise self.whim
        return super().find_peer(thumbprint, at)


async def test_directory_that_cannot_look_a_sender_up_now_lets_the_message_wait(post: Post, desk: Desk) -> None:
    away = Unavailable("directory-unavailable", "НУЦ does not answer")
    directory = post.company.known = Whimsical(post.company.known.peers, away)
    sink = await opened(post, desk)
    await post.put(post.message(1, seq=1), post.message(2, seq=2))
    assert {row.code for row in await rows_when(sink, "bus_held", 2)} == {"directory-unavailable"}
    assert (await books(sink))["dead"] == 0
    directory.whim = None
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 2)]
    assert (await books(sink))["held"] == 0


async def test_directory_broken_by_one_message_breaks_nothing_else(post: Post, desk: Desk) -> None:
    directory = post.company.known = Whimsical(post.company.known.peers, ValueError("not a certificate"))
    sink = await opened(post, desk)
    await post.put(post.message(1))
    assert [row.code for row in await rows_when(sink, "bus_dead", 1)] == ["gate-failed"]
    directory.whim = None
    await post.put(post.message(2))
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 2)]


async def test_handled_messages_are_not_told_as_replays_by_the_kernel_itself(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(*(post.message(n, seq=n) for n in range(30, 0, -1)))
    assert len(await effects_of(sink, desk.effects, 30)) == 30

    async def is_quiet() -> bool:
        return (await books(sink))["held"] == 0

    assert await eventually(is_quiet)
    assert desk.codes == []
