"""The live map: every system with its state, flow, latency and depth, and the faults in force; live by SSE."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from services.shep_gateway.console.console_sessions import is_login
from services.shep_gateway.console.country_board import BoardPicture, CountryBoard
from services.shep_gateway.pages.console.site import FOLDER, SITE, OperatorPage
from services.shep_gateway.pages.console.views.map_view import describe_picture
from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.request_budgets import LongStream
from shared.web.page_routes import PageRouter
from shared.web.page_sites import Page, describe_page

router = PageRouter(SITE)

LOOK_SECONDS = 2.0
LOGIN_LOOKS = 5
"""How many looks pass between two checks of the login."""


@router.get("/console")
async def show_map(page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """The map with its table."""
    picture = await runtime.resource(CountryBoard).show(runtime)
    return page.show("map.html", **describe_picture(page, picture))


@router.get("/console/map/events", dependencies=[LongStream])
async def stream_map(request: Request, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """The map anew as often as it changes (SSE), until the login ends."""

    async def write_events() -> AsyncIterator[str]:
        last, looks = "", 0
        while True:
            if looks and not looks % LOGIN_LOOKS and not await _is_logged_in(request, page, runtime):
                yield "event: ended\ndata:\n\n"
                return
            try:
                picture = await runtime.resource(CountryBoard).show(runtime)
            except BusError:
                return
            text = _draw_part(page, picture)
            yield _write_event("map", text) if text != last else ": no change\n\n"
            last, looks = text, looks + 1
            await asyncio.sleep(LOOK_SECONDS)

    return StreamingResponse(write_events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _is_logged_in(request: Request, page: Page, runtime: ServiceRuntime) -> bool:
    now, token, operator = runtime.machine_now, page.session.token, request.app.state.operator_token
    return await runtime.read_short(lambda session: is_login(session, token, operator, now))


def _draw_part(page: Page, picture: BoardPicture) -> str:
    values = {**describe_page(page), **describe_picture(page, picture)}
    return FOLDER.render_text("map_part.html", page.tag, "/console", **values)


def _write_event(name: str, text: str) -> str:
    lines = "\n".join(f"data: {line}" for line in text.splitlines() if line.strip())
    return f"event: {name}\n{lines}\n\n"
