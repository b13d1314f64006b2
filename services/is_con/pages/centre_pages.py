"""All pages of the centre, for its wiring."""

from __future__ import annotations

from collections.abc import Iterable

from services.is_con.pages.hall import screen, terminal
from services.is_con.pages.intake import intake_pages
from services.is_con.pages.static_folder import CENTRE_STATIC
from services.is_con.pages.visits import hand_over_pages, shelf_pages, visit_pages
from services.is_con.pages.window import queue_pages
from shared.bus.http.live_streams import StreamPlaces

MOST_SCREENS = 30
"""The live screens at one address: the hall of a centre may hang behind one."""
PAGE_ROUTERS = (
    terminal.router,
    screen.router,
    queue_pages.router,
    intake_pages.router,
    visit_pages.router,
    hand_over_pages.router,
    shelf_pages.router,
)
terminal.router.mount(CENTRE_STATIC.mount_path, CENTRE_STATIC)


def make_screen_places() -> Iterable[object]:
    """The places for live screens."""
    yield StreamPlaces(MOST_SCREENS)
