"""Login attempts and sessions, in the service's own database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import Column, Integer, MetaData, Select, String, Table, bindparam, delete, insert, select
from sqlmodel import Session

from shared.bus.errors import Throttled, Untrusted
from shared.bus.persistence.tables import UtcDateTime
from shared.people.passwords import new_token, token_hash

MOST_FAILURES = 5
COUNTED_FOR = timedelta(minutes=15)
SESSION = timedelta(hours=8)


@dataclass(frozen=True)
class LoginTables:
    """The tables: failed attempts by login name, sessions by the hash of their token."""

    failures: Table
    sessions: Table

    @cached_property
    def session_query(self) -> Select[tuple[str, datetime]]:
        """The query of a session by its hash, compiled once, because every request runs it."""
        columns = self.sessions.c
        return select(columns.login, columns.until).where(columns.token_hash == bindparam("of_token"))


def login_tables(metadata: MetaData) -> LoginTables:
    """Add both tables to a service's metadata."""
    return LoginTables(
        failures=Table(
            "login_failure",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("login", String(64), nullable=False, index=True),
            Column("at", UtcDateTime, nullable=False),
        ),
        sessions=Table(
            "login_session",
            metadata,
            Column("token_hash", String(64), primary_key=True),
            Column("login", String(64), nullable=False),
            Column("until", UtcDateTime, nullable=False),
        ),
    )


def tables_of(metadata: MetaData) -> LoginTables:
    """The tables that ``login_tables`` added to ``metadata``."""
    return LoginTables(metadata.tables["login_failure"], metadata.tables["login_session"])


def check_attempts(
    session: Session, tables: LoginTables, login: str, now: datetime, most: int = MOST_FAILURES
) -> None:
    """Refuse further attempts after ``most`` failures in 15 minutes, until the oldest of them is 15 minutes old.

    Throttled ``too-many-attempts`` with ``retry_after`` in seconds.
    """
    failures = tables.failures
    query = select(failures.c.at).where(failures.c.login == login, failures.c.at > now - COUNTED_FOR)
    times = sorted(session.execute(query).scalars())
    if len(times) >= most:
        wait = int((times[-most] + COUNTED_FOR - now).total_seconds()) + 1
        raise Throttled("too-many-attempts", "too many failed attempts", retry_after=wait)


def conclude_attempt(
    session: Session, tables: LoginTables, login: str, now: datetime, *, is_right: bool
) -> str | None:
    """Conclude an attempt: the token of a new session, or None for a wrong password, which is counted.

    The attempts are checked again inside this transaction: parallel guesses get no more answers than guesses made
    one by one. Throttled ``too-many-attempts``.
    """
    check_attempts(session, tables, login, now)
    if is_right:
        return open_session(session, tables, login, now)
    record_failure(session, tables, login, now)
    return None


def record_failure(session: Session, tables: LoginTables, login: str, now: datetime) -> None:
    """Count a wrong password, and delete failures that no longer count."""
    session.execute(delete(tables.failures).where(tables.failures.c.at <= now - COUNTED_FOR))
    session.execute(insert(tables.failures), [{"login": login, "at": now}])


def open_session(session: Session, tables: LoginTables, login: str, now: datetime) -> str:
    """Open a session of eight hours and delete the failures; returns the session's token, which is not stored."""
    token = new_token()
    session.execute(delete(tables.failures).where(tables.failures.c.login == login))
    session.execute(delete(tables.sessions).where(tables.sessions.c.until <= now))
    row = {"token_hash": token_hash(token), "login": login, "until": now + SESSION}
    session.execute(insert(tables.sessions), [row])
    return token


def close_session(session: Session, tables: LoginTables, token: str) -> None:
    """End the session with this token."""
    session.execute(delete(tables.sessions).where(tables.sessions.c.token_hash == token_hash(token)))


@dataclass(frozen=True)
class LoginSession:
    """The login name of a session, and the moment of its beginning."""

    login: str
    since: datetime


def session_login(session: Session, tables: LoginTables, token: str, now: datetime) -> str:
    """The login name of the session with this token; Untrusted ``login-needed``."""
    return find_session(session, tables, token, now).login


def find_session(session: Session, tables: LoginTables, token: str, now: datetime) -> LoginSession:
    """The session with this token; Untrusted ``login-needed``."""
    row = (
        session.connection().execute(tables.session_query, {"of_token": token_hash(token)}).first()
        if token
        else None
    )
    if row is None or row.until <= now:
        raise Untrusted("login-needed", "log in first")
    return LoginSession(row.login, row.until - SESSION)
