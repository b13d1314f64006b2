"""The participants: systems that come through a door, with the tokens by which they prove themselves."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Column, select
from sqlmodel import Field, Session, col

from services.shep_gateway.storage import Base
from shared.bus.errors import NotFound, Untrusted
from shared.bus.persistence.tables import UtcDateTime

TOKEN_PREFIX = "shep_"  # noqa: S105 - the beginning of every token, by which scanners of secrets know it
LONGEST_TOKEN = 200


class ParticipantRow(Base, table=True):
    """A system that comes through a door; ``token_digest`` is SHA-256 of its token, in hex."""

    __tablename__ = "participant"
    address: str = Field(primary_key=True, max_length=100)
    title: str = Field(max_length=200)
    bin: str | None = Field(default=None, max_length=12)
    oid: str | None = Field(default=None, max_length=60)
    token_digest: str = Field(max_length=64, unique=True)
    joined_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


@dataclass(frozen=True)
class Participant:
    """A participant with a proved identity."""

    address: str
    title: str


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
    return Participant(row.address, row.title)


def find_by_address(session: Session, address: str) -> Participant:
    """The participant at this address; NotFound ``participant-unknown``."""
    row = session.get(ParticipantRow, address)
    if row is None:
        raise NotFound("participant-unknown", "this system comes through no door", address=address)
    return Participant(row.address, row.title)
