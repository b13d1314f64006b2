"""The logins at the console. A login holds a random token, of which the database keeps a digest only."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Column, delete
from sqlmodel import Field, Session, col

from services.shep_gateway.storage import Base
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.unit_of_work import UnitOfWork

LONGEST_LOGIN = timedelta(hours=8)
"""How long a login lasts, by the machine's time."""


class ConsoleSessionRow(Base, table=True):
    """One login; ``operator`` is the digest of the operator's token, whose change ends the login."""

    __tablename__ = "console_session"
    digest: str = Field(primary_key=True, max_length=64)
    operator: str = Field(max_length=64)
    ends_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


def open_login(uow: UnitOfWork, operator_token: str) -> str:
    """Open a login for the holder of the operator's token; returns the token of the login."""
    uow.session.execute(delete(ConsoleSessionRow).where(col(ConsoleSessionRow.ends_at) <= uow.machine_now))
    token = secrets.token_urlsafe(32)
    ends_at = uow.machine_now + LONGEST_LOGIN
    uow.session.add(ConsoleSessionRow(digest=_digest(token), operator=_digest(operator_token), ends_at=ends_at))
    return token


def end_login(uow: UnitOfWork, token: str) -> None:
    """End a login; nothing happens for one that has ended."""
    uow.session.execute(delete(ConsoleSessionRow).where(col(ConsoleSessionRow.digest) == _digest(token)))


def is_login(session: Session, token: str, operator_token: str, machine_now: datetime) -> bool:
    """Whether a login with this token holds now."""
    row = session.get(ConsoleSessionRow, _digest(token)) if token else None
    return row is not None and row.ends_at > machine_now and row.operator == _digest(operator_token)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
