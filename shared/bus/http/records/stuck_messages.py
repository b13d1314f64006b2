"""What does not go on at this system, in one answer: open dead letters and waiting messages."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from sqlmodel import Session

from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.records.dead_letters import DeadLetterView, read_open_letters
from shared.bus.http.records.parked_messages import ParkedMessageView, read_waiting
from shared.bus.persistence.list_pages import ListPlace
from shared.bus.runtime.service_runtime import Runtime

router = APIRouter(prefix="/api/v1/stuck", tags=["waiting"], dependencies=[OperatorOnly])

MOST_SHOWN = 50


class StuckMessagesView(BaseModel):
    """The newest messages that do not go on by themselves."""

    dead_letters: list[DeadLetterView]
    waiting: list[ParkedMessageView]


@router.get("")
async def list_stuck_messages(runtime: ServiceRuntime) -> StuckMessagesView:
    """The newest dead letters that nobody has handled again, and the newest waiting messages."""
    return await runtime.read(lambda session: read_stuck(runtime, session))


def read_stuck(runtime: Runtime, session: Session) -> StuckMessagesView:
    """The newest messages of both kinds."""
    place = ListPlace(MOST_SHOWN)
    return StuckMessagesView(
        dead_letters=read_open_letters(runtime, session, place).rows,
        waiting=read_waiting(runtime, session, place, None).rows,
    )
