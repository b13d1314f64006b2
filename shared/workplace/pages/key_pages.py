"""``/login/eds`` and ``/recovery``: coming in with the ЭЦП, and a lost password, by a key of one's own."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from fastapi import Response

from shared.bus.errors import BusError, Malformed
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.documents import ProofPurpose
from shared.pki.cms.armour import remove_armour
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_sites import OpenPage, Page
from shared.workplace.http.actions import key_actions
from shared.workplace.pages.site import explain_error, make_router
from shared.workplace.people.sessions import must_change_password

router = make_router()
PATHS: Mapping[ProofPurpose, str] = {ProofPurpose.LOGIN: "login/eds", ProofPurpose.RECOVERY: "recovery"}
LONGEST_IIN, LONGEST_NEW = 12, 400


@router.get("/login/eds", dependencies=[ManyCalls])
async def show_key_login(page: OpenPage, iin: str = "") -> Response:
    """Who wants to come in with the ЭЦП."""
    return _show_start(page, ProofPurpose.LOGIN, iin)


@router.post("/login/eds", dependencies=[FewCalls])
async def begin_key_login(page: OpenPage, form: SentForm, runtime: ServiceRuntime) -> Response:
    """The challenge of a login, to be signed on the page."""
    return await _show_challenge(page, runtime, ProofPurpose.LOGIN, form)


@router.post("/login/eds/signature", dependencies=[FewCalls])
async def log_in_with_key(page: OpenPage, form: SentForm, runtime: ServiceRuntime) -> Response:
    """Log in with the signed challenge; what is wrong with it stands above a new challenge."""
    try:
        token, person = await key_actions.log_in_with_key(runtime, _read_iin(form), _read_signature(form))
    except BusError as error:
        return await _show_challenge(page, runtime, ProofPurpose.LOGIN, form, error)
    page.open_session(token)
    if must_change_password(runtime, person):
        return page.lead_to("password")
    return page.lead_back()


@router.get("/recovery", dependencies=[ManyCalls])
async def show_recovery(page: OpenPage, iin: str = "") -> Response:
    """Who has lost the password."""
    return _show_start(page, ProofPurpose.RECOVERY, iin)


@router.post("/recovery", dependencies=[FewCalls])
async def begin_recovery(page: OpenPage, form: SentForm, runtime: ServiceRuntime) -> Response:
    """The challenge of a recovery, to be signed on the page, and the new password."""
    return await _show_challenge(page, runtime, ProofPurpose.RECOVERY, form)


@router.post("/recovery/signature", dependencies=[FewCalls])
async def recover_password(page: OpenPage, form: SentForm, runtime: ServiceRuntime) -> Response:
    """Set the new password, which ends every session, and lead to the login."""
    try:
        new_password = form.secret("new-password")[:LONGEST_NEW]
        await key_actions.recover_password(runtime, _read_iin(form), _read_signature(form), new_password)
    except BusError as error:
        return await _show_challenge(page, runtime, ProofPurpose.RECOVERY, form, error)
    page.leave_notice("password-changed")
    return page.lead_to("login", iin=_read_iin(form))


def _show_start(page: Page, purpose: ProofPurpose, iin: str, error: BusError | None = None) -> Response:
    values: dict[str, Any] = {
        "purpose": purpose.value,
        "form_path": PATHS[purpose],
        "iin": iin[:LONGEST_IIN] if iin.isdigit() else "",
    }
    if error is None:
        return page.show("key_start.html", **values)
    return page.refuse("key_start.html", {"iin": explain_error(page, error)}, **values)


async def _show_challenge(
    page: Page, runtime: Runtime, purpose: ProofPurpose, form: PageForm, refusal: BusError | None = None
) -> Response:
    """The page that signs a new challenge, with what was refused; the form of the ИИН for an ИИН that is none."""
    iin = _read_iin(form)
    try:
        challenge = await key_actions.give_challenge(runtime, iin, purpose)
    except Malformed as error:
        return _show_start(page, purpose, iin, error)
    values: dict[str, Any] = {
        "purpose": purpose.value,
        "form_path": PATHS[purpose],
        "iin": iin,
        "draft": b64encode(challenge).decode(),
    }
    if refusal is None:
        return page.show("key_signature.html", fault="", **values)
    if refusal.code == "password-weak":
        faults = {"new-password": explain_error(page, refusal)}
        return page.refuse("key_signature.html", faults, fault="", **values)
    return page.show_fault("key_signature.html", refusal, fault_code=refusal.code, **values)


def _read_iin(form: PageForm) -> str:
    return form.text("iin")[:LONGEST_IIN]


def _read_signature(form: PageForm) -> bytes:
    """The CMS that a page sends as PEM or base64; Malformed ``eds-malformed``."""
    try:
        return b64decode(str(remove_armour(form.text("cms"))), validate=True)
    except ValueError:
        raise Malformed("eds-malformed", "the signature is not base64") from None
