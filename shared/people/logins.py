"""Login attempts and sessions, in the service's own database.

Everything here counts by the machine's time, because it guards a door: a bus's clock that stands, jumps or hurries
neither locks a person out nor keeps a session open (docs/how-to/clock.md). Only the beginning of a session has the
bus's time too, for the cases.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlmodel import Session

from shared.bus.errors import Throttled, Untrusted
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.people.passwords import new_token, token_hash

MOST_FAILURES = 5
"""Failures of one account from one address, after which this address waits and no other."""
MOST_OF_AN_ACCOUNT = 50
MOST_OF_AN_ADDRESS = 100
"""Failures of an account from all addresses, and of an address for all accounts, after which a login waits unless
the account has logged in from the address before.
"""
COUNTED_FOR = timedelta(minutes=15)
ADDRESS_KNOWN_FOR = timedelta(days=180)
SESSION = timedelta(hours=8)


@dataclass(frozen=True)
class LoginAttempt:
    """Who wants to log in, and from which address."""

    login: str
    address: str


@dataclass(frozen=True)
class LoginTables:
    """The tables: failed attempts, sessions by the hash of their token, addresses of successful logins."""

    failures: Table
    sessions: Table
    addresses: Table

    @cached_property
    def session_query(self) -> Select[tuple[str, datetime, datetime]]:
        """The query of a session by its hash, compiled once, because every request runs it."""
        columns = self.sessions.c
        return select(columns.login, columns.until, columns.since).where(
            columns.token_hash == bindparam("of_token")
        )


def login_tables(metadata: MetaData) -> LoginTables:
    """Add the tables to a service's metadata."""
    return LoginTables(
        failures=Table(
            "login_failure",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("login", String(64), nullable=False, index=True),
            Column("address", String(64), nullable=False, index=True),
            Column("at", UtcDateTime, nullable=False),
        ),
        sessions=Table(
            "login_session",
            metadata,
            Column("token_hash", String(64), primary_key=True),
            Column("login", String(64), nullable=False, index=True),
            Column("until", UtcDateTime, nullable=False),
            Column("since", UtcDateTime, nullable=False),
        ),
        addresses=Table(
            "login_address",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("login", String(64), nullable=False, index=True),
            Column("address", String(64), nullable=False),
            Column("at", UtcDateTime, nullable=False),
        ),
    )


def tables_of(metadata: MetaData) -> LoginTables:
    """The tables that ``login_tables`` added to ``metadata``."""
    return LoginTables(*(metadata.tables[name] for name in ("login_failure", "login_session", "login_address")))


def check_attempts(
    session: Session, tables: LoginTables, attempt: LoginAttempt, machine_now: datetime, most: int = MOST_FAILURES
) -> None:
    """Refuse further attempts after ``most`` failures, until the oldest that counts is 15 minutes old.

    Failures count for the account and the address together, so that nobody locks out another. An account that is
    attacked from many addresses, and an address that attacks many accounts, wait only where they are new to each
    other. Throttled ``too-many-attempts`` with ``retry_after`` in seconds.
    """
    columns = tables.failures.c
    is_account, is_address = columns.login == attempt.login, columns.address == attempt.address
    bounds: list[tuple[ColumnElement[bool], int]] = [(is_account & is_address, most)]
    if not _is_known(session, tables, attempt):
        bounds += [(is_account, MOST_OF_AN_ACCOUNT), (is_address, MOST_OF_AN_ADDRESS)]
    for counted, bound in bounds:
        query = select(columns.at).where(counted, columns.at > machine_now - COUNTED_FOR)
        times = list(session.execute(query.order_by(columns.at.desc()).limit(bound)).scalars())
        if len(times) == bound:
            wait = int((times[-1] + COUNTED_FOR - machine_now).total_seconds()) + 1
            raise Throttled("too-many-attempts", "too many failed attempts", retry_after=wait)


def conclude_attempt(uow: UnitOfWork, tables: LoginTables, attempt: LoginAttempt, *, is_right: bool) -> str | None:
    """Conclude an attempt: the token of a new session, or None for a wrong password, which is counted.

    The attempts are checked again inside this transaction: parallel guesses get no more answers than guesses made
    one by one. Throttled ``too-many-attempts``.
    """
    session, machine_now = uow.session, uow.machine_now
    check_attempts(session, tables, attempt, machine_now)
    if not is_right:
        record_failure(session, tables, attempt, machine_now)
        return None
    columns = tables.failures.c
    session.execute(
        delete(tables.failures).where(columns.login == attempt.login, columns.address == attempt.address)
    )
    _note_address(session, tables, attempt, machine_now)
    return open_session(uow, tables, attempt.login)


