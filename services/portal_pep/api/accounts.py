"""Registration and login."""

from __future__ import annotations

from fastapi import APIRouter, Response, status
from sqlmodel import Session

from services.portal_pep import storage
from services.portal_pep.actions import accounts as actions
from services.portal_pep.api.account_views import (
    ChallengeRequest,
    CitizenAccountView,
    CitizenCredentialsRequest,
    CitizenRegistrationRequest,
    CitizenSessionView,
)
from services.portal_pep.api.visitors import CitizenIin
from services.portal_pep.storage import ACCOUNTS, LOGINS, CitizenAccountRow
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import CallLimits, FewCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import IdentityProofDocument
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.people import accounts, logins
from shared.people.logins import LoginAttempt
from shared.pki.verification.verdict import SIGNATURE_ERRORS

router = APIRouter(prefix="/api/v1", tags=["people"])


@router.post(
    "/registration",
    status_code=status.HTTP_201_CREATED,
    dependencies=[FewCalls],
    responses=declare_errors(
        IIN_ERRORS,
        SIGNATURE_ERRORS,
        not_found="iin-unknown",
        refused="challenge-unknown person-deceased proof-needed registration-refused",
        conflict="already-registered",
        malformed="document-malformed message-too-large password-weak",
        unavailable="directory-unavailable register-unavailable",
    ),
)
async def register_citizen(credentials: CitizenRegistrationRequest, runtime: ServiceRuntime) -> CitizenAccountView:
    """Make an account for an ИИН that НР ИИН knows.

    The codes of the ИИН check; ``already-registered``, ``password-weak``, ``register-unavailable``. For a signed
    challenge the codes of «условие 2» (``eds-…``), ``document-malformed``, ``challenge-unknown``, then
    ``iin-unknown``, ``person-deceased``. Without one ``proof-needed`` in production; in the sandbox
    ``registration-refused`` for both, because НР ИИН's knowledge is not for strangers.
    """
    return await actions.register_citizen(runtime, credentials)


@router.post(
    "/challenges",
    dependencies=[FewCalls],
    responses={200: {"model": IdentityProofDocument}, **declare_errors(IIN_ERRORS)},
)
async def give_challenge(request: ChallengeRequest, runtime: ServiceRuntime) -> Response:
    """The document to sign with the citizen's ЭЦП, once and within ten minutes; given for every valid ИИН, so that
    it tells nobody anything.

    The codes of the ИИН check.
    """
    iin = check_iin(request.iin)
    runtime.resource(CallLimits).count_identity("challenges", iin)
    document = await accounts.give_challenge(runtime, ACCOUNTS, iin, request.purpose)
    return Response(document, media_type="application/json")


@router.post(
    "/login",
    dependencies=[FewCalls],
    responses=declare_errors(untrusted="authorization-refused", throttled="too-many-attempts"),
)
async def log_in(
    credentials: CitizenCredentialsRequest, runtime: ServiceRuntime, address: CallerAddress
) -> CitizenSessionView:
    """Log in: процесс 1, условие 1 give a session, процесс 2 refuses with ``authorization-refused``;
    ``too-many-attempts``.
    """
    attempt = LoginAttempt(credentials.iin, address)
    return CitizenSessionView(token=await accounts.log_in(runtime, ACCOUNTS, attempt, credentials.password))


@router.post("/logout", status_code=204)
async def log_out(
    citizen_iin: CitizenIin, runtime: ServiceRuntime, token: BearerToken, everywhere: bool = False
) -> None:
    """Log out: end the session of this token, or every session of the citizen; streams end with their session."""

    def close(uow: UnitOfWork) -> None:
        logins.close_session(uow.session, LOGINS, token)
        if everywhere:
            logins.close_sessions(uow.session, LOGINS, citizen_iin)

    await runtime.write(close)


@router.get("/me")
async def get_own_account(me: CitizenIin, runtime: ServiceRuntime) -> CitizenAccountView:
    """The account of the logged-in citizen."""

    def read_account(session: Session) -> CitizenAccountView:
        row = session.get_one(CitizenAccountRow, me)
        return CitizenAccountView.from_row(row, is_proved=row.is_proved or storage.has_filed(session, me))

    return await runtime.read(read_account)
