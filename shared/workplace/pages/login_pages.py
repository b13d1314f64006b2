"""The login of an employee, the way out, and the change of the password."""

from __future__ import annotations

from functools import partial

from fastapi import Request, Response

from shared.bus.errors import BusError, Malformed, Throttled, Untrusted
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.http.requests.refusals import note_refusal
from shared.people import accounts, logins
from shared.people.accounts import PasswordChange
from shared.people.logins import LoginAttempt
from shared.web.page_forms import SentForm
from shared.web.page_sites import OpenPage, Page
from shared.workplace.pages.site import STATIC, AnyPageEmployee, explain_error, make_router
from shared.workplace.people.sessions import must_change_password
from shared.workplace.records import storage
from shared.workplace.records.storage import ACCOUNTS, LOGINS, EmployeeRow

router = make_router()
router.mount(STATIC.mount_path, STATIC)
LONGEST_IIN, LONGEST_PASSWORD, LONGEST_NEW = 12, 200, 400


@router.get("/login", dependencies=[ManyCalls])
async def show_login(page: OpenPage, iin: str = "") -> Response:
    """The form of the login; a link may bring the ИИН."""
    return page.show("login.html", iin=iin[:LONGEST_IIN] if iin.isdigit() else "")


@router.post("/login", dependencies=[FewCalls])
async def submit_login(
    page: OpenPage, request: Request, form: SentForm, runtime: ServiceRuntime, address: CallerAddress
) -> Response:
    """Log in, and go to where the employee wanted to go; процесс 2 refuses with ``authorization-refused``."""
    iin = form.text("iin")[:LONGEST_IIN]
    try:
        password = form.secret("password")[:LONGEST_PASSWORD]
        token = await accounts.log_in(runtime, ACCOUNTS, LoginAttempt(iin, address), password)
    except (Throttled, Untrusted) as error:
        note_refusal(request.scope, error)
        return page.refuse("login.html", {"password": explain_error(page, error)}, iin=iin)
    page.open_session(token)
    person = await runtime.read(lambda session: session.get_one(EmployeeRow, iin))
    if must_change_password(runtime, person):
        return page.lead_to("password")
    return page.lead_back()


@router.post("/logout")
async def log_out(page: OpenPage, form: SentForm, runtime: ServiceRuntime) -> Response:
    """End the session, or every session of the employee (``everywhere``)."""

    await runtime.write(lambda uow: logins.close_session(uow.session, LOGINS, page.session.token))
    page.end_session()
    page.leave_notice("logged-out")
    return page.lead_to("login")


@router.get("/password")
async def show_password_form(page: OpenPage, me: AnyPageEmployee, runtime: ServiceRuntime) -> Response:
    """The form that changes the password; a first password must be changed."""
    return _show_form(page, me, runtime)


@router.post("/password", dependencies=[FewCalls])
async def change_password(
    page: OpenPage, form: SentForm, me: AnyPageEmployee, runtime: ServiceRuntime, address: CallerAddress
) -> Response:
    """Change the password: ends every session, and opens a new one."""
    change = PasswordChange(
        form.secret("password")[:LONGEST_PASSWORD], form.secret("new-password")[:LONGEST_NEW], may_repeat=False
    )
    try:
        replace = partial(storage.set_password, is_first=False)
        token = await accounts.change_password(runtime, ACCOUNTS, LoginAttempt(me.iin, address), change, replace)
    except (Malformed, Throttled, Untrusted) as error:
        return _show_form(page, me, runtime, error)
    page.open_session(token)
    page.leave_notice("password-changed")
    return page.lead_to("work")


def _show_form(page: Page, me: EmployeeRow, runtime: ServiceRuntime, error: BusError | None = None) -> Response:
    is_first = must_change_password(runtime, me)
    if error is None:
        return page.show("password.html", is_first=is_first)
    field = "new-password" if isinstance(error, Malformed) else "password"
    return page.refuse("password.html", {field: explain_error(page, error)}, is_first=is_first)
