"""``/cabinet/account``: the citizen's data, sessions and password."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from services.portal_pep import form_drafts, storage
from services.portal_pep.pages.entrance.proofs import refuse_form, say_error
from services.portal_pep.pages.site import SITE, PageCitizen
from services.portal_pep.storage import ACCOUNTS, LOGINS
from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.runtime.service_runtime import Runtime
from shared.people import accounts, logins
from shared.people.accounts import PasswordChange
from shared.people.logins import LoginAttempt
from shared.web.page_forms import SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, Page

router = PageRouter(SITE)


@router.get("/cabinet/account")
async def show_account(page: OpenPage, citizen: PageCitizen, runtime: ServiceRuntime) -> Response:
    """The citizen's data, the sessions that are open, and the form of another password."""
    return page.show("account.html", **await _describe_account(page, runtime, citizen.iin))


@router.post("/cabinet/account/sessions")
async def end_session(page: OpenPage, citizen: PageCitizen, form: SentForm, runtime: ServiceRuntime) -> Response:
    """End one session, or every session but this one; its pages and streams end with it."""
    name, token = form.text("session"), page.session.token

    def close(session: object) -> None:
        listed = logins.list_sessions(session, LOGINS, citizen.iin, token, runtime.machine_now)  # type: ignore[arg-type]
        for entry in listed:
            if entry.name == name or (name == "others" and not entry.is_this):
                logins.close_listed(session, LOGINS, citizen.iin, entry.name)  # type: ignore[arg-type]

    await runtime.write(lambda uow: close(uow.session))
    page.leave_notice("session-ended")
    return page.lead_to("cabinet/account")


@router.post("/cabinet/account/password", dependencies=[FewCalls])
async def change_password(
    page: OpenPage, citizen: PageCitizen, form: SentForm, runtime: ServiceRuntime, address: CallerAddress
) -> Response:
    """Change the password: ends every session and opens a new one here."""
    attempt = LoginAttempt(citizen.iin, address)
    change = PasswordChange(form.secret("password")[:400], form.secret("new-password")[:400])
    try:
        token = await accounts.change_password(runtime, ACCOUNTS, attempt, change, storage.set_password)
    except BusError as error:
        field = "password" if error.code == "authorization-refused" else "new-password"
        values = await _describe_account(page, runtime, citizen.iin)
        return refuse_form(page, error, "account.html", {field: say_error(page, error)}, **values)
    page.open_session(token)
    page.leave_notice("password-changed")
    return page.lead_to("cabinet/account")


async def _describe_account(page: Page, runtime: Runtime, iin: str) -> dict[str, Any]:
    token, machine_now = page.session.token, runtime.machine_now
    known = await runtime.read(lambda session: form_drafts.read_known_answers(session, iin))
    account = await runtime.read(lambda session: storage.get_account(session, iin))
    return {
        "iin": iin,
        "sessions": await runtime.read(
            lambda session: logins.list_sessions(session, LOGINS, iin, token, machine_now)
        ),
        "phone": known.get("phone", ""),
        "address": known.get("address", ""),
        "has_password": account is not None and bool(account.password_hash),
    }
