"""The exchanges: every call at a door with its verdict, its deviations, and its bytes as they came and went."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from pydantic_core import to_json
from sqlalchemy import Column, Index, LargeBinary, delete, or_, select
from sqlmodel import Field, Session, col

from services.shep_gateway.storage import Base
from shared.bus.errors import NotFound
from shared.bus.http.requests.call_counts import CallCounts
from shared.bus.persistence.database import Database
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork, random_id

MOST_BYTES = 64 * 1024
"""The bytes of a request or answer that are kept, from its beginning."""
MOST_BYTES_OF_STRANGER = 2 * 1024
"""The same, for a call whose sender has not proved its identity."""
STRANGERS_A_MINUTE = 60
"""The calls of unproved senders that are kept in a minute: strangers must not fill the disk."""
LONGEST_ID = 100
PURGE_SECONDS = 3600.0
KEPT_FOR = timedelta(days=30)


class ExchangeRow(Base, table=True):
    """One call at a door; ``id`` begins with the machine's time, so that ids follow each other in time.

    ``sent_message_id`` and ``sent_correlation_id`` are the client's own; ``message_id`` and ``correlation_id`` are
    those under which ШЭП let the message pass. ``code`` is the error's, None for a call that passed.
    """

    __tablename__ = "exchange"
    __table_args__ = (
        Index("ix_exchange_participant", "participant", "id"),
        Index("ix_exchange_case", "correlation_id"),
    )
    id: str = Field(primary_key=True, max_length=40)
    began_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    took_ms: int
    door: str = Field(max_length=10)
    operation: str = Field(max_length=60)
    target: str = Field(max_length=300)
    participant: str | None = Field(default=None, max_length=100)
    service_id: str | None = Field(default=None, max_length=LONGEST_ID)
    sent_message_id: str | None = Field(default=None, max_length=LONGEST_ID)
    sent_correlation_id: str | None = Field(default=None, max_length=LONGEST_ID)
    message_id: str | None = Field(default=None, max_length=LONGEST_ID)
    correlation_id: str | None = Field(default=None, max_length=LONGEST_ID)
    session_id: str | None = Field(default=None, max_length=40)
    http_status: int
    code: str | None = Field(default=None, max_length=60)
    deviations: str
    """A JSON array of ``[code, element]``."""
    request_headers: str
    request: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    request_size: int
    answer_headers: str
    answer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answer_size: int


_EXCHANGE: Any = ExchangeRow.__table__  # type: ignore[attr-defined]
_NEWEST = ListOrder((col(ExchangeRow.id),))


@dataclass
class DoorExchange:
    """A call under way; the endpoint fills in its data, and ``recording`` keeps it when the answer goes."""

    door: str
    operation: str
    target: str
    content_type: str
    wants_strictness: bool
    """Whether the client asks that the first deviation be refused (``X-Strict: true``)."""
    began_at: datetime
    id: str = field(default_factory=random_id)
    participant: str | None = None
    service_id: str | None = None
    sent_message_id: str | None = None
    sent_correlation_id: str | None = None
    message_id: str | None = None
    correlation_id: str | None = None
    session_id: str | None = None
    code: str | None = None
    deviations: list[tuple[str, str]] = field(default_factory=list)
    answer_headers: dict[str, str] = field(default_factory=dict)
    """Headers that the answer gets, whatever it is."""
    is_worth_keeping: bool = True

    def note_sent(self, service_id: str, message_id: str | None, correlation_id: str | None) -> None:
        """Note the service and the ids that the client sent; an overlong one is cut off."""
        self.service_id = service_id[:LONGEST_ID]
        self.sent_message_id = (message_id or "")[:LONGEST_ID] or None
        self.sent_correlation_id = (correlation_id or "")[:LONGEST_ID] or None

    def note_passed(self, message_id: str, correlation_id: str, session_id: str) -> None:
        """Note the ids under which ШЭП let the message pass."""
        self.message_id, self.correlation_id, self.session_id = message_id, correlation_id, session_id or None


@dataclass(frozen=True)
class CarriedBytes:
    """The headers and the kept bytes of a request or an answer; ``size`` counts all bytes."""

    headers: Mapping[str, str]
    body: bytes
    size: int


class ExchangeLog:
    """Keeps exchanges, of unproved senders only some in a minute."""

    def __init__(self) -> None:
        self._bound = RateLimitItemPerMinute(STRANGERS_A_MINUTE)
        self._limiter = FixedWindowRateLimiter(CallCounts())

    async def keep(
        self,
        runtime: Runtime,
        exchange: DoorExchange,
        request: CarriedBytes,
        answer: CarriedBytes,
        outcome: tuple[int, int],
    ) -> None:
        """Keep an exchange with its ``outcome``: the HTTP status, and the duration in milliseconds."""
        if exchange.participant is None and not self._limiter.hit(self._bound, exchange.door):
            return
        row = make_row(exchange, request, answer, outcome)
        await runtime.write(lambda uow: uow.write_later(write_exchanges, row))


def make_row(
    exchange: DoorExchange, request: CarriedBytes, answer: CarriedBytes, outcome: tuple[int, int]
) -> dict[str, Any]:
    """The columns of an exchange with its ``outcome``: the HTTP status, and the duration in milliseconds."""
    most = MOST_BYTES_OF_STRANGER if exchange.participant is None else MOST_BYTES
    return {
        **{name: getattr(exchange, name) for name in _OF_EXCHANGE},
        "deviations": to_json(exchange.deviations).decode(),
        "http_status": outcome[0],
        "took_ms": outcome[1],
        "request_headers": to_json(request.headers).decode(),
        "request": request.body[:most],
        "request_size": request.size,
        "answer_headers": to_json(answer.headers).decode(),
        "answer": answer.body[:most],
        "answer_size": answer.size,
    }


_OF_EXCHANGE = (
    "id", "began_at", "door", "operation", "target", "participant", "service_id", "sent_message_id",
    "sent_correlation_id", "message_id", "correlation_id", "session_id", "code",
)  # fmt: skip


def write_exchanges(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Write rows of ``make_row``."""
    database.write_many(session, _EXCHANGE, rows)


