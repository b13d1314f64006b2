"""The logged-in citizen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from sqlmodel import Session

from services.portal_pep import storage
from services.portal_pep.storage import LOGINS
from services.portal_pep.submission import CabinetVisitor
from shared.bus.errors import Throttled, Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.live_streams import LiveStreams, StreamSource
from shared.bus.http.problems import answers_errors
from shared.people import logins


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


@answers_errors(Throttled("too-many-streams"))
async def _hold_stream(citizen_iin: CitizenIin, runtime: ServiceRuntime) -> AsyncIterator[None]:
    """A place for a stream until the answer ends; ``too-many-streams``."""
    with runtime.resource(LiveStreams).hold_place(citizen_iin):
        yield


def _find_good_tokens(session: Session, tokens: Collection[str], machine_now: datetime) -> set[str]:
    return logins.find_good_tokens(session, LOGINS, tokens, machine_now)


STREAM_SOURCE = StreamSource(storage.read_last_event, storage.read_new_events, _find_good_tokens)
"""What the live streams of the cabinet are made of."""
OneOfFewStreams = Depends(_hold_stream)
"""The dependency of an endpoint with a live stream, of which a citizen has few at once."""
CurrentVisitor = Annotated[CabinetVisitor, Depends(require_visitor)]
