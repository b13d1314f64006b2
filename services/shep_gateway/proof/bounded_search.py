"""The journal's search for a page that a person waits for: a long journal is searched part by part.

Where an index finds the entries, the whole journal is searched. Elsewhere one look goes through so many entries,
and tells where the next look begins.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway.proof.journal_search import JournalSearch, search_journal
from services.shep_gateway.storage import JournalHeadRow, JournalRow
from shared.bus.persistence.list_pages import ListPlace

MOST_SEARCHED = 1_200
"""The entries of one look."""


@dataclass(frozen=True)
class SearchedPart:
    """The found entries, and the number before which the list goes on, None at its end.

    ``searched_to`` is the moment back to which one look came without filling the page; None for a full page, and
    for one that ends the journal.
    """

    rows: Sequence[JournalRow]
    next_before: int | None = None
    searched_to: datetime | None = None


def search_part(
    session: Session, search: JournalSearch, before: int | None, limit: int, most: int = MOST_SEARCHED
) -> SearchedPart:
    """The newest entries before this number that fulfil the search; one look goes through ``most`` entries."""
    begin = _find_begin(session, search, before)
    search = replace(search, after=_find_floor(session, search), since=None, until=None)
    floor = 0 if _is_indexed(search) else max(begin - 1 - most, 0)
    place = ListPlace(limit, (begin,))
    page = search_journal(session, replace(search, after=max(search.after, floor)), place)
    if page.next:
        return SearchedPart(page.rows, int(str(page.next[0])))
    if floor <= search.after:
        return SearchedPart(page.rows)
    reached = session.execute(select(col(JournalRow.at)).where(col(JournalRow.n) == floor)).scalar()
    return SearchedPart(page.rows, floor + 1, reached)


def _is_indexed(search: JournalSearch) -> bool:
    """Whether an index names the entries that fulfil the search, in the order of the list."""
    columns = {name: value for name, value in search.columns.items() if value is not None}
    is_trouble = columns.get("event") not in (None, "ACCEPTED") or "code" in columns
    is_plain = not columns or (search.system is None and columns.keys() in ({"region"}, {"service_id"}))
    return search.any_id is not None or is_trouble or is_plain


def _find_floor(session: Session, search: JournalSearch) -> int:
    """The number above which the search stays."""
    if search.since is None:
        return search.after
    query = select(col(JournalRow.n)).where(col(JournalRow.at) >= search.since)
    oldest = session.execute(query.order_by(col(JournalRow.at), col(JournalRow.n)).limit(1)).scalar()
    return sys.maxsize if oldest is None else max(search.after, oldest - 1)


def _find_begin(session: Session, search: JournalSearch, before: int | None) -> int:
    """The number before which the search begins: numbers and moments rise together."""
    head = session.execute(select(col(JournalHeadRow.n))).scalar() or 0
    begin = head + 1 if before is None else min(before, head + 1)
    if search.until is None:
        return begin
    query = select(col(JournalRow.n)).where(col(JournalRow.at) < search.until)
    newest = session.execute(query.order_by(col(JournalRow.at).desc(), col(JournalRow.n).desc()).limit(1)).scalar()
    return min(begin, (newest or 0) + 1)
