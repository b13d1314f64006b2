"""The register: the systems, who provides which service, and who may send what; every change is journaled."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from fastapi import Request, Response
from sqlmodel import Session

from services.shep_gateway import register_changes as registered
from services.shep_gateway import storage
from services.shep_gateway.console.country_board import CountryBoard
from services.shep_gateway.domain import AccessRight, GatewayMember, RegisterSnapshot, ServiceRoute
from services.shep_gateway.pages.console.site import SITE, OperatorPage, record_act, text_of
from services.shep_gateway.pages.console.views.titles import region_word, short_title, title_service, type_word
from services.shep_gateway.storage import RightRow
from shared.bus.errors import BusError, Malformed
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.persistence.list_pages import ListPlace
from shared.contracts import addresses
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import Page

router = PageRouter(SITE)

LONGEST = 100
MOST_RIGHTS = 2000
MOST_SHOWN = 200
TYPES = ("REQUEST", "UPDATE", "NOTIFICATION", "RESPONSE")


@router.get("/console/register")
async def show_register(request: Request, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """The systems, the providers by service and region, the rights of one system."""
    return await _show_register(request, page, runtime)


@router.post("/console/register/members")
async def switch_member(request: Request, page: OperatorPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Switch a system on or off."""
    address = form.text("address")
    snapshot = await runtime.read(storage.load_snapshot)
    member = snapshot.members.get(address)
    if member is None:
        raise Malformed("request-malformed", "no such system")
    is_active = form.text("is_active") == "yes"
    act = registered.change_member(
        runtime, address, member.title, is_regional=member.is_regional, is_active=is_active
    )
    return await _change(request, page, runtime, "put_member", act, address=address, is_active=str(is_active))


@router.post("/console/register/routes")
async def change_route(request: Request, page: OperatorPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Make another system the provider of a service, or restore that of the act."""
    service, region, recipient = form.text("service"), form.text("region"), form.text("recipient")
    channel = form.text("channel") or None
    act = (
        registered.change_provider(runtime, service, region, channel, recipient)
        if recipient
        else registered.restore_provider(runtime, service, region, channel)
    )
    return await _change(
        request, page, runtime, "put_service_route", act, service=service, region=region, recipient=recipient
    )


@router.post("/console/register/rights")
async def change_right(request: Request, page: OperatorPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Grant or revoke a right."""
    right = _read_right(form)
    is_granted = form.text("act") != "revoke"
    act = registered.change_right(runtime, right, is_revoked=not is_granted)
    name = "grant_right" if is_granted else "revoke_right"
    return await _change(request, page, runtime, name, act, sender=right.sender, service=right.service_id)


def _read_right(form: PageForm) -> AccessRight:
    right = AccessRight(form.text("sender"), form.text("service_id"), form.text("message_type"))
    is_short = 0 < len(right.sender) <= LONGEST and 0 < len(right.service_id) <= LONGEST
    if not is_short or right.message_type not in TYPES:
        raise Malformed("request-malformed", "a sender, a service and a type of message")
    return right


async def _change(
    request: Request, page: Page, runtime: ServiceRuntime, name: str, act: Awaitable[Any], **target: str
) -> Response:
    try:
        await act
    except BusError as error:
        await record_act(page, runtime, name, error, **target)
        return await _show_register(request, page, runtime, error)
    await record_act(page, runtime, name, **target)
    runtime.resource(CountryBoard).forget()
    page.leave_notice("changed")
    return page.lead_to("console/register", system=target.get("sender", ""))


async def _show_register(
    request: Request, page: Page, runtime: ServiceRuntime, error: BusError | None = None
) -> Response:
    system = request.query_params.get("system", "")[:100]
    region = request.query_params.get("region", "")
    region = region if region in addresses.REGIONS else addresses.REGIONS[0]

    def read(session: Session) -> tuple[RegisterSnapshot, list[RightRow]]:
        rights = storage.list_rights(session, ListPlace(MOST_RIGHTS)).rows
        return storage.load_snapshot(session), rights

    snapshot, rights = await runtime.read(read)
    sender = system if system in snapshot.members else ""
    own = [right for right in rights if right.sender == sender]
    routes = snapshot.list_service_routes(None, region)
    return page.show(
        "register.html",
        status=200 if error is None else error.http_status,
        fault=None if error is None else (text_of(page, error), error.code),
        members=[_describe_member(page, member) for member in snapshot.members.values()],
        regions=[
            (page.address("console/register", region=item) + "#routes", region_word(page, item), item == region)
            for item in addresses.REGIONS
        ],
        routes=[_describe_route(page, route, runtime) for route in routes],
        providers=[(item, short_title(page, item)) for item in addresses.PROVIDERS],
        systems=[
            (member.address, short_title(page, member.address, member.title))
            for member in snapshot.members.values()
        ],
        services=sorted((code, title_service(page, code, None, runtime)) for code in snapshot.services),
        types=[(item, type_word(page, item)) for item in TYPES],
        system=sender,
        rights=[_describe_right(page, right, runtime) for right in own[:MOST_SHOWN]],
        region=region,
    )


def _describe_member(page: Page, member: GatewayMember) -> dict[str, Any]:
    kind = "kind-door" if member.is_at_door else "kind-regional" if member.is_regional else "kind-central"
    return {
        "address": member.address,
        "title": short_title(page, member.address, member.title),
        "is_active": member.is_active,
        "kind": page.say(kind),
    }


def _describe_right(page: Page, right: RightRow, runtime: ServiceRuntime) -> dict[str, Any]:
    return {
        "service": title_service(page, right.service_id, None, runtime),
        "service_id": right.service_id,
        "type": type_word(page, right.message_type),
        "message_type": right.message_type,
    }


def _describe_route(page: Page, route: ServiceRoute, runtime: ServiceRuntime) -> dict[str, Any]:
    channel = f"channel-{route.channel}"
    return {
        "service": route.service_type,
        "title": title_service(page, route.service_type, route.region, runtime),
        "region": route.region,
        "channel": route.channel,
        "channel_word": page.say(channel) if channel in page.site.pages.words else route.channel,
        "recipient": route.recipient,
        "recipient_title": short_title(page, route.recipient),
        "by_act": short_title(page, route.passport),
        "is_changed": route.is_changed,
    }
