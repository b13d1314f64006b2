"""Local routes and passages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Column, delete, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.rshep_regional.domain import ANY, LocalRoute, RegionalRegister
from shared.bus.persistence.database import Database
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.contracts import addresses

MOST_PASSAGES = 1000
"""The number of a case's passages from which the steps of the case are read."""


class Base(SQLModel, registry=registry()):
    """The metadata of РШЭП."""


class LocalRouteRow(Base, table=True):
    """The system that provides a service in a channel; ``*`` stands for all services or channels without a row."""

    __tablename__ = "local_route"
    service_id: str = Field(primary_key=True, max_length=100)
    channel: str = Field(default=ANY, primary_key=True, max_length=20)
    system: str = Field(max_length=100)
    is_changed: bool = False


class LocalSystemRow(Base, table=True):
    """A system of somebody else that the operator let in behind this gateway."""

    __tablename__ = "local_system"
    address: str = Field(primary_key=True, max_length=100)
    joined_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class PassageRow(Base, table=True):
    """A message that passed, or was refused (with its code); or a change of the routes."""

    __tablename__ = "passage"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    event: str = Field(default="PASSED", max_length=20)
    sender: str | None = Field(default=None, max_length=100)
    message_id: str | None = Field(default=None, max_length=100)
    case_id: str | None = Field(default=None, max_length=100, index=True)
    service_id: str | None = Field(default=None, max_length=100)
    message_type: str | None = Field(default=None, max_length=20)
    channel: str | None = Field(default=None, max_length=20)
    step: str | None = Field(default=None, max_length=60)
    to: str | None = Field(default=None, max_length=300)
    code: str | None = Field(default=None, max_length=60)
    number: int = 0
    """Its number in the stream to ``to``; 0 where the order does not matter."""


_ROUTE: Any = LocalRouteRow.__table__  # type: ignore[attr-defined]
_PASSAGE: Any = PassageRow.__table__  # type: ignore[attr-defined]


def seed_routes(session: Session, routes: Iterable[LocalRoute]) -> None:
    """Fill an empty table; a table with routes stays unchanged."""
    if session.execute(select(col(LocalRouteRow.service_id)).limit(1)).first() is None:
        session.add_all(_route_row(route) for route in routes)


def list_local_routes(session: Session) -> list[LocalRoute]:
    """All routes, in order."""
    rows = session.execute(select(*_ROUTE.c).order_by(_ROUTE.c.service_id, _ROUTE.c.channel))
    return [LocalRoute(row.service_id, row.channel, row.system, row.is_changed) for row in rows]


def load_register(session: Session) -> RegionalRegister:
    """The routes and the systems of the region."""
    return RegionalRegister.of_region(list_local_routes(session), list_local_systems(session))


def list_local_systems(session: Session) -> list[str]:
    """The systems of others behind this gateway, in order."""
    query = select(col(LocalSystemRow.address)).order_by(col(LocalSystemRow.address))
    return list(session.execute(query).scalars())


def put_local_system(session: Session, address: str, at: datetime) -> None:
    """Let a system in; one that is there stays."""
    if session.get(LocalSystemRow, address) is None:
        session.add(LocalSystemRow(address=address, joined_at=at))


def remove_local_system(session: Session, address: str) -> bool:
    """Remove a system, not its routes; False where there is none."""
    row = session.get(LocalSystemRow, address)
    if row is None:
        return False
    session.delete(row)
    return True


def put_routes(session: Session, service_id: str, channel: str, routes: Iterable[LocalRoute]) -> None:
    """Replace the routes of a service: in one channel, or in all for the channel ``*``."""
    old = delete(LocalRouteRow).where(col(LocalRouteRow.service_id) == service_id)
    if channel != ANY:
        old = old.where(col(LocalRouteRow.channel) == channel)
    session.execute(old)
    session.add_all(_route_row(route) for route in routes)
    session.flush()


def _route_row(route: LocalRoute) -> LocalRouteRow:
    return LocalRouteRow(
        service_id=route.service_id, channel=route.channel, system=route.system, is_changed=route.is_changed
    )


def find_taker(session: Session, case_id: str) -> str | None:
    """The system of the region that got the first REQUEST of a case, or None."""
    query = select(col(PassageRow.to)).where(
        col(PassageRow.case_id) == case_id,
        col(PassageRow.message_type) == "REQUEST",
        col(PassageRow.to) != addresses.GATEWAY,
        col(PassageRow.event) == "PASSED",
    )
    return session.execute(query.order_by(col(PassageRow.id)).limit(1)).scalar()


def find_number(session: Session, case_id: str, sender: str, message_id: str, to: str) -> int | None:
    """The number with which a message of a case passed to ``to``; None for a message that did not pass."""
    query = select(col(PassageRow.number)).where(
        col(PassageRow.case_id) == case_id,
        col(PassageRow.sender) == sender,
        col(PassageRow.message_id) == message_id,
        col(PassageRow.to) == to,
        col(PassageRow.event) == "PASSED",
    )
    number: int | None = session.execute(query.order_by(col(PassageRow.id)).limit(1)).scalar()
    return number


def write_passages(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Write the passages of a batch."""
    database.write_many(session, _PASSAGE, rows)


def list_passages(session: Session, case_id: str | None, place: ListPlace) -> ListPage[PassageRow]:
    """The passages of one case or of all, the newest first."""
    query = select(PassageRow)
    if case_id is not None:
        query = query.where(col(PassageRow.case_id) == case_id)
    return ListOrder((col(PassageRow.id),)).read_page(query, place, select_rows(session))


def passages_of_case(session: Session, case_id: str) -> list[PassageRow]:
    """The passages of a case in order: the first ``MOST_PASSAGES``."""
    query = select(PassageRow).where(col(PassageRow.case_id) == case_id).order_by(col(PassageRow.id))
    return list(session.execute(query.limit(MOST_PASSAGES)).scalars())
