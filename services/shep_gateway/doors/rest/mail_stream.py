"""The live stream of a mailbox (SSE): each message as it comes, without asking again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlmodel import Session

from services.shep_gateway.doors import mailbox, participants
from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.doors.rest.callers import CurrentParticipant
from services.shep_gateway.doors.rest.views import MailView
from shared.bus.errors import Throttled
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.live_streams import LiveStreams, StreamSource
from shared.bus.http.problems import answers_errors
from shared.bus.http.request_budgets import LongStream
from shared.bus.http.requests.plain_input import RowNumber

router = APIRouter(prefix="/api/v1/messages", tags=["messages"])

MOST_AT_ONCE = 50
SOURCE = StreamSource(mailbox.read_last_number, mailbox.read_news, participants.find_good_tokens)


@answers_errors(Throttled("too-many-streams"))
async def _hold_stream(participant: CurrentParticipant, runtime: ServiceRuntime) -> AsyncIterator[None]:
    """A place for a stream until the answer ends; ``too-many-streams``."""
    with runtime.resource(LiveStreams).hold_place(participant.address):
        yield


@router.get(
    "/stream",
    response_class=EventSourceResponse,
    dependencies=[LongStream, Depends(_hold_stream)],
    responses={200: {"model": MailView}},
)
async def stream_messages(
    participant: CurrentParticipant,
    runtime: ServiceRuntime,
    token: BearerToken,
    last_event_id: Annotated[RowNumber, Header()] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Every message that waits for the participant, the oldest first, and each further one as it comes (SSE).

    ``Last-Event-ID`` continues a broken stream. A message waits until its delivery is concluded, as in the list.
    The stream ends when the token does. ``too-many-streams``.
    """
    after, is_news, address = last_event_id, True, participant.address

    def read_mail(session: Session) -> Sequence[MailRow]:
        return mailbox.list_after(session, address, after, MOST_AT_ONCE)

    async with runtime.resource(LiveStreams).follow(runtime, mailbox.topic_of(address), token) as stream:
        while not stream.is_ended:
            rows = await runtime.read(read_mail) if is_news else ()
            for row in rows:
                after = row.id or after
                view = MailView.from_row(row)
                yield ServerSentEvent(data=view.model_dump(mode="json"), id=str(after), event="message")
            if not rows and not (is_news := await stream.wait_for_news()):
                yield ServerSentEvent(comment="waiting")
