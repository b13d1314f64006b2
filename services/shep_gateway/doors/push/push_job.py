"""The job that pushes mail: one task for each participant with due mail, so that a slow one delays nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from services.shep_gateway.delivery_notes import note_delivery
from services.shep_gateway.doors import mailbox
from services.shep_gateway.doors.exchanges import CarriedBytes
from services.shep_gateway.doors.mailbox import MailRow, MailState
from services.shep_gateway.doors.mailing import DELIVERY_STATE
from services.shep_gateway.doors.outgoing_calls import OutgoingCall, keep_outgoing
from services.shep_gateway.doors.push import endpoint_rows
from services.shep_gateway.doors.push.endpoint_rows import LEASE, PushedMailRow, PushEndpointRow, pause_after
from services.shep_gateway.doors.push.push_client import (
    HEADERS,
    SILENCE,
    EndpointFault,
    MailRejected,
    PushClient,
    check_answer,
)
from services.shep_gateway.doors.push.pushed_calls import PushedCall, write_call
from services.shep_gateway.doors.soap.answer_key import AnswerKeys
from shared.bus.errors import BusError, Malformed
from shared.bus.logs import log
from shared.bus.messages.receipts import DeliveryNotification, ReceiveStatus
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.pki.client.nuc import CertificationCentre

MOST_AT_ONCE = 64
"""How many endpoints are called at the same time."""
MOST_ATTEMPTS = 20
"""After so many signed faults a mail counts as refused: about two hours."""
IDLE_SECONDS = 60.0
AFTER_FAULT_SECONDS = 1.0


@dataclass(frozen=True)
class DueMail:
    """A mail that this replica is about to push."""

    mail: MailRow
    url: str


async def push_mail(runtime: Runtime) -> None:
    """Push what is due until the service stops; sleep where no host is allowed."""
    client = runtime.resource(PushClient)
    if client.hosts.is_empty:
        await asyncio.Event().wait()
    busy: set[str] = set()
    tasks = SupervisedTasks()

    def find_due(session: Session) -> Sequence[str] | None:
        room = MOST_AT_ONCE - len(busy)
        now = runtime.machine_now
        return endpoint_rows.list_due_endpoints(session, now, client.replica, busy, room) or None if room else None

    try:
        while True:
            for address in await runtime.wait_for(mailbox.PUSHED_MAIL, find_due, IDLE_SECONDS) or ():
                busy.add(address)
                tasks.run_once(f"push to {address}", _push_to(runtime, address, busy))
    finally:
        await tasks.stop()


async def _push_to(runtime: Runtime, address: str, busy: set[str]) -> None:
    """Push the due mail of one participant, one call after the other."""
    try:
        while (due := await runtime.write(lambda uow: _claim_mail(uow, runtime, address))) is not None:
            await _push_one(runtime, address, due)
    except Exception:
        await asyncio.sleep(AFTER_FAULT_SECONDS)
        raise
    finally:
        busy.discard(address)


def _claim_mail(uow: UnitOfWork, runtime: Runtime, address: str) -> DueMail | None:
    """Take the endpoint for this replica, with its next mail; release the endpoint when no mail is due."""
    now, replica = runtime.machine_now, runtime.resource(PushClient).replica
    row = uow.session.get(PushEndpointRow, address, with_for_update=True)
    if row is None or row.next_try_at > now:
        return None
    if row.holder not in (None, replica) and row.held_until is not None and row.held_until > now:
        return None
    mail = endpoint_rows.find_due_mail(uow.session, address, now)
    row.holder, row.held_until = (replica, now + LEASE) if mail is not None else (None, None)
    uow.session.flush()
    if mail is None:
        return None
    uow.session.expunge(mail)
    return DueMail(mail, row.url)


async def _push_one(runtime: Runtime, address: str, due: DueMail) -> None:
    try:
        call = await runtime.compute(lambda: write_call(due.mail, runtime.now))
    except Malformed as error:
        code = error.code
        await runtime.write(lambda uow: _refuse_mail(uow, due.mail, code))
        return
    began = runtime.machine_now
    try:
        await _make_call(runtime, due, call)
    except EndpointFault as fault:
        endpoint_code = fault.code
        log("push.failed", participant=address, code=endpoint_code)
        await runtime.write(lambda uow: _postpone_endpoint(uow, runtime, address, endpoint_code))
    except MailRejected:
        await runtime.write(lambda uow: _postpone_mail(uow, runtime, due.mail))
    else:
        await runtime.write(lambda uow: _note_pushed(uow, runtime, due.mail, began))


async def _make_call(runtime: Runtime, due: DueMail, call: PushedCall) -> None:
    """Sign, send, and check the answer; EndpointFault, MailRejected. Each attempt is kept as an exchange."""
    try:
        key = await runtime.resource(AnswerKeys).fetch()
    except BusError as error:
        raise EndpointFault(error.code) from None
    envelope = await runtime.compute(lambda: key.sign_envelope(call.envelope))
    attempt = OutgoingCall("push", call.operation, due.url, due.mail, runtime.now)
    answer, code = SILENCE, None
    try:
        answer = await runtime.resource(PushClient).call(due.url, envelope)
        centre, content, address = runtime.resource(CertificationCentre), answer.content, due.mail.recipient
        await runtime.compute(lambda: check_answer(content, call.operation, address, centre, runtime.now))
    except EndpointFault as fault:
        answer, code = answer if answer is not SILENCE else fault.answer, fault.code
        raise
    except MailRejected:
        code = "push-rejected"
        raise
    finally:
        sent = CarriedBytes(HEADERS, envelope, len(envelope))
        came = CarriedBytes(answer.headers, answer.content, len(answer.content))
        await keep_outgoing(runtime, attempt, sent, came, (answer.status, code))


def _note_pushed(uow: UnitOfWork, runtime: Runtime, mail: MailRow, began: datetime) -> None:
    """A pushed notice is done; a pushed message waits for the participant's verdict, unless the verdict has come
    before the answer and asks for the message again.
    """
    _settle_endpoint(uow, runtime, mail.recipient)
    if mail.service_id == DELIVERY_STATE:
        _conclude(uow, mail, MailState.ACCEPTED)
        return
    is_wanted_again = endpoint_rows.is_wanted_again(uow.session, mail, began)
    pushed = _pushed_row(uow, runtime, mail)
    pushed.attempts += 1
    pushed.pushed_at = None if is_wanted_again else runtime.machine_now


def _postpone_endpoint(uow: UnitOfWork, runtime: Runtime, address: str, code: str) -> None:
    row = uow.session.get(PushEndpointRow, address, with_for_update=True)
    if row is not None:
        row.failures, row.last_error = row.failures + 1, code[:60]
        row.next_try_at = runtime.machine_now + pause_after(row.failures)
        row.holder = row.held_until = None


def _settle_endpoint(uow: UnitOfWork, runtime: Runtime, address: str) -> None:
    row = uow.session.get(PushEndpointRow, address)
    if row is not None:
        row.failures, row.last_error = 0, None


def _postpone_mail(uow: UnitOfWork, runtime: Runtime, mail: MailRow) -> None:
    """Try this mail again later, and its case with it; refuse the mail after the last attempt."""
    _settle_endpoint(uow, runtime, mail.recipient)
    pushed = _pushed_row(uow, runtime, mail)
    pushed.attempts += 1
    pushed.next_try_at = runtime.machine_now + pause_after(pushed.attempts)
    if pushed.attempts >= MOST_ATTEMPTS:
        _refuse_mail(uow, mail, "push-rejected")


def _refuse_mail(uow: UnitOfWork, mail: MailRow, code: str) -> None:
    """Conclude a mail in the participant's place; the sender of a message gets a notice."""
    if not _conclude(uow, mail, MailState.REFUSED) or mail.service_id == DELIVERY_STATE:
        return
    note = DeliveryNotification(
        message_id=mail.message_id,
        sender_id=mail.sender,
        receive_status=ReceiveStatus.NOT_ACCEPTED,
        error_code=code,
    )
    note_delivery(uow, note, (mail.recipient,))


def _conclude(uow: UnitOfWork, mail: MailRow, state: MailState) -> bool:
    """Whether the mail was still waiting, and has this state now."""
    row = uow.session.get(MailRow, mail.id)
    if row is None or row.state != MailState.WAITING.value:
        return False
    row.state = state.value
    return True


def _pushed_row(uow: UnitOfWork, runtime: Runtime, mail: MailRow) -> PushedMailRow:
    row = uow.session.get(PushedMailRow, mail.id)
    if row is None:
        row = PushedMailRow(
            mail_id=mail.id or 0,
            participant=mail.recipient,
            case_id=mail.case_id,
            next_try_at=runtime.machine_now,
        )
        uow.session.add(row)
    return row
