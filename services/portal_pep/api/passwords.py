"""A citizen's password: changed with the old one, recovered with the ЭЦП. Either ends every session."""

from __future__ import annotations

from fastapi import APIRouter

from services.portal_pep import storage
from services.portal_pep.api.account_views import (
    CitizenPasswordRequest,
    CitizenSessionView,
    PasswordRecoveryRequest,
)
from services.portal_pep.api.identity_proofs import check_proof
from services.portal_pep.api.visitors import CitizenIin
from services.portal_pep.storage import LOGINS
from shared.bus.errors import NotFound, Untrusted
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import CallLimits, FewCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import ProofPurpose
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.people import logins
from shared.people.logins import LoginAttempt
from shared.people.passwords import PasswordChecker
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
    attempt, checker = LoginAttempt(me, address), runtime.resource(PasswordChecker)
    await runtime.read(lambda session: logins.check_attempts(session, LOGINS, attempt, runtime.machine_now))
    account = await runtime.read(lambda session: storage.get_account(session, me))
    is_right = await checker.is_right(request.password, account.password_hash if account else None)
    new_hash = await checker.hash_password(request.new_password)

    def replace_password(uow: UnitOfWork) -> str | None:
        if is_right:
            storage.set_password(uow.session, me, new_hash)
            logins.close_sessions(uow.session, LOGINS, me)
        return logins.conclude_attempt(uow, LOGINS, attempt, is_right=is_right)

    token = await runtime.write(replace_password)
    if token is None:
        raise Untrusted("authorization-refused", "the present password is wrong")
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
    iin = check_iin(request.iin)
    runtime.resource(CallLimits).count_identity("recovery", iin)
    await check_proof(runtime, iin, ProofPurpose.RECOVERY, request.cms)
    new_hash = await runtime.resource(PasswordChecker).hash_password(request.new_password)

    def replace_password(uow: UnitOfWork) -> None:
        if not storage.set_password(uow.session, iin, new_hash, is_proved=True):
            raise NotFound("account-unknown", "this ИИН has no account")
        logins.close_sessions(uow.session, LOGINS, iin)
        logins.clear_failures(uow.session, LOGINS, iin)

    await runtime.write(replace_password)