def list_exchanges(
    session: Session, place: ListPlace, filters: Mapping[str, str | None], message_id: str | None
) -> ListPage[ExchangeRow]:
    """The exchanges, the newest first, filtered by the given columns, and by either id of the message."""
    query = select(ExchangeRow).where(
        *(getattr(ExchangeRow, name) == value for name, value in filters.items() if value is not None)
    )
    if message_id is not None:
        ids = col(ExchangeRow.message_id), col(ExchangeRow.sent_message_id)
        query = query.where(or_(*(column == message_id for column in ids)))
    return _NEWEST.read_page(query, place, select_rows(session))


def find_exchange(session: Session, exchange_id: str, participant: str | None) -> ExchangeRow:
    """An exchange, of ``participant`` only if one is named; NotFound ``exchange-unknown``."""
    row = session.get(ExchangeRow, exchange_id)
    if row is None or participant not in (None, row.participant):
        raise NotFound("exchange-unknown", "no such exchange is kept")
    return row


def list_case_exchanges(session: Session, chains: Collection[str], most: int) -> Sequence[ExchangeRow]:
    """The exchanges in which messages of these chains came or went, the oldest first."""
    ids = col(ExchangeRow.correlation_id), col(ExchangeRow.sent_correlation_id)
    query = select(ExchangeRow).where(or_(*(column.in_(chains) for column in ids)))
    return session.execute(query.order_by(col(ExchangeRow.id)).limit(most)).scalars().all()


async def purge_exchanges(runtime: Runtime) -> None:
    """Delete, once an hour, the exchanges that are older than ``KEPT_FOR`` by the machine's time."""
    while True:
        await asyncio.sleep(PURGE_SECONDS)
        oldest = int((runtime.machine_now - KEPT_FOR).timestamp() * 1000)
        await runtime.write(partial(_delete_before, milliseconds=oldest))


def _delete_before(uow: UnitOfWork, milliseconds: int) -> None:
    digits = f"{milliseconds:012x}"
    uow.session.execute(delete(ExchangeRow).where(col(ExchangeRow.id) < f"{digits[:8]}-{digits[8:]}"))
