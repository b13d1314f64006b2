"""The logged-in employee, as a dependency of endpoints."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from sqlmodel import Session

from shared.bus.errors import Refused, Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.problems import answers_errors
from shared.bus.profiles import ActiveProfile, Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.people import logins
from shared.workplace.records import storage
from shared.workplace.records.storage import LOGINS, EmployeeRow


@answers_errors(Untrusted("login-needed"))
async def authenticate_session(runtime: ServiceRuntime, token: BearerToken) -> EmployeeRow:
    """The employee of the session, also before the first password is changed; ``login-needed``."""

    def find_employee(session: Session) -> EmployeeRow | None:
        return storage.get_employee(session, logins.session_login(session, LOGINS, token, runtime.machine_now))

    person = await runtime.read(find_employee)
    if person is None:
        raise Untrusted("login-needed", "log in first")
    return person


@answers_errors(Untrusted("login-needed"), Refused("password-change-needed"))
async def authenticate_employee(runtime: ServiceRuntime, token: BearerToken) -> EmployeeRow:
    """The logged-in employee; ``login-needed``, ``password-change-needed`` where a first password must be
    changed.
    """
    person = await authenticate_session(runtime, token)
    if must_change_password(runtime, person):
        raise Refused("password-change-needed", "change the first password: POST /api/v1/password")
    return person


def must_change_password(runtime: Runtime, person: EmployeeRow) -> bool:
    """Whether the employee still has a first password, where it must be changed."""
    is_common = runtime.resource(ActiveProfile).opens(Opening.COMMON_PASSWORD)
    return person.is_first_password and not is_common


Employee = Annotated[EmployeeRow, Depends(authenticate_employee)]
AnyEmployee = Annotated[EmployeeRow, Depends(authenticate_session)]
"""The employee of a session, also before the first password is changed."""
