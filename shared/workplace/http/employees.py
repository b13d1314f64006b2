"""The logged-in employee."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends

from shared.bus.errors import Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.problems import answers_errors
from shared.people import logins
from shared.workplace.records import storage
from shared.workplace.records.storage import LOGINS, EmployeeRow


@answers_errors(Untrusted("login-needed"))
async def authenticate_employee(runtime: ServiceRuntime, token: BearerToken) -> EmployeeRow:
    """The logged-in employee; ``login-needed``."""

    def find_employee(session: Any) -> EmployeeRow | None:
        return storage.get_employee(session, logins.session_login(session, LOGINS, token, runtime.now))

    person = await runtime.read(find_employee)
    if person is None:
        raise Untrusted("login-needed", "log in first")
    return person


Employee = Annotated[EmployeeRow, Depends(authenticate_employee)]
