"""The logged-in citizen."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from sqlmodel import Session

from services.portal_pep import storage
from services.portal_pep.storage import LOGINS
from services.portal_pep.submission import CabinetVisitor
from shared.bus.errors import Throttled, Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.problems import answers_errors
from shared.people import logins

MOST_STREAMS = 5
"""The live streams that a citizen may have at once in one process."""
STREAM_RETRY_SECONDS = 15


@answers_errors(Untrusted("login-needed"))
async def require_citizen(runtime: ServiceRuntime, token: BearerToken) -> str:
    """The ИИН of the logged-in citizen; ``login-needed``."""
    return await runtime.read(lambda session: logins.session_login(session, LOGINS, token, runtime.machine_now))


@answers_errors(Untrusted("login-needed"))
async def require_visitor(runtime: ServiceRuntime, token: BearerToken) -> CabinetVisitor:
    """The logged-in citizen with the moments of login and registration; ``login-needed``."""

    def read_visitor(session: Session) -> CabinetVisitor:
        visit = logins.find_session(session, LOGINS, token, runtime.machine_now)
        return CabinetVisitor(
            visit.login, storage.get_registration_time(session, visit.login) or visit.since, visit.since
        )

    return await runtime.read(read_visitor)


CitizenIin = Annotated[str, Depends(require_citizen)]


@dataclass(frozen=True)
class OpenStreams:
    """The live streams of each citizen in this process."""

    counts: Counter[str] = field(default_factory=Counter)


@answers_errors(Throttled("too-many-streams"))
async def _hold_stream(citizen_iin: CitizenIin, runtime: ServiceRuntime) -> AsyncIterator[None]:
    """A place for a stream until the answer ends; ``too-many-streams``."""
    counts = runtime.resource(OpenStreams).counts
    if counts[citizen_iin] >= MOST_STREAMS:
        raise Throttled("too-many-streams", f"{MOST_STREAMS} streams are open", retry_after=STREAM_RETRY_SECONDS)
    counts[citizen_iin] += 1
    try:
        yield
    finally:
        counts[citizen_iin] -= 1
        if not counts[citizen_iin]:
            del counts[citizen_iin]


OneOfFewStreams = Depends(_hold_stream)
"""The dependency of an endpoint with a live stream, of which a citizen has few at once."""
CurrentVisitor = Annotated[CabinetVisitor, Depends(require_visitor)]
