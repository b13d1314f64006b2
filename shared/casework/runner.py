"""A system's part in one case: the steps it holds are taken here, and what they send is sent.

Automatic steps follow by themselves until somebody else must act: a person, another system, an answer that is not
there yet. Nothing here decides what a step does: that is the ``Hands`` of the system.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Protocol

from shared.bus.messages.message import Contract, MessageType
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.cases import CHANNEL, MAIN, REGULATION, STEP, VARIANT
from shared.regulations.model import System
from shared.regulations.process.graph import Node, Posting
from shared.regulations.process.process_state import Course

REGISTERS: frozenset[System] = frozenset({"nr_iin", "enis", "is_cgo", "gcvp"})
"""Systems that are asked by a query of their own service instead of being sent the case."""


@dataclass(frozen=True)
class Matter:
    """A case as its messages name it; ``way`` is the neighbour that carries them."""

    id: str
    regulation: str
    service_type: str
    region: str
    channel: str
    variant: str
    way: str


class Hands(Protocol):
    """What a system does at its steps."""

    def answer(self, node: Node) -> str | None:
        """What an automatic step is answered; None while that is not known."""
        ...

    def perform(self, node: Node, answer: str | None) -> None:
        """Do what the step says, before what it sends is made."""
        ...

    def payload(self, node: Node, kind: MessageType) -> Contract:
        """The message of the step."""
        ...

    def ask(self, node: Node, register: System) -> None:
        """Send a query to a register."""
        ...


class Runner:
    """Takes steps of a case on behalf of ``systems``, signed in the journal as done ``by`` this address."""

    def __init__(
        self, work: Work, matter: Matter, course: Course, systems: Set[System], by: str, hands: Hands
    ) -> None:
        self.work = work
        self.matter = matter
        self.course = course
        self.systems = systems
        self.by = by
        self.hands = hands
        self.requests: list[str] = []
        """The ids of the REQUESTs that were sent."""

    def take(self, node_id: str, answer: str | None = None) -> Node:
        """Take one step, and send what it sends; raises what ``Course.check`` raises."""
        node = self.course.check(node_id, answer)
        self.hands.perform(node, answer)
        self.course.take(node_id, self.work.now, self.by, answer)
        for posting in self.course.posted(node_id):
            self._post(node, posting)
        return node

    def run(self) -> None:
        """Take the automatic steps that this system holds, as far as they go."""
        while self._take_next():
            pass

    def mine(self) -> Iterator[Node]:
        """The steps that this system may take now, by whoever."""
        for node_id in self.course.allowed:
            node = self.course.graph.node(node_id)
            if node.end is None and node.holder in self.systems:
                yield node

    def _take_next(self) -> bool:
        for node in self.mine():
            if node.is_automatic:
                answer = self.hands.answer(node) if node.chooses else None
                if answer is not None or not node.chooses:
                    self.take(node.id, answer)
                    return True
        return False

    def _post(self, node: Node, posting: Posting) -> None:
        for register in REGISTERS.intersection(posting.to):
            self.hands.ask(node, register)
        if REGISTERS.issuperset(posting.to):
            return
        kind = MessageType(posting.kind)
        sent = self.send(node, kind, self.hands.payload(node, kind))
        if kind is MessageType.REQUEST:
            self.requests.append(sent)

    def send(self, node: Node, kind: MessageType, payload: Contract) -> str:
        """Send a message in the name of a step; its id."""
        matter = self.matter
        values = {REGULATION: matter.regulation, CHANNEL: matter.channel, STEP: node.id}
        if matter.variant != MAIN:
            values[VARIANT] = matter.variant
        return self.work.send(
            matter.way,
            payload,
            service_id=matter.service_type,
            message_type=kind,
            correlation_id=matter.id,
            route_id=matter.region,
            values=values,
        )
