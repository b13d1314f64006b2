"""The console's site: its navigation, its login, and the record of what the operator does there."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request

from services.shep_gateway.console.console_sessions import is_login
from services.shep_gateway.register import CachedRegister
from shared.bus.audit.audit_trail import AdministrativeAct, append_act
from shared.bus.errors import BusError, NotFound, Untrusted
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.profiles import ActiveProfile, Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import random_id
from shared.texts.catalog import COMMON, texts_beside
from shared.web.page_sites import OpenPage, Page, PageSite, SiteLink
from shared.web.pages import PageFolder, page_headers
from shared.web.static_files import StaticFolder

STATIC = StaticFolder("console", Path(__file__).parent / "static")
FOLDER = PageFolder(
    Path(__file__).parent / "templates",
    texts_beside(__file__, file="console_words.yaml"),
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language, Cookie"),
    STATIC,
)
SITE = PageSite(
    FOLDER,
    "brand",
    links=(
        SiteLink("console", "map", is_for_visitors=True),
        SiteLink("console/journal", "journal", is_for_visitors=True),
        SiteLink("console/stuck", "stuck", is_for_visitors=True),
        SiteLink("console/deadlines", "deadlines", is_for_visitors=True),
        SiteLink("console/statistics", "statistics", is_for_visitors=True),
        SiteLink("console/register", "register", is_for_visitors=True),
        SiteLink("console/sandbox", "sandbox", is_for_visitors=True),
        SiteLink("console/faults", "faults", is_for_visitors=True),
    ),
    home="console",
    login="console/login",
    logout="console/logout",
)
PRODUCTION_SITE = PageSite(
    FOLDER,
    "brand",
    links=tuple(link for link in SITE.links if link.path not in ("console/sandbox", "console/faults")),
    home=SITE.home,
    login=SITE.login,
    logout=SITE.logout,
)


async def admit_operator(request: Request, page: OpenPage, runtime: ServiceRuntime) -> Page:
    """The page for ШЭП's operator with a login; Untrusted ``login-needed``."""
    now, token, operator = runtime.machine_now, page.session.token, request.app.state.operator_token
    if not await runtime.read_short(lambda session: is_login(session, token, operator, now)):
        raise Untrusted("login-needed", "the operator of ШЭП logs in first")
    page.visitor = page.say("operator")
    if not opens_board(runtime):
        page.site = PRODUCTION_SITE
    return page


OperatorPage = Annotated[Page, Depends(admit_operator)]


async def admit_in_sandbox(page: OperatorPage, runtime: ServiceRuntime) -> Page:
    """The page of the operator in the sandbox; in production there is none: NotFound ``not-found``."""
    if not opens_board(runtime):
        raise NotFound("not-found", "only in the sandbox")
    return page


SandboxPage = Annotated[Page, Depends(admit_in_sandbox)]


def opens_board(runtime: Runtime) -> bool:
    """Whether the profile lets the console see and steer the other systems."""
    return runtime.resource(ActiveProfile).opens(Opening.COUNTRY_BOARD)


def is_own_machine(request: Request) -> bool:
    """Whether the page was asked for by an address or as ``localhost``: a name may belong to somebody else, whose
    page then reads ours (DNS rebinding).
    """
    host = request.url.hostname or ""
    try:
        return bool(ip_address(host))
    except ValueError:
        return host == "localhost"


async def read_titles(runtime: Runtime) -> Mapping[str, str]:
    """The titles of the systems in the register by their addresses."""
    snapshot = await runtime.read(runtime.resource(CachedRegister).current_snapshot)
    return {member.address: member.title for member in snapshot.members.values()}


async def record_act(
    page: Page, runtime: Runtime, operation: str, error: BusError | None = None, /, **target: str
) -> None:
    """Add to the audit trail what the operator did at the console, and whether it was done or refused."""
    client = page.request.client
    act = AdministrativeAct(
        actor="operator",
        client=client.host[:45] if client else None,
        operation=operation[:100],
        method=page.request.method,
        path=page.request.scope["route"].path_format[:200],
        target={name: value[:200] for name, value in target.items()},
        status=200 if error is None else error.http_status,
        code=None if error is None else error.code,
        request_id=random_id(),
    )
    await runtime.write(lambda uow: append_act(uow, runtime.tables.audit, act))


def text_of(page: Page, error: BusError) -> str:
    """What an error means, in the visitor's language."""
    texts: Mapping[str, Any] = page.request.app.state.texts
    meanings = texts.get(error.code) or COMMON.get(error.code) or FOLDER.words.get(f"code-{error.code}") or {}
    return str(meanings.get(page.tag) or error.message)
