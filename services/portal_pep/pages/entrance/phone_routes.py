"""``/sign/{id}/phone``, ``/sign/{id}/qr.png``: how far a signature by phone has come, and its QR code."""

from __future__ import annotations

from fastapi import Response
from sqlmodel import Session

from services.portal_pep.pages.entrance.open_requests import open_request
from services.portal_pep.pages.entrance.phone_display import link_address
from services.portal_pep.pages.site import SITE, MaybeCitizen
from services.portal_pep.signing import phone_links, signing_requests
from services.portal_pep.signing.phone_links import PhoneLinkState
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import ManyCalls
from shared.phone.links import compose_qr_text
from shared.phone.pictures import draw_qr
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage

router = PageRouter(SITE)
STOPS_POLLING = 286
"""The status that tells htmx to ask no more."""


@router.get("/sign/{request_id}/phone", dependencies=[ManyCalls])
async def show_state(request_id: str, page: OpenPage, citizen: MaybeCitizen, runtime: ServiceRuntime) -> Response:
    """How far the signature by phone has come; ``signing-unknown``."""
    row = await open_request(runtime, request_id, citizen)

    def read(session: Session) -> PhoneLinkState:
        request = signing_requests.get_request(session, row.id, runtime.machine_now)
        return phone_links.state_of(request, phone_links.find_link(session, row.id, runtime.machine_now))

    state = await runtime.read(read)
    status = STOPS_POLLING if state in (PhoneLinkState.SIGNED, PhoneLinkState.EXPIRED) else 200
    action = page.address(f"sign/{row.id}", **dict(page.request.query_params))
    return page.show("sign_phone_state.html", status=status, state=state.value, action=action)


@router.get("/sign/{request_id}/qr.png", dependencies=[ManyCalls])
async def draw_code(request_id: str, page: OpenPage, citizen: MaybeCitizen, runtime: ServiceRuntime) -> Response:
    """The QR code that the phone scans; ``signing-unknown``."""
    row = await open_request(runtime, request_id, citizen)
    link = await runtime.read(lambda session: phone_links.find_link(session, row.id, runtime.machine_now))
    if link is None:
        raise NotFound("signing-unknown", "the time of the code is over")
    picture = draw_qr(compose_qr_text(link_address(runtime, link)))
    return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})
