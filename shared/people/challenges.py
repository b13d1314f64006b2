"""One-time challenges: a person signs one with the person's ЭЦП to prove who asks."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, MetaData, String, Table, delete, insert
from sqlmodel import Session

from shared.bus.errors import Refused
from shared.bus.persistence.tables import UtcDateTime
from shared.people.passwords import new_token, token_hash

CHALLENGE_TERM = timedelta(minutes=10)


def challenge_table(metadata: MetaData) -> Table:
    """Add the table of the challenges that were given and not used to a service's metadata."""
    return Table(
        "challenge",
        metadata,
        Column("token_hash", String(64), primary_key=True),
        Column("login", String(64), nullable=False),
        Column("purpose", String(20), nullable=False),
        Column("until", UtcDateTime, nullable=False, index=True),
    )


def give_challenge(session: Session, challenges: Table, login: str, purpose: str, machine_now: datetime) -> str:
    """A new challenge for this person and purpose, of ten minutes; deletes those whose time is over."""
    token = new_token()
    session.execute(delete(challenges).where(challenges.c.until <= machine_now))
    row = {
        "token_hash": token_hash(token),
        "login": login,
        "purpose": purpose,
        "until": machine_now + CHALLENGE_TERM,
    }
    session.execute(insert(challenges), [row])
    return token


def use_challenge(
    session: Session, challenges: Table, token: str, login: str, purpose: str, machine_now: datetime
) -> None:
    """Use a challenge up; Refused ``challenge-unknown`` unless this person got the challenge for this purpose
    within the last ten minutes and has not used it.
    """
    columns = challenges.c
    is_its = (columns.login == login) & (columns.purpose == purpose) & (columns.until > machine_now)
    used = session.connection().execute(delete(challenges).where(columns.token_hash == token_hash(token), is_its))
    if used.rowcount != 1:
        raise Refused("challenge-unknown", "this challenge was not given to this person, or is used, or too old")
