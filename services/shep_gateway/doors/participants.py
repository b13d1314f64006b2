"""The participants: systems that come through a door, with the tokens by which they prove themselves."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Table, bindparam, delete, select, update
from sqlmodel import Field, Session, col

from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.storage import Base, DeliveryRow, MemberRow, RightRow, RouteRow, ServiceRouteRow
from shared.bus.errors import NotFound, Untrusted
from shared.bus.persistence.database import Database
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.cases import DeliveryState

TOKEN_PREFIX = "shep_"  # noqa: S105 - the beginning of every token, by which scanners of secrets know it
LONGEST_TOKEN = 200
MOST_KNOWN = 10_000
"""The participants that are kept in memory, by token and by address."""


class ParticipantRow(Base, table=True):
    """A system that comes through a door; ``token_digest`` is SHA-256 of its token, in hex.

    ``is_strict``: the doors refuse what departs from their contract, instead of reading it leniently.
    """

    __tablename__ = "participant"
    address: str = Field(primary_key=True, max_length=100)
    title: str = Field(max_length=200)
    bin: str | None = Field(default=None, max_length=12)
    oid: str | None = Field(default=None, max_length=60)
    token_digest: str = Field(max_length=64, unique=True)
    is_strict: bool = False
    joined_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ProvisionRow(Base, table=True):
    """A service that a participant may provide in place of the passport's provider."""

    __tablename__ = "provision"
    participant: str = Field(primary_key=True, max_length=100)
    service_id: str = Field(primary_key=True, max_length=100)


@dataclass(frozen=True)
class Participant:
    """A participant with a proved identity; ``thumbprint`` is that of the certificate of a signed call."""

    address: str
    title: str
    is_strict: bool = False
    thumbprint: str = ""


def new_token() -> str:
    """A new token of 256 random bits: no dictionary helps against its digest."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def digest_token(token: str) -> str:
    """The digest under which a token is stored."""
    return sha256(token.encode()).hexdigest()


_PARTICIPANT: Any = ParticipantRow.__table__  # type: ignore[attr-defined]
_COLUMNS = select(_PARTICIPANT.c.address, _PARTICIPANT.c.title, _PARTICIPANT.c.is_strict)
_BY_TOKEN = _COLUMNS.where(_PARTICIPANT.c.token_digest == bindparam("digest"))
_BY_ADDRESS = _COLUMNS.where(_PARTICIPANT.c.address == bindparam("address"))


def find_by_token(session: Session, token: str) -> Participant:
    """The participant that holds this token; Untrusted ``participant-token``."""
    row = None
    if 0 < len(token) <= LONGEST_TOKEN:
        row = session.connection().execute(_BY_TOKEN, {"digest": digest_token(token)}).first()
    if row is None:
        raise Untrusted("participant-token", "no participant holds this token")
    return Participant(*row)


def find_good_tokens(session: Session, tokens: Collection[str], machine_now: datetime) -> set[str]:
    """Those of the tokens that participants hold."""
    by_digest = {digest_token(token): token for token in tokens}
    held = select(col(ParticipantRow.token_digest)).where(col(ParticipantRow.token_digest).in_(by_digest))
    return {by_digest[digest] for digest in session.execute(held).scalars()}


def find_by_address(session: Session, address: str) -> Participant:
    """The participant at this address; NotFound ``participant-unknown``."""
    row = session.connection().execute(_BY_ADDRESS, {"address": address}).first()
    if row is None:
        raise NotFound("participant-unknown", "this system comes through no door", address=address)
    return Participant(*row)


class KnownParticipants:
    """The participants in memory, where no other process changes them: SQLite. Elsewhere each call asks the
    database, because a token that another replica replaced must open nothing any more.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Participant] = {}
        self._changes = 0

    async def find_by_token(self, runtime: Runtime, token: str) -> Participant:
        """The participant that holds this token; Untrusted ``participant-token``."""
        key = "token", digest_token(token)
        return self._known.get(key) or await self._ask(runtime, key, lambda session: find_by_token(session, token))

    async def find_by_address(self, runtime: Runtime, address: str) -> Participant:
        """The participant at this address; NotFound ``participant-unknown``."""
        key = "address", address
        return self._known.get(key) or await self._ask(
            runtime, key, lambda session: find_by_address(session, address)
        )

    def forget(self) -> None:
        """Forget all, because one has changed; called after the commit."""
        self._known.clear()
        self._changes += 1

    async def _ask(
        self, runtime: Runtime, key: tuple[str, str], query: Callable[[Session], Participant]
    ) -> Participant:
        changes = self._changes
        participant = await runtime.read_short(query)
        if runtime.resource(Database).is_sqlite and changes == self._changes:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = participant
        return participant


def replace_token(session: Session, address: str, token: str) -> None:
    """Store the digest of another token in place of the present one."""
    replaced = update(ParticipantRow).where(col(ParticipantRow.address) == address)
    session.execute(replaced.values(token_digest=digest_token(token)))


def replace_strictness(session: Session, address: str, is_strict: bool) -> None:
    """Have the doors read the participant's calls strictly, or leniently; NotFound ``participant-unknown``."""
    find_by_address(session, address)
    replaced = update(ParticipantRow).where(col(ParticipantRow.address) == address)
    session.execute(replaced.values(is_strict=is_strict))


def list_provisions(session: Session, service_id: str) -> list[str]:
    """The participants that the operator lets provide this service."""
    query = select(col(ProvisionRow.participant)).where(col(ProvisionRow.service_id) == service_id)
    return list(session.execute(query).scalars())


def remove_participant(session: Session, address: str) -> None:
    """Remove a participant with everything that the register and the doors keep for it; NotFound
    ``participant-unknown``.

    The journal and the chains of cases stay. Every table with a column ``participant`` keeps rows for one.
    """
    find_by_address(session, address)
    tables: Iterable[Table] = reversed(Base.metadata.sorted_tables)
    for table in tables:
        if "participant" in table.c:
            session.execute(delete(table).where(table.c.participant == address))
    for kind, column in (
        (ParticipantRow, "address"),
        (MailRow, "recipient"),
        (RightRow, "sender"),
        (RouteRow, "recipient"),
        (ServiceRouteRow, "recipient"),
        (MemberRow, "address"),
    ):
        session.execute(delete(kind).where(getattr(kind, column) == address))


def stop_deliveries(session: Session, address: str, at: datetime) -> None:
    """Stop waiting for the deliveries to a participant that is gone."""
    under_way = (
        col(DeliveryRow.recipient) == address,
        col(DeliveryRow.state) == DeliveryState.ON_DELIVERY.value,
    )
    stopped = DeliveryState.DELIVERY_STOPPED.value
    session.execute(update(DeliveryRow).where(*under_way).values(state=stopped, changed_at=at))
