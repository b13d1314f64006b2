"""Handles a batch in one transaction; if an item fails, handles each item in a transaction of its own.

Handlers change nothing but their transaction, so a rolled-back batch has done nothing, and its items can be tried
one by one. That allows many deliveries for one commit: a row with its own commit costs ten times a row in a batch
of a hundred.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import Session

from shared.bus.carriers.transport import Delivery, SignedBytes, TransportMessage
from shared.bus.clocks.clock import Clock
from shared.bus.errors import BusError, Conflict, Internal, NotFound, Unavailable
from shared.bus.exchange_hook import ExchangeHook
from shared.bus.logs import log
from shared.bus.messages.gate import CLOCKS_MAY_DIFFER, Gate, NotAdmitted
from shared.bus.messages.receipts import DeliveryReceipts
from shared.bus.messages.refusals import RefusalExplainer, explain_error
from shared.bus.messages.router import MessageRefusal, MessageRouter
from shared.bus.messages.trust import SystemIdentity
from shared.bus.persistence.database import Database, DatabaseAway
from shared.bus.persistence.hot_tables import HotTable, IdentityMap
from shared.bus.persistence.ledger import EARLY, EarlyLimits, Ledger, ParkedMessage
from shared.bus.persistence.outbox_leases import OutboxLease
from shared.bus.persistence.tables import BusTables
from shared.bus.runtime.batch_items import (
    BatchItem,
    BatchResult,
    DirectMessage,
    LocalTask,
    QueueItem,
    TaskFailure,
    accept_direct,
    count_attempts,
    list_received,
)
from shared.bus.runtime.unit_of_work import BatchWrite, NewId, OutgoingMessage, ReceivedMessage, UnitOfWork

GIVE_UP_AFTER_FAULTS = 5
LONGEST_FAULT = 300
MOST_TAKEN_UP = 500
"""How many unknown rows of the outbox are taken up at once; the next look takes more."""


@dataclass
class BatchProcessor:
    """The synchronous core of a service; one thread at a time runs it."""

    database: Database
    tables: BusTables
    router: MessageRouter
    gate: Gate | None
    identity: SystemIdentity | None
    resources: Mapping[type[Any], object]
    clock: Clock
    machine: Clock
    owner: str
    new_id: NewId
    receipts: DeliveryReceipts
    hot_tables: Sequence[HotTable[Any]] = ()
    """Hot tables keyed by the case: read for the whole batch before its handlers run."""
    early_limits: EarlyLimits = field(default_factory=EarlyLimits)
    lease: OutboxLease | None = None
    explain_refusal: RefusalExplainer | None = None
    hook: ExchangeHook | None = None
    parked_count: int = 0

    def run_batch(self, items: Sequence[QueueItem], confirmed: Sequence[str]) -> BatchResult:
        """Handle all items, or return the remaining ones; DatabaseAway when nothing could be done at all."""
        now = self.clock.now()
        batch_items = [self._admit_item(item, now) for item in items]
        try:
            outcome = self._attempt_batch(batch_items, confirmed)
        except DatabaseAway:
            raise
        except Exception as error:
            if len(batch_items) == 1 and not confirmed:
                outcome = self._settle_or_refuse(batch_items[0], error)
            else:
                outcome = self._run_one_by_one(batch_items, confirmed)
        self.parked_count = max(0, self.parked_count + outcome.parked_delta)
        return outcome

    def _run_one_by_one(self, batch_items: Sequence[BatchItem], confirmed: Sequence[str]) -> BatchResult:
        outcome = self._attempt_batch([], confirmed)
        for number, batch_item in enumerate(batch_items):
            try:
                outcome.add_result(self._run_alone(batch_item))
            except DatabaseAway:
                outcome.remaining = [skipped.item for skipped in batch_items[number:]]
                break
        return outcome

    def _run_alone(self, batch_item: BatchItem) -> BatchResult:
        try:
            return self._attempt_batch([batch_item], ())
        except DatabaseAway:
            raise
        except Exception as error:
            return self._settle_or_refuse(batch_item, error)

    def _settle_or_refuse(self, batch_item: BatchItem, error: Exception) -> BatchResult:
        try:
            return self._after_failure(batch_item, error)
        except DatabaseAway:
            raise
        except Exception as fault:  # a full disk, say: the batch's commits must not be lost with this item
            log("message.not-stored", level=logging.ERROR, error=repr(fault)[:LONGEST_FAULT])
            return BatchResult(refused=[batch_item.item])

    def _admit_item(self, item: QueueItem, now: datetime) -> BatchItem:
        if isinstance(item, LocalTask) and not isinstance(item, DirectMessage):
            return BatchItem(item)
        if self.gate is None:
            return BatchItem(item, None, NotFound("no-messages", "this system takes no messages"))
        try:
            is_sealed_here = isinstance(item, DirectMessage) and item.is_sealed_here
            return BatchItem(item, self.gate.admit(item.raw, now, is_sealed_here=is_sealed_here))
        except NotAdmitted as refusal:
            return BatchItem(item, refusal.received, refusal.error)
        except Exception as error:  # no sender may be able to stop the service
            return BatchItem(item, None, Internal("gate-failed", repr(error)))

    def _attempt_batch(self, batch_items: Sequence[BatchItem], confirmed: Sequence[str]) -> BatchResult:
        outcome = BatchResult()
        self.receipts.discard_notes()
        with self.database.transaction() as session:
            ledger = Ledger(session, self.database, self.tables, self.machine.now(), self.owner)
            if confirmed:
                self.database.delete_by_keys(session, self.tables.outbox, confirmed)
            ledger.load_known(*list_received(batch_items))
            identity_map = self._load_hot_rows(session, batch_items)
            uows = []
            for batch_item in batch_items:
                uow = self._new_unit_of_work(session, identity_map)
                if self._handle_item(batch_item, ledger, uow, outcome, alone=len(batch_items) == 1):
                    uow.keep_changes()
                    uows.append(uow)
            self._write_pending(session, ledger, uows, identity_map, outcome)
            outcome.note_ledger(ledger, batch_items)
        return outcome

    def _load_hot_rows(self, session: Session, batch_items: Sequence[BatchItem]) -> IdentityMap:
        identity_map = IdentityMap(session, self.database)
        correlations = [
            batch_item.received.info.correlation_id
            for batch_item in batch_items
            if batch_item.received and not batch_item.error
        ]
        for hot_table in self.hot_tables:
            identity_map.rows_of(hot_table).load_rows(correlations)
        return identity_map

    def _write_pending(
        self,
        session: Session,
        ledger: Ledger,
        uows: Sequence[UnitOfWork],
        identity_map: IdentityMap,
        outcome: BatchResult,
    ) -> None:
        """Number and write the handlers' messages, then their deferred rows, which may tell the numbers."""
        session.flush()
        identity_map.flush()
        messages = [message for uow in uows for message in uow.outgoing]
        messages += self.receipts.take_notice(self._new_unit_of_work(session, identity_map))
        outcome.outgoing = self._flush_ledger(ledger, messages)
        rows: dict[BatchWrite, list[Any]] = {}
        for uow in uows:
            outcome.topics |= uow.topics
            outcome.after_commit += uow.after_commit
            for write, row in uow.pending_writes:
                rows.setdefault(write, []).append(row)
        for write, pending_rows in rows.items():
            write(session, self.database, pending_rows)

    def _flush_ledger(
        self, ledger: Ledger, messages: Sequence[OutgoingMessage]
    ) -> list[tuple[str, TransportMessage]]:
        if self.identity is None:
            return []
        if messages:
            self.identity.check_term(self.clock.now())
        outgoing = ledger.flush(messages, self.identity, self.new_id)
        if self.parked_count and ledger.advanced_streams:
            ledger.wake_successors()
        return outgoing

    def _new_unit_of_work(self, session: Session, identity_map: IdentityMap) -> UnitOfWork:
        address = self.identity.address if self.identity else ""
        limit = self.gate.max_bytes if self.gate else None
        return UnitOfWork(
            session,
            self.clock.now(),
            address,
            self.resources,
            identity_map,
            self.new_id,
            limit,
            self.machine.now(),
            self.hook,
        )

    def _handle_item(
        self, batch_item: BatchItem, ledger: Ledger, uow: UnitOfWork, outcome: BatchResult, *, alone: bool
    ) -> bool:
        """Handle one item; False when its changes must not be kept."""
        if isinstance(batch_item.item, LocalTask):
            return self._do_task(batch_item, ledger, uow, outcome, alone=alone)
        if isinstance(batch_item.item, ParkedMessage):
            ledger.release(batch_item.item.key)
        received, error = batch_item.received, batch_item.error
        if isinstance(error, Unavailable):
            self._park_item(batch_item, error.code, ledger)
        elif received is None or (error is not None and not self._is_early(received, ledger)):
            self._refuse_item(batch_item, error or Internal("not-admitted"), ledger, uow)
        elif (digest := ledger.known_digests.get(received.message_key)) is not None:
            self._handle_repeat(batch_item, received, digest == received.body_digest, ledger, uow)
        elif self._is_early(received, ledger):
            held_at = batch_item.item.held_at if isinstance(batch_item.item, ParkedMessage) else None
            if refusal := ledger.find_early_fault(received, held_at, self.early_limits):
                self._refuse_item(batch_item, refusal, ledger, uow)
            else:
                self._park_item(batch_item, EARLY, ledger)
        elif ledger.has_passed(received) and not received.is_again:
            self._refuse_item(
                batch_item, Conflict("sequence-reused", "the stream has passed this number"), ledger, uow
            )
        else:
            if received.is_again:
                ledger.close_letters(received)
            self.router.dispatch(received, uow)
            ledger.record_handled(received)
            self.receipts.note_accepted(received)
            outcome.handled_count += 1
        return True

    def _is_early(self, received: ReceivedMessage, ledger: Ledger) -> bool:
        return received.sequence > ledger.last_sequences.get(received.stream_key, 0) + 1

    def _do_task(
        self, batch_item: BatchItem, ledger: Ledger, uow: UnitOfWork, outcome: BatchResult, *, alone: bool
    ) -> bool:
        task = batch_item.item
        assert isinstance(task, LocalTask)  # noqa: S101 - held by the caller
        run = partial(accept_direct, batch_item, self.router, ledger) if batch_item.is_direct else task.run
        if alone:
            outcome.task_results[id(task)] = run(uow)
            return True
        try:
            with uow.savepoint():
                outcome.task_results[id(task)] = run(uow)
            return True
        except BusError as error:
            outcome.task_results[id(task)] = TaskFailure(error)
            return False

    def _handle_repeat(
        self, batch_item: BatchItem, received: ReceivedMessage, is_same: bool, ledger: Ledger, uow: UnitOfWork
    ) -> None:
        if not is_same:
            error = Conflict("message-id-reused", "this id was used for other bytes")
            self._refuse_item(batch_item, error, ledger, uow)
            return
        ledger.close_turn(received)
        if received.is_again:
            self._take_again(received, ledger, uow)
        elif isinstance(batch_item.item, Delivery) and not batch_item.item.redelivered:
            error = Conflict("message-replayed", "the message was handled already and is ignored")
            self.router.notify_refusal(MessageRefusal(error, batch_item.raw, received), uow)

    def _take_again(self, received: ReceivedMessage, ledger: Ledger, uow: UnitOfWork) -> None:
        """Handle what was refused, forward what passed; and confirm what was handled and is sent once more."""
        if ledger.close_letters(received) or self.router.forwards(received):
            self.router.dispatch(received, uow)
        self.receipts.note_accepted(received)

    def _park_item(self, batch_item: BatchItem, code: str, ledger: Ledger) -> None:
        """Park the item for later, unless another replica has handled it in the meantime."""
        if batch_item.received is not None and batch_item.received.message_key in ledger.known_digests:
            return
        parked_message = batch_item.item if isinstance(batch_item.item, ParkedMessage) else None
        ledger.park(
            batch_item.raw,
            batch_item.received,
            code,
            count_attempts(batch_item, code),
            parked_message.held_at if parked_message else ledger.now,
        )

    def _refuse_item(self, batch_item: BatchItem, error: BusError, ledger: Ledger, uow: UnitOfWork) -> None:
        received = batch_item.received
        info = received.info if received else None
        log("message.refused", code=error.code, correlation_id=info and info.correlation_id)
        explain_error(error, batch_item.raw, self.explain_refusal)
        self.router.notify_refusal(MessageRefusal(error, batch_item.raw, received), uow)
        self._dead_letter_item(batch_item, error, ledger)

    def _dead_letter_item(self, batch_item: BatchItem, error: BusError, ledger: Ledger) -> None:
        ledger.add_dead_letter(batch_item.raw, error, batch_item.received, self.new_id)
        if batch_item.received is not None:
            self.receipts.note_refused(batch_item.received, error)
            ledger.close_turn(batch_item.received)

    def _after_failure(self, batch_item: BatchItem, error: Exception) -> BatchResult:
        """Answer, park or dead-letter an item that failed alone, after its changes were rolled back."""
        if isinstance(batch_item.item, LocalTask):
            return BatchResult(task_results={id(batch_item.item): TaskFailure(error)})
        reason = error if isinstance(error, BusError) else Internal("handler-failed", repr(error))
        is_fault = not isinstance(error, BusError) and batch_item.error is None
        if isinstance(reason, Unavailable) or (
            is_fault and count_attempts(batch_item, reason.code) < GIVE_UP_AFTER_FAULTS
        ):
            log("message.held", code=reason.code, error=reason.message)
            return self._settle_alone(
                batch_item, lambda ledger, uow: self._park_item(batch_item, reason.code, ledger)
            )
        return self._refuse_alone(batch_item, batch_item.error or reason)

    def _refuse_alone(self, batch_item: BatchItem, reason: BusError) -> BatchResult:
        def refuse(ledger: Ledger, uow: UnitOfWork) -> None:
            if batch_item.error or not ledger.knows(batch_item.received):  # another replica has not handled it
                self._refuse_item(batch_item, reason, ledger, uow)

        try:
            return self._settle_alone(batch_item, refuse)
        except DatabaseAway:
            raise
        except Exception as fault:  # a fault in the service's own hook
            log("refusal.failed", code=reason.code, error=repr(fault))
            return self._settle_alone(
                batch_item, lambda ledger, uow: self._dead_letter_item(batch_item, reason, ledger)
            )

    def _settle_alone(self, batch_item: BatchItem, act: Callable[[Ledger, UnitOfWork], None]) -> BatchResult:
        outcome = BatchResult()
        self.receipts.discard_notes()
        with self.database.transaction() as session:
            ledger = Ledger(session, self.database, self.tables, self.machine.now(), self.owner)
            ledger.load_known([batch_item.received] if batch_item.received else [])
            identity_map = IdentityMap(session, self.database)
            uow = self._new_unit_of_work(session, identity_map)
            if isinstance(batch_item.item, ParkedMessage):
                ledger.release(batch_item.item.key)
            act(ledger, uow)
            uow.keep_changes()
            self._write_pending(session, ledger, [uow], identity_map, outcome)
            outcome.note_ledger(ledger, [batch_item])
        return outcome

    def purge_inbox(self, older_than: timedelta) -> None:
        """Delete inbox entries so old that a message of that age would not be accepted any more."""
        inbox = self.tables.inbox
        with self.database.transaction() as session:
            last = self.machine.now() - older_than - CLOCKS_MAY_DIFFER
            session.execute(delete(inbox).where(inbox.c.received_at < last))

    def count_parked(self) -> None:
        """Count the parked messages; at the start, and at every sweep."""
        with self.database.read_session() as session:
            self.parked_count = session.execute(select(func.count()).select_from(self.tables.held)).scalar_one()

    def load_unsent(self, known: Collection[str] = ()) -> list[tuple[str, TransportMessage]]:
        """The messages in the own outbox that are not ``known`` to the publisher, in order: of an earlier run,
        of a transaction whose commit was taken for a failure, or of a dead replica.
        """
        if self.lease is not None:
            self.lease.renew()
        outbox = self.tables.outbox
        own = outbox.c.owner == self.owner
        with self.database.read_session() as session:
            count = session.execute(select(func.count()).select_from(outbox).where(own)).scalar_one()
            if count == len(known):
                return []
            unknown = set(session.execute(select(outbox.c.id).where(own)).scalars()).difference(known)
            query = select(outbox).where(outbox.c.id.in_(sorted(unknown)[:MOST_TAKEN_UP]) if known else own)
            rows = session.execute(query.order_by(outbox.c.created_at, outbox.c.position)).all()
        return [
            (
                row.id,
                TransportMessage(
                    row.address,
                    row.message_type,
                    row.message_id,
                    row.correlation_id,
                    SignedBytes(row.body, row.signature, row.hop),
                ),
            )
            for row in rows
        ]
