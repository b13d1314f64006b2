"""Messages that a participant has signed itself: they go on byte for byte, without the door key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, status

from services.shep_gateway.doors.recording import DoorRoute, current_exchange
from services.shep_gateway.doors.rest.callers import CurrentParticipant, find_participant
from services.shep_gateway.doors.rest.views import LONGEST_SIGNATURE, PassedMessageView
from services.shep_gateway.doors.submission import find_passed
from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import Untrusted
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.media import declare_raw_body
from shared.bus.http.problems import ANY_ERROR, declare_errors
from shared.bus.http.request_budgets import accepts_body
from shared.bus.messages.message import read_header

router = APIRouter(prefix="/api/v1/messages", tags=["messages"], route_class=DoorRoute)


@router.post(
    "/signed",
    status_code=status.HTTP_201_CREATED,
    responses=declare_errors(ANY_ERROR),
    openapi_extra=declare_raw_body(
        "application/octet-stream", "The signed bytes: the message as JSON, in the form of the bus."
    ),
)
@accepts_body(sender_check=find_participant)
async def send_signed_message(
    http: Request,
    participant: CurrentParticipant,
    runtime: ServiceRuntime,
    x_signature: Annotated[str, Header(min_length=1, max_length=LONGEST_SIGNATURE)],
) -> PassedMessageView:
    """Send a message that the participant has written in the bus's form and signed by its own certified key.

    ``X-Signature`` is the detached JWS over the exact bytes, addressed to ``shep_gateway``. Recipients verify the
    participant's own signature. Refused as every message is; ``sender-mismatch`` for another system's message.
    """
    body, exchange = await http.body(), current_exchange()
    info = read_header(body).message_info
    exchange.note_sent(info.service_id, info.message_id, info.correlation_id)
    if info.sender.sender_id != participant.address:
        raise Untrusted("sender-mismatch", "the message is another system's")
    await runtime.accept_message(SignedBytes(body, x_signature))
    passed = await find_passed(runtime, participant.address, info.message_id, info.correlation_id)
    exchange.note_passed(**vars(passed))
    return PassedMessageView(**vars(passed))
