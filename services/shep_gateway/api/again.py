"""Sending a message of the journal again, for the operator."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from pydantic_core import to_json

from services.shep_gateway.console.sending_again import replay_message, resend_message
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.problems import ANY_ERROR, declare_errors
from shared.bus.http.requests.plain_input import RequestModel, RowNumber

router = APIRouter(prefix="/api/v1/journal/{n}", tags=["journal"], dependencies=[OperatorOnly])


class ReplayRequest(RequestModel):
    """What the new message has in place of the old one's data; None for the same data."""

    data: Annotated[dict[str, Any] | None, Field(max_length=1000)] = None


class ReplayedMessageView(BaseModel):
    """The ids of a new message that ШЭП let pass."""

    message_id: str
    correlation_id: str
    session_id: str


@router.post(
    "/resend",
    status_code=204,
    responses=declare_errors(
        ANY_ERROR, not_found="entry-unknown message-not-kept", conflict="delivery-not-failed"
    ),
)
async def resend(n: RowNumber, runtime: ServiceRuntime) -> None:
    """Let the same bytes pass once more to the recipients that did not confirm them; the journal gets a new entry.

    A copy takes the place of a lost message in the recipient's order, also behind a РШЭП. ``entry-unknown``,
    ``message-not-kept``; ``delivery-not-failed`` once every recipient has the message, or where it lies in a
    mailbox; or the code with which ШЭП refuses the message now.
    """
    await resend_message(runtime, n)


@router.post(
    "/replay",
    responses=declare_errors(
        ANY_ERROR,
        not_found="entry-unknown message-not-kept",
        refused="key-not-here replay-closed",
    ),
)
async def replay(n: RowNumber, request: ReplayRequest, runtime: ServiceRuntime) -> ReplayedMessageView:
    """Send a new message like this one, signed with the key of its sender, in the sandbox; ``data`` replaces the
    data. A request begins a case of its own.

    ``entry-unknown``, ``message-not-kept``; ``replay-closed`` in production; ``key-not-here`` for a sender that
    keeps its key elsewhere; or the code with which ШЭП refuses the new message.
    """
    data = None if request.data is None else to_json(request.data).decode()
    passed = await replay_message(runtime, n, data)
    return ReplayedMessageView(
        message_id=passed.message_id, correlation_id=passed.correlation_id, session_id=passed.session_id
    )
