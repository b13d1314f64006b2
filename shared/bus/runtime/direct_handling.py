"""Handling of single messages that no carrier delivers: dead letters that the operator repeats, and refusals of
messages that come to a gateway over HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import BusError, NotFound
from shared.bus.messages.gate import Gate, NotAdmitted
from shared.bus.messages.refusals import explain_error
from shared.bus.messages.router import MessageRefusal
from shared.bus.messages.trust import SystemIdentity
from shared.bus.persistence.ledger import Ledger
from shared.bus.runtime.processor import BatchProcessor
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork


@dataclass(frozen=True)
class DirectHandling:
    """Handles messages inside a unit of work of the caller, by the rules of a processor."""

    processor: BatchProcessor

    def handle_again(self, raw: SignedBytes, uow: UnitOfWork) -> None:
        """Admit and dispatch a message outside its order; raises the fault that the message meets again.

        Afterwards the message is known, and messages that waited for its place go on.
        """
        processor = self.processor
        gate, identity = self._require_messages()
        received = _admit_message(gate, raw, uow)
        processor.router.dispatch(received, uow)
        ledger = self._open_ledger(received, uow)
        if received.message_key not in ledger.known_digests:
            ledger.remember_id(received)
        ledger.close_turn(received)
        ledger.flush([], identity, processor.new_id)
        ledger.wake_successors()

    def admit(self, raw: SignedBytes, now: datetime) -> ReceivedMessage:
        """The message that the gate lets in; raises its error, with the explanation of a refusal."""
        gate, _ = self._require_messages()
        try:
            return gate.admit(raw, now)
        except NotAdmitted as refusal:
            explain_error(refusal.error, raw, self.processor.explain_refusal)
            raise refusal.error from None

    def note_refusal(self, raw: SignedBytes, error: BusError, uow: UnitOfWork) -> None:
        """Call the service's hook for a message that came over HTTP; its sender has learnt the error."""
        gate, _ = self._require_messages()
        try:
            received: ReceivedMessage | None = gate.admit(raw, uow.now)
        except NotAdmitted as refusal:
            received = refusal.received
        explain_error(error, raw, self.processor.explain_refusal)
        unordered = replace(received, sequence=0) if received else None
        self.processor.router.notify_refusal(MessageRefusal(error, raw, unordered), uow)

    def _require_messages(self) -> tuple[Gate, SystemIdentity]:
        processor = self.processor
        if processor.gate is None or processor.identity is None:
            raise NotFound("no-messages", "this system takes no messages")
        return processor.gate, processor.identity

    def _open_ledger(self, received: ReceivedMessage, uow: UnitOfWork) -> Ledger:
        processor = self.processor
        ledger = Ledger(uow.session, processor.database, processor.tables, uow.machine_now, processor.owner)
        ledger.load_known([received])
        return ledger


def _admit_message(gate: Gate, raw: SignedBytes, uow: UnitOfWork) -> ReceivedMessage:
    try:
        return gate.admit(raw, uow.now)
    except NotAdmitted as refusal:
        raise refusal.error from None