def record_failure(session: Session, tables: LoginTables, attempt: LoginAttempt, machine_now: datetime) -> None:
    """Count a wrong password, and delete failures that no longer count."""
    session.execute(delete(tables.failures).where(tables.failures.c.at <= machine_now - COUNTED_FOR))
    row = {"login": attempt.login, "address": attempt.address, "at": machine_now}
    session.execute(insert(tables.failures), [row])


def clear_failures(session: Session, tables: LoginTables, login: str) -> None:
    """Forget the failures of an account whose owner has proved who it is."""
    session.execute(delete(tables.failures).where(tables.failures.c.login == login))


def open_session(uow: UnitOfWork, tables: LoginTables, login: str) -> str:
    """Open a session of eight hours; returns the session's token, which is not stored."""
    token = new_token()
    now = uow.machine_now
    uow.session.execute(delete(tables.sessions).where(tables.sessions.c.until <= now))
    row = {"token_hash": token_hash(token), "login": login, "until": now + SESSION, "since": uow.now}
    uow.session.execute(insert(tables.sessions), [row])
    return token


def close_session(session: Session, tables: LoginTables, token: str) -> None:
    """End the session with this token."""
    session.execute(delete(tables.sessions).where(tables.sessions.c.token_hash == token_hash(token)))


def close_sessions(session: Session, tables: LoginTables, login: str) -> None:
    """End every session of this person."""
    session.execute(delete(tables.sessions).where(tables.sessions.c.login == login))


@dataclass(frozen=True)
class ListedSession:
    """One of a person's sessions: the hash of its token, its beginning in the bus's time, its end in the
    machine's.
    """

    name: str
    since: datetime
    until: datetime
    is_this: bool


def list_sessions(
    session: Session, tables: LoginTables, login: str, token: str, machine_now: datetime
) -> list[ListedSession]:
    """The sessions of a person that still last, the newest first; ``is_this`` is the one with this token."""
    columns, own = tables.sessions.c, token_hash(token)
    query = select(columns.token_hash, columns.since, columns.until).where(
        columns.login == login, columns.until > machine_now
    )
    rows = session.execute(query.order_by(columns.until.desc(), columns.token_hash))
    return [ListedSession(name, since, until, name == own) for name, since, until in rows]


def close_listed(session: Session, tables: LoginTables, login: str, name: str) -> None:
    """End a session of this person by its name in the list."""
    columns = tables.sessions.c
    session.execute(delete(tables.sessions).where(columns.login == login, columns.token_hash == name))


@dataclass(frozen=True)
class LoginSession:
    """The login name of a session, and the moment of its beginning in the bus's time."""

    login: str
    since: datetime


def session_login(session: Session, tables: LoginTables, token: str, machine_now: datetime) -> str:
    """The login name of the session with this token; Untrusted ``login-needed``."""
    return find_session(session, tables, token, machine_now).login


def find_session(session: Session, tables: LoginTables, token: str, machine_now: datetime) -> LoginSession:
    """The session with this token; Untrusted ``login-needed``."""
    row = (
        session.connection().execute(tables.session_query, {"of_token": token_hash(token)}).first()
        if token
        else None
    )
    if row is None or row.until <= machine_now:
        raise Untrusted("login-needed", "log in first")
    return LoginSession(row.login, row.since)


def find_good_tokens(
    session: Session, tables: LoginTables, tokens: Collection[str], machine_now: datetime
) -> set[str]:
    """Those of the tokens whose session lasts."""
    by_hash, columns = {token_hash(token): token for token in tokens}, tables.sessions.c
    query = select(columns.token_hash).where(columns.token_hash.in_(by_hash), columns.until > machine_now)
    return {by_hash[hashed] for hashed in session.execute(query).scalars()}


def _is_known(session: Session, tables: LoginTables, attempt: LoginAttempt) -> bool:
    columns = tables.addresses.c
    is_its = (columns.login == attempt.login) & (columns.address == attempt.address)
    return bool(session.execute(select(func.count()).select_from(tables.addresses).where(is_its)).scalar())


def _note_address(session: Session, tables: LoginTables, attempt: LoginAttempt, machine_now: datetime) -> None:
    """Remember an address from which the account has logged in, for 180 days."""
    columns = tables.addresses.c
    is_its = (columns.login == attempt.login) & (columns.address == attempt.address)
    session.execute(delete(tables.addresses).where(is_its | (columns.at <= machine_now - ADDRESS_KNOWN_FOR)))
    row = {"login": attempt.login, "address": attempt.address, "at": machine_now}
    session.execute(insert(tables.addresses), [row])
