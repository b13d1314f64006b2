"""The synchronous heart by itself: batches, what is left over, what is remembered, what is dealt with again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import MetaData, func, select

from shared.bus.carriers.transport import Delivery, Raw
from shared.bus.clocks.clock import ManualClock
from shared.bus.errors import Refused, Untrusted
from shared.bus.messages.gate import CLOCKS_MAY_DIFFER, Gate
from shared.bus.messages.message import MessageType
from shared.bus.messages.receipts import Receipts
from shared.bus.messages.router import Refusal, Router
from shared.bus.messages.trust import FixedDirectory, Identity, Peer
from shared.bus.persistence.database import Database, DatabaseAway, database_url
from shared.bus.persistence.tables import BusTables, bus_tables
from shared.bus.runtime.processor import Processor, Task
from shared.bus.runtime.unit_of_work import Received, Work, random_id
from tests.bus.forge import body, sealed
from tests.bus.kit import Acquaintances, Counted

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
SENDER = Identity("KZ.SENDER", ec.generate_private_key(ec.SECP256R1()), "print of KZ.SENDER")
DESK = Identity("KZ.DESK", ec.generate_private_key(ec.SECP256R1()), "print of KZ.DESK")


@dataclass
class Heart:
    """A processor whose handler counts, answers, and fails where ``trouble`` says, as often as it says."""

    processor: Processor
    tables: BusTables
    clock: ManualClock
    known: Acquaintances
    trouble: dict[int, list[Exception]] = field(default_factory=dict)
    handled: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def handle(self, data: Counted, message: Received, work: Work) -> None:
        if self.trouble.get(data.n):
            raise self.trouble[data.n].pop(0)
        self.handled.append(data.n)
        to = {"service_id": "s", "message_type": MessageType.RESPONSE, "correlation_id": "c"}
        work.send("KZ.SENDER", data, **to)  # type: ignore[arg-type]

    def tell(self, refusal: Refusal, work: Work) -> None:
        self.told.append(refusal.error.code)

    def count(self, table: str) -> int:
        with self.processor.database.reading() as session:
            query = select(func.count()).select_from(getattr(self.tables, table))
            return int(session.execute(query).scalar_one())


@pytest.fixture
def heart(tmp_path: Path) -> Iterator[Heart]:
    metadata = MetaData()
    tables, clock, router, known = bus_tables(metadata), ManualClock(NOON), Router(), Acquaintances()
    database = Database(database_url(None, tmp_path, "desk"), metadata)
    database.create()
    forever = NOON + 100 * MONTH
    known.peers = {
        one.address: Peer(one.address, one.key.public_key(), one.thumbprint, forever) for one in (SENDER,)
    }
    gate = Gate(DESK.address, known, lambda neighbour: True, 10_000, MONTH)
    processor = Processor(database, tables, router, gate, DESK, {}, clock, clock, "1", random_id, Receipts(None))
    made = Heart(processor, tables, clock, known)
    router.on(Counted)(made.handle)
    router.refused(made.tell)
    yield made
    database.dispose()


def arriving(n: int, seq: int = 0, at: datetime = NOON) -> Delivery:
    return Delivery(message(n, seq, at), redelivered=False, tag=None)


def message(n: int, seq: int = 0, at: datetime = NOON) -> Raw:
    return sealed(SENDER, body(SENDER.address, n, at), DESK.address, seq)


def test_a_batch_is_dealt_with_in_one_go(heart: Heart) -> None:
    outcome = heart.processor.run([arriving(n) for n in range(10)], [])
    assert (outcome.handled, outcome.left) == (10, [])
    assert len(outcome.outgoing) == heart.count("outbox") == heart.count("inbox") == 10


def test_a_batch_with_nothing_in_it_does_nothing(heart: Heart) -> None:
    assert heart.processor.run([], []).outgoing == []


def test_confirmed_rows_leave_the_outbox(heart: Heart) -> None:
    outcome = heart.processor.run([arriving(n) for n in range(10)], [])
    heart.processor.run([], [row for row, _ in outcome.outgoing[:7]])
    assert heart.count("outbox") == 3


def test_confirmed_rows_leave_the_outbox_with_a_batch_that_fails(heart: Heart) -> None:
    outcome = heart.processor.run([arriving(1)], [])
    heart.trouble = {2: [ZeroDivisionError()] * 2}
    heart.processor.run([arriving(2)], [row for row, _ in outcome.outgoing])
    assert heart.count("outbox") == 0


def test_a_database_that_is_away_is_told_when_nothing_was_done(heart: Heart) -> None:
    heart.trouble = {1: [DatabaseAway("database-unavailable")]}
    with pytest.raises(DatabaseAway):
        heart.processor.run([arriving(1)], [])
    assert heart.count("inbox") == 0


def test_what_was_done_before_the_database_went_away_is_told_and_the_rest_is_left(heart: Heart) -> None:
    away = DatabaseAway("database-unavailable")
    heart.trouble = {2: [ZeroDivisionError()] * 2, 3: [away]}
    batch = [arriving(n) for n in (1, 2, 3, 4)]
    outcome = heart.processor.run(batch, [])
    assert outcome.left == batch[2:]
    assert len(outcome.outgoing) == heart.count("outbox") == 1
    assert heart.count("held") == 1
    rest = heart.processor.run(outcome.left, [])
    assert (rest.handled, rest.left) == (2, [])
    assert heart.told == []


def test_a_replay_within_the_time_we_remember_is_known(heart: Heart) -> None:
    delivery = arriving(1)
    heart.processor.run([delivery], [])
    heart.processor.purge(MONTH)
    assert heart.processor.run([delivery], []).handled == 0
    assert heart.told == ["message-replayed"]


@pytest.mark.parametrize("ahead", [-CLOCKS_MAY_DIFFER, timedelta(0), CLOCKS_MAY_DIFFER])
async def test_what_is_forgotten_is_too_old_to_come_again(heart: Heart, ahead: timedelta) -> None:
    """Also for a sender whose clock is as far from ours as clocks may be."""
    delivery = arriving(1, at=NOON + ahead)
    heart.processor.run([delivery], [])
    for _ in range(4):
        await heart.clock.advance(timedelta(days=10, minutes=1))
        heart.processor.purge(MONTH)
        assert heart.processor.run([delivery], []).handled == 0
    assert heart.handled == [1]


async def test_what_is_too_old_to_come_again_is_forgotten(heart: Heart) -> None:
    heart.processor.run([arriving(1)], [])
    await heart.clock.advance(2 * MONTH)
    heart.processor.purge(MONTH)
    assert heart.count("inbox") == 0


class TestDealtWithAgain:
    """What the operator has dealt with after all."""

    def again(self, heart: Heart, raw: Raw) -> object:
        class Answer:
            def done(self) -> bool:
                return False

        task = Task(lambda work: heart.processor.handle_again(raw, work), Answer())  # type: ignore[arg-type]
        outcome = heart.processor.run([task], [])
        return outcome.results[id(task)]

    def test_a_message_from_somebody_unknown_then_has_its_effect(self, heart: Heart) -> None:
        raw = self.unknown(heart)
        assert self.again(heart, raw) is None
        assert heart.handled == [1]

    def test_it_is_known_when_it_comes_by_itself_later(self, heart: Heart) -> None:
        raw = self.unknown(heart)
        self.again(heart, raw)
        heart.processor.run([Delivery(raw, redelivered=False, tag=None)], [])
        assert heart.handled == [1]

    def test_its_successors_then_proceed(self, heart: Heart) -> None:
        raw = self.unknown(heart, seq=1)
        heart.processor.run([arriving(2, seq=2)], [])
        assert self.due(heart) > NOON
        self.again(heart, raw)
        assert self.due(heart) == NOON
        assert heart.processor.run([arriving(2, seq=2)], []).handled == 1

    def due(self, heart: Heart) -> datetime:
        """When the message that is held will be tried."""
        with heart.processor.database.reading() as session:
            found: datetime = session.execute(select(heart.tables.held.c.due_at)).scalar_one()
            return found

    def test_it_does_not_set_its_case_back(self, heart: Heart) -> None:
        heart.trouble = {1: [Refused("not-now")]}
        first = message(1, seq=1)
        heart.processor.run([Delivery(first, redelivered=False, tag=None)], [])
        heart.processor.run([arriving(2, seq=2)], [])
        self.again(heart, first)
        heart.processor.run([arriving(3, seq=3)], [])
        assert heart.handled == [2, 1, 3]

    def test_the_fault_is_told_if_it_is_still_there(self, heart: Heart) -> None:
        heart.known.peers, peers = {}, heart.known.peers
        raw = message(1)
        heart.processor.run([Delivery(raw, redelivered=False, tag=None)], [])
        result = self.again(heart, raw)
        heart.known.peers = peers
        assert isinstance(getattr(result, "error", None), Untrusted)
        assert heart.handled == []

    def unknown(self, heart: Heart, seq: int = 0) -> Raw:
        """A message whose sender was not known when it came, and is now."""
        heart.known.peers, peers = {}, heart.known.peers
        raw = message(1, seq)
        heart.processor.run([Delivery(raw, redelivered=False, tag=None)], [])
        heart.known.peers = peers
        assert heart.told == ["sender-unknown"]
        return raw


def test_a_fixed_directory_knows_whom_it_was_given() -> None:
    peer = Peer("KZ.SENDER", SENDER.key.public_key(), "print", NOON)
    assert FixedDirectory(peer).peer("print", NOON - timedelta(seconds=1)) is peer
    with pytest.raises(Untrusted) as error:
        FixedDirectory(peer).peer("print", NOON)
    assert error.value.code == "sender-certificate-expired"
