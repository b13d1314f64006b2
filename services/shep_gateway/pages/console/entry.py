"""The login at the console: with the operator's token, or in the sandbox on one's own machine with one press."""

from __future__ import annotations

from fastapi import Request, Response

from services.shep_gateway.console.console_sessions import end_login, open_login
from services.shep_gateway.pages.console.site import (
    SITE,
    STATIC,
    OperatorPage,
    is_own_machine,
    opens_board,
    record_act,
    text_of,
)
from shared.bus.errors import Refused, Throttled, Untrusted
from shared.bus.http.endpoints import ServiceRuntime, operator_door
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.http.requests.callers import read_address
from shared.bus.http.requests.refusals import note_refusal
from shared.bus.runtime.service_runtime import Runtime
from shared.web.page_forms import SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, Page

router = PageRouter(SITE)
router.mount(STATIC.mount_path, STATIC)


@router.get("/console/login")
async def show_login(request: Request, page: OpenPage, runtime: ServiceRuntime) -> Response:
    """The form for the operator's token."""
    return page.show("login.html", may_enter=_may_enter(request, runtime))


@router.post("/console/login", dependencies=[FewCalls])
async def log_in(request: Request, page: OpenPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Open a login for the operator's token."""
    token = form.text("token")
    try:
        operator_door(request.app).admit(token, read_address(request.scope))
    except (Untrusted, Throttled) as error:
        note_refusal(request.scope, error)
        return page.refuse("login.html", {"token": text_of(page, error)}, may_enter=_may_enter(request, runtime))
    return await _enter(request, page, runtime)


@router.post("/console/enter", dependencies=[FewCalls])
async def enter_sandbox(request: Request, page: OpenPage, runtime: ServiceRuntime) -> Response:
    """Open a login without a token, in the sandbox and on one's own machine only."""
    if not _may_enter(request, runtime):
        raise Refused("operator-only", "only in a sandbox on one's own machine")
    return await _enter(request, page, runtime)


@router.post("/console/logout")
async def log_out(page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """End the login."""
    await runtime.write(lambda uow: end_login(uow, page.session.token))
    page.end_session()
    return page.lead_to("console/login")


def _may_enter(request: Request, runtime: Runtime) -> bool:
    return opens_board(runtime) and is_own_machine(request)


async def _enter(request: Request, page: Page, runtime: Runtime) -> Response:
    operator: str = request.app.state.operator_token
    page.open_session(await runtime.write(lambda uow: open_login(uow, operator)))
    await record_act(page, runtime, "log_in")
    return page.lead_back()
