"""Where a message lies in a system's own records: signed and not yet taken by the carrier, parked, or dead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic_core import from_json
from sqlalchemy import Row, or_, select
from sqlmodel import Session

from shared.bus.errors import BusError
from shared.bus.messages.message import MessageInfo, read_header
from shared.bus.persistence.ledger import EARLY
from shared.bus.persistence.tables import BusTables

MOST_PLACES = 50
MOST_SEARCHED = 2_000
"""The parked messages that are searched for an id, the newest first: their ids stand in their bytes alone."""

PlaceKind = Literal["unsent", "parked-behind-gap", "parked-for-retry", "dead-letter"]


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """One place of a message; moments are the machine's.

    ``address`` is the receiver of an unsent message, and the neighbour that brought another one. A message behind
    a gap has its number in the stream (``sequence``) and the number that must come first (``expected``).
    """

    kind: PlaceKind
    message_id: str
    correlation_id: str
    since: datetime
    address: str = ""
    code: str = ""
    reason: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None
    sequence: int = 0
    expected: int = 0
    explanation: Mapping[str, Any] | None = None


def find_places(session: Session, tables: BusTables, any_id: str) -> list[MessagePlace]:
    """The places of the message, or of the messages of the case, with this id; the longest lying first."""
    places = [
        *_find_unsent(session, tables, any_id),
        *_find_parked(session, tables, any_id),
        *_find_dead(session, tables, any_id),
    ]
    return sorted(places, key=lambda place: place.since)[:MOST_PLACES]


def _find_unsent(session: Session, tables: BusTables, any_id: str) -> list[MessagePlace]:
    table = tables.outbox
    is_its = or_(table.c.message_id == any_id, table.c.correlation_id == any_id)
    rows = session.execute(select(table).where(is_its).order_by(table.c.created_at).limit(MOST_PLACES))
    return [
        MessagePlace("unsent", row.message_id, row.correlation_id, row.created_at, address=row.address)
        for row in rows
    ]


def _find_dead(session: Session, tables: BusTables, any_id: str) -> list[MessagePlace]:
    """The dead letters not handled again; one whose sender proved nothing has its ids in its bytes alone."""
    table, explained = tables.dead, tables.explained
    is_its = or_(table.c.message_id == any_id, table.c.correlation_id == any_id)
    query = select(table, explained.c.explanation).where(table.c.replayed_at.is_(None))
    query = query.select_from(table.outerjoin(explained, explained.c.id == table.c.id))
    named = session.execute(query.where(is_its).order_by(table.c.died_at).limit(MOST_PLACES)).all()
    unproved = query.where(table.c.message_id.is_(None)).order_by(table.c.died_at.desc()).limit(MOST_SEARCHED)
    claimed = [] if named else [row for row in session.execute(unproved) if _claims_id(row.body, any_id)]
    return [
        MessagePlace(
            "dead-letter",
            row.message_id or "",
            row.correlation_id or "",
            row.died_at,
            address=row.source or "",
            code=row.code,
            reason=row.reason,
            explanation=None if row.explanation is None else from_json(row.explanation),
        )
        for row in (*named, *claimed)
    ]


def _claims_id(body: bytes, any_id: str) -> bool:
    info = _read_info(body)
    return info is not None and any_id in (info.message_id, info.correlation_id)


def _find_parked(session: Session, tables: BusTables, any_id: str) -> list[MessagePlace]:
    table = tables.held
    rows = session.execute(select(table).order_by(table.c.held_at.desc()).limit(MOST_SEARCHED)).all()
    named = ((row, info) for row in rows if (info := _read_info(row.body)) is not None)
    found = [(row, info) for row, info in named if any_id in (info.message_id, info.correlation_id)]
    return [_parked_place(session, tables, row, info) for row, info in found[:MOST_PLACES]]


def _parked_place(session: Session, tables: BusTables, row: Row[Any], info: MessageInfo) -> MessagePlace:
    seen = tables.seen
    last = session.execute(select(seen.c.last).where(seen.c.stream == row.stream)).scalar() or 0
    is_early = row.code == EARLY
    return MessagePlace(
        "parked-behind-gap" if is_early else "parked-for-retry",
        info.message_id,
        info.correlation_id,
        row.held_at,
        address=row.stream.partition("|")[0],
        code=row.code,
        attempts=row.attempts,
        next_try_at=row.due_at,
        sequence=row.sequence if is_early else 0,
        expected=last + 1 if is_early else 0,
    )


def _read_info(body: bytes) -> MessageInfo | None:
    """The envelope that a message claims; None where there is none to read."""
    try:
        return read_header(body).message_info
    except BusError:
        return None
