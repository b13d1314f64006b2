"""``/hall/{centre}/screen``: the screen above the windows, live, in three languages in turn or in a chosen one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.is_con import queue
from services.is_con.pages.hall import hall_views
from services.is_con.pages.hall.hall_site import SITE, open_router
from shared.bus.errors import Throttled
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.languages import LANGUAGES
from shared.bus.http.live_streams import StreamPlaces
from shared.bus.http.problems import answers_errors
from shared.bus.http.request_budgets import LongStream
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.passport_book import PassportBook
from shared.web.page_sites import OpenPage

router = open_router()

TURN_SECONDS = 8.0
"""How long the screen speaks one language where the languages come in turn."""
LOOK_SECONDS = 1.0
"""How soon the screen sees what another replica wrote, or the turn of the next language."""
LOOKS_A_BEAT = 15
"""The looks without a change after which a comment keeps proxies from closing the stream."""
IN_TURN = "turn"
CentreCode = Annotated[str, Path(max_length=100)]
ScreenLanguage = Annotated[str, Query(alias="lang", max_length=4)]


async def known_centre(centre: CentreCode, runtime: ServiceRuntime) -> str:
    """The code of a centre of the acts, as a dependency; ``centre-unknown``."""
    return queue.centre_of(runtime.resource(PassportBook).passports, centre).code


KnownCentre = Annotated[str, Depends(known_centre)]


@answers_errors(Throttled("too-many-streams"))
async def _hold_screen(address: CallerAddress, runtime: ServiceRuntime) -> AsyncIterator[None]:
    """A place for a screen until its answer ends; ``too-many-streams``."""
    with runtime.resource(StreamPlaces).hold_place(address):
        yield


@router.get("/hall/{centre}/screen", dependencies=[ManyCalls])
async def show_hall_screen(
    centre: KnownCentre, page: OpenPage, runtime: ServiceRuntime, language: ScreenLanguage = IN_TURN
) -> Response:
    """The screen of a centre; without a chosen language the languages come in turn."""
    if language not in LANGUAGES:
        page.tag = language_of(language)
    office = queue.centre_of(runtime.resource(PassportBook).passports, centre)
    board = await runtime.read(lambda session: hall_views.read_board(session, centre, runtime.now))
    name, name_tag = hall_views.name_centre(office, page.tag)
    values: dict[str, Any] = {"centre": centre, "centre_name": name, "centre_tag": name_tag}
    return page.show("screen.html", board=board, board_tag=page.tag, language=language, **values)


@router.get(
    "/hall/{centre}/screen/stream",
    response_class=EventSourceResponse,
    dependencies=[ManyCalls, LongStream, Depends(_hold_screen)],
)
async def stream_screen(
    centre: KnownCentre, runtime: ServiceRuntime, language: ScreenLanguage = IN_TURN
) -> AsyncIterator[ServerSentEvent]:
    """The board of the screen at every change of the board or of the language (SSE); ``too-many-streams``."""
    sent, silence = "", 0
    with runtime.listen(queue.topic_of_hall(centre)) as changed:
        while True:
            board = await _draw_board(centre, runtime, language_of(language))
            silence = 0 if board != sent else silence + 1
            if board != sent:
                sent = board
                yield ServerSentEvent(raw_data=board, event="board")
            elif silence % LOOKS_A_BEAT == 0:
                yield ServerSentEvent(comment="waiting")
            await _wait_for_change(changed)


def language_of(language: str) -> str:
    """The chosen language, or the one whose turn it is on every screen now."""
    if language in LANGUAGES:
        return language
    turn = int(asyncio.get_running_loop().time() // TURN_SECONDS)
    return LANGUAGES[turn % len(LANGUAGES)]


async def _draw_board(centre: str, runtime: Runtime, tag: str) -> str:
    board = await runtime.read(lambda session: hall_views.read_board(session, centre, runtime.now))
    values: dict[str, Any] = {"board": board, "board_tag": tag}
    return SITE.pages.render_text("board.html", tag, f"/hall/{centre}/screen", **values)


async def _wait_for_change(changed: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            await changed.wait()
    changed.clear()
