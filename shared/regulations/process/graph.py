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
    EndKind,
    Limit,
    Medium,
    MessageType,
    Op,
    RefusalKind,
    Sending,
    System,
    Wait,
)

NodeKind = Literal["system", "human", "condition", "media", "wait", "end"]
"""``media`` is a human step that leaves the electronic way: a person comes, papers or mail are carried."""

JoinKind = Literal["all", "any"]

RECEIVED = ("received",)
"""What a wait is answered with."""

REMEMBERED = 16_384
"""States of processes of which is remembered what is allowed in them."""

Telling = Literal["walk", "table", "procedure", "ours"]
"""What of the passport a node stands for; ``ours`` are ends, waits, and refusals that the act forgot to print."""


@dataclass(frozen=True)
class Edge:
    """A way from one node to another; ``when`` is the condition in words where the passport has them."""

    source: str
    target: str
    answer: str | None = None
    when: str | None = None


@dataclass(frozen=True)
class Posting:
    """A message that a step sends, to all its recipients at once; sent only if one of ``edges`` holds, where there
    are any. ``is_on_extension``: not with the step, but when its deadline is extended."""

    kind: MessageType
    to: tuple[System, ...]
    edges: tuple[Edge, ...] = ()
    is_on_extension: bool = False


@dataclass(frozen=True)
class Message:
    """A message that a step may send to one system."""

    step: str
    kind: MessageType
    sender: System
    recipient: System


@dataclass(frozen=True)
class Node:
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
    told: Telling
    actor: str
    action: str
    holder: System
    op: Op | None = None
    label: str = ""
    n: int | None = None
    clause: str | None = None
    deadline: Deadline | None = None
    limit: Limit | None = None
    status: str | None = None
    announces: str | None = None
    extensions: tuple[str, ...] = ()
    is_extension_told: bool = False
    sends: tuple[Sending, ...] = ()
    media: tuple[Medium, ...] = ()
    systems: tuple[str, ...] = ()
    wait: Wait | None = None
    chooses: tuple[str, ...] = ()
    is_automatic: bool = False
    join: JoinKind = "any"
    end: EndKind | None = None
    refusal: RefusalKind | None = None


