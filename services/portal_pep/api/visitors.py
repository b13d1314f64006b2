"""The logged-in citizen."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from sqlmodel import Session

from services.portal_pep import storage
from services.portal_pep.storage import LOGINS
from services.portal_pep.submission import CabinetVisitor
from shared.bus.errors import Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.problems import answers_errors
from shared.people import logins


@answers_errors(Untrusted("login-needed"))
async def require_citizen(runtime: ServiceRuntime, token: BearerToken) -> str:
    """The ИИН of the logged-in citizen; ``login-needed``."""
    return await runtime.read(lambda session: logins.session_login(session, LOGINS, token, runtime.now))


@answers_errors(Untrusted("login-needed"))
async def require_visitor(runtime: ServiceRuntime, token: BearerToken) -> CabinetVisitor:
    """The logged-in citizen with the moments of login and registration; ``login-needed``."""

    def read_visitor(session: Session) -> CabinetVisitor:
        visit = logins.find_session(session, LOGINS, token, runtime.now)
        return CabinetVisitor(
            visit.login, storage.get_registration_time(session, visit.login) or visit.since, visit.since
        )

    return await runtime.read(read_visitor)


CitizenIin = Annotated[str, Depends(require_citizen)]
CurrentVisitor = Annotated[CabinetVisitor, Depends(require_visitor)]
