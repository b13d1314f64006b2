"""A citizen's password: changed with the old one, recovered with the ЭЦП. Either ends every session."""

from __future__ import annotations

from fastapi import APIRouter

from services.portal_pep import storage
from services.portal_pep.actions import accounts as actions
from services.portal_pep.api.account_views import (
    CitizenPasswordRequest,
    CitizenSessionView,
    PasswordRecoveryRequest,
)
from services.portal_pep.api.visitors import CitizenIin
from services.portal_pep.storage import ACCOUNTS
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.contracts.identifiers import IIN_ERRORS
from shared.people import accounts
from shared.people.accounts import PasswordChange
from shared.people.logins import LoginAttempt
from shared.pki.verification.verdict import SIGNATURE_ERRORS

router = APIRouter(prefix="/api/v1/password", tags=["people"])


@router.post(
    "",
    responses=declare_errors(
        untrusted="authorization-refused", malformed="password-weak", throttled="too-many-attempts"
    ),
)
async def change_password(
    request: CitizenPasswordRequest, me: CitizenIin, runtime: ServiceRuntime, address: CallerAddress
) -> CitizenSessionView:
    """Change the password: ends every session, and gives a new one.

    ``authorization-refused`` for a wrong present password, ``password-weak``, ``too-many-attempts``.
    """
    attempt, change = LoginAttempt(me, address), PasswordChange(request.password, request.new_password)
    token = await accounts.change_password(runtime, ACCOUNTS, attempt, change, storage.set_password)
    return CitizenSessionView(token=token)


@router.post(
    "/recovery",
    dependencies=[FewCalls],
    status_code=204,
    responses=declare_errors(
        IIN_ERRORS,
        SIGNATURE_ERRORS,
        not_found="account-unknown",
        refused="challenge-unknown",
        malformed="document-malformed password-weak",
        unavailable="directory-unavailable",
    ),
)
async def recover_password(request: PasswordRecoveryRequest, runtime: ServiceRuntime) -> None:
    """Set a new password with a challenge that the citizen signed: ends every session, and forgets failed logins.

    The codes of the ИИН check and of «условие 2» (``eds-…``); ``document-malformed``, ``challenge-unknown``,
    ``password-weak``; ``account-unknown``, which only the proved citizen learns.
    """
    await actions.recover_password(runtime, request)
