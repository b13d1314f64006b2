"""The process graph: one channel and variant of a passport as nodes and edges, whatever the act tells it by.

A node is ready when its incoming edges hold: all of them where ``join`` is ``all`` (rows of a table run in
parallel), any one where it is ``any``. An edge holds when its source is done and its ``answer`` is None, or the
answer that the source was given (``chooses``), or the outcome of the case (``granted``, ``refused``) that a
decision settled, be it before the source was done or after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Literal

from shared.bus.errors import NotFound
from shared.regulations.model import (
    Channel,
    Deadline,
    DeclaredMessage,
    EndKind,
    ExternalWait,
    Medium,
    MessageType,
    RefusalKind,
    StepOperation,
    System,
    TimeLimit,
)

NodeKind = Literal["system", "human", "condition", "media", "wait", "end"]
"""``media`` is a human step that leaves the electronic way: a person comes, papers or mail are carried."""

JoinKind = Literal["all", "any"]

RECEIVED = ("received",)
"""What a wait is answered with."""

REMEMBERED_STATES = 16_384
"""States of processes of which is remembered what is allowed in them."""

NodeOrigin = Literal["walk", "table", "procedure", "ours"]
"""What of the passport a node stands for; ``ours`` are ends, waits, and refusals that the act forgot to print."""


@dataclass(frozen=True)
class Transition:
    """A way from one node to another; ``when`` is the condition in words where the passport has them."""

    source: str
    target: str
    answer: str | None = None
    when: str | None = None


@dataclass(frozen=True)
class MessageRule:
    """A message that a step sends, to all its recipients at once; sent only if one of ``transitions`` holds, where
    there are any. ``is_on_extension``: not with the step, but when its deadline is extended."""

    kind: MessageType
    to: tuple[System, ...]
    transitions: tuple[Transition, ...] = ()
    is_on_extension: bool = False


@dataclass(frozen=True)
class MessageRoute:
    """A message that a step may send to one system."""

    step: str
    kind: MessageType
    sender: System
    recipient: System


@dataclass(frozen=True)
class ProcessNode:
    """A step of a case.

    ``id`` is its place: ``w3`` the third step of the walk, ``t5`` row 5, ``p3`` step 3 of the provider's
    procedure, ``a3`` that of a channel's own, ``…:wait`` and ``…:no`` what belongs to them, ``end:…``.
    ``holder`` is the system at which it is done. ``limit`` is the deadline that holds in this channel and
    variant. ``chooses`` are the answers of which one must be given with the step. ``announces`` is the status that
    the citizen's side is told of where the act has none (ours). ``extensions`` are the ids of those that the act
    gives this step's deadline, ``is_extension_told`` whether the citizen is notified of them.
    """

    id: str
    kind: NodeKind
    origin: NodeOrigin
    actor: str
    action: str
    holder: System
    op: StepOperation | None = None
    label: str = ""
    n: int | None = None
    clause: str | None = None
    deadline: Deadline | None = None
    limit: TimeLimit | None = None
    status: str | None = None
    announces: str | None = None
    extensions: tuple[str, ...] = ()
    is_extension_told: bool = False
    sends: tuple[DeclaredMessage, ...] = ()
    media: tuple[Medium, ...] = ()
    systems: tuple[str, ...] = ()
    wait: ExternalWait | None = None
    chooses: tuple[str, ...] = ()
    is_automatic: bool = False
    join: JoinKind = "any"
    end: EndKind | None = None
    refusal: RefusalKind | None = None


@dataclass(frozen=True, eq=False)
class ProcessGraph:
    """The compiled process of a channel and variant; ``start_nodes`` are the nodes that are ready at once."""

    passport_id: str
    channel: Channel
    variant: str
    nodes: tuple[ProcessNode, ...]
    transitions: tuple[Transition, ...]

    @cached_property
    def start_nodes(self) -> tuple[str, ...]:
        entered = {transition.target for transition in self.transitions}
        return tuple(node.id for node in self.nodes if node.id not in entered) or (self.nodes[0].id,)

    @property
    def end_nodes(self) -> tuple[ProcessNode, ...]:
        return tuple(node for node in self.nodes if node.end is not None)

    def get_node(self, node_id: str) -> ProcessNode:
        """The node; raises ``NotFound("step-not-found")``."""
        node = self._nodes_by_id.get(node_id)
        if node is None:
            raise NotFound("step-not-found", f"{self.passport_id} has no step {node_id}", step=node_id)
        return node

    def transitions_from(self, node_id: str) -> tuple[Transition, ...]:
        return self._transitions_by_source.get(node_id, ())

    def transitions_into(self, node_id: str) -> tuple[Transition, ...]:
        return self._transitions_by_target.get(node_id, ())

    def allowed_nodes(self, answers: Mapping[str, str | None]) -> tuple[str, ...]:
        """The nodes that may be taken now; ``given`` holds the done nodes and their answers, in their order.

        Ends come with the rest: a case whose allowed nodes hold an end is over. A node that is done is not allowed
        again: see ``ProcessState`` for loops.
        """
        return _find_allowed(self, tuple(answers.items()))

    def is_taken(self, transition: Transition, answers: Mapping[str, str | None]) -> bool:
        """Whether the way is taken, as far as is known."""
        return _is_transition_taken(transition, answers, decided_outcome(answers))

    def message_rules(self, node_id: str) -> tuple[MessageRule, ...]:
        """What the step sends: what its binding says, what tells the citizen's side, and what the change of the
        holder asks for.

        Where nobody binds a message, the case goes on as REQUEST to a system that has had no step of it, as UPDATE
        to one that has, and what leads to the citizen's side (the result is delivered or handed over, a refusal
        told, the case ended elsewhere) is the RESPONSE.
        """
        return self._rules_by_node[node_id]

    def message_routes(self) -> Iterator[MessageRoute]:
        """What may go over the bus, whatever is answered and decided."""
        for node in self.nodes:
            for message_rule in self.message_rules(node.id):
                for recipient in message_rule.to:
                    yield MessageRoute(node.id, message_rule.kind, node.holder, recipient)

    @cached_property
    def node_places(self) -> Mapping[str, int]:
        """Each node's place in the order of the passport."""
        return MappingProxyType({node.id: n for n, node in enumerate(self.nodes)})

    @property
    def front_system(self) -> System | None:
        """The system on the citizen's side; None where he deals with the authority itself."""
        return _FRONT_SYSTEMS.get(self.channel)

    @cached_property
    def loop_heads(self) -> Mapping[str, str]:
        """The nodes that stand in a loop, each with the node at which the loop is entered."""
        heads_by_node: dict[str, str] = {}
        for node in self.nodes:
            loop = self._loop_around(node.id)
            entries = [
                member
                for member in loop
                if any(transition.source not in loop for transition in self.transitions_into(member))
            ]
            heads_by_node |= dict.fromkeys(loop, entries[0]) if entries else {}
        return heads_by_node

    def _loop_around(self, node_id: str) -> tuple[str, ...]:
        """The nodes that can be reached from this one and lead back to it; none outside of loops."""
        after = _reachable_from(self._successors.get(node_id, ()), self._successors)
        if node_id not in after:
            return ()
        before = _reachable_from([node_id], self._predecessors)
        return tuple(node.id for node in self.nodes if node.id in after & before)

    @cached_property
    def _rules_by_node(self) -> Mapping[str, tuple[MessageRule, ...]]:
        return {node.id: tuple(self._compose_rules(node)) for node in self.nodes}

    def _compose_rules(self, node: ProcessNode) -> Iterator[MessageRule]:
        for sending in node.sends:
            yield MessageRule(sending.message, sending.to)
        if node.announces is not None and self.front_system is not None:
            yield MessageRule("UPDATE", (self.front_system,))
        if node.is_extension_told and self.front_system not in (None, node.holder):
            yield MessageRule("UPDATE", (self.front_system,), is_on_extension=True)
        if node.origin == "table":
            return
        bound_systems = {node.holder, *(system for sending in node.sends for system in sending.to)}
        transitions_by_message: dict[tuple[MessageType, System], list[Transition]] = {}
        for transition in self.transitions_from(node.id):
            target = self.get_node(transition.target)
            if target.kind == "wait":
                target = self.get_node(target.id.removesuffix(":wait"))
            if target.end is not None and self.front_system is not None and self.front_system not in bound_systems:
                transitions_by_message.setdefault(("RESPONSE", self.front_system), []).append(transition)
            elif target.end is None and target.origin != "table" and target.holder not in bound_systems:
                transitions_by_message.setdefault((self._handover_type(target), target.holder), []).append(
                    transition
                )
        for (kind, holder), transitions in transitions_by_message.items():
            yield MessageRule(kind, (holder,), tuple(transitions))

    def _handover_type(self, target: ProcessNode) -> MessageType:
        if target.op in ("deliver", "hand_over", "issue", "refuse", "inform"):
            return "RESPONSE"
        before = _reachable_from(self._predecessors.get(target.id, ()), self._predecessors) - {target.id}
        return "UPDATE" if any(self.get_node(node_id).holder == target.holder for node_id in before) else "REQUEST"

    def unreachable_nodes(self) -> frozenset[str]:
        """The nodes that no way from the start leads to."""
        return frozenset(self._nodes_by_id) - _reachable_from(self.start_nodes, self._successors)

    def nodes_ahead(self, nodes: Iterable[str]) -> frozenset[str]:
        """These nodes and all that may follow them."""
        return frozenset(_reachable_from(nodes, self._successors))

    def endless_nodes(self) -> frozenset[str]:
        """The nodes from which no end can be reached."""
        return frozenset(self._nodes_by_id) - _reachable_from(
            (node.id for node in self.end_nodes), self._predecessors
        )

    @cached_property
    def _nodes_by_id(self) -> Mapping[str, ProcessNode]:
        return MappingProxyType({node.id: node for node in self.nodes})

    @cached_property
    def _transitions_by_target(self) -> Mapping[str, tuple[Transition, ...]]:
        targets = {transition.target for transition in self.transitions}
        return {
            target: tuple(transition for transition in self.transitions if transition.target == target)
            for target in targets
        }

    @cached_property
    def _transitions_by_source(self) -> Mapping[str, tuple[Transition, ...]]:
        sources = {transition.source for transition in self.transitions}
        return {
            source: tuple(transition for transition in self.transitions if transition.source == source)
            for source in sources
        }

    @cached_property
    def _successors(self) -> Mapping[str, frozenset[str]]:
        return _adjacency_of((transition.source, transition.target) for transition in self.transitions)

    @cached_property
    def _predecessors(self) -> Mapping[str, frozenset[str]]:
        return _adjacency_of((transition.target, transition.source) for transition in self.transitions)


