"""The unit of work of a handler: one transaction, the time, and sending messages. The kernel commits."""

from __future__ import annotations

import os
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import Malformed
from shared.bus.exchange_hook import ExchangeHook
from shared.bus.messages.message import (
    EnvelopeHeader,
    MessageContract,
    MessageInfo,
    MessageType,
    encode_message,
    make_envelope,
)
from shared.bus.messages.trust import PeerSystem
from shared.bus.persistence.database import Database
from shared.bus.persistence.hot_tables import HotTable, IdentityMap, RowView

T = TypeVar("T")
R = TypeVar("R")
NewId = Callable[[], str]
LOW_BITS = 2**62 - 1
BatchWrite = Callable[[Session, Database, list[Any]], None]
AGAIN = "again"
"""The claim of a forwarder that sends a message once more."""


_RANDOM_BITS: deque[int] = deque()
"""Random numbers of 80 bits that were not used yet; a forked process draws its own."""
os.register_at_fork(after_in_child=_RANDOM_BITS.clear)
IDS_DRAWN = 256


def _take_random_bits() -> int:
    """74 random bits of the operating system, of which many are drawn at once."""
    try:
        number = _RANDOM_BITS.pop()
    except IndexError:
        drawn = secrets.token_bytes(10 * IDS_DRAWN)
        numbers = [int.from_bytes(drawn[place : place + 10]) for place in range(0, len(drawn), 10)]
        number = numbers.pop()
        _RANDOM_BITS.extend(numbers)
    return number >> 6


def random_id() -> str:
    """A UUID, as in ШЭП's own identifiers, of version 7 (RFC 9562): the machine's time in milliseconds, and 74
    random bits.

    New ids stand side by side in the index of every table. Ids without an order would write a page for each row.
    The first 12 hexadecimal digits are no secret; the last 15 are random.
    """
    milliseconds, random_bits = time.time_ns() // 1_000_000, _take_random_bits()
    high, low = milliseconds << 16 | 7 << 12 | random_bits >> 62, 2 << 62 | random_bits & LOW_BITS
    digits = f"{high:016x}{low:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A verified message: its sender, the neighbour that brought it, its envelope.

    ``sequence`` counts the messages of one neighbour in one case from 1 (0: the order does not matter). ``hop``
    holds the claims of the last forwarder, and is empty for a message directly from its sender.
    """

    raw: SignedBytes
    header: EnvelopeHeader
    sender: PeerSystem
    neighbour: PeerSystem
    sequence: int
    hop: Mapping[str, Any]
    body_digest: str

    @property
    def info(self) -> MessageInfo:
        return self.header.message_info

    @property
    def message_key(self) -> str:
        """The identity of the message: a key is handled once."""
        return f"{self.sender.address}:{self.info.message_id}"

    @property
    def stream_key(self) -> str:
        return f"{self.neighbour.address}|{self.info.correlation_id}"

    @property
    def is_again(self) -> bool:
        """Whether a forwarder sends the message once more, because its operator says so."""
        return self.hop.get(AGAIN) is True


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to send; numbered, signed and stored at the end of the transaction."""

    address: str
    info: MessageInfo
    body: bytes
    ordered: bool = True
    forwarded: ReceivedMessage | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    replaces: int | None = None
    """The number of an earlier message of the stream, whose place this message takes."""
    note_number: Callable[[int], None] | None = None
    """Called with the number that the message gets, before the rows of the transaction are written."""


