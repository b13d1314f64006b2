"""Why nothing comes back: what ШЭП knows of a message, case, session or call at a door, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from services.shep_gateway.doors.rest.callers import OwnReader
from services.shep_gateway.whereabouts.explaining import explain_id
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.records.whereabouts import MOST_FINDINGS, AnyId, WhereaboutsFindingView, as_views

router = APIRouter(prefix="/api/v1/explanations", tags=["journal"])


class WhereaboutsView(BaseModel):
    """Where the message or case with this id lies: first what may be the reason for silence."""

    id: str
    findings: Annotated[list[WhereaboutsFindingView], at_most(MOST_FINDINGS, "one message lies in few places")]


@router.get("/{any_id:path}")
async def explain_silence(any_id: AnyId, reader: OwnReader, runtime: ServiceRuntime) -> WhereaboutsView:
    """Where a message or a case lies, what happened to it, why it was refused, and whose turn it is.

    ``any_id`` is the id of a message, a case, a session or an exchange. A participant learns of its own messages
    and cases; what is another's, or unknown, is ``nothing-known``.
    """
    return WhereaboutsView(id=any_id, findings=as_views(await explain_id(runtime, any_id, reader)))
