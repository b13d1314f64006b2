"""Posts the events of the webhooks: each participant apart, each case in its order, again after a failure."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlmodel import Session

from services.shep_gateway.doors.exchanges import CarriedBytes
from services.shep_gateway.doors.outgoing_calls import OutgoingCall, keep_outgoing
from services.shep_gateway.doors.rest.views import MailView
from services.shep_gateway.doors.submission import conclude_delivery
from services.shep_gateway.doors.webhooks import event_queue
from services.shep_gateway.doors.webhooks.event_queue import TOPIC, ClaimedEvent, WebhookKind
from services.shep_gateway.doors.webhooks.webhook_client import WebhookClient
from shared.bus.errors import Conflict, NotFound
from shared.bus.messages.webhook_signatures import sign_webhook
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.bus.runtime.unit_of_work import UnitOfWork

AT_ONCE_FOR_ONE = 4
"""The posts of one participant at a time, each of another case: a slow endpoint slows no other."""
MOST_AT_ONCE = 2000
"""The posts of all participants at a time."""
IDLE_SECONDS, POLL_SECONDS = 30.0, 0.5


async def post_events(runtime: Runtime) -> None:
    """Post what is due, until cancelled."""
    poster = _EventPoster(runtime)
    try:
        await poster.run()
    finally:
        await poster.tasks.stop()


class _EventPoster:
    """The posts under way, each in a task of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._under_way: Counter[str] = Counter()
        self._busy: frozenset[str] = frozenset()  # never changed in place: another thread reads it
        self.tasks = SupervisedTasks()

    async def run(self) -> None:
        while True:
            due = await self._runtime.wait_for(TOPIC, self._find_due, IDLE_SECONDS, poll_seconds=POLL_SECONDS)
            if due is None:
                continue
            for event in await self._claim(due):
                self._count(event.mail.recipient, 1)
                self.tasks.run_once(f"webhook.{event.mail.recipient}", self._serve(event))

    def _find_due(self, session: Session) -> list[str] | None:
        most = MOST_AT_ONCE // AT_ONCE_FOR_ONE - len(self._busy)
        return event_queue.find_due_participants(session, self._runtime.machine_now, self._busy, most) or None

    async def _claim(self, participants: list[str]) -> list[ClaimedEvent]:
        places = {participant: AT_ONCE_FOR_ONE - self._under_way[participant] for participant in participants}
        return await self._runtime.write(
            lambda uow: [
                event
                for participant, most in places.items()
                for event in event_queue.claim_events(uow.session, participant, uow.machine_now, most)
            ]
        )

    async def _serve(self, event: ClaimedEvent) -> None:
        try:
            await _post_event(self._runtime, event)
        finally:
            self._count(event.mail.recipient, -1)

    def _count(self, participant: str, change: int) -> None:
        self._under_way[participant] += change
        if self._under_way[participant] <= 0:
            del self._under_way[participant]
        self._busy = frozenset(
            participant for participant, count in self._under_way.items() if count >= AT_ONCE_FOR_ONE
        )


async def _post_event(runtime: Runtime, event: ClaimedEvent) -> None:
    now = runtime.machine_now
    body = _compose_body(event, runtime.now)
    signed = sign_webhook(event.event_id, int(now.timestamp()), body, event.secrets)
    headers = {"Content-Type": "application/json", "User-Agent": "egov-bus", **signed}
    attempt = OutgoingCall("webhook", event.kind.value, event.url, event.mail, runtime.now)
    outcome = await runtime.resource(WebhookClient).post(event.url, headers, body)
    sent = CarriedBytes(headers, body, len(body))
    came = CarriedBytes(outcome.headers, outcome.content, len(outcome.content))
    await keep_outgoing(runtime, attempt, sent, came, (outcome.status or 0, outcome.code))
    if outcome.code is None and (event.concludes or event.kind is WebhookKind.DELIVERY_STATE):
        await _accept_message(runtime, event)

    def conclude_event(uow: UnitOfWork) -> None:
        event_queue.conclude_event(uow.session, event, outcome.status, outcome.code, uow.machine_now)
        uow.notify(TOPIC)  # the next event of the case

    await runtime.write(conclude_event)


async def _accept_message(runtime: Runtime, event: ClaimedEvent) -> None:
    try:
        await conclude_delivery(runtime, event.mail.recipient, event.mail.message_id, sender=event.mail.sender)
    except (Conflict, NotFound):
        return  # the participant has given another verdict already, or is gone


def _compose_body(event: ClaimedEvent, now: datetime) -> bytes:
    view: dict[str, Any] = MailView.from_row(event.mail).model_dump(mode="json")
    return to_json({"type": event.kind.value, "timestamp": now, "data": view})
