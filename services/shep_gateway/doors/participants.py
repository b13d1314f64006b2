"""The participants: systems that come through a door, with the tokens by which they prove themselves."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Column, Table, delete, select, update
from sqlmodel import Field, Session, col

from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.storage import Base, DeliveryRow, MemberRow, RightRow, RouteRow, ServiceRouteRow
from shared.bus.errors import NotFound, Untrusted
from shared.bus.persistence.tables import UtcDateTime
from shared.contracts.cases import DeliveryState

TOKEN_PREFIX = "shep_"  # noqa: S105 - the beginning of every token, by which scanners of secrets know it
LONGEST_TOKEN = 200


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


def find_by_token(session: Session, token: str) -> Participant:
    """The participant that holds this token; Untrusted ``participant-token``."""
    query = select(ParticipantRow).where(col(ParticipantRow.token_digest) == digest_token(token))
    row = session.execute(query).scalar() if 0 < len(token) <= LONGEST_TOKEN else None
    if row is None:
        raise Untrusted("participant-token", "no participant holds this token")
    return Participant(row.address, row.title, row.is_strict)


def find_by_address(session: Session, address: str) -> Participant:
    """The participant at this address; NotFound ``participant-unknown``."""
    row = session.get(ParticipantRow, address)
    if row is None:
        raise NotFound("participant-unknown", "this system comes through no door", address=address)
    return Participant(row.address, row.title, row.is_strict)


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
