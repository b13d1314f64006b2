"""The kernel's book-keeping in one transaction: read once, written once, whatever the size of the batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, update
from sqlmodel import Session

from shared.bus.carriers.transport import Outgoing, Raw
from shared.bus.errors import BusError
from shared.bus.messages.gate import digest, seal
from shared.bus.messages.trust import Identity
from shared.bus.persistence.database import Database
from shared.bus.persistence.tables import BusTables
from shared.bus.runtime.unit_of_work import Intent, NewId, Received

LONGEST_PAUSE = timedelta(seconds=60)
FIRST_PAUSE = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits, as it was stored."""

    key: str
    code: str
    attempts: int
    held_at: datetime
    raw: Raw


@dataclass
class Ledger:
    """What one transaction knows and will write.

    ``now`` is the machine's time: it says how long something is remembered and when it is tried again.
    """

    session: Session
    database: Database
    tables: BusTables
    now: datetime
    known: dict[str, str] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    advanced: set[str] = field(default_factory=set)
    _inbox: list[dict[str, Any]] = field(default_factory=list)
    _held: list[dict[str, Any]] = field(default_factory=list)
    _dead: list[dict[str, Any]] = field(default_factory=list)
    _released: list[str] = field(default_factory=list)

    def load(self, messages: Iterable[Received]) -> None:
        """Read what is known of these messages and their streams."""
        messages = list(messages)
        if not messages:
            return
        # The streams first: another replica may commit in between, and what it has dealt with must then be known.
        streams = {m.stream for m in messages if m.sequence}
        if streams:
            self.last = self._lasts(self.tables.seen, streams)
        keys = [m.key for m in messages]
        self.known = dict(self.database.read_keyed(self.session, self.tables.inbox, ("key", "digest"), keys))

    def _lasts(self, table: Table, streams: Iterable[str]) -> dict[str, int]:
        return dict(self.database.read_keyed(self.session, table, ("stream", "last"), streams))

    def finish(self, received: Received) -> None:
        """Dealt with: never again, and its successor may come."""
        self.remember(received)
        self.advance(received)

    def remember(self, received: Received) -> None:
        """Its id is used, by these bytes."""
        self.known[received.key] = received.digest
        self._inbox.append({"key": received.key, "digest": received.digest, "received_at": self.now})

    def advance(self, received: Received) -> None:
        """Its place in its stream is taken: its successor may come."""
        if received.sequence:
            self.last[received.stream] = received.sequence
            self.advanced.add(received.stream)

    def hold(self, raw: Raw, received: Received | None, code: str, attempts: int, held_at: datetime) -> None:
        """Keep it and come back later, twice as late each time; ``received`` is None while it is not verified."""
        pause = min(FIRST_PAUSE * 2 ** min(attempts, 10), LONGEST_PAUSE)
        self._held.append(
            {
                "key": _key(raw),
                "stream": received.stream if received else "",
                "sequence": received.sequence if received else 0,
                "code": code,
                "attempts": attempts + 1,
                "held_at": held_at,
                "due_at": self.now + pause,
                **_raw(raw),
            }
        )

    def release(self, key: str) -> None:
        """It waits no longer."""
        self._released.append(key)

    def bury(self, raw: Raw, error: BusError, received: Received | None, new_id: NewId) -> None:
        """Keep for ever what will not be dealt with, with its reason."""
        info = received.info if received else None
        self._dead.append(
            {
                "id": new_id(),
                "died_at": self.now,
                "source": received.neighbour.address if received else None,
                "message_id": info.message_id if info else None,
                "correlation_id": info.correlation_id if info else None,
                "code": error.code,
                "reason": _text(error.message),
                **{name: _text(value) if isinstance(value, str) else value for name, value in _raw(raw).items()},
            }
        )

    def flush(
        self, intents: Sequence[Intent], identity: Identity, owner: str, new_id: NewId
    ) -> list[tuple[str, Outgoing]]:
        """Number, sign and store what is to be sent; write everything else; return what to publish."""
        outgoing = self._outbox(intents, identity, owner, new_id)
        tables, session = self.tables, self.session
        database = self.database
        database.write_many(session, tables.inbox, self._inbox)
        rows = [{"stream": stream, "last": self.last[stream]} for stream in sorted(self.advanced)]
        database.write_many(session, tables.seen, rows, replace=["last"])
        if self._released:
            database.delete_keyed(session, tables.held, self._released)
        database.write_many(session, tables.held, self._held, replace=["code", "attempts", "due_at"])
        database.write_many(session, tables.dead, self._dead)
        return outgoing

    @property
    def holds(self) -> int:
        return len(self._held)

    def wake_successors(self) -> None:
        """What waited for a predecessor in an advanced stream is due now."""
        held = self.tables.held
        self.session.execute(update(held).where(held.c.stream.in_(sorted(self.advanced))).values(due_at=self.now))

    def _outbox(
        self, intents: Sequence[Intent], identity: Identity, owner: str, new_id: NewId
    ) -> list[tuple[str, Outgoing]]:
        if not intents:
            return []
        numbers = self._numbers(intents)
        outgoing: list[tuple[str, Outgoing]] = []
        rows = []
        for position, intent in enumerate(intents):
            raw = seal(identity, intent, next(numbers[_stream(intent)]) if intent.ordered else 0)
            info, kind = intent.info, intent.info.message_type.value
            row = new_id()
            outgoing.append((row, Outgoing(intent.address, kind, info.message_id, info.correlation_id, raw)))
            rows.append(
                {
                    "id": row,
                    "position": position,
                    "owner": owner,
                    "address": intent.address,
                    "message_type": kind,
                    "message_id": info.message_id,
                    "correlation_id": info.correlation_id,
                    "created_at": self.now,
                    **_raw(raw),
                }
            )
        self.database.write_many(self.session, self.tables.outbox, rows)
        return outgoing

    def _numbers(self, intents: Sequence[Intent]) -> dict[str, Iterator[int]]:
        counts = Counter(_stream(intent) for intent in intents if intent.ordered)
        if not counts:
            return {}
        sent = self.tables.sent
        if self.database.is_sqlite:  # one writer: reading first is safe, and cheaper
            return self._numbers_of_one_writer(counts)
        statement = self.database.upsert(sent, add=["last"]).returning(sent.c.stream, sent.c.last)
        rows = self.session.execute(statement, [{"stream": s, "last": n} for s, n in sorted(counts.items())])
        return {stream: iter(range(last - counts[stream] + 1, last + 1)) for stream, last in rows}

    def _numbers_of_one_writer(self, counts: Counter[str]) -> dict[str, Iterator[int]]:
        sent = self.tables.sent
        last = self._lasts(sent, counts)
        rows = [{"stream": stream, "last": last.get(stream, 0) + n} for stream, n in counts.items()]
        self.database.write_many(self.session, sent, rows, replace=["last"])
        return {s: iter(range(last.get(s, 0) + 1, last.get(s, 0) + n + 1)) for s, n in counts.items()}


def _stream(intent: Intent) -> str:
    return f"{intent.address}|{intent.info.correlation_id}"


def _text(unverified: str) -> str:
    """What any database takes: PostgreSQL has no NUL in its texts, and nobody has half a surrogate pair."""
    return unverified.replace("\0", "\ufffd").encode(errors="replace").decode()


def _key(raw: Raw) -> str:
    """What makes two deliveries the same: all that arrived, not the id that its sender gave it."""
    signatures = f"{raw.signature} {raw.hop or ''}".encode(errors="replace")
    return digest(signatures + b" " + raw.body)


def _raw(raw: Raw) -> dict[str, Any]:
    return {"body": raw.body, "signature": raw.signature, "hop": raw.hop}
