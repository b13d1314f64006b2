"""``/login``, ``/registration``, ``/recovery``, ``/logout``: by password, or with the ЭЦП."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from services.portal_pep.actions.accounts import register_citizen
from services.portal_pep.api.account_views import CitizenRegistrationRequest
from services.portal_pep.pages.entrance.proofs import begin_proof, describe_means, refuse_form, say_error
from services.portal_pep.pages.entrance.synthetic import list_invented_citizens
from services.portal_pep.pages.site import SITE, PageCitizen
from services.portal_pep.signing.kept_keys import require_synthetic_citizens
from services.portal_pep.signing.signing_requests import SigningPurpose
from services.portal_pep.storage import ACCOUNTS, LOGINS
from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.runtime.service_runtime import Runtime
from shared.people import accounts, logins
from shared.people.logins import LoginAttempt
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sessions import local_path
from shared.web.page_sites import NEXT, OpenPage, Page

router = PageRouter(SITE)
WAYS = ("password", "eds", "phone", "eds-sms")
"""The ways of a login: with a password, with the ЭЦП, by phone, with the ЭЦП and a code by SMS."""
Way = Annotated[str, Query(max_length=20)]


@router.get("/login", dependencies=[ManyCalls])
async def show_login(page: OpenPage, runtime: ServiceRuntime, way: Way = "password") -> Response:
    """The ways of coming in; in the sandbox also as an invented citizen."""
    return page.show("login.html", iin="", **_describe_login(page, runtime, way))


@router.post("/login", dependencies=[FewCalls])
async def log_in(page: OpenPage, form: SentForm, runtime: ServiceRuntime, address: CallerAddress) -> Response:
    """Log in with ИИН and password (процесс 1, условие 1, процесс 2)."""
    attempt = LoginAttempt(form.text("iin")[:40], address)
    try:
        token = await accounts.log_in(runtime, ACCOUNTS, attempt, form.secret("password")[:400])
    except BusError as error:
        return _refuse_login(page, runtime, form, "password", "password", error)
    page.open_session(token)
    return page.lead_back()


@router.post("/login/eds", dependencies=[FewCalls])
async def begin_eds_login(page: OpenPage, form: SentForm, runtime: ServiceRuntime) -> Response:
    """Give the challenge that a login with the ЭЦП signs; the next page takes the signature."""
    way = form.text("way") if form.text("way") in ("eds-sms", "phone") else "eds"
    try:
        if way == "eds-sms":
            require_synthetic_citizens(runtime)
        request_id = await begin_proof(runtime, form, SigningPurpose.LOGIN, has_code=way == "eds-sms")
    except BusError as error:
        return _refuse_login(page, runtime, form, way, "iin", error)
    return page.lead_to(f"sign/{request_id}", next=local_path(page.request.query_params.get(NEXT, "")))


@router.post("/logout")
async def log_out(page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime) -> Response:
    """End the session of this browser."""
    await runtime.write(lambda uow: logins.close_session(uow.session, LOGINS, page.session.token))
    page.end_session()
    page.leave_notice("logged-out")
    return page.lead_to("services")


@router.get("/registration", dependencies=[ManyCalls])
async def show_registration(page: OpenPage, runtime: ServiceRuntime) -> Response:
    """The form of a new account."""
    return page.show("registration.html", iin="", **describe_means(runtime))


@router.post("/registration", dependencies=[FewCalls])
async def register(page: OpenPage, form: SentForm, runtime: ServiceRuntime, address: CallerAddress) -> Response:
    """Make an account: at once in the sandbox, else after the citizen has signed a challenge."""
    try:
        if form.text("by") != "password":
            request_id = await begin_proof(runtime, form, SigningPurpose.REGISTRATION)
            return page.lead_to(f"sign/{request_id}")
        credentials = CitizenRegistrationRequest(
            iin=form.text("iin")[:40], password=form.secret("password")[:400], cms=None
        )
        await register_citizen(runtime, credentials)
        attempt = LoginAttempt(credentials.iin, address)
        token = await accounts.log_in(runtime, ACCOUNTS, attempt, credentials.password)
    except BusError as error:
        field = "password" if error.code == "password-weak" else "iin"
        faults = {field: say_error(page, error)}
        return refuse_form(
            page, error, "registration.html", faults, iin=form.text("iin"), **describe_means(runtime)
        )
    page.open_session(token)
    page.leave_notice("registered")
    return page.lead_to("services")


@router.get("/recovery", dependencies=[ManyCalls])
async def show_recovery(page: OpenPage, runtime: ServiceRuntime) -> Response:
    """The form of a lost password."""
    return page.show("recovery.html", iin="", **describe_means(runtime))


@router.post("/recovery", dependencies=[FewCalls])
async def begin_recovery(page: OpenPage, form: SentForm, runtime: ServiceRuntime) -> Response:
    """Give the challenge that proves whose password is lost."""
    try:
        request_id = await begin_proof(runtime, form, SigningPurpose.RECOVERY)
    except BusError as error:
        faults = {"iin": say_error(page, error)}
        return refuse_form(page, error, "recovery.html", faults, iin=form.text("iin"), **describe_means(runtime))
    return page.lead_to(f"sign/{request_id}")


def _refuse_login(page: Page, runtime: Runtime, form: PageForm, way: str, field: str, error: BusError) -> Response:
    values = _describe_login(page, runtime, way)
    return refuse_form(page, error, "login.html", {field: say_error(page, error)}, iin=form.text("iin"), **values)


def _describe_login(page: Page, runtime: Runtime, way: str) -> dict[str, Any]:
    means = describe_means(runtime)
    return {
        "way": way if way in WAYS else WAYS[0],
        "ways": WAYS if means["has_cloud"] else WAYS[:3],
        "next": local_path(page.request.query_params.get(NEXT, "")),
        "people": list_invented_citizens(runtime) if means["has_cloud"] else [],
        **means,
    }
