"""The employees of a workplace over HTTP: logins, passwords, own keys, the operator's list."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Response

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import BearerToken, OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import WholePaging
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import IdentityProofDocument, ProofPurpose
from shared.contracts.identifiers import IIN_ERRORS
from shared.people import accounts, logins
from shared.people.accounts import PasswordChange
from shared.people.logins import LoginAttempt
from shared.people.passwords import FIRST_PASSWORD_BYTES, PasswordChecker
from shared.pki.verification.verdict import SIGNATURE_ERRORS
from shared.regulations.passport_book import PassportBook
from shared.workplace.http.actions import key_actions
from shared.workplace.http.case_views import (
    EmployeeCertificateView,
    EmployeeChallengeRequest,
    EmployeeLoginRequest,
    EmployeePasswordRequest,
    EmployeeRecoveryRequest,
    EmployeeSessionView,
    EmployeeView,
    FirstPasswordView,
    HiredEmployeeView,
    OwnKeyRequest,
)
from shared.workplace.people.keys import SigningKeys
from shared.workplace.people.sessions import AnyEmployee, Employee, must_change_password
from shared.workplace.people.staff import hire_employees
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.storage import ACCOUNTS, LOGINS, EmployeeRow

router = APIRouter(prefix="/api/v1", tags=["people"])


@router.post(
    "/login",
    dependencies=[FewCalls],
    responses=declare_errors(untrusted="authorization-refused", throttled="too-many-attempts"),
)
async def log_in(
    credentials: EmployeeLoginRequest, runtime: ServiceRuntime, address: CallerAddress
) -> EmployeeSessionView:
    """Log in: процесс 1, условие 1 give a session, процесс 2 refuses with ``authorization-refused``;
    ``too-many-attempts``.
    """
    attempt = LoginAttempt(credentials.iin, address)
    token = await accounts.log_in(runtime, ACCOUNTS, attempt, credentials.password)
    person = await runtime.read(lambda session: session.get_one(EmployeeRow, credentials.iin))
    return _show_session(runtime, token, person)


@router.post("/logout", status_code=204)
async def log_out(
    me: AnyEmployee,
    runtime: ServiceRuntime,
    token: BearerToken,
    everywhere: bool = False,
) -> None:
    """Log out: end the session of this token, or every session of the employee."""

    def close(uow: UnitOfWork) -> None:
        logins.close_session(uow.session, LOGINS, token)
        if everywhere:
            logins.close_sessions(uow.session, LOGINS, me.iin)

    await runtime.write(close)


@router.post(
    "/password",
    responses=declare_errors(
        untrusted="authorization-refused", malformed="password-same password-weak", throttled="too-many-attempts"
    ),
)
async def change_password(
    request: EmployeePasswordRequest,
    me: AnyEmployee,
    runtime: ServiceRuntime,
    address: CallerAddress,
) -> EmployeeSessionView:
    """Change the password: ends every session, and gives a new one.

    ``authorization-refused`` for a wrong present password, ``password-same``, ``password-weak``,
    ``too-many-attempts``.
    """
    attempt = LoginAttempt(me.iin, address)
    change = PasswordChange(request.password, request.new_password, may_repeat=False)
    replace = partial(storage.set_password, is_first=False)
    token = await accounts.change_password(runtime, ACCOUNTS, attempt, change, replace)
    return EmployeeSessionView(token=token, authority=me.authority, role=me.role)


@router.post(
    "/challenges",
    dependencies=[FewCalls],
    responses={200: {"model": IdentityProofDocument}, **declare_errors(IIN_ERRORS)},
)
async def give_challenge(request: EmployeeChallengeRequest, runtime: ServiceRuntime) -> Response:
    """The document to sign with the employee's ЭЦП to recover a lost password, once and within ten minutes; given
    for every valid ИИН, so that it tells nobody who works here.

    The codes of the ИИН check.
    """
    document = await key_actions.give_challenge(runtime, request.iin, ProofPurpose.RECOVERY)
    return Response(document, media_type="application/json")


@router.post(
    "/password/recovery",
    dependencies=[FewCalls],
    status_code=204,
    responses=declare_errors(
        IIN_ERRORS,
        SIGNATURE_ERRORS,
        not_found="employee-unknown",
        refused="challenge-unknown eds-bin-mismatch",
        malformed="document-malformed password-weak",
        unavailable="directory-unavailable",
    ),
)
async def recover_password(request: EmployeeRecoveryRequest, runtime: ServiceRuntime) -> None:
    """Set a new password with a challenge that the employee signed with a key of the employee's own, certified for
    the place of work (``POST /api/v1/certificate``): ends every session, and forgets failed logins.

    The codes of the ИИН check and of «условие 2» (``eds-…``); ``document-malformed``, ``challenge-unknown``,
    ``password-weak``; ``employee-unknown``, which only somebody with such a certificate learns.
    """
    await key_actions.recover_password(runtime, request.iin, request.cms, request.new_password)


@router.post(
    "/certificate",
    status_code=201,
    responses=declare_errors(malformed="csr-malformed csr-owner", unavailable="directory-unavailable"),
)
async def certify_own_key(
    request: OwnKeyRequest, me: Employee, runtime: ServiceRuntime
) -> EmployeeCertificateView:
    """Have НУЦ certify a key that the employee keeps; this system vouches for the employee.

    ``csr-malformed``; ``csr-owner``, which gives the ``expected`` subject; ``directory-unavailable``.
    """
    signing = runtime.resource(SigningKeys)
    return EmployeeCertificateView(
        certificate=await runtime.compute(lambda: signing.certify_own_key(me, request.csr))
    )


@router.get("/employees", dependencies=[OperatorOnly])
async def list_employees(runtime: ServiceRuntime, pager: WholePaging) -> list[EmployeeView]:
    """The synthetic employees and their places of work, by department, without passwords; ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.list_employees(session, pager.place))
    return [
        EmployeeView(iin=row.iin, authority=row.authority, role=row.role, surname=row.surname, name=row.name)
        for row in pager.link_page(page)
    ]


