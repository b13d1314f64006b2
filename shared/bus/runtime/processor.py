"""Deals with a batch in one transaction; when one of it fails, each alone in its own.

Handlers touch nothing but their transaction, so a batch that is rolled back has done nothing, and trying its
parts one by one is safe. That is what makes many deliveries a commit possible (limits: a row a commit costs ten
times a row in a batch of a hundred).
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import Session

from shared.bus.carriers.transport import Delivery, Outgoing, Raw
from shared.bus.clocks.clock import Clock
from shared.bus.errors import BusError, Conflict, Internal, NotFound, Unavailable
from shared.bus.logs import log
from shared.bus.messages.gate import CLOCKS_MAY_DIFFER, Gate, NotAdmitted
from shared.bus.messages.receipts import Receipts
from shared.bus.messages.router import Refusal, Router
from shared.bus.messages.trust import Identity
from shared.bus.persistence.database import Database, DatabaseAway
from shared.bus.persistence.hot_tables import Pages, Sheet
from shared.bus.persistence.ledger import Held, Ledger
from shared.bus.persistence.tables import BusTables
from shared.bus.runtime.unit_of_work import Deferred, Intent, NewId, Received, Work

GIVE_UP_AFTER_FAULTS = 5


@dataclass(frozen=True, slots=True)
class Task:
    """Work that did not come over the bus: an HTTP request, a timer."""

    run: Callable[[Work], Any]
    future: Future[Any]


Item = Delivery | Held | Task


@dataclass(slots=True)
class Case:
    """An item on its way through one batch."""

    item: Item
    received: Received | None = None
    error: BusError | None = None

    @property
    def raw(self) -> Raw:
        assert not isinstance(self.item, Task)  # noqa: S101 - tasks have no bytes
        return self.item.raw


@dataclass
class Outcome:
    """What a transaction left behind, once it is committed."""

    outgoing: list[tuple[str, Outgoing]] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    results: dict[int, Any] = field(default_factory=dict)
    left: list[Item] = field(default_factory=list)
    """What was not come to, because the database went away in between."""
    held: int = 0
    handled: int = 0

    def add(self, other: Outcome) -> None:
        self.outgoing += other.outgoing
        self.topics |= other.topics
        self.results |= other.results
        self.held += other.held
        self.handled += other.handled


@dataclass(frozen=True)
class Failed:
    """A task's exception, to be raised to whoever waits for the task."""

    error: BaseException


