"""ШЭП's own calls to participants, pushes and webhooks, kept as exchanges: every attempt with its bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.shep_gateway.doors.exchanges import CarriedBytes, DoorExchange, ExchangeLog
from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.doors.recording import visible_headers
from shared.bus.errors import BusError
from shared.bus.logs import log
from shared.bus.runtime.service_runtime import Runtime


@dataclass(frozen=True)
class OutgoingCall:
    """One attempt to bring a mail to its participant; ``door`` is ``push`` or ``webhook``."""

    door: str
    operation: str
    url: str
    mail: MailRow
    began_at: datetime


async def keep_outgoing(
    runtime: Runtime, call: OutgoingCall, sent: CarriedBytes, came: CarriedBytes, outcome: tuple[int, str | None]
) -> None:
    """Keep an attempt with its ``outcome``: the HTTP status (0 without an answer), and the code of a failure.

    A fault of the keeping is logged, and harms no delivery.
    """
    mail, (status, code) = call.mail, outcome
    exchange = DoorExchange(
        door=call.door,
        operation=call.operation,
        target=f"POST {call.url}"[:300],
        content_type="",
        wants_strictness=False,
        began_at=call.began_at,
        participant=mail.recipient,
        code=code,
    )
    exchange.note_sent(mail.service_id, None, None)
    exchange.note_passed(mail.message_id, mail.case_id, mail.session_id or "")
    took = int((runtime.now - call.began_at).total_seconds() * 1000)
    carried = [replace(one, headers=visible_headers(one.headers.items())) for one in (sent, came)]
    try:
        await runtime.resource(ExchangeLog).keep(runtime, exchange, carried[0], carried[1], (status, max(took, 0)))
    except BusError as error:
        log("exchange.lost", id=exchange.id, code=error.code)
