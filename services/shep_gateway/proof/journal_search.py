"""The search in ШЭП's journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlmodel import Session, col

from services.shep_gateway.proof.case_records import WITHOUT_BODY, list_chains
from services.shep_gateway.storage import HAS_SEVERAL_RECIPIENTS, IS_TROUBLE, JournalRow
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows


@dataclass(frozen=True)
class JournalSearch:
    """The conditions of a search, each None where it is not asked.

    ``columns`` are values by the names of columns; ``any_id`` is the id of a message, a session or a case;
    ``system`` the sender or a recipient; ``since`` and ``until`` (itself left out) moments; ``after`` a number.
    """

    columns: Mapping[str, str | None]
    any_id: str | None = None
    system: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int = 0


def search_journal(session: Session, search: JournalSearch, place: ListPlace) -> ListPage[JournalRow]:
    """A page of the entries that fulfil every condition, the newest entry first."""
    query: Select[Any] = select(JournalRow).where(col(JournalRow.n) > search.after).options(WITHOUT_BODY)
    for name, value in search.columns.items():
        if value is not None:
            query = query.where(getattr(JournalRow, name) == value)
    if search.columns.get("event") not in (None, "ACCEPTED") or search.columns.get("code") is not None:
        query = query.where(IS_TROUBLE)
    if search.any_id is not None:
        query = query.where(_has_id(session, search.any_id))
    if search.since is not None:
        query = query.where(col(JournalRow.at) >= search.since)
    if search.until is not None:
        query = query.where(col(JournalRow.at) < search.until)
    fetch = select_rows(session) if search.system is None else _select_of_system(session, search.system, place)
    return ListOrder((col(JournalRow.n),)).read_page(query, place, fetch)


def _has_id(session: Session, any_id: str) -> Any:
    return or_(
        col(JournalRow.message_id) == any_id,
        col(JournalRow.case_id).in_(list_chains(session, [any_id])),
        col(JournalRow.session_id) == any_id,
    )


def _select_of_system(
    session: Session, system: str, place: ListPlace
) -> Callable[[Select[Any]], Sequence[JournalRow]]:
    """Runs a query for the entries with this sender or recipient: each way of being concerned has an index, so the
    query runs once for each way. ``recipients`` holds addresses with spaces between.
    """
    recipients = " " + col(JournalRow.recipients) + " "
    ways = (
        col(JournalRow.sender) == system,
        col(JournalRow.recipients) == system,
        and_(HAS_SEVERAL_RECIPIENTS, recipients.contains(f" {system} ", autoescape=True)),
    )

    def select_rows_of_ways(query: Select[Any]) -> Sequence[JournalRow]:
        row_by_number = {row.n: row for way in ways for row in session.execute(query.where(way)).scalars()}
        numbers = sorted(row_by_number, reverse=not place.is_backward)
        return [row_by_number[n] for n in numbers[: place.limit + 1]]

    return select_rows_of_ways
