"""The whole country goes back to a snapshot: what will be lost, the confirmation, and the page that waits."""

from __future__ import annotations

from typing import Annotated

from fastapi import BackgroundTasks, Depends, Response

from services.shep_gateway.pages.console.site import SITE, SandboxPage, opens_board, record_act, text_of
from services.shep_gateway.pages.console.views.kept_states import describe_resets
from shared.bus.errors import BusError, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.sandbox.country.country_reset import SEEDED, CountryReset
from shared.web.page_forms import SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, Page

router = PageRouter(SITE)

LOST = ("cases", "people", "journal", "register", "time")
KEPT = ("addresses", "seeded", "snapshots")


async def admit_waiting(page: OpenPage, runtime: ServiceRuntime) -> Page:
    """The page of anybody in the sandbox: the login is lost too. In production there is none: ``not-found``."""
    if not opens_board(runtime):
        raise NotFound("not-found", "only in the sandbox")
    return page


@router.get("/console/sandbox/reset")
async def confirm_reset(page: SandboxPage, runtime: ServiceRuntime, snapshot: str = SEEDED) -> Response:
    """What will be lost, what stays, and the button that does it."""
    return _show(page, runtime.resource(CountryReset), snapshot)


@router.post("/console/sandbox/reset")
async def reset_country(
    page: SandboxPage, runtime: ServiceRuntime, form: SentForm, afterwards: BackgroundTasks
) -> Response:
    """Have the country go back, and wait for it; a refusal is told beside the question."""
    resets, snapshot = runtime.resource(CountryReset), form.text("snapshot") or SEEDED
    try:
        resets.ask(snapshot)
    except BusError as error:
        await record_act(page, runtime, "reset_country", error, snapshot=snapshot)
        return _show(page, resets, snapshot, error)
    afterwards.add_task(_begin, resets)
    return page.show("reset_waiting.html", status=202)


@router.get("/console/sandbox/reset-progress")
async def await_reset(page: Annotated[Page, Depends(admit_waiting)], runtime: ServiceRuntime) -> Response:
    """Lead to the login once the country is back: a part that renews itself has nothing to show until then."""
    if runtime.resource(CountryReset).wished is None:
        page.end_session()
        page.leave_notice("reset-done")
        return page.lead_to("console/login", next="console/sandbox")
    return Response(status_code=204) if page.is_part else page.show("reset_waiting.html", status=202)


async def _begin(resets: CountryReset) -> None:
    resets.begin()


def _show(page: Page, resets: CountryReset, snapshot: str, error: BusError | None = None) -> Response:
    return page.show(
        "reset.html",
        status=200 if error is None else error.http_status,
        fault=None if error is None else (text_of(page, error), error.code),
        snapshot=snapshot,
        title=page.say("reset-seeded") if snapshot == SEEDED else snapshot,
        lost=[page.say(f"lost-{name}") for name in LOST],
        kept=[page.say(f"kept-{name}") for name in KEPT],
        **describe_resets(page, resets),
    )
