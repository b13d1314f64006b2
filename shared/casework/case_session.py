"""One case inside one transaction: its record, its process state, and the messages sent in its name.

Each side of the bus (portal, workplaces) derives its own session, which says how its cases may change. The effect
of a step is not a method of a session but a function of the side's table (``shared.casework.runner``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from shared.bus.logs import log
from shared.bus.messages.message import MessageContract, MessageType
from shared.bus.persistence.hot_tables import HotTable
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.casework.case_reference import CaseReference
from shared.casework.participants import (
    CaseMessage,
    CaseSpeaker,
    believe_steps,
    check_same_case,
    check_step_sender,
)
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, MAIN, REGULATION, STEP, VARIANT, ApplicationMessage, StepDone, step_of
from shared.contracts.statuses import STATUS_CODE, code_of_status
from shared.regulations.model import Passport, System
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import ProcessState


class CaseRecord(Protocol):
    """The fields that the record of a case has at every system: a frozen dataclass with these and further
    fields.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def steps(self) -> tuple[StepDone, ...]:
        """The steps that the system knows."""

    @property
    def status(self) -> str:
        """The status shown last."""

    @property
    def number(self) -> str | None:
        """The provider's number; None before the provider gave one."""


RecordT = TypeVar("RecordT", bound=CaseRecord)


class CaseSession(Generic[RecordT]):
    """One case inside one transaction. ``systems`` are those whose steps are taken here."""

    def __init__(
        self, uow: UnitOfWork, case: RecordT, case_reference: CaseReference, systems: Set[System]
    ) -> None:
        book = uow.resource(PassportBook)
        self.uow = uow
        self.case_reference = case_reference
        self.systems = systems
        self.passport: Passport = book.get_passport(case_reference.regulation)
        graph = book.get_graph(case_reference.regulation, case_reference.channel, case_reference.variant)
        self.process_state = ProcessState(graph, case.steps)
        self._case = case
        self._request_ids: list[str] = []
        self._is_late = False
        """Whether the present message was overtaken by a message of a later step: the bus keeps an order between
        the messages of one sender only.
        """

    @property
    def case(self) -> RecordT:
        """The current record; changes go through the session."""
        return self._case

    @property
    def graph(self) -> ProcessGraph:
        return self.process_state.graph

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The ids of the REQUESTs that were sent in this transaction."""
        return tuple(self._request_ids)

    def available_steps(self) -> Iterator[ProcessNode]:
        """The steps that this system may take now, by a person or automatically."""
        for node_id in self.process_state.allowed_nodes:
            node = self.process_state.graph.get_node(node_id)
            if node.end is None and node.holder in self.systems:
                yield node

    def admit_message(self, message: CaseMessage, received: ReceivedMessage) -> None:
        """Compare a message with the case, and add the steps about which its sender is believed.

        Refused ``case-mismatch``, ``not-a-participant``; NotFound ``step-not-found``; Malformed
        ``step-unknown``.
        """
        speaker = CaseSpeaker.of_message(received)
        check_same_case(message, received, self.case_reference)
        check_step_sender(message.step, received.info.message_type, speaker, self.graph)
        self._is_late = bool(self._case.status) and self.process_state.is_overtaken(message.step)
        if self._is_late:
            log("message.overtaken", correlation_id=self.case_reference.case_id, step=message.step)
        self.learn_steps(message.steps, speaker)

    def admit_application(self, application: ApplicationMessage, received: ReceivedMessage) -> None:
        """Check that the sender takes the step that brings the application, and add the sender's steps.

        The case is made from the application, which was compared with the envelope before. Refused
        ``not-a-participant``; Malformed ``step-unknown``.
        """
        speaker, step = CaseSpeaker.of_message(received), step_of(received.info) or ""
        check_step_sender(step, received.info.message_type, speaker, self.graph)
        self.learn_steps(application.steps, speaker)

    def learn_steps(self, steps: Iterable[StepDone], speaker: CaseSpeaker) -> None:
        """Add the steps about which the speaker is believed; Malformed ``step-unknown``."""
        self.process_state.learn_steps(believe_steps(steps, speaker, self.graph))

    def learn_route(self, sent_at: str, at: datetime) -> None:
        """Record that the gateways carried the message of the step ``sent_at`` at the moment ``at``."""
        self.process_state.learn_route(sent_at, at, addresses.GATEWAY)

    def mark_done(self, node_id: str, at: datetime, answer: str | None = None) -> None:
        """Record a step taken here at this moment; raises as ``ProcessState.take_step`` does."""
        self.process_state.take_step(node_id, at, self.case_reference.system_address, answer)

    def show_status(self, status: str | None, number: str | None = None) -> None:
        """Show a new status, where one is given, and the provider's first number, which its document bears; a late
        message has no new status.
        """
        new_status = None if self._is_late else status
        self._change_case(status=new_status or self._case.status, number=self._case.number or number)

    def show_step(self, node: ProcessNode) -> None:
        """Show the status of a step just taken, if the act gives the step a status.

        A step that a late message has made possible shows none where a later step of the act has shown its own.
        """
        if node.status and not (self._is_late and not self.process_state.has_newest_status(node.id)):
            self._change_case(status=node.status)

    def send_message(self, node: ProcessNode, kind: MessageType, payload: MessageContract) -> str:
        """Send a message in the name of a step; returns the message's id."""
        case_reference = self.case_reference
        values = {REGULATION: case_reference.regulation, CHANNEL: case_reference.channel, STEP: node.id}
        if case_reference.variant != MAIN:
            values[VARIANT] = case_reference.variant
        if (status := getattr(payload, "status", None)) is not None:
            values[STATUS_CODE] = code_of_status(status).value
        message_id = self.uow.send(
            case_reference.next_hop,
            payload,
            service_id=case_reference.service_type,
            message_type=kind,
            correlation_id=case_reference.case_id,
            route_id=case_reference.region,
            values=values,
        )
        if kind is MessageType.REQUEST:
            self._request_ids.append(message_id)
        return message_id

    def _put_back(self, hot_table: HotTable[RecordT], **values: Any) -> RecordT:
        """Write the record when the transaction ends, with its steps and these values."""
        self._change_case(steps=self.process_state.done_steps, changed_at=self.uow.now, **values)
        self.uow.hot_rows(hot_table).put(self._case)
        return self._case

    def _change_case(self, **values: Any) -> None:
        self._case = replace(self._case, **values)
