"""The live stream of a mailbox (SSE): each message as it comes, without asking again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlmodel import Session

from services.shep_gateway.doors import mailbox, participants
from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.doors.rest.callers import CurrentParticipant
from services.shep_gateway.doors.rest.views import MailView
from shared.bus.errors import Throttled, Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.problems import answers_errors
from shared.bus.http.request_budgets import LongStream
from shared.bus.http.requests.plain_input import RowNumber

router = APIRouter(prefix="/api/v1/messages", tags=["messages"])

MOST_STREAMS = 5
"""The live streams that a participant may have at once in one process."""
STREAM_RETRY_SECONDS = 15
BEAT_SECONDS = 15.0
"""The time after which a stream without news sends a comment, so that proxies leave it open."""
POLL_SECONDS = 5.0
"""How soon a stream sees what another replica of ШЭП let pass: a thousand idle streams must cost little."""
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class MailStreams:
    """The live streams of each participant in this process."""

    counts: Counter[str] = field(default_factory=Counter)


@answers_errors(Throttled("too-many-streams"))
async def _hold_stream(participant: CurrentParticipant, runtime: ServiceRuntime) -> AsyncIterator[None]:
    """A place for a stream until the answer ends; ``too-many-streams``."""
    counts = runtime.resource(MailStreams).counts
    if counts[participant.address] >= MOST_STREAMS:
        raise Throttled("too-many-streams", f"{MOST_STREAMS} streams are open", retry_after=STREAM_RETRY_SECONDS)
    counts[participant.address] += 1
    try:
        yield
    finally:
        counts[participant.address] -= 1
        if not counts[participant.address]:
            del counts[participant.address]


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
    after = last_event_id

    def read_mail(session: Session) -> Sequence[MailRow] | None:
        participants.find_by_token(session, token)
        return mailbox.list_after(session, participant.address, after, MOST_AT_ONCE) or None

    topic = mailbox.topic_of(participant.address)
    while True:
        try:
            rows = await runtime.wait_for(topic, read_mail, BEAT_SECONDS, poll_seconds=POLL_SECONDS)
        except Untrusted:
            return
        if rows is None:
            yield ServerSentEvent(comment="waiting")
        for row in rows or ():
            after = row.id or after
            view = MailView.from_row(row)
            yield ServerSentEvent(data=view.model_dump(mode="json"), id=str(after), event="message")
