"""The process graph: one channel and variant of a passport as nodes and transitions, however the act describes it.

A node is ready when its incoming transitions are taken: all of them where ``join`` is ``all`` (rows of a table run
in parallel), any one where ``join`` is ``any``. A transition is taken when its source is done and its ``answer``
is None, or equals the answer given at the source (``chooses``), or equals the outcome of the case (``granted``,
``refused``), whether the outcome was decided before the source or after.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Literal

from shared.bus.errors import NotFound
from shared.regulations.model import (
    QUEUED,
    Channel,
    Deadline,
    DeclaredMessage,
    EmployeeRole,
    EndKind,
    ExternalWait,
    Medium,
    MessageType,
    OfficeKind,
    RefusalKind,
    StepOperation,
    System,
    TimeLimit,
)

NodeKind = Literal["system", "human", "condition", "media", "wait", "end"]
"""The kinds of nodes; ``media`` is a human step that leaves the electronic way: a person comes, documents or mail
are carried.
"""

JoinKind = Literal["all", "any"]

RECEIVED = ("received",)
"""The only answer of a wait."""

REMEMBERED_STATES = 16_384
"""The size of the cache of allowed nodes, in process states."""

NodeOrigin = Literal["walk", "table", "procedure", "ours"]
"""The part of the passport that a node stands for; ``ours`` are ends, waits, and refusals that the act does not
print.
"""


@dataclass(frozen=True)
class Transition:
    """A transition from one node to another; ``when`` is the condition in words, where the passport has them."""

    source: str
    target: str
    answer: str | None = None
    when: str | None = None


@dataclass(frozen=True)
class MessageRule:
    """A message that a step sends to all recipients at once, provided that one of ``transitions`` is taken, where
    there are any, and that the step got one of ``answers``, where there are any. A rule with ``is_on_extension``
    sends when the deadline of the step is extended, not with the step.
    """

    kind: MessageType
    to: tuple[System, ...]
    transitions: tuple[Transition, ...] = ()
    answers: tuple[str, ...] = ()
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

    ``id`` is the place of the step: ``w3`` is step 3 of the walk, ``t5`` row 5, ``p3`` step 3 of the provider's
    procedure, ``a3`` step 3 of a channel's own procedure; ``…:wait`` is the wait before a step, ``q3`` the queue
    of the wait before step 3, ``end:…`` an end.
    ``holder`` is the system at which the step is done. ``limit`` is the deadline that applies in this channel and
    variant. ``chooses`` are the answers, of which one must be given with the step. ``announces`` is the status
    announced to the citizen's side where the act has none (our addition). ``extensions`` are the ids of the act's
    extensions of this step's deadline and the facts on which a longer limit hangs;
    ``is_extension_told`` says whether the citizen is notified of an extension. ``office`` is the kind of office at
    which people take the step, ``roles`` their kinds; none for systems and applicants. ``result`` is the act's.
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
    office: OfficeKind | None = None
    roles: frozenset[EmployeeRole] = frozenset()
    result: str | None = None

    @property
    def is_sealing(self) -> bool:
        """Whether a person signs the result in this step; a walk's own ``sign`` signs the application."""
        return self.op == "approve" or (self.op == "sign" and self.origin == "table")

    @property
    def has_status(self) -> bool:
        """Whether the case has another status after this step."""
        return self.status is not None or self.announces is not None


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
        """The node ``node_id``; NotFound ``step-not-found``."""
        node = self._nodes_by_id.get(node_id)
        if node is None:
            raise NotFound("step-not-found", f"{self.passport_id} has no step {node_id}", step=node_id)
        return node

    def transitions_from(self, node_id: str) -> tuple[Transition, ...]:
        return self._transitions_by_source.get(node_id, ())

    def transitions_into(self, node_id: str) -> tuple[Transition, ...]:
        return self._transitions_by_target.get(node_id, ())

    def allowed_nodes(self, answers: Mapping[str, str | None]) -> tuple[str, ...]:
        """The nodes that are allowed now; ``answers`` holds the done nodes and their answers, in their order.

        Ends are included: a case whose allowed nodes hold an end is over. A done node is not allowed again;
        ``ProcessState`` handles loops.
        """
        return _find_allowed(self, tuple(answers.items()))

    def is_taken(self, transition: Transition, answers: Mapping[str, str | None]) -> bool:
        """Whether the transition is taken, by the answers known so far."""
        return _is_transition_taken(transition, answers, decided_outcome(answers))

    def message_rules(self, node_id: str) -> tuple[MessageRule, ...]:
        """The messages of a step: those of its binding, the announcements, and the message that the change of the
        holder requires.

        Where the passport binds no message, the case goes on as REQUEST to a system that has had no step of the
        case, as UPDATE to a system that has had one, and as RESPONSE where the next step serves the citizen's side
        (delivers or hands over the result, announces a refusal, or ends the case elsewhere), or where only that
        side has steps until it hands the result over.
        """
        return self._rules_by_node[node_id]

    def message_routes(self) -> Iterator[MessageRoute]:
        """Every message that may go over the bus, for all answers and decisions."""
        for node in self.nodes:
            for message_rule in self.message_rules(node.id):
                for recipient in message_rule.to:
                    yield MessageRoute(node.id, message_rule.kind, node.holder, recipient)

    @cached_property
    def node_places(self) -> Mapping[str, int]:
        """The position of each node in the order of the passport."""
        return MappingProxyType({node.id: n for n, node in enumerate(self.nodes)})

    @property
    def front_system(self) -> System | None:
        """The system on the citizen's side; None where the citizen deals with the provider directly."""
        return _FRONT_SYSTEMS.get(self.channel)

    @cached_property
    def loop_heads(self) -> Mapping[str, str]:
        """The nodes that belong to a loop, each with the node at which the loop is entered."""
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
        """The nodes of the loop through ``node_id``; empty outside of loops."""
        after = reachable_from(self._successors.get(node_id, ()), self._successors)
        if node_id not in after:
            return ()
        before = reachable_from([node_id], self._predecessors)
        return tuple(node.id for node in self.nodes if node.id in after & before)

    @cached_property
    def _rules_by_node(self) -> Mapping[str, tuple[MessageRule, ...]]:
        return {node.id: tuple(self._compose_rules(node)) for node in self.nodes}

    def _compose_rules(self, node: ProcessNode) -> Iterator[MessageRule]:
        for sending in node.sends:
            yield MessageRule(sending.message, sending.to)
        if node.announces is not None and self.front_system is not None:
            answers = (QUEUED,) if QUEUED in node.chooses else ()
            yield MessageRule("UPDATE", (self.front_system,), answers=answers)
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
        if target.op in ("deliver", "hand_over", "issue", "refuse", "inform") or self._hands_out_alone(target):
            return "RESPONSE"
        before = reachable_from(self._predecessors.get(target.id, ()), self._predecessors) - {target.id}
        return "UPDATE" if any(self.get_node(node_id).holder == target.holder for node_id in before) else "REQUEST"

    def _hands_out_alone(self, target: ProcessNode) -> bool:
        """Whether the citizen's side hands the result out from here on, and the case comes back to nobody else."""
        steps = [self.get_node(node_id) for node_id in self.nodes_ahead([target.id])]
        holders = {step.holder for step in steps if step.end is None}
        return holders == {self.front_system} and any(step.op == "hand_over" for step in steps)

    def unreachable_nodes(self) -> frozenset[str]:
        """The nodes that no path from the start reaches."""
        return frozenset(self._nodes_by_id) - reachable_from(self.start_nodes, self._successors)

    def nodes_ahead(self, nodes: Iterable[str]) -> frozenset[str]:
        """These nodes and every node that may follow them."""
        return frozenset(reachable_from(nodes, self._successors))

    @cached_property
    def later_statuses(self) -> Mapping[str, frozenset[str]]:
        """By node: the nodes with a status that only follow this node (nodes of one loop follow each other)."""
        ahead = {node.id: self.nodes_ahead([node.id]) for node in self.nodes}
        with_status = [node.id for node in self.nodes if node.has_status]
        return MappingProxyType(
            {
                node_id: frozenset(
                    later for later in with_status if later in following and node_id not in ahead[later]
                )
                for node_id, following in ahead.items()
            }
        )

    def endless_nodes(self) -> frozenset[str]:
        """The nodes from which no end can be reached."""
        return frozenset(self._nodes_by_id) - reachable_from(
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
    """The allowed nodes, cached: most cases of a process pass through the same few states."""
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
    """The last decision, ``granted`` or ``refused``; None before any decision."""
    return next((answer for answer in reversed(list(answers.values())) if answer in ("granted", "refused")), None)


def _adjacency_of(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    neighbours: dict[str, set[str]] = {}
    for node_id, neighbour in pairs:
        neighbours.setdefault(node_id, set()).add(neighbour)
    return {node_id: frozenset(neighbour_ids) for node_id, neighbour_ids in neighbours.items()}


def reachable_from(first: Iterable[str], adjacent: Mapping[str, Collection[str]]) -> frozenset[str]:
    """``first`` and everything that can be reached from them."""
    return frozenset(_spread_from(first, adjacent))


def _spread_from(first: Iterable[str], adjacent: Mapping[str, Collection[str]]) -> Iterator[str]:
    visited: set[str] = set()
    waiting = list(first)
    while waiting:
        node_id = waiting.pop()
        if node_id not in visited:
            visited.add(node_id)
            yield node_id
            waiting.extend(adjacent.get(node_id, ()))
