"""``/``: the start page of the country, its live map, and the employees of a workplace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from services.shep_gateway.console.country_board import BoardPicture, CountryBoard, ObservedSystem
from services.shep_gateway.console.country_systems import CountrySystems, instance_of
from services.shep_gateway.pages.start.country_map import draw_country
from services.shep_gateway.pages.start.sandbox_facts import (
    find_first_password,
    list_people,
    list_tokens,
    may_see_secrets,
)
from services.shep_gateway.pages.start.start_site import GROUPS, OWN, SITE, STATIC, WITH_CASES, list_entries
from services.shep_gateway.settings import GatewaySettings
from shared.bus.errors import BusError, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.profiles import Profile
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.addresses import REGIONS, region_name
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage

router = PageRouter(SITE)
router.mount(STATIC.mount_path, STATIC)


@router.get("/", dependencies=[ManyCalls])
async def show_start_page(page: OpenPage, runtime: ServiceRuntime) -> Response:
    """The whole page; in production without people, passwords and tokens."""
    settings = runtime.resource(GatewaySettings)
    has_secrets = may_see_secrets(page.request, settings)
    entries = list_entries(page.request, settings)
    return page.show(
        "start.html",
        entries=entries,
        groups=GROUPS,
        people=list(list_people(settings)) if settings.profile is Profile.SANDBOX else [],
        workplaces=WITH_CASES if has_secrets else (),
        tokens=list_tokens(settings, list(entries)) if has_secrets else [],
        token_of={secret.system: secret.token for secret in list_tokens(settings, (OWN,))} if has_secrets else {},
        has_secrets=has_secrets,
        region_names={region: region_name(region)[page.tag] for region in REGIONS},
        **await _describe_state(page, runtime),
    )


@router.get("/start/state", dependencies=[ManyCalls])
async def show_state(page: OpenPage, runtime: ServiceRuntime) -> Response:
    """The map and the state of each system, as they are now: a part of the page, for htmx."""
    regions = {region: region_name(region)[page.tag] for region in REGIONS}
    return page.show("state.html", region_names=regions, **await _describe_state(page, runtime))


@router.get("/start/employees/{system}", dependencies=[ManyCalls])
async def show_employees(system: str, page: OpenPage, runtime: ServiceRuntime) -> Response:
    """The employees of a workplace with their first password: for a browser on this machine, in the sandbox."""
    settings = runtime.resource(GatewaySettings)
    if system not in WITH_CASES or not may_see_secrets(page.request, settings):
        raise NotFound("not-found", "no such page")
    try:
        employees = await runtime.resource(CountrySystems).ask(system, "/api/v1/employees")
    except BusError:
        employees = []
    entry = list_entries(page.request, settings)[system]
    password = find_first_password(settings, system)
    return page.show("employees.html", entry=entry, employees=employees, password=password)


async def _describe_state(page: OpenPage, runtime: Runtime) -> dict[str, Any]:
    picture = await runtime.resource(CountryBoard).show(runtime)
    systems = _by_instance(picture)
    names = [name for group in GROUPS.values() for name in group]
    states = {name: _judge_state(systems[name]) if name in systems else "silent" for name in names}
    flow = {name: systems[name].sent_count + systems[name].received_count for name in names if name in systems}
    return {
        "drawing": draw_country(states, flow),
        "states": states,
        "flow": flow,
        "messages": sum(state.sent_count for state in picture.systems),
        "ready_count": sum(state == "ready" for state in states.values()),
        "now": picture.at,
    }


def _by_instance(picture: BoardPicture) -> Mapping[str, ObservedSystem]:
    return {instance_of(state.address): state for state in picture.systems if not state.is_at_door}


def _judge_state(state: ObservedSystem) -> str:
    """``ready``, ``troubled`` (it says so, or is stopped by the operator), or ``silent``."""
    if not state.is_active or state.is_ready is False:
        return "troubled"
    is_heard = state.is_ready is True or (state.is_ready is None and state.has_consumer)
    return "ready" if is_heard else "silent"
