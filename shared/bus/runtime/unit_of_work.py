"""What a handler is given: one transaction, the time, and a way to send. The kernel commits."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from shared.bus.carriers.transport import Raw
from shared.bus.errors import Malformed
from shared.bus.messages.message import Contract, Head, MessageInfo, MessageType, envelope, write
from shared.bus.messages.trust import Peer
from shared.bus.persistence.database import Database
from shared.bus.persistence.hot_tables import Pages, Sheet, View

T = TypeVar("T")
R = TypeVar("R")
NewId = Callable[[], str]
Deferred = Callable[[Session, Database, list[Any]], None]


def random_id() -> str:
    """A UUID, as ШЭП uses for its own identifiers."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was verified: who wrote it, who brought it, what its envelope says.

    ``sequence`` counts the messages of one neighbour in one case from 1 (0: order does not matter).
    ``hop`` holds what the last forwarder attested, or is empty for a message straight from its sender.
    """

    raw: Raw
    head: Head
    sender: Peer
    neighbour: Peer
    sequence: int
    hop: Mapping[str, Any]
    digest: str

    @property
    def info(self) -> MessageInfo:
        return self.head.message_info

    @property
    def key(self) -> str:
        """What makes this message itself: the same key is dealt with once."""
        return f"{self.sender.address}:{self.info.message_id}"

    @property
    def stream(self) -> str:
        return f"{self.neighbour.address}|{self.info.correlation_id}"


@dataclass(frozen=True, slots=True)
class Intent:
    """A message a handler wants sent; numbered, signed and stored at the end of the transaction."""

    address: str
    info: MessageInfo
    body: bytes
    ordered: bool = True
    forwarded: Received | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)


class Work:
    """One unit of work inside one transaction."""

    def __init__(
        self,
        session: Session,
        now: datetime,
        address: str,
        resources: Mapping[type[Any], object],
        pages: Pages,
        new_id: NewId = random_id,
        max_bytes: int | None = None,
    ) -> None:
        self._session = session
        self._fence: SessionTransaction | None = None
        self._is_fenced = False
        self.now = now
        self.address = address
        self.new_id = new_id
        self._max_bytes = max_bytes
        self.outgoing: list[Intent] = []
        self.topics: set[str] = set()
        self.deferred: list[tuple[Deferred, Any]] = []
        self._resources = resources
        self._pages = pages
        self._views: dict[Sheet[Any], View[Any]] = {}

    @property
    def session(self) -> Session:
        """The transaction's session, for whatever is not on sheets."""
        if self._is_fenced and self._fence is None:
            self._fence = self._session.begin_nested()
        return self._session

    @property
    def queries(self) -> Session:
        """The same session for whoever only asks: a query needs no savepoint."""
        return self._session

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """What is done inside is undone when it raises, and nothing else of the batch.

        A savepoint costs as much as several statements: there is one only if the session is asked for.
        """
        self._is_fenced = True
        try:
            yield
            if self._fence is not None:
                self._fence.commit()
        except BaseException:
            if self._fence is not None:
                self._fence.rollback()
            raise
        finally:
            self._is_fenced, self._fence = False, None

    def use(self, kind: type[T]) -> T:
        """The service's one object of this type, as its wiring made it."""
        found = self._resources[kind]
        assert isinstance(found, kind)  # noqa: S101 - held by the wiring
        return found

    def send(
        self,
        address: str,
        payload: Contract,
        *,
        service_id: str,
        message_type: MessageType,
        correlation_id: str,
        route_id: str | None = None,
        values: Mapping[str, str] | None = None,
        ordered: bool = True,
    ) -> str:
        """Send ``payload`` to a neighbour when this transaction commits; returns the message's id.

        Malformed ``message-malformed`` and ``message-too-large``: what no receiver would take is not sent.
        """
        info = envelope(
            message_id=self.new_id(),
            correlation_id=correlation_id,
            service_id=service_id,
            message_type=message_type,
            route_id=route_id,
            message_date=self.now,
            sender=self.address,
            values=values or {},
        )
        body = write(info, payload)
        if self._max_bytes is not None and len(body) > self._max_bytes:
            raise Malformed("message-too-large", f"over {self._max_bytes} bytes", size=len(body))
        self.outgoing.append(Intent(address, info, body, ordered))
        return info.message_id

    def forward(self, received: Received, address: str, claims: Mapping[str, Any] | None = None) -> None:
        """Pass a message on as it is, with this system's own attestation and its ``claims`` on it."""
        self.outgoing.append(
            Intent(address, received.info, received.raw.body, received.sequence > 0, received, claims or {})
        )

    def rows(self, sheet: Sheet[R]) -> View[R]:
        """The rows of a hot table, shared with the rest of the batch."""
        if sheet not in self._views:
            self._views[sheet] = View(self._pages.page(sheet), sheet.key)
        return self._views[sheet]

    def keep(self) -> None:
        """What was changed on sheets counts: the kernel calls it when this unit of work ended well."""
        for view in self._views.values():
            view.keep()

    def defer(self, write: Deferred, row: Any) -> None:
        """Have ``write`` called once at the end of the transaction with the rows of the whole batch."""
        self.deferred.append((write, row))

    def changed(self, topic: str) -> None:
        """Wake whoever waits for ``topic`` once this is committed."""
        self.topics.add(topic)
