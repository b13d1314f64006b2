"""The employees of a workplace over HTTP: logins, passwords, own keys, the operator's list."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Path

from shared.bus.errors import Malformed, NotFound, Untrusted
from shared.bus.http.endpoints import BearerToken, OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import WholePaging
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.people import logins
from shared.people.logins import LoginAttempt
from shared.people.passwords import FIRST_PASSWORD_BYTES, PasswordChecker
from shared.workplace.http.case_views import (
    EmployeeCertificateView,
    EmployeeLoginRequest,
    EmployeePasswordRequest,
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
from shared.workplace.records.storage import LOGINS, EmployeeRow

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
    await runtime.read(lambda session: logins.check_attempts(session, LOGINS, attempt, runtime.machine_now))
    person = await runtime.read(lambda session: storage.get_employee(session, credentials.iin))
    is_right = await runtime.resource(PasswordChecker).is_right(
        credentials.password, person.password_hash if person else None
    )
    is_right = is_right and person is not None
    token = await runtime.write(lambda uow: logins.conclude_attempt(uow, LOGINS, attempt, is_right=is_right))
    if token is None or person is None:
        raise Untrusted("authorization-refused", "the ИИН or the password is wrong")
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
    attempt, checker = LoginAttempt(me.iin, address), runtime.resource(PasswordChecker)
    await runtime.read(lambda session: logins.check_attempts(session, LOGINS, attempt, runtime.machine_now))
    is_right = await checker.is_right(request.password, me.password_hash)
    if is_right and request.new_password == request.password:
        raise Malformed("password-same", "the new password is the present one")
    new_hash = await checker.hash_password(request.new_password)

    def replace_password(uow: UnitOfWork) -> str | None:
        if is_right:
            storage.set_password(uow.session, me.iin, new_hash, is_first=False)
            logins.close_sessions(uow.session, LOGINS, me.iin)
        return logins.conclude_attempt(uow, LOGINS, attempt, is_right=is_right)

    token = await runtime.write(replace_password)
    if token is None:
        raise Untrusted("authorization-refused", "the present password is wrong")
    return EmployeeSessionView(token=token, authority=me.authority, role=me.role)


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
    hashed = await runtime.resource(PasswordChecker).hash_password(password)

    def replace_password(uow: UnitOfWork) -> None:
        if not storage.set_password(uow.session, iin, hashed, is_first=True):
            raise NotFound("employee-unknown", "nobody with this ИИН works here")
        logins.close_sessions(uow.session, LOGINS, iin)
        logins.clear_failures(uow.session, LOGINS, iin)

    await runtime.write(replace_password)
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
    """Take on an employee of each role at one more authority, whose services this system is to provide in place of
    another system; their first passwords are shown this once.

    ``authority-unknown`` for what is no office of the acts, ``office-staffed`` where employees work already. НУЦ
    certifies the employees once its operator lets this system vouch for the authority.
    """
    people = await runtime.read(
        lambda session: hire_employees(
            runtime.resource(WorkplaceProfile), authority, len(storage.all_employees(session))
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
