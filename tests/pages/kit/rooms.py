"""The list of a room's pages, from which the sweep for accessibility runs.

ROOM = PageRoom(
    name="portal",
    instance="portal_pep",
    settings={"EGOV_CLERKS": "instant"},
    prepare=prepare_portal,             # async: applies, waits, returns what the pages need
    pages=(
        RoomPage("catalogue", "/services"),
        RoomPage("case", lambda stage: f"/cabinet/{stage.case}", visitor=lambda stage: stage.token),
    ),
)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from shared.bus.http.tls import server_check
from tests.journeys.kit import RunningCountry
from tests.pages.accessibility.criteria import compare_pages, find_faults, take_snapshot
from tests.pages.kit.browser import WIDE, PageBrowser
from tests.pages.kit.page_checks import page_faults
from tests.pages.kit.served_country import ServedCountry, serving
from tests.pages.kit.translated import untranslated_texts


async def _prepare_nothing(country: RunningCountry) -> None:
    return None


@dataclass(frozen=True)
class RoomPage:
    """One page: its address at its system, and who looks at it."""

    name: str
    path: str | Callable[[Any], str]
    """The path, or a function that gives it for what ``prepare`` returned."""
    visitor: Callable[[Any], str] | None = None
    """The session token of the visitor; None for a page for everybody."""
    instance: str = ""
    """The instance that serves it; that of its room if not given."""
    ready: str = "true"
    """A JavaScript expression that holds when the page is drawn."""
    typed: frozenset[str] = frozenset()
    """What people typed in Russian and the page shows as they did."""
    exempt: Mapping[str, str] = field(default_factory=dict)
    """The criteria that do not concern the page, each with the reason: a board in a hall has no navigation."""


@dataclass(frozen=True)
class PageRoom:
    """The pages of one room, over one country with real content."""

    name: str
    instance: str
    pages: Sequence[RoomPage]
    prepare: Callable[[RunningCountry], Awaitable[Any]] = _prepare_nothing
    settings: Mapping[str, str] = field(default_factory=dict)
    is_held_to_language: bool = False
    """Whether its pages may say nothing in Russian in another language."""


@dataclass
class RoomStage:
    """A room whose country runs, and is prepared for who wants its content."""

    room: PageRoom
    served: ServedCountry
    snapshots: list[Mapping[str, Any]] = field(default_factory=list)
    """What must be alike on the pages that were seen."""

    @cached_property
    def content(self) -> Any:
        """What ``prepare`` of the room returns."""
        return self.served.wait_for(_prepare(self.room, self.served.country))

    def address(self, page: RoomPage) -> str:
        """The whole address of a page."""
        path = page.path if isinstance(page.path, str) else page.path(self.content)
        return self.served.url(page.instance or self.room.instance, path)

    def enter(self, browser: PageBrowser, page: RoomPage) -> None:
        """Give the browser the cookies of the page's visitor and no other."""
        browser.forget()
        if page.visitor is not None:
            instance = page.instance or self.room.instance
            browser.sign_in(self.served.url(instance), instance, page.visitor(self.content))

    def faults(self, browser: PageBrowser, page: RoomPage, tag: str) -> list[str]:
        """Every fault of a page in a language; a screenshot is kept of a page with faults.

        What does not depend on the language is looked for in Russian: the criteria beyond axe.
        """
        self.enter(browser, page)
        faults = page_faults(browser, self.address(page), tag, page.ready)
        if tag != "ru" and self.room.is_held_to_language:
            faults += [
                f"says in Russian: {text}" for text in self._untranslated(page, tag) if text not in page.typed
            ]
        if tag == "ru":
            browser.resize(WIDE)
            self.snapshots.append(take_snapshot(browser))
            found = find_faults(browser, is_known_to_axe=True)
            criteria = (found, compare_pages((self.snapshots[0], self.snapshots[-1])))
            faults += [
                f"{number}: {texts[:3]}"
                for of_kind in criteria
                for number, texts in of_kind.items()
                if number not in page.exempt
            ]
        if faults:
            browser.screenshot(f"{self.room.name}-{page.name}-{tag}", whole=True)
        return faults

    def _untranslated(self, page: RoomPage, tag: str) -> list[str]:
        address, instance = self.address(page), page.instance or self.room.instance
        cookies = {f"egov-{instance}": page.visitor(self.content)} if page.visitor is not None else {}
        with httpx.Client(cookies=cookies, follow_redirects=True, verify=server_check(address)) as visitor:
            shown, russian = (
                visitor.get(httpx.URL(address).copy_merge_params({"lang": one})).text for one in (tag, "ru")
            )
        return untranslated_texts(shown, russian, tag)


@contextmanager
def open_room(room: PageRoom, folder: Path) -> Iterator[RoomStage]:
    """The room with its country in ``folder``."""
    with serving(folder, **room.settings) as served:
        yield RoomStage(room, served)


async def _prepare(room: PageRoom, country: RunningCountry) -> Any:
    return await room.prepare(country)