@dataclass
class Processor:
    """The synchronous heart of a service; only one thread at a time runs it."""

    database: Database
    tables: BusTables
    router: Router
    gate: Gate | None
    identity: Identity | None
    resources: Mapping[type[Any], object]
    clock: Clock
    machine: Clock
    owner: str
    new_id: NewId
    receipts: Receipts
    sheets: Sequence[Sheet[Any]] = ()
    """Hot tables keyed by the case: read for the whole batch before its handlers run."""
    held: int = 0

    def run(self, items: Sequence[Item], confirmed: Sequence[str]) -> Outcome:
        """Deal with everything, or say what is left; ``DatabaseAway`` when nothing could be done at all."""
        now = self.clock.now()
        cases = [self._admit(item, now) for item in items]
        try:
            outcome = self._attempt(cases, confirmed)
        except DatabaseAway:
            raise
        except Exception as error:
            if len(cases) == 1 and not confirmed:
                outcome = self._after_failure(cases[0], error)
            else:
                outcome = self._one_by_one(cases, confirmed)
        self.held = max(0, self.held + outcome.held)
        return outcome

    def _one_by_one(self, cases: Sequence[Case], confirmed: Sequence[str]) -> Outcome:
        outcome = self._attempt([], confirmed)
        for number, case in enumerate(cases):
            try:
                outcome.add(self._alone(case))
            except DatabaseAway:
                outcome.left = [left.item for left in cases[number:]]
                break
        return outcome

    def _alone(self, case: Case) -> Outcome:
        try:
            return self._attempt([case], ())
        except DatabaseAway:
            raise
        except Exception as error:
            return self._after_failure(case, error)

    def _admit(self, item: Item, now: datetime) -> Case:
        if isinstance(item, Task):
            return Case(item)
        assert self.gate is not None  # noqa: S101 - a service without an address has no deliveries
        try:
            return Case(item, self.gate.admit(item.raw, now))
        except NotAdmitted as refusal:
            return Case(item, refusal.received, refusal.error)
        except Exception as error:  # whoever sent it must not be able to stop us
            return Case(item, None, Internal("gate-failed", repr(error)))

    def _attempt(self, cases: Sequence[Case], confirmed: Sequence[str]) -> Outcome:
        outcome = Outcome()
        self.receipts.forget()
        with self.database.transaction() as session:
            ledger = Ledger(session, self.database, self.tables, self.machine.now())
            if confirmed:
                self.database.delete_keyed(session, self.tables.outbox, confirmed)
            ledger.load(case.received for case in cases if case.received)
            pages = self._pages(session, cases)
            works = []
            for case in cases:
                work = self._work(session, pages)
                if self._deal(case, ledger, work, outcome, alone=len(cases) == 1):
                    work.keep()
                    works.append(work)
            self._close(session, ledger, works, pages, outcome)
            outcome.held = ledger.holds - sum(isinstance(case.item, Held) for case in cases)
        return outcome

    def _pages(self, session: Session, cases: Sequence[Case]) -> Pages:
        pages = Pages(session, self.database)
        correlations = [case.received.info.correlation_id for case in cases if case.received and not case.error]
        for sheet in self.sheets:
            pages.page(sheet).load(correlations)
        return pages

    def _close(
        self, session: Session, ledger: Ledger, works: Sequence[Work], pages: Pages, outcome: Outcome
    ) -> None:
        """Write what the handlers put off, then what they sent."""
        session.flush()
        pages.flush()
        rows: dict[Deferred, list[Any]] = {}
        for work in works:
            outcome.topics |= work.topics
            for write, row in work.deferred:
                rows.setdefault(write, []).append(row)
        for write, together in rows.items():
            write(session, self.database, together)
        intents = [intent for work in works for intent in work.outgoing]
        intents += self.receipts.take(self._work(session, pages))
        outcome.outgoing = self._flush(ledger, intents)

    def _flush(self, ledger: Ledger, intents: Sequence[Intent]) -> list[tuple[str, Outgoing]]:
        if self.identity is None:
            return []
        outgoing = ledger.flush(intents, self.identity, self.owner, self.new_id)
        if self.held and ledger.advanced:
            ledger.wake_successors()
        return outgoing

    def _work(self, session: Session, pages: Pages) -> Work:
        address = self.identity.address if self.identity else ""
        limit = self.gate.max_bytes if self.gate else None
        return Work(session, self.clock.now(), address, self.resources, pages, self.new_id, limit)

    def _deal(self, case: Case, ledger: Ledger, work: Work, outcome: Outcome, *, alone: bool) -> bool:
        """Deal with one case; False when what it did must not count."""
        if isinstance(case.item, Task):
            return self._do_task(case.item, work, outcome, alone=alone)
        if isinstance(case.item, Held):
            ledger.release(case.item.key)
        received, error = case.received, case.error
        if isinstance(error, Unavailable):
            self._hold(case, error.code, ledger)
        elif received is None or (error is not None and not self._is_early(received, ledger)):
            self._refuse(case, error or Internal("not-admitted"), ledger, work)
        elif (digest := ledger.known.get(received.key)) is not None:
            self._repeat(case, received, digest == received.digest, ledger, work)
        elif self._is_early(received, ledger):
            self._hold(case, "predecessor-missing", ledger)
        elif received.sequence and received.sequence <= ledger.last.get(received.stream, 0):
            self._refuse(case, Conflict("sequence-reused", "its place was taken by another"), ledger, work)
        else:
            self.router.dispatch(received, work)
            ledger.finish(received)
            self.receipts.accepted(received)
            outcome.handled += 1
        return True

    def _is_early(self, received: Received, ledger: Ledger) -> bool:
        return received.sequence > ledger.last.get(received.stream, 0) + 1

    def _do_task(self, task: Task, work: Work, outcome: Outcome, *, alone: bool) -> bool:
        if alone:
            outcome.results[id(task)] = task.run(work)
            return True
        try:
            with work.fenced():
                outcome.results[id(task)] = task.run(work)
            return True
        except BusError as error:
            outcome.results[id(task)] = Failed(error)
            return False

    def _repeat(self, case: Case, received: Received, is_same: bool, ledger: Ledger, work: Work) -> None:
        if is_same:
            self._close_its_turn(received, ledger)
        if not is_same:
            error = Conflict("message-id-reused", "this id was used for other bytes")
            self._refuse(case, error, ledger, work)
        elif isinstance(case.item, Delivery) and not case.item.redelivered:
            error = Conflict("message-replayed", "dealt with already; ignored")
            self.router.tell(Refusal(error, case.raw, received), work)

    def _hold(self, case: Case, code: str, ledger: Ledger) -> None:
        """Keep it for later, unless another replica has dealt with it in the meantime."""
        if case.received is not None and case.received.key in ledger.known:
            return
        held = case.item if isinstance(case.item, Held) else None
        ledger.hold(case.raw, case.received, code, _attempts(case, code), held.held_at if held else ledger.now)

    def _refuse(self, case: Case, error: BusError, ledger: Ledger, work: Work) -> None:
        received = case.received
        info = received.info if received else None
        log("message.refused", code=error.code, correlation_id=info and info.correlation_id)
        self.router.tell(Refusal(error, case.raw, received), work)
        self._bury(case, error, ledger)

    def _bury(self, case: Case, error: BusError, ledger: Ledger) -> None:
        ledger.bury(case.raw, error, case.received, self.new_id)
        if case.received is not None:
            self.receipts.refused(case.received, error)
            self._close_its_turn(case.received, ledger)

    def _close_its_turn(self, received: Received, ledger: Ledger) -> None:
        """It is not dealt with, but its place is taken: its successor may come."""
        if received.sequence not in (0, ledger.last.get(received.stream, 0) + 1):
            return
        if received.key in ledger.known:
            ledger.advance(received)
        else:
            ledger.finish(received)

    def _after_failure(self, case: Case, error: Exception) -> Outcome:
        """One case failed alone, and nothing of it was kept: answer, hold or bury it."""
        if isinstance(case.item, Task):
            return Outcome(results={id(case.item): Failed(error)})
        reason = error if isinstance(error, BusError) else Internal("handler-failed", repr(error))
        is_fault = not isinstance(error, BusError) and case.error is None
        if isinstance(reason, Unavailable) or (is_fault and _attempts(case, reason.code) < GIVE_UP_AFTER_FAULTS):
            log("message.held", code=reason.code, error=reason.message)
            return self._settle(case, lambda ledger, work: self._hold(case, reason.code, ledger))
        return self._refuse_alone(case, case.error or reason)

    def _refuse_alone(self, case: Case, reason: BusError) -> Outcome:
        try:
            return self._settle(case, lambda ledger, work: self._refuse(case, reason, ledger, work))
        except DatabaseAway:
            raise
        except Exception as fault:  # the service's own hook
            log("refusal.failed", code=reason.code, error=repr(fault))
            return self._settle(case, lambda ledger, work: self._bury(case, reason, ledger))

    def _settle(self, case: Case, act: Callable[[Ledger, Work], None]) -> Outcome:
        outcome = Outcome()
        self.receipts.forget()
        with self.database.transaction() as session:
            ledger = Ledger(session, self.database, self.tables, self.machine.now())
            ledger.load([case.received] if case.received else [])
            pages = Pages(session, self.database)
            work = self._work(session, pages)
            if isinstance(case.item, Held):
                ledger.release(case.item.key)
            act(ledger, work)
            work.keep()
            self._close(session, ledger, [work], pages, outcome)
            outcome.held = ledger.holds - isinstance(case.item, Held)
        return outcome

    def handle_again(self, raw: Raw, work: Work) -> None:
        """Admit and dispatch a message outside its turn; the fault it meets, if it meets one again.

        From then on it is known, and whatever waited for its place goes on.
        """
        if self.gate is None or self.identity is None:
            raise NotFound("no-messages", "this system takes no messages")
        try:
            received = self.gate.admit(raw, self.clock.now())
        except NotAdmitted as refusal:
            raise refusal.error from None
        self.router.dispatch(received, work)
        ledger = Ledger(work.session, self.database, self.tables, self.machine.now())
        ledger.load([received])
        if received.key not in ledger.known:
            ledger.remember(received)
        self._close_its_turn(received, ledger)
        ledger.flush([], self.identity, self.owner, self.new_id)
        ledger.wake_successors()

    def purge(self, older_than: timedelta) -> None:
        """Forget what was dealt with so long ago that nothing as old is taken any more."""
        inbox = self.tables.inbox
        with self.database.transaction() as session:
            last = self.machine.now() - older_than - CLOCKS_MAY_DIFFER
            session.execute(delete(inbox).where(inbox.c.received_at < last))

    def count_held(self) -> None:
        """Look how much waits; at start, and again with every sweep."""
        with self.database.reading() as session:
            self.held = session.execute(select(func.count()).select_from(self.tables.held)).scalar_one()

    def unsent(self) -> list[tuple[str, Outgoing]]:
        """What an earlier run of this process signed and could not see confirmed, in its order."""
        outbox = self.tables.outbox
        query = select(outbox).where(outbox.c.owner == self.owner)
        with self.database.reading() as session:
            rows = session.execute(query.order_by(outbox.c.created_at, outbox.c.position)).all()
        return [
            (
                row.id,
                Outgoing(
                    row.address,
                    row.message_type,
                    row.message_id,
                    row.correlation_id,
                    Raw(row.body, row.signature, row.hop),
                ),
            )
            for row in rows
        ]


def _attempts(case: Case, code: str) -> int:
    """How often it was held for this reason already; to wait for something is no fault of the handler's."""
    return case.item.attempts if isinstance(case.item, Held) and case.item.code == code else 0