@dataclass(frozen=True, eq=False)
class Graph:
    """The compiled process of a channel and variant; ``start`` are the nodes that are ready at once."""

    passport: str
    channel: Channel
    variant: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @cached_property
    def start(self) -> tuple[str, ...]:
        entered = {edge.target for edge in self.edges}
        return tuple(node.id for node in self.nodes if node.id not in entered) or (self.nodes[0].id,)

    @property
    def ends(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.end is not None)

    def node(self, node_id: str) -> Node:
        """The node; raises ``NotFound("step-not-found")``."""
        found = self._nodes.get(node_id)
        if found is None:
            raise NotFound("step-not-found", f"{self.passport} has no step {node_id}", step=node_id)
        return found

    def out(self, node_id: str) -> tuple[Edge, ...]:
        return self._out.get(node_id, ())

    def into(self, node_id: str) -> tuple[Edge, ...]:
        return self._into.get(node_id, ())

    def allowed(self, given: Mapping[str, str | None]) -> tuple[str, ...]:
        """The nodes that may be taken now; ``given`` holds the done nodes and their answers, in their order.

        Ends come with the rest: a case whose allowed nodes hold an end is over. A node that is done is not allowed
        again: see ``Course`` for loops.
        """
        return _allowed(self, tuple(given.items()))

    def holds(self, edge: Edge, given: Mapping[str, str | None]) -> bool:
        """Whether the way is taken, as far as is known."""
        return _holds(edge, given, outcome(given))

    def postings(self, node_id: str) -> tuple[Posting, ...]:
        """What the step sends: what its binding says, what tells the citizen's side, and what the change of the
        holder asks for.

        Where nobody binds a message, the case goes on as REQUEST to a system that has had no step of it, as UPDATE
        to one that has, and what leads to the citizen's side (the result is delivered or handed over, a refusal
        told, the case ended elsewhere) is the RESPONSE.
        """
        return self._postings[node_id]

    def messages(self) -> Iterator[Message]:
        """What may go over the bus, whatever is answered and decided."""
        for node in self.nodes:
            for posting in self.postings(node.id):
                for recipient in posting.to:
                    yield Message(node.id, posting.kind, node.holder, recipient)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Each node's place in the order of the passport."""
        return MappingProxyType({node.id: n for n, node in enumerate(self.nodes)})

    @property
    def front(self) -> System | None:
        """The system on the citizen's side; None where he deals with the authority itself."""
        return _FRONTS.get(self.channel)

    @cached_property
    def loops(self) -> Mapping[str, str]:
        """The nodes that stand in a loop, each with the node at which the loop is entered."""
        found: dict[str, str] = {}
        for node in self.nodes:
            ring = self._ring(node.id)
            heads = [one for one in ring if any(edge.source not in ring for edge in self.into(one))]
            found |= dict.fromkeys(ring, heads[0]) if heads else {}
        return found

    def _ring(self, node_id: str) -> tuple[str, ...]:
        """The nodes that can be reached from this one and lead back to it; none outside of loops."""
        after = _closure(self._following.get(node_id, ()), self._following)
        if node_id not in after:
            return ()
        before = _closure([node_id], self._preceding)
        return tuple(node.id for node in self.nodes if node.id in after & before)

    @cached_property
    def _postings(self) -> Mapping[str, tuple[Posting, ...]]:
        return {node.id: tuple(self._posted(node)) for node in self.nodes}

    def _posted(self, node: Node) -> Iterator[Posting]:
        for sending in node.sends:
            yield Posting(sending.message, sending.to)
        if node.announces is not None and self.front is not None:
            yield Posting("UPDATE", (self.front,))
        if node.is_extension_told and self.front not in (None, node.holder):
            yield Posting("UPDATE", (self.front,), is_on_extension=True)
        if node.told == "table":
            return
        bound = {node.holder, *(system for sending in node.sends for system in sending.to)}
        ways: dict[tuple[MessageType, System], list[Edge]] = {}
        for edge in self.out(node.id):
            target = self.node(edge.target)
            if target.kind == "wait":
                target = self.node(target.id.removesuffix(":wait"))
            if target.end is not None and self.front is not None and self.front not in bound:
                ways.setdefault(("RESPONSE", self.front), []).append(edge)
            elif target.end is None and target.told != "table" and target.holder not in bound:
                ways.setdefault((self._handed_as(target), target.holder), []).append(edge)
        for (kind, holder), edges in ways.items():
            yield Posting(kind, (holder,), tuple(edges))

    def _handed_as(self, target: Node) -> MessageType:
        if target.op in ("deliver", "hand_over", "issue", "refuse", "inform"):
            return "RESPONSE"
        before = _closure(self._preceding.get(target.id, ()), self._preceding) - {target.id}
        return "UPDATE" if any(self.node(one).holder == target.holder for one in before) else "REQUEST"

    def unreachable(self) -> frozenset[str]:
        """The nodes that no way from the start leads to."""
        return frozenset(self._nodes) - _closure(self.start, self._following)

    def ahead(self, nodes: Iterable[str]) -> frozenset[str]:
        """These nodes and all that may follow them."""
        return frozenset(_closure(nodes, self._following))

    def endless(self) -> frozenset[str]:
        """The nodes from which no end can be reached."""
        return frozenset(self._nodes) - _closure((node.id for node in self.ends), self._preceding)

    @cached_property
    def _nodes(self) -> Mapping[str, Node]:
        return MappingProxyType({node.id: node for node in self.nodes})

    @cached_property
    def _into(self) -> Mapping[str, tuple[Edge, ...]]:
        targets = {edge.target for edge in self.edges}
        return {target: tuple(edge for edge in self.edges if edge.target == target) for target in targets}

    @cached_property
    def _out(self) -> Mapping[str, tuple[Edge, ...]]:
        sources = {edge.source for edge in self.edges}
        return {source: tuple(edge for edge in self.edges if edge.source == source) for source in sources}

    @cached_property
    def _following(self) -> Mapping[str, frozenset[str]]:
        return _adjacent((edge.source, edge.target) for edge in self.edges)

    @cached_property
    def _preceding(self) -> Mapping[str, frozenset[str]]:
        return _adjacent((edge.target, edge.source) for edge in self.edges)


_FRONTS: Mapping[Channel, System] = MappingProxyType({"portal": "portal_pep", "con": "is_con"})


def _holds(edge: Edge, given: Mapping[str, str | None], settled: str | None) -> bool:
    if edge.source not in given:
        return False
    return edge.answer is None or edge.answer == given[edge.source] or edge.answer == settled


@lru_cache(maxsize=REMEMBERED)
def _allowed(graph: Graph, given: tuple[tuple[str, str | None], ...]) -> tuple[str, ...]:
    """Most cases of a process come through the same few states: what is allowed there is worked out once."""
    if not given:
        return graph.start
    done = dict(given)
    settled = outcome(done)
    waiting = (node for node in graph.nodes if node.id not in done)
    return tuple(node.id for node in waiting if _is_ready(node, graph.into(node.id), done, settled))


def _is_ready(node: Node, edges: Sequence[Edge], given: Mapping[str, str | None], settled: str | None) -> bool:
    every = all if node.join == "all" else any
    return bool(edges) and every(_holds(edge, given, settled) for edge in edges)


def outcome(given: Mapping[str, str | None]) -> str | None:
    """What was decided last, ``granted`` or ``refused``; None before any decision."""
    return next((answer for answer in reversed(list(given.values())) if answer in ("granted", "refused")), None)


def _adjacent(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
    return {one: frozenset(others) for one, others in found.items()}


def _closure(first: Iterable[str], adjacent: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(_spread(first, adjacent))


def _spread(first: Iterable[str], adjacent: Mapping[str, frozenset[str]]) -> Iterator[str]:
    seen: set[str] = set()
    waiting = list(first)
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            yield one
            waiting.extend(adjacent.get(one, ()))