@router.post(
    "/employees/{iin}/password",
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="employee-unknown"),
)
async def reset_password(iin: str, runtime: ServiceRuntime) -> FirstPasswordView:
    """Give an employee who lost the password a new first one, shown this once: ends every session of the employee.

    ``employee-unknown``.
    """
    password = secrets.token_urlsafe(FIRST_PASSWORD_BYTES)
    replace = partial(storage.set_password, is_first=True)
    if not await accounts.recover_password(runtime, ACCOUNTS, iin, password, replace):
        raise NotFound("employee-unknown", "nobody with this ИИН works here")
    return FirstPasswordView(password=password)


@router.post(
    "/offices/{authority}/employees",
    status_code=201,
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="authority-unknown", conflict="office-staffed"),
)
async def open_office(
    authority: Annotated[str, Path(max_length=100)], runtime: ServiceRuntime
) -> list[HiredEmployeeView]:
    """Take on an employee of each kind that the acts name at one more authority, whose services this system is to
    provide in place of another system; their first passwords are shown this once.

    ``authority-unknown`` for what is no office of the acts, ``office-staffed`` where employees work already. НУЦ
    certifies the employees once its operator lets this system vouch for the authority.
    """
    people = await runtime.read(
        lambda session: hire_employees(
            runtime.resource(WorkplaceProfile),
            runtime.resource(PassportBook).all_graphs(),
            authority,
            len(storage.all_employees(session)),
        )
    )
    passwords = [secrets.token_urlsafe(FIRST_PASSWORD_BYTES) for _ in people]
    hashes = [await runtime.resource(PasswordChecker).hash_password(password) for password in passwords]
    rows = [{**person, "password_hash": hashed} for person, hashed in zip(people, hashes, strict=True)]
    await runtime.write(lambda uow: storage.hire_employees(uow.session, authority, rows))
    return [
        HiredEmployeeView(
            iin=person["iin"],
            authority=authority,
            role=person["role"],
            surname=person["surname"],
            name=person["name"],
            password=password,
        )
        for person, password in zip(people, passwords, strict=True)
    ]


def _show_session(runtime: Runtime, token: str, person: EmployeeRow) -> EmployeeSessionView:
    return EmployeeSessionView(
        token=token,
        authority=person.authority,
        role=person.role,
        must_change_password=must_change_password(runtime, person),
    )
