"""What reaches the bus and may not pass: recorded, told, without effect, and in nobody's way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import insert

from shared.bus.carriers.transport import Raw
from shared.bus.clocks.clock import ManualClock
from shared.bus.errors import Unavailable
from shared.bus.messages.message import Sender
from shared.bus.messages.router import Refusal
from shared.bus.messages.trust import Identity, Peer
from shared.bus.runtime.unit_of_work import Work
from shared.bus.service import Node
from tests.bus.carrier_peers import Carrier
from tests.bus.forge import body, forwarded, posted, sealed
from tests.bus.kit import Acquaintances, Company, Desk, books, effects_of, eventually, rows_of, rows_when

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMIT = 2048


class Post:
    """Somebody who can publish on the bus and hold any key he was given."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.company.clock = ManualClock(NOON)
        self.source = company.identity("source")
        self.relay = company.identity("relay")
        self.sink = company.address("sink")

    def content(self, n: int = 1, at: datetime = NOON, **info: object) -> bytes:
        return body(self.source.address, n, at, **info)

    def message(self, n: int = 1, seq: int = 0, at: datetime = NOON, **info: object) -> Raw:
        return sealed(self.source, self.content(n, at, **info), self.sink, seq)

    async def put(self, *raws: Raw) -> None:
        """Publish, and wait until the receiver has dealt with it."""
        results = await self.company.transport.publish([posted(self.sink, raw) for raw in raws])
        assert results == [None] * len(raws)


@pytest.fixture
async def post(database: str | None, tmp_path: Path) -> AsyncIterator[Post]:
    """Over both databases; what carries a message does not look at it."""
    company = Company(tmp_path, await Carrier(None).transport(), database)
    yield Post(company)
    await company.stack.aclose()


async def opened(post: Post, desk: Desk) -> Node:
    return await post.company.node("sink", desk.router, desk.metadata, max_message_bytes=LIMIT)


def with_the_wrong_key(post: Post) -> Raw:
    forger = Identity(post.source.address, ec.generate_private_key(ec.SECP256R1()), post.source.thumbprint)
    return sealed(forger, post.content(), post.sink)


def from_nobody_known(post: Post) -> Raw:
    return sealed(replace(post.source, thumbprint="of nobody"), post.content(), post.sink)


def with_a_changed_body(post: Post) -> Raw:
    return replace(post.message(), body=post.content(2))


def for_another_system(post: Post) -> Raw:
    return sealed(post.source, post.content(), "elsewhere")


def in_the_name_of_another(post: Post) -> Raw:
    return post.message(sender=Sender(sender_id=post.relay.address))


def that_is_stale(post: Post) -> Raw:
    return post.message(at=NOON - timedelta(days=31))


def from_tomorrow(post: Post) -> Raw:
    return post.message(at=NOON + timedelta(days=1))


def that_is_no_message(post: Post) -> Raw:
    return sealed(post.source, b"{}", post.sink)


def that_is_too_large(post: Post) -> Raw:
    return Raw(b" " * (LIMIT + 1), "")


def with_a_signature_no_database_takes(post: Post) -> Raw:
    return replace(post.message(), signature="\0", hop="\0")


REFUSED: dict[str, Callable[[Post], Raw]] = {
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
async def test_what_may_not_pass_is_dead_told_and_without_effect(post: Post, desk: Desk, code: str) -> None:
    sink = await opened(post, desk)
    await post.put(REFUSED[code](post))
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == code.strip()
    assert desk.codes == [code.strip()]
    assert desk.calls.total() == 0
    assert await books(sink) == {"outbox": 0, "inbox": len(await rows_of(sink, "bus_inbox")), "held": 0, "dead": 1}


@pytest.mark.parametrize("code", REFUSED)
async def test_good_messages_pass_behind_one_that_may_not(post: Post, desk: Desk, code: str) -> None:
    sink = await opened(post, desk)
    await post.put(REFUSED[code](post), post.message(7, seq=1), post.message(8, seq=2))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 7), ("case-1", 8)]


async def test_a_refused_message_keeps_its_bytes_and_signatures(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    raw = forwarded(post.relay, with_a_changed_body(post), post.sink)
    await post.put(raw)
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert Raw(bytes(dead.body), dead.signature, dead.hop) == raw


async def test_a_neighbour_that_is_not_accepted_is_refused(post: Post, desk: Desk) -> None:
    sink = await post.company.node(
        "sink", desk.router, desk.metadata, accepts=lambda neighbour: neighbour == post.relay.address
    )
    straight = post.message(1)
    await post.put(straight)
    passed_on = sealed(post.source, post.content(2), post.relay.address)
    await post.put(forwarded(post.relay, passed_on, post.sink))
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 2)]
    assert desk.codes == ["neighbour-not-accepted"]


async def test_an_expired_certificate_is_refused(post: Post, desk: Desk) -> None:
    peers = post.company.known.peers
    peers[post.source.address] = replace(peers[post.source.address], not_after=NOON)
    sink = await opened(post, desk)
    await post.put(post.message())
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == "sender-certificate-expired"


async def test_a_replayed_message_has_its_effect_once_and_is_told(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    raw = post.message(seq=1)
    await post.put(raw)
    await post.put(raw)
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]
    assert desk.codes == ["message-replayed"]
    assert (await books(sink))["dead"] == 0


async def test_a_message_twice_in_one_batch_has_its_effect_once(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    raw = post.message(seq=1)
    await post.put(raw, raw, raw)
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]
    assert desk.codes == ["message-replayed"] * 2


