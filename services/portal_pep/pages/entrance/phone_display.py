"""What the page that signs by phone shows: the link in the QR code, and the links that open the apps."""

from __future__ import annotations

from typing import Any

from services.portal_pep.settings import PortalSettings
from services.portal_pep.signing import phone_links
from services.portal_pep.signing.phone_links import PhoneLinkRow, PhoneLinkState
from services.portal_pep.signing.signing_requests import SigningRequestRow
from shared.bus.profiles import Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.phone.links import PhoneApp, compose_launch_link, compose_qr_text


async def describe_phone(runtime: Runtime, row: SigningRequestRow) -> dict[str, Any]:
    """What the page that signs by phone shows: a link of its own, made anew once its time is over."""

    def fetch_link(uow: UnitOfWork) -> tuple[PhoneLinkRow, PhoneLinkState]:
        now = uow.machine_now
        link = phone_links.find_link(uow.session, row.id, now)
        link = link or phone_links.make_link(uow.session, row.id, now)
        return link, phone_links.state_of(row, link)

    link, state = await runtime.write(fetch_link)
    address = link_address(runtime, link)
    return {
        "state": state.value,
        "qr_text": compose_qr_text(address),
        "mobile_link": compose_launch_link(address, PhoneApp.MOBILE),
        "business_link": compose_launch_link(address, PhoneApp.BUSINESS),
        "has_sandbox_phone": runtime.resource(PortalSettings).opens(Opening.SYNTHETIC_CITIZENS),
    }


def link_address(runtime: Runtime, link: PhoneLinkRow) -> str:
    """The address of API 1 for a link."""
    return f"{runtime.resource(PortalSettings).phone_url}/{link.id}?mgovSign"
