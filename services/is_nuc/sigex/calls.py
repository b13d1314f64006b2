"""What the calls of systems and those of phones share: whether SIGEX is open, addresses, trouble in words."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Request

from services.is_nuc.settings import NucSettings
from services.is_nuc.sigex.procedures import SigningProcedure
from services.is_nuc.sigex.wire import SigexTroubleView
from services.is_nuc.texts import TEXTS
from shared.bus.errors import BusError, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import answers_errors

PREFIX = "/api/egovQr"
CLOSED_CODE = "sigex-closed"
ProcedureId = Annotated[str, Path(max_length=50)]


@answers_errors(NotFound(CLOSED_CODE))
async def require_open(runtime: ServiceRuntime) -> None:
    """Require that the settings open SIGEX (``sigex``); NotFound ``sigex-closed``."""
    if not runtime.resource(NucSettings).sigex:
        raise NotFound(CLOSED_CODE, "there is no SIGEX here")


def address_of(request: Request, procedure: SigningProcedure) -> str:
    """The address of a procedure under the name by which the caller reached this system."""
    return f"{str(request.base_url).rstrip('/')}{PREFIX}/{procedure.id}"


def seconds_left(procedure: SigningProcedure, machine_now: datetime) -> float:
    """The rest of the term of a procedure."""
    return (procedure.until - machine_now).total_seconds()


def describe_trouble(error: BusError, tag: str) -> SigexTroubleView:
    """Trouble as SIGEX tells it: a message with status 200."""
    place = error.details.get("field")
    text = TEXTS.get(error.code, {}).get(tag) or error.message
    return SigexTroubleView(message=f"{text} ({place})" if place else text, code=error.code)