async def test_other_bytes_under_a_used_id_are_refused(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(1))
    await post.put(post.message(2, message_id="id-1"))
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == "message-id-reused"
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]


async def test_the_same_id_of_another_sender_is_another_message(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(1))
    await post.put(sealed(post.relay, body(post.relay.address, 1, NOON), post.sink))
    assert len(await effects_of(sink, desk.effects, 2)) == 2


async def test_two_messages_with_one_place_are_one_too_many(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(1, seq=1), post.message(2, seq=1))
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == "sequence-reused"
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]


@pytest.mark.parametrize("days", [-31, 1])
async def test_the_successors_of_one_that_came_at_the_wrong_time_proceed(
    post: Post, desk: Desk, days: int
) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(1, seq=1))
    await post.put(post.message(2, seq=2, at=NOON + timedelta(days=days)))
    await post.put(post.message(3, seq=3))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_the_successors_of_a_stale_one_that_came_early_proceed(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(2, seq=2, at=NOON - timedelta(days=31)))
    await post.put(post.message(1, seq=1), post.message(3, seq=3))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_a_stale_message_does_not_set_its_case_back(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(*(post.message(n, seq=n) for n in (1, 2, 3)))
    await post.put(post.message(9, seq=1, at=NOON - timedelta(days=31)))
    await post.put(post.message(4, seq=4))
    assert await effects_of(sink, desk.effects, 4) == [("case-1", n) for n in (1, 2, 3, 4)]


async def test_the_successors_of_one_with_a_used_id_proceed(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(1, seq=1), post.message(2, seq=2, message_id="id-1"), post.message(3, seq=3))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_the_successors_of_one_that_was_sent_twice_under_two_numbers_proceed(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    content = post.content(1)
    await post.put(*(sealed(post.source, content, post.sink, seq) for seq in (1, 2)), post.message(3, seq=3))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_the_successors_of_one_in_anothers_name_proceed(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    other = Sender(sender_id=post.relay.address)
    await post.put(post.message(1, seq=1), post.message(2, seq=2, sender=other), post.message(3, seq=3))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_two_messages_with_one_id_that_both_come_early_are_both_accounted_for(
    post: Post, desk: Desk
) -> None:
    sink = await opened(post, desk)
    await post.put(post.message(2, seq=2), post.message(3, seq=3, message_id="id-2"))
    await post.put(post.message(1, seq=1))
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 2)]
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == "message-id-reused"
    assert (await books(sink))["held"] == 0


async def test_what_the_hook_writes_is_committed_with_the_refusal(post: Post, desk: Desk) -> None:
    def note(refusal: Refusal, work: Work) -> None:
        work.session.execute(insert(desk.effects), [{"correlation_id": refusal.error.code, "n": 0}])

    desk.router.refused(note)
    sink = await opened(post, desk)
    await post.put(with_the_wrong_key(post))
    await rows_when(sink, "bus_dead", 1)
    assert await effects_of(sink, desk.effects, 1) == [("signature-invalid", 0)]


async def test_a_hook_that_fails_for_the_unverified_stops_nobody(post: Post, desk: Desk) -> None:
    def fail(refusal: Refusal, work: Work) -> None:
        raise ZeroDivisionError("a mistake in the hook")

    desk.router.refused(fail)
    sink = await opened(post, desk)
    await post.put(with_the_wrong_key(post), post.message(7))
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 7)]
    assert [row.code for row in await rows_when(sink, "bus_dead", 1)] == ["signature-invalid"]


class Whimsical(Acquaintances):
    """A directory that answers as it likes."""

    def __init__(self, peers: dict[str, Peer], whim: Exception | None) -> None:
        self.peers = peers
        self.whim = whim

    def peer(self, thumbprint: str, at: datetime) -> Peer:
        if self.whim is not None:
            raise self.whim
        return super().peer(thumbprint, at)


async def test_a_message_whose_sender_cannot_be_looked_up_now_waits(post: Post, desk: Desk) -> None:
    away = Unavailable("directory-unavailable", "НУЦ does not answer")
    directory = post.company.known = Whimsical(post.company.known.peers, away)
    sink = await opened(post, desk)
    await post.put(post.message(1, seq=1), post.message(2, seq=2))
    assert {row.code for row in await rows_when(sink, "bus_held", 2)} == {"directory-unavailable"}
    assert (await books(sink))["dead"] == 0
    directory.whim = None
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 2)]
    assert (await books(sink))["held"] == 0


async def test_a_message_that_breaks_the_directory_breaks_nothing_else(post: Post, desk: Desk) -> None:
    directory = post.company.known = Whimsical(post.company.known.peers, ValueError("not a certificate"))
    sink = await opened(post, desk)
    await post.put(post.message(1))
    assert [row.code for row in await rows_when(sink, "bus_dead", 1)] == ["gate-failed"]
    directory.whim = None
    await post.put(post.message(2))
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 2)]


async def test_what_was_dealt_with_is_not_told_as_a_replay_by_the_kernel_itself(post: Post, desk: Desk) -> None:
    sink = await opened(post, desk)
    await post.put(*(post.message(n, seq=n) for n in range(30, 0, -1)))
    assert len(await effects_of(sink, desk.effects, 30)) == 30

    async def is_quiet() -> bool:
        return (await books(sink))["held"] == 0

    assert await eventually(is_quiet)
    assert desk.codes == []
