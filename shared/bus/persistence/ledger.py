"""The kernel's records in one transaction (inbox, outbox, order, parked messages, dead letters): read once,
written once, for a batch of any size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Table, func, select, update
from sqlmodel import Session

from shared.bus.carriers.transport import SignedBytes, TransportMessage
from shared.bus.errors import BusError, Conflict
from shared.bus.messages.gate import body_digest, seal_message
from shared.bus.messages.refusals import explanation_of
from shared.bus.messages.trust import SystemIdentity
from shared.bus.persistence.database import Database
from shared.bus.persistence.tables import BusTables
from shared.bus.runtime.unit_of_work import NewId, OutgoingMessage, ReceivedMessage

LONGEST_PAUSE = timedelta(seconds=60)
LONGEST_EARLY_PAUSE = timedelta(minutes=10)
"""The longest pause of a message that waits for a predecessor: its predecessor wakes it."""
FIRST_PAUSE = timedelta(milliseconds=500)
EARLY = "predecessor-missing"


@dataclass(frozen=True)
class EarlyLimits:
    """How many messages of one neighbour may wait for a predecessor, for how long by the machine's time, and how
    many places ahead of the last handled message of their stream.
    """

    most: int = 10_000
    longest_wait: timedelta = timedelta(days=30)
    horizon: int = 1_000


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A parked message, as stored."""

    key: str
    code: str
    attempts: int
    held_at: datetime
    raw: SignedBytes


