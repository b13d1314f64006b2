"""Registration and login."""

from __future__ import annotations

from fastapi import APIRouter, Response, status
from sqlmodel import Session

from services.portal_pep import storage
from services.portal_pep.api.account_views import (
    ChallengeRequest,
    CitizenAccountView,
    CitizenCredentialsRequest,
    CitizenRegistrationRequest,
    CitizenSessionView,
)
from services.portal_pep.api.identity_proofs import ask_register, check_proof
from services.portal_pep.api.visitors import CitizenIin
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import ACCOUNTS, LOGINS, CitizenAccountRow
from shared.bus.errors import Conflict, NotFound, Refused
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import CallLimits, FewCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.profiles import Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import IdentityProofDocument, ProofPurpose
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.contracts.registers import PersonRecord
from shared.people import accounts, logins
from shared.people.logins import LoginAttempt
from shared.people.passwords import PasswordChecker
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
    iin, is_proved = check_iin(credentials.iin), credentials.cms is not None
    runtime.resource(CallLimits).count_identity("registration", iin)
    if credentials.cms is not None:
        await check_proof(runtime, iin, ProofPurpose.REGISTRATION, credentials.cms)
    elif not runtime.resource(PortalSettings).opens(Opening.UNPROVED_REGISTRATION):
        raise Refused("proof-needed", "sign a challenge of the portal")
    if await runtime.read(lambda session: storage.get_account(session, iin)) is not None:
        raise Conflict("already-registered", "this number is registered already")
    password_hash = await runtime.resource(PasswordChecker).hash_password(credentials.password)
    try:
        person = await _get_living_person(runtime, iin)
    except (NotFound, Refused):
        if is_proved:
            raise
        raise Refused("registration-refused", "this ИИН gets no account without a signed challenge") from None
    return await runtime.write(
        lambda uow: CitizenAccountView.from_row(
            _open_account(uow, person, password_hash, is_proved=is_proved), is_proved=is_proved
        )
    )


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


async def _get_living_person(runtime: Runtime, iin: str) -> PersonRecord:
    """НР ИИН's record of a living person.

    Unavailable ``register-unavailable``, NotFound ``iin-unknown``, Refused ``person-deceased``.
    """
    person = await ask_register(runtime, iin)
    if person is None:
        raise NotFound("iin-unknown", "НР ИИН knows no such number")
    if not person.is_alive:
        raise Refused("person-deceased", "НР ИИН says that the person has died")
    return person


def _open_account(
    uow: UnitOfWork, person: PersonRecord, password_hash: str, *, is_proved: bool
) -> CitizenAccountRow:
    if storage.get_account(uow.session, person.iin) is not None:
        raise Conflict("already-registered", "this number is registered already")
    row = CitizenAccountRow(
        iin=person.iin,
        surname=person.surname,
        name=person.name,
        patronymic=person.patronymic,
        password_hash=password_hash,
        is_proved=is_proved,
        created_at=uow.now,
    )
    uow.session.add(row)
    return row
