"""The processor alone: batches, leftovers, caches, and messages that are handled again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import MetaData, func, select

from shared.bus.carriers.transport import Delivery, SignedBytes
from shared.bus.clocks.clock import ManualClock
from shared.bus.errors import Refused, Untrusted
from shared.bus.messages.gate import CLOCKS_MAY_DIFFER, Gate
from shared.bus.messages.message import MessageType
from shared.bus.messages.receipts import DeliveryReceipts
from shared.bus.messages.router import MessageRefusal, MessageRouter
from shared.bus.messages.trust import FixedDirectory, PeerSystem, SystemIdentity
from shared.bus.persistence.database import Database, DatabaseAway, database_url
from shared.bus.persistence.tables import BusTables, bus_tables
from shared.bus.runtime.batch_items import LocalTask
from shared.bus.runtime.direct_handling import DirectHandling
from shared.bus.runtime.processor import BatchProcessor
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork, random_id
from tests.bus.forge import body, sealed
from tests.bus.kit import Acquaintances, Counted

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
SENDER = SystemIdentity("KZ.SENDER", ec.generate_private_key(ec.SECP256R1()), "print of KZ.SENDER")
DESK = SystemIdentity("KZ.DESK", ec.generate_private_key(ec.SECP256R1()), "print of KZ.DESK")


@dataclass
class Heart:
    """A processor whose handler counts, answers, and fails where ``trouble`` says."""

    processor: BatchProcessor
    tables: BusTables
    clock: ManualClock
    known: Acquaintances
    trouble: dict[int, list[Exception]] = field(default_factory=dict)
    handled: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def handle(self, data: Counted, message: ReceivedMessage, uow: UnitOfWork) -> None:
        if self.trouble.get(data.n):
            raise self.trouble[data.n].pop(0)
        self.handled.append(data.n)
        to = {"service_id": "s", "message_type": MessageType.RESPONSE, "correlation_id": "c"}
        uow.send("KZ.SENDER", data, **to)  # type: ignore[arg-type]

    def tell(self, refusal: MessageRefusal, uow: UnitOfWork) -> None:
        self.told.append(refusal.error.code)

    def count(self, table: str) -> int:
        with self.processor.database.read_session() as session:
            query = select(func.count()).select_from(getattr(self.tables, table))
            return int(session.execute(query).scalar_one())


@pytest.fixture
def heart(tmp_path: Path) -> Iterator[Heart]:
    metadata = MetaData()
    tables, clock, router, known = bus_tables(metadata), ManualClock(NOON), MessageRouter(), Acquaintances()
    database = Database(database_url(None, tmp_path, "desk"), metadata)
    database.create_schema()
    forever = NOON + 100 * MONTH
    known.peers = {
        one.address: PeerSystem(one.address, one.key.public_key(), one.thumbprint, forever) for one in (SENDER,)
    }
    gate = Gate(DESK.address, known, lambda neighbour: True, 10_000, MONTH)
    processor = BatchProcessor(
        database, tables, router, gate, DESK, {}, clock, clock, "1", random_id, DeliveryReceipts(None)
    )
    made = Heart(processor, tables, clock, known)
    router.register_handler(Counted)(made.handle)
    router.register_refusal_hook(made.tell)
    yield made
    database.dispose()


def arriving(n: int, seq: int = 0, at: datetime = NOON) -> Delivery:
    return Delivery(message(n, seq, at), redelivered=False, tag=None)


def message(n: int, seq: int = 0, at: datetime = NOON) -> SignedBytes:
    return sealed(SENDER, body(SENDER.address, n, at), DESK.address, seq)


def test_batch_is_dealt_with_in_one_go(heart: Heart) -> None:
    outcome = heart.processor.run_batch([arriving(n) for n in range(10)], [])
    assert (outcome.handled_count, outcome.remaining) == (10, [])
    assert len(outcome.outgoing) == heart.count("outbox") == heart.count("inbox") == 10


def test_batch_with_nothing_in_it_does_nothing(heart: Heart) -> None:
    assert heart.processor.run_batch([], []).outgoing == []


def test_outbox_is_left_by_confirmed_rows(heart: Heart) -> None:
    outcome = heart.processor.run_batch([arriving(n) for n in range(10)], [])
    heart.processor.run_batch([], [row for row, _ in outcome.outgoing[:7]])
    assert heart.count("outbox") == 3


def test_outbox_is_left_by_confirmed_rows_with_a_batch_that_fails(heart: Heart) -> None:
    outcome = heart.processor.run_batch([arriving(1)], [])
    heart.trouble = {2: [ZeroDivisionError()] * 2}
    heart.processor.run_batch([arriving(2)], [row for row, _ in outcome.outgoing])
    assert heart.count("outbox") == 0


def test_database_that_is_away_is_told_when_nothing_was_done(heart: Heart) -> None:
    heart.trouble = {1: [DatabaseAway("database-unavailable")]}
    with pytest.raises(DatabaseAway):
        heart.processor.run_batch([arriving(1)], [])
    assert heart.count("inbox") == 0


def test_batch_before_the_database_went_away_is_told_and_the_rest_is_left(heart: Heart) -> None:
    away = DatabaseAway("database-unavailable")
    heart.trouble = {2: [ZeroDivisionError()] * 2, 3: [away]}
    batch = [arriving(n) for n in (1, 2, 3, 4)]
    outcome = heart.processor.run_batch(batch, [])
    assert outcome.remaining == batch[2:]
    assert len(outcome.outgoing) == heart.count("outbox") == 1
    assert heart.count("held") == 1
    rest = heart.processor.run_batch(outcome.remaining, [])
    assert (rest.handled_count, rest.remaining) == (2, [])
    assert heart.told == []


def test_inbox_knows_a_replay_within_the_time_we_remember(heart: Heart) -> None:
    delivery = arriving(1)
    heart.processor.run_batch([delivery], [])
    heart.processor.purge_inbox(MONTH)
    assert heart.processor.run_batch([delivery], []).handled_count == 0
    assert heart.told == ["message-replayed"]


@pytest.mark.parametrize("ahead", [-CLOCKS_MAY_DIFFER, timedelta(0), CLOCKS_MAY_DIFFER])
async def test_inbox_forgets_only_what_is_too_old_to_come_again(heart: Heart, ahead: timedelta) -> None:
    """Also for a sender whose clock differs from ours by the allowed maximum."""
    delivery = arriving(1, at=NOON + ahead)
    heart.processor.run_batch([delivery], [])
    for _ in range(4):
        await heart.clock.advance(timedelta(days=10, minutes=1))
        heart.processor.purge_inbox(MONTH)
        assert heart.processor.run_batch([delivery], []).handled_count == 0
    assert heart.handled == [1]


async def test_inbox_forgets_what_is_too_old_to_come_again(heart: Heart) -> None:
    heart.processor.run_batch([arriving(1)], [])
    await heart.clock.advance(2 * MONTH)
    heart.processor.purge_inbox(MONTH)
    assert heart.count("inbox") == 0


class TestDealtWithAgain:
    """Dead letters that the operator has handled again."""

    def again(self, heart: Heart, raw: SignedBytes) -> object:
        class Answer:
            def done(self) -> bool:
                return False

        task = LocalTask(lambda uow: DirectHandling(heart.processor).handle_again(raw, uow), Answer())  # type: ignore[arg-type]
        outcome = heart.processor.run_batch([task], [])
        return outcome.task_results[id(task)]

    def test_dead_letter_from_somebody_unknown_then_has_its_effect(self, heart: Heart) -> None:
        raw = self.unknown(heart)
        assert self.again(heart, raw) is None
        assert heart.handled == [1]

    def test_dead_letter_dealt_with_again_is_known_when_it_comes_by_itself_later(self, heart: Heart) -> None:
        raw = self.unknown(heart)
        self.again(heart, raw)
        heart.processor.run_batch([Delivery(raw, redelivered=False, tag=None)], [])
        assert heart.handled == [1]

    def test_dead_letters_successors_then_proceed(self, heart: Heart) -> None:
        raw = self.unknown(heart, seq=1)
        heart.processor.run_batch([arriving(2, seq=2)], [])
        assert self.due(heart) > NOON
        self.again(heart, raw)
        assert self.due(heart) == NOON
        assert heart.processor.run_batch([arriving(2, seq=2)], []).handled_count == 1

    def due(self, heart: Heart) -> datetime:
        """When the parked message will be retried."""
        with heart.processor.database.read_session() as session:
            found: datetime = session.execute(select(heart.tables.held.c.due_at)).scalar_one()
            return found

    def test_dead_letter_dealt_with_again_does_not_set_its_case_back(self, heart: Heart) -> None:
        heart.trouble = {1: [Refused("not-now")]}
        first = message(1, seq=1)
        heart.processor.run_batch([Delivery(first, redelivered=False, tag=None)], [])
        heart.processor.run_batch([arriving(2, seq=2)], [])
        self.again(heart, first)
        heart.processor.run_batch([arriving(3, seq=3)], [])
        assert heart.handled == [2, 1, 3]

    def test_dead_letters_fault_is_told_if_it_is_still_there(self, heart: Heart) -> None:
        heart.known.peers, peers = {}, heart.known.peers
        raw = message(1)
        heart.processor.run_batch([Delivery(raw, redelivered=False, tag=None)], [])
        result = self.again(heart, raw)
        heart.known.peers = peers
        assert isinstance(getattr(result, "error", None), Untrusted)
        assert heart.handled == []

    def unknown(self, heart: Heart, seq: int = 0) -> SignedBytes:
        """A message whose sender was unknown at arrival and is known now."""
        heart.known.peers, peers = {}, heart.known.peers
        raw = message(1, seq)
        heart.processor.run_batch([Delivery(raw, redelivered=False, tag=None)], [])
        heart.known.peers = peers
        assert heart.told == ["sender-unknown"]
        return raw


def test_fixed_directory_knows_whom_it_was_given() -> None:
    peer = PeerSystem("KZ.SENDER", SENDER.key.public_key(), "print", NOON)
    assert FixedDirectory(peer).find_peer("print", NOON - timedelta(seconds=1)) is peer
    with pytest.raises(Untrusted) as error:
        FixedDirectory(peer).find_peer("print", NOON)
    assert error.value.code == "sender-certificate-expired"
