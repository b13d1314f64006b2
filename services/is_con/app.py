"""The wiring of ИС ЦОН."""

from __future__ import annotations

from services.is_con import api, archive, queue, queue_api, storage
from services.is_con.pages.centre_pages import PAGE_ROUTERS, make_screen_places
from services.is_con.pages.window.window_site import CENTRE_LINKS
from services.is_con.texts import TEXTS
from shared.bus.errors import Conflict, NotFound, Refused
from shared.contracts import addresses
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.system import workplace_service

service = workplace_service(
    WorkplaceProfile(
        address=addresses.CON,
        systems=frozenset({"is_con"}),
        mark="CON-",
        seed=20_120_606,
        takes=frozenset({"con"}),
        is_at_centres=True,
        is_intermediary=True,
        has_shelf=True,
        has_board=True,
        further_links=CENTRE_LINKS,
        window_path="visits/{case}",
        serve_ticket=queue.serve_ticket,
    ),
    routers=(api.router, api.window_router, queue_api.router, *PAGE_ROUTERS),
    tables=storage.build_metadata(),
    texts=TEXTS,
    queue_errors=(NotFound("ticket-unknown"), Refused("other-window"), Conflict("ticket-not-called")),
    make_resources=make_screen_places,
    background_jobs=(archive.put_away,),
)