class UnitOfWork:
    """One unit of work inside one transaction."""

    def __init__(
        self,
        session: Session,
        now: datetime,
        address: str,
        resources: Mapping[type[Any], object],
        identity_map: IdentityMap,
        new_id: NewId = random_id,
        max_bytes: int | None = None,
        machine_now: datetime | None = None,
        hook: ExchangeHook | None = None,
    ) -> None:
        self._session = session
        self._hook = hook
        self._savepoint: SessionTransaction | None = None
        self._is_in_savepoint = False
        self.now = now
        self.machine_now = machine_now or now
        """The machine's time, by which attempts are repeated: the bus's time can stand or jump."""
        self.address = address
        self.new_id = new_id
        self._max_bytes = max_bytes
        self.outgoing: list[OutgoingMessage] = []
        self.topics: set[str] = set()
        self.after_commit: list[Callable[[], None]] = []
        self.pending_writes: list[tuple[BatchWrite, Any]] = []
        self._resources = resources
        self._identity_map = identity_map
        self._views: dict[HotTable[Any], RowView[Any]] = {}

    @property
    def session(self) -> Session:
        """The transaction's session, for tables that are not hot."""
        if self._is_in_savepoint and self._savepoint is None:
            self._savepoint = self._session.begin_nested()
        return self._session

    @property
    def query_session(self) -> Session:
        """The session for queries only: a query needs no savepoint."""
        return self._session

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """An exception undoes the changes made inside, and nothing else of the batch.

        A savepoint costs as much as several statements; it is made only when ``session`` is used.
        """
        self._is_in_savepoint = True
        try:
            yield
            if self._savepoint is not None:
                self._savepoint.commit()
        except BaseException:
            if self._savepoint is not None:
                self._savepoint.rollback()
            raise
        finally:
            self._is_in_savepoint, self._savepoint = False, None

    def resource(self, kind: type[T]) -> T:
        """The service's single object of this class, built by its wiring."""
        instance = self._resources[kind]
        assert isinstance(instance, kind)  # noqa: S101 - held by the wiring
        return instance

    def send(
        self,
        address: str,
        payload: MessageContract,
        *,
        service_id: str,
        message_type: MessageType,
        correlation_id: str,
        route_id: str | None = None,
        values: Mapping[str, str] | None = None,
        ordered: bool = True,
    ) -> str:
        """Send ``payload`` to a neighbour when this transaction commits; returns the message's id.

        Raises Malformed ``message-malformed`` and ``message-too-large`` for a message that no receiver would
        accept.
        """
        info = make_envelope(
            message_id=self.new_id(),
            correlation_id=correlation_id,
            service_id=service_id,
            message_type=message_type,
            route_id=route_id,
            message_date=self.now,
            sender=self.address,
            values=values or {},
        )
        body = encode_message(info, payload)
        if self._hook is not None:
            body = self._hook.change_content(address, info, body)
        if self._max_bytes is not None and len(body) > self._max_bytes:
            raise Malformed("message-too-large", f"over {self._max_bytes} bytes", size=len(body))
        self.outgoing.append(OutgoingMessage(address, info, body, ordered))
        return info.message_id

    def check_handling(self, received: ReceivedMessage) -> None:
        """Let a hook, where there is one, make the handling of this message fail."""
        if self._hook is not None:
            self._hook.check_handling(received.info, received.message_key, received.raw.body)

    def forward(
        self,
        received: ReceivedMessage,
        address: str,
        claims: Mapping[str, Any] | None = None,
        *,
        note_number: Callable[[int], None] | None = None,
    ) -> None:
        """Forward a message unchanged, with this system's attestation and its ``claims``; ``note_number`` learns
        the number that it gets in the stream.
        """
        message = OutgoingMessage(
            address, received.info, received.raw.body, received.sequence > 0, received, claims or {}
        )
        self.outgoing.append(replace(message, note_number=note_number))

    def forward_again(
        self, received: ReceivedMessage, address: str, number: int, claims: Mapping[str, Any]
    ) -> None:
        """Forward a message once more with the ``number`` that it had: what was lost takes its place, and what
        came is confirmed.
        """
        self.outgoing.append(
            OutgoingMessage(
                address,
                received.info,
                received.raw.body,
                ordered=False,
                forwarded=received,
                claims={**claims, AGAIN: True},
                replaces=number,
            )
        )

    def hot_rows(self, hot_table: HotTable[R]) -> RowView[R]:
        """The rows of a hot table, shared with the rest of the batch."""
        if hot_table not in self._views:
            self._views[hot_table] = RowView(self._identity_map.rows_of(hot_table), hot_table.key_column)
        return self._views[hot_table]

    def keep_changes(self) -> None:
        """Keep the changes of hot rows; the kernel calls this after a successful unit of work."""
        for view in self._views.values():
            view.keep_changes()

    def write_later(self, write: BatchWrite, row: Any) -> None:
        """Call ``write`` once at the end of the transaction, with the rows of the whole batch."""
        self.pending_writes.append((write, row))

    def notify(self, topic: str) -> None:
        """Wake the callers that wait for ``topic``, after the commit."""
        self.topics.add(topic)

    def call_after_commit(self, act: Callable[[], None]) -> None:
        """Call ``act`` in the event loop once this transaction is committed, before any caller of ``write`` goes
        on; never after a rollback. ``act`` changes the memory only, and raises nothing.
        """
        self.after_commit.append(act)
