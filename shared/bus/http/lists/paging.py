"""The parameters ``limit`` and ``cursor`` of a list, and the header ``Link`` of its answer (RFC 8288).

The body of the answer stays an array. ``Link`` names the next and the previous page where there is one, and the
first page where the answer is another one. A list that is small by nature comes whole and tells its bound
(``at_most``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request, Response
from fastapi.dependencies.models import Dependant
from pydantic import Field

from shared.bus.errors import Malformed
from shared.bus.http.lists.cursor import read_cursor, write_cursor
from shared.bus.http.problems import answers_errors
from shared.bus.persistence.list_pages import ListPage, ListPlace, RowKey

R = TypeVar("R")

USUAL_LIMIT = 100
MOST_ROWS = 1000
MOST_EXPORTED = 10_000
LONGEST_CURSOR = 500
CURSOR = "cursor"
LINK_HEADER = {
    "description": "The neighbouring pages (RFC 8288): `next`, `prev` and `first`, each where there is one.",
    "schema": {"type": "string"},
}
_PAGES = "reads_pages"


@dataclass(frozen=True)
class ListPager:
    """The page that a request asks for: ``place``, and the way in which the answer names its neighbours."""

    place: ListPlace
    request: Request
    response: Response

    def link_page(self, page: ListPage[R]) -> list[R]:
        """The rows of the page that was read; the answer's ``Link`` names the page's neighbours."""
        self.response.headers.update(self.link_headers(page))
        return page.rows

    def link_headers(self, page: ListPage[Any]) -> dict[str, str]:
        """The ``Link`` header of a page; empty for a page without neighbours."""
        links = []
        if page.next is not None:
            links.append(self._write_link("next", page.next, is_backward=False))
        if page.previous is not None:
            links.append(self._write_link("prev", page.previous, is_backward=True))
        if self.place.after is not None:
            links.append(self._write_link("first", None, is_backward=False))
        return {"Link": ", ".join(links)} if links else {}

    def _write_link(self, relation: str, key: RowKey | None, *, is_backward: bool) -> str:
        query = _read_filters(self.request, CURSOR)
        if key is not None:
            cursor = write_cursor(_list_name(self.request), key, is_backward=is_backward)
            query.append((CURSOR, cursor))
        path = quote(self.request.url.path)
        return f'<{path}?{urlencode(query)}>; rel="{relation}"' if query else f'<{path}>; rel="{relation}"'


def _list_name(request: Request) -> str:
    """The list of a cursor: the system, the path and the filters."""
    filters = urlencode(sorted(_read_filters(request, CURSOR, "limit")))
    return f"{request.app.title} {request.url.path}?{filters}"


def _read_filters(request: Request, *without: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.query_params.multi_items() if name not in without]


def paging(usual: int, most: int) -> Callable[..., Any]:
    """The dependency that reads ``limit`` (``usual`` unless given, ``most`` at most) and ``cursor``."""

    @answers_errors(Malformed("cursor-malformed"))
    async def read_place(
        request: Request,
        response: Response,
        limit: int = Query(usual, ge=1, le=most, description=f"Rows of a page; {most} at most."),
        cursor: str | None = Query(
            None,
            max_length=LONGEST_CURSOR,
            description="The place of a page, from `Link`; the first without.",
        ),
    ) -> ListPager:
        place = ListPlace(limit) if cursor is None else read_cursor(_list_name(request), cursor, limit)
        return ListPager(place, request, response)

    setattr(read_place, _PAGES, True)
    return read_place


Paging = Annotated[ListPager, Depends(paging(USUAL_LIMIT, MOST_ROWS))]
"""The page of a list; 100 rows unless the request asks for another number."""
WholePaging = Annotated[ListPager, Depends(paging(MOST_ROWS, MOST_ROWS))]
"""The page of a list that seldom has more than one: 1000 rows unless the request asks for fewer."""
ExportPaging = Annotated[ListPager, Depends(paging(MOST_EXPORTED, MOST_EXPORTED))]
"""The part of an export: 10,000 rows unless the request asks for fewer."""


def has_pages(dependant: Dependant) -> bool:
    """Whether an endpoint answers with pages."""
    return any(getattr(one.call, _PAGES, False) or has_pages(one) for one in dependant.dependencies)


def at_most(number: int, reason: str) -> Any:
    """The annotation of a list that is small by nature and comes whole: its bound in rows, and the reason."""
    return Field(description=f"Whole, {number} at most: {reason}.", json_schema_extra={"maxItems": number})


OF_CASE = at_most(10_000, "what the steps of one case bring, and a message carries no more steps")