@dataclass
class Ledger:
    """The records that one transaction knows and will write.

    ``now`` is the machine's time, by which entries expire and parked messages are retried; ``owner`` the replica
    that will retry them.
    """

    session: Session
    database: Database
    tables: BusTables
    now: datetime
    owner: str
    known_digests: dict[str, str] = field(default_factory=dict)
    last_sequences: dict[str, int] = field(default_factory=dict)
    advanced_streams: set[str] = field(default_factory=set)
    _inbox_rows: list[dict[str, Any]] = field(default_factory=list)
    refusal_codes: list[str] = field(default_factory=list)
    """The codes of the messages that became dead letters here."""
    _parked_rows: list[dict[str, Any]] = field(default_factory=list)
    _dead_letter_rows: list[dict[str, Any]] = field(default_factory=list)
    _explained_rows: list[dict[str, Any]] = field(default_factory=list)
    _released_keys: list[str] = field(default_factory=list)
    _early: dict[str, int] = field(default_factory=dict)
    """How many messages wait for a predecessor, by neighbour; counted once a transaction."""

    def load_known(
        self, messages: Sequence[ReceivedMessage], of_streams: Sequence[ReceivedMessage] | None = None
    ) -> None:
        """Read the inbox entries of these messages, and the last numbers of the streams of all of them, or of
        ``of_streams``.
        """
        if not messages:
            return
        # The streams first: another replica may commit in between, and its handled messages must then be known.
        streams = {m.stream_key for m in (messages if of_streams is None else of_streams) if m.sequence}
        if streams:
            self.last_sequences = self._read_last_sequences(self.tables.seen, streams)
        keys = [m.message_key for m in messages]
        self.known_digests = dict(
            self.database.read_by_keys(self.session, self.tables.inbox, ("key", "digest"), keys)
        )

    def _read_last_sequences(self, table: Table, streams: Iterable[str]) -> dict[str, int]:
        return dict(self.database.read_by_keys(self.session, table, ("stream", "last"), streams))

    def knows(self, received: ReceivedMessage | None) -> bool:
        """Whether this message was handled, with these bytes."""
        return received is not None and self.known_digests.get(received.message_key) == received.body_digest

    def record_handled(self, received: ReceivedMessage) -> None:
        """Record the message as handled; its successor can be handled."""
        self.remember_id(received)
        self.advance_stream(received)

    def remember_id(self, received: ReceivedMessage) -> None:
        """Record the message's id with the digest of its bytes."""
        self.known_digests[received.message_key] = received.body_digest
        self._inbox_rows.append(
            {"key": received.message_key, "digest": received.body_digest, "received_at": self.now}
        )

    def advance_stream(self, received: ReceivedMessage) -> None:
        """Record the message's place in its stream as taken; its successor can be handled."""
        if received.sequence and not self.has_passed(received):
            self.last_sequences[received.stream_key] = received.sequence
            self.advanced_streams.add(received.stream_key)

    def has_passed(self, received: ReceivedMessage) -> bool:
        """Whether the stream of the message has passed its number."""
        return 0 < received.sequence <= self.last_sequences.get(received.stream_key, 0)

    def close_turn(self, received: ReceivedMessage) -> None:
        """Take the message's place in its stream without handling the message, so that its successor can go on."""
        if received.sequence not in (0, self.last_sequences.get(received.stream_key, 0) + 1):
            return
        if received.message_key in self.known_digests:
            self.advance_stream(received)
        else:
            self.record_handled(received)

    def close_letters(self, received: ReceivedMessage) -> bool:
        """Mark the open dead letters with the bytes of a message as handled; whether there was one."""
        dead = self.tables.dead
        is_its = (dead.c.message_id == received.info.message_id, dead.c.body == received.raw.body)
        closing = update(dead).where(*is_its, dead.c.replayed_at.is_(None)).values(replayed_at=self.now)
        result: Any = self.session.execute(closing)
        return bool(result.rowcount)

    def park(
        self, raw: SignedBytes, received: ReceivedMessage | None, code: str, attempts: int, held_at: datetime
    ) -> None:
        """Park a message for a later attempt, with doubling pauses; ``received`` is None for an unverified
        message.
        """
        longest = LONGEST_EARLY_PAUSE if code == EARLY else LONGEST_PAUSE
        pause = min(FIRST_PAUSE * 2 ** min(attempts, 11), longest)
        if code == EARLY and received is not None and received.neighbour.address in self._early:
            self._early[received.neighbour.address] += 1
        self._parked_rows.append(
            {
                "key": _delivery_key(raw),
                "stream": received.stream_key if received else "",
                "sequence": received.sequence if received else 0,
                "code": code,
                "attempts": attempts + 1,
                "held_at": held_at,
                "due_at": self.now + pause,
                "owner": self.owner,
                **_byte_columns(raw),
            }
        )

    def find_early_fault(
        self, received: ReceivedMessage, held_at: datetime | None, limits: EarlyLimits
    ) -> BusError | None:
        """Why a message may not wait for its predecessor, or no longer; ``held_at``: since when it waits."""
        if received.sequence > self.last_sequences.get(received.stream_key, 0) + limits.horizon:
            return Conflict("sequence-ahead", f"over {limits.horizon} places ahead of the last handled message")
        if held_at is not None and self.now - held_at > limits.longest_wait:
            return Conflict("predecessor-never-came", f"waited {limits.longest_wait} for its predecessor")
        if held_at is None and self.count_early(received.neighbour.address) >= limits.most:
            return Conflict("too-many-early", f"{limits.most} messages of this neighbour wait already")
        return None

    def count_early(self, neighbour: str) -> int:
        """How many messages of this neighbour wait for a predecessor, with those of this transaction."""
        if neighbour not in self._early:
            table = self.tables.held
            is_its = table.c.stream.startswith(f"{neighbour}|", autoescape=True)
            query = select(func.count()).select_from(table).where(table.c.code == EARLY, is_its)
            self._early[neighbour] = int(self.session.execute(query).scalar_one())
        return self._early[neighbour]

    def release(self, key: str) -> None:
        """Remove a message from the parked ones."""
        self._released_keys.append(key)

    def add_dead_letter(
        self, raw: SignedBytes, error: BusError, received: ReceivedMessage | None, new_id: NewId
    ) -> None:
        """Store a message that will not be handled for ever, with its reason."""
        self.refusal_codes.append(error.code)
        info, letter_id = received.info if received else None, new_id()
        if (explanation := explanation_of(error)) is not None:
            self._explained_rows.append({"id": letter_id, "explanation": to_json(explanation).decode()})
        self._dead_letter_rows.append(
            {
                "id": letter_id,
                "died_at": self.now,
                "source": received.neighbour.address if received else None,
                "message_id": info.message_id if info else None,
                "correlation_id": info.correlation_id if info else None,
                "code": error.code,
                "reason": _storable_text(error.message),
                **{
                    name: _storable_text(value) if isinstance(value, str) else value
                    for name, value in _byte_columns(raw).items()
                },
            }
        )

    def flush(
        self, messages: Sequence[OutgoingMessage], identity: SystemIdentity, new_id: NewId
    ) -> list[tuple[str, TransportMessage]]:
        """Number, sign and store the messages to send; write all other records; return the messages to publish."""
        outgoing = self._fill_outbox(messages, identity, new_id)
        tables, session = self.tables, self.session
        database = self.database
        database.write_many(session, tables.inbox, self._inbox_rows)
        rows = [
            {"stream": stream, "last": self.last_sequences[stream]} for stream in sorted(self.advanced_streams)
        ]
        # Another replica may have gone further in a stream since this transaction read the stream's last number.
        database.write_many(session, tables.seen, rows, rise=["last"])
        if self._released_keys:
            database.delete_by_keys(session, tables.held, self._released_keys)
        database.write_many(
            session, tables.held, self._parked_rows, replace=["code", "attempts", "due_at", "owner"]
        )
        database.write_many(session, tables.dead, self._dead_letter_rows)
        database.write_many(session, tables.explained, self._explained_rows)
        return outgoing

    @property
    def parked_count(self) -> int:
        return len(self._parked_rows)

    def wake_successors(self) -> None:
        """Make the messages due that waited for a predecessor in an advanced stream."""
        table = self.tables.held
        self.session.execute(
            update(table).where(table.c.stream.in_(sorted(self.advanced_streams))).values(due_at=self.now)
        )

    def _fill_outbox(
        self, messages: Sequence[OutgoingMessage], identity: SystemIdentity, new_id: NewId
    ) -> list[tuple[str, TransportMessage]]:
        if not messages:
            return []
        numbers = self._next_sequences(messages)
        outgoing: list[tuple[str, TransportMessage]] = []
        rows = []
        for position, message in enumerate(messages):
            number = next(numbers[_stream_of(message)]) if message.ordered else message.replaces or 0
            raw = seal_message(identity, message, number)
            if message.note_number is not None:
                message.note_number(number)
            info, kind = message.info, message.info.message_type.value
            row_id = new_id()
            outgoing.append(
                (row_id, TransportMessage(message.address, kind, info.message_id, info.correlation_id, raw))
            )
            rows.append(
                {
                    "id": row_id,
                    "position": position,
                    "owner": self.owner,
                    "address": message.address,
                    "message_type": kind,
                    "message_id": info.message_id,
                    "correlation_id": info.correlation_id,
                    "created_at": self.now,
                    **_byte_columns(raw),
                }
            )
        self.database.write_many(self.session, self.tables.outbox, rows)
        return outgoing

    def _next_sequences(self, messages: Sequence[OutgoingMessage]) -> dict[str, Iterator[int]]:
        counts = Counter(_stream_of(message) for message in messages if message.ordered)
        if not counts:
            return {}
        table = self.tables.sent
        if self.database.is_sqlite:  # a single writer: reading first is safe, and cheaper
            return self._next_sequences_single_writer(counts)
        statement = self.database.upsert_statement(table, add=["last"]).returning(table.c.stream, table.c.last)
        rows = self.session.execute(statement, [{"stream": s, "last": n} for s, n in sorted(counts.items())])
        return {stream: iter(range(last - counts[stream] + 1, last + 1)) for stream, last in rows}

    def _next_sequences_single_writer(self, counts: Counter[str]) -> dict[str, Iterator[int]]:
        table = self.tables.sent
        last = self._read_last_sequences(table, counts)
        rows = [{"stream": stream, "last": last.get(stream, 0) + n} for stream, n in counts.items()]
        self.database.write_many(self.session, table, rows, replace=["last"])
        return {s: iter(range(last.get(s, 0) + 1, last.get(s, 0) + n + 1)) for s, n in counts.items()}


def _stream_of(message: OutgoingMessage) -> str:
    return f"{message.address}|{message.info.correlation_id}"


def _storable_text(unverified: str) -> str:
    """A text that every database can store: PostgreSQL refuses NUL, and no encoding has lone surrogates."""
    return unverified.replace("\0", "\ufffd").encode(errors="replace").decode()


def _delivery_key(raw: SignedBytes) -> str:
    """The identity of a delivery: all of its bytes, and not the id that the sender chose."""
    signatures = f"{raw.signature} {raw.hop or ''}".encode(errors="replace")
    return body_digest(signatures + b" " + raw.body)


def _byte_columns(raw: SignedBytes) -> dict[str, Any]:
    return {"body": raw.body, "signature": raw.signature, "hop": raw.hop}
