"""A system's part in one case: taking the steps that the system holds, and sending their messages.

Automatic steps follow one another until the case waits for a person, for another system, or for an answer that is
missing. What a step does is decided by the ``StepActions`` of the system.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Protocol

from shared.bus.messages.message import MessageContract, MessageType
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import CHANNEL, MAIN, REGULATION, STEP, VARIANT
from shared.regulations.model import System
from shared.regulations.process.graph import MessageRule, ProcessNode
from shared.regulations.process.process_state import ProcessState

REGISTERS: frozenset[System] = frozenset({"nr_iin", "enis", "is_cgo", "gcvp"})
"""The registers: systems that get a query of their own service instead of the case."""


@dataclass(frozen=True)
class CaseReference:
    """A case as its messages name it; ``next_hop`` is the neighbour that carries the messages."""

    case_id: str
    regulation: str
    service_type: str
    region: str
    channel: str
    variant: str
    next_hop: str


class StepActions(Protocol):
    """The actions of a system at its steps."""

    def automatic_answer(self, node: ProcessNode) -> str | None:
        """The answer of an automatic step; None while the answer is unknown."""
        ...

    def perform_step(self, node: ProcessNode, answer: str | None) -> None:
        """Perform the step, before its messages are composed."""
        ...

    def compose_payload(self, node: ProcessNode, kind: MessageType) -> MessageContract:
        """The message that the step sends."""
        ...

    def query_register(self, node: ProcessNode, register: System) -> None:
        """Send a query to a register."""
        ...


class StepRunner:
    """Takes steps of a case on behalf of ``systems``; the journal records the steps as done ``by`` this
    address.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        case_reference: CaseReference,
        process_state: ProcessState,
        systems: Set[System],
        by: str,
        actions: StepActions,
    ) -> None:
        self.uow = uow
        self.case_reference = case_reference
        self.process_state = process_state
        self.systems = systems
        self.system_address = by
        self.actions = actions
        self.request_ids: list[str] = []
        """The ids of the REQUESTs that were sent."""

    def take_step(self, node_id: str, answer: str | None = None) -> ProcessNode:
        """Take one step and send its messages; raises as ``ProcessState.check_step`` does."""
        node = self.process_state.check_step(node_id, answer)
        self.actions.perform_step(node, answer)
        self.process_state.take_step(node_id, self.uow.now, self.system_address, answer)
        for message_rule in self.process_state.messages_sent_by(node_id):
            self._post_messages(node, message_rule)
        return node

    def run_automatic(self) -> None:
        """Take the automatic steps that this system holds, as far as possible."""
        while self._take_next():
            pass

    def available_steps(self) -> Iterator[ProcessNode]:
        """The steps that this system may take now, by a person or automatically."""
        for node_id in self.process_state.allowed_nodes:
            node = self.process_state.graph.get_node(node_id)
            if node.end is None and node.holder in self.systems:
                yield node

    def _take_next(self) -> bool:
        for node in self.available_steps():
            if node.is_automatic:
                answer = self.actions.automatic_answer(node) if node.chooses else None
                if answer is not None or not node.chooses:
                    self.take_step(node.id, answer)
                    return True
        return False

    def _post_messages(self, node: ProcessNode, message_rule: MessageRule) -> None:
        for register in REGISTERS.intersection(message_rule.to):
            self.actions.query_register(node, register)
        if REGISTERS.issuperset(message_rule.to):
            return
        kind = MessageType(message_rule.kind)
        message_id = self.send_message(node, kind, self.actions.compose_payload(node, kind))
        if kind is MessageType.REQUEST:
            self.request_ids.append(message_id)

    def send_message(self, node: ProcessNode, kind: MessageType, payload: MessageContract) -> str:
        """Send a message in the name of a step; returns the message's id."""
        case_reference = self.case_reference
        values = {REGULATION: case_reference.regulation, CHANNEL: case_reference.channel, STEP: node.id}
        if case_reference.variant != MAIN:
            values[VARIANT] = case_reference.variant
        return self.uow.send(
            case_reference.next_hop,
            payload,
            service_id=case_reference.service_type,
            message_type=kind,
            correlation_id=case_reference.case_id,
            route_id=case_reference.region,
            values=values,
        )