_FRONT_SYSTEMS: Mapping[Channel, System] = MappingProxyType({"portal": "portal_pep", "con": "is_con"})


def _is_transition_taken(
    transition: Transition, answers: Mapping[str, str | None], settled_outcome: str | None
) -> bool:
    if transition.source not in answers:
        return False
    return (
        transition.answer is None
        or transition.answer == answers[transition.source]
        or transition.answer == settled_outcome
    )


@lru_cache(maxsize=REMEMBERED_STATES)
def _find_allowed(graph: ProcessGraph, answer_pairs: tuple[tuple[str, str | None], ...]) -> tuple[str, ...]:
    """Most cases of a process come through the same few states: what is allowed there is worked out once."""
    if not answer_pairs:
        return graph.start_nodes
    answers = dict(answer_pairs)
    settled_outcome = decided_outcome(answers)
    waiting = (node for node in graph.nodes if node.id not in answers)
    return tuple(
        node.id for node in waiting if _is_ready(node, graph.transitions_into(node.id), answers, settled_outcome)
    )


def _is_ready(
    node: ProcessNode,
    transitions: Sequence[Transition],
    answers: Mapping[str, str | None],
    settled_outcome: str | None,
) -> bool:
    quantifier = all if node.join == "all" else any
    return bool(transitions) and quantifier(
        _is_transition_taken(transition, answers, settled_outcome) for transition in transitions
    )


def decided_outcome(answers: Mapping[str, str | None]) -> str | None:
    """What was decided last, ``granted`` or ``refused``; None before any decision."""
    return next((answer for answer in reversed(list(answers.values())) if answer in ("granted", "refused")), None)


def _adjacency_of(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    neighbours: dict[str, set[str]] = {}
    for node_id, neighbour in pairs:
        neighbours.setdefault(node_id, set()).add(neighbour)
    return {node_id: frozenset(neighbour_ids) for node_id, neighbour_ids in neighbours.items()}


def _reachable_from(first: Iterable[str], adjacent: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(_spread_from(first, adjacent))


def _spread_from(first: Iterable[str], adjacent: Mapping[str, frozenset[str]]) -> Iterator[str]:
    visited: set[str] = set()
    waiting = list(first)
    while waiting:
        node_id = waiting.pop()
        if node_id not in visited:
            visited.add(node_id)
            yield node_id
            waiting.extend(adjacent.get(node_id, ()))
