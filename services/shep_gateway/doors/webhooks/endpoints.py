"""The webhook of a participant over HTTP: set by the participant itself with its token."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import AwareDatetime, BaseModel, Field

from services.shep_gateway.doors.rest.callers import CurrentParticipant
from services.shep_gateway.doors.webhooks import event_queue
from services.shep_gateway.doors.webhooks.event_queue import (
    TOPIC,
    EventState,
    WebhookEventRow,
    WebhookKind,
    WebhookRow,
)
from services.shep_gateway.doors.webhooks.webhook_client import WebhookClient
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.messages.webhook_signatures import new_secret
from shared.bus.persistence.database import Database
from shared.bus.runtime.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/v1/webhook", tags=["webhook"])

Url = Annotated[str, Field(min_length=8, max_length=500, pattern=r"^https?://[!-~]+$")]
Events = Annotated[list[WebhookKind], Field(min_length=1, max_length=len(WebhookKind))]


class WebhookRequest(RequestModel):
    """The endpoint to which ШЭП shall post; ``concludes``: an answer 2xx accepts the message."""

    url: Url
    events: Events = list(WebhookKind)  # noqa: RUF012 - pydantic copies a default
    concludes: bool = False


class WebhookView(BaseModel):
    """The webhook of a participant; ``secret`` is shown only by the call that made it."""

    url: str
    events: Events
    concludes: bool
    changed_at: datetime
    old_secret_until: datetime | None
    secret: str | None = None

    @classmethod
    def from_row(cls, row: WebhookRow, secret: str | None = None) -> WebhookView:
        return cls(
            url=row.url,
            events=[WebhookKind(kind) for kind in row.events.split(",")],
            concludes=row.concludes,
            changed_at=row.changed_at,
            old_secret_until=row.old_secret_until,
            secret=secret,
        )


class WebhookEventView(BaseModel):
    """An event that is to be posted, or was: ``status`` and ``code`` are those of the last attempt."""

    id: int
    event_id: str
    kind: WebhookKind
    sender: str
    message_id: str
    correlation_id: str
    state: EventState
    attempts: int
    due_at: datetime
    status: int | None
    code: str | None

    @classmethod
    def from_row(cls, row: WebhookEventRow) -> WebhookEventView:
        columns = {name: getattr(row, name) for name in cls.model_fields if name != "correlation_id"}
        return cls(**columns, correlation_id=row.case_id)


class ReplayedEventsView(BaseModel):
    """The number of events that are posted again."""

    queued: int


@router.put("", responses=declare_errors(refused="push-host-refused"))
async def put_webhook(
    request: WebhookRequest, participant: CurrentParticipant, runtime: ServiceRuntime
) -> WebhookView:
    """Set the endpoint to which ШЭП posts the participant's messages and delivery states (Standard Webhooks).

    The first call makes a secret and shows it, once; a later call keeps it. The operator lists the hosts that are
    allowed: ``push-host-refused``.
    """
    runtime.resource(WebhookClient).hosts.check_url(request.url)

    def put_row(uow: UnitOfWork) -> WebhookView:
        row, secret = uow.session.get(WebhookRow, participant.address), None
        if row is None:
            secret = new_secret()
            row = WebhookRow(participant=participant.address, url="", events="", secret=secret, changed_at=uow.now)
        row.url, row.concludes, row.changed_at = request.url, request.concludes, uow.now
        row.events = ",".join(sorted(set(request.events)))
        uow.session.add(row)
        return WebhookView.from_row(row, secret)

    return await runtime.write(put_row)


@router.get("", responses=declare_errors(not_found="webhook-unknown"))
async def get_webhook(participant: CurrentParticipant, runtime: ServiceRuntime) -> WebhookView:
    """The participant's webhook, without its secret; ``webhook-unknown``."""
    return await runtime.read(
        lambda session: WebhookView.from_row(event_queue.find_webhook(session, participant.address))
    )


@router.delete("", status_code=status.HTTP_204_NO_CONTENT, responses=declare_errors(not_found="webhook-unknown"))
async def delete_webhook(participant: CurrentParticipant, runtime: ServiceRuntime) -> None:
    """Remove the participant's webhook with its events; ``webhook-unknown``."""
    await runtime.write(lambda uow: event_queue.remove_webhook(uow.session, participant.address))


@router.post("/secret", responses=declare_errors(not_found="webhook-unknown"))
async def rotate_secret(participant: CurrentParticipant, runtime: ServiceRuntime) -> WebhookView:
    """Make a new secret and show it, once; the old one signs too for a day. ``webhook-unknown``."""

    def rotate_row(uow: UnitOfWork) -> WebhookView:
        row = event_queue.find_webhook(uow.session, participant.address)
        return WebhookView.from_row(row, event_queue.rotate_secret(row, uow.machine_now))

    return await runtime.write(rotate_row)


@router.post("/replay", responses=declare_errors(not_found="webhook-unknown"))
async def replay_events(
    since: Annotated[AwareDatetime, Query()], participant: CurrentParticipant, runtime: ServiceRuntime
) -> ReplayedEventsView:
    """Post again, in their order, what has come into the mailbox since then by the bus's clock, 10,000 at most.

    Each event keeps its ``webhook-id``. ``webhook-unknown``.
    """

    def queue_again(uow: UnitOfWork) -> int:
        uow.notify(TOPIC)
        return event_queue.replay_events(
            uow.session, uow.resource(Database), participant.address, since, uow.machine_now
        )

    return ReplayedEventsView(queued=await runtime.write(queue_again))


@router.get("/events")
async def list_webhook_events(
    participant: CurrentParticipant, runtime: ServiceRuntime, page: Paging, state: EventState | None = None
) -> list[WebhookEventView]:
    """The events that are to be posted to the participant, or were, the newest first."""
    rows = await runtime.read(
        lambda session: event_queue.list_events(session, participant.address, page.place, state)
    )
    return [WebhookEventView.from_row(row) for row in page.link_page(rows)]
