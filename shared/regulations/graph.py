"""The process graph: one channel and variant of a passport as nodes and edges, whatever the act tells it by.

A node is ready when its incoming edges are taken: all of them where ``join`` is ``all`` (rows of a table run in
parallel), any one where it is ``any``. An edge with ``answer`` is taken on that answer only: an answer that its
own node gives (``chooses``), or the outcome of the case (``granted``, ``refused``) that a decision before it
settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from shared.bus.errors import NotFound
from shared.regulations.model import (
    Channel,
    Deadline,
    EndKind,
    Limit,
    Medium,
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
class Node:
    """A step of a case.

    ``id`` is its place: ``w3`` the third step of the walk, ``t5`` row 5, ``p3`` step 3 of the provider's
    procedure, ``a3`` that of a channel's own, ``…:wait`` and ``…:no`` what belongs to them, ``end:…``.
    ``holder`` is the system at which it is done. ``limit`` is the deadline that holds in this channel and
    variant. ``chooses`` are the answers of which one must be given with the step.
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
        return tuple(edge for edge in self.edges if edge.source == node_id)

    def into(self, node_id: str) -> tuple[Edge, ...]:
        return tuple(edge for edge in self.edges if edge.target == node_id)

    def unreachable(self) -> frozenset[str]:
        """The nodes that no way from the start leads to."""
        return frozenset(self._nodes) - _closure(self.start, self._following)

    def endless(self) -> frozenset[str]:
        """The nodes from which no end can be reached."""
        return frozenset(self._nodes) - _closure((node.id for node in self.ends), self._preceding)

    @cached_property
    def _nodes(self) -> Mapping[str, Node]:
        return MappingProxyType({node.id: node for node in self.nodes})

    @cached_property
    def _following(self) -> Mapping[str, frozenset[str]]:
        return _adjacent((edge.source, edge.target) for edge in self.edges)

    @cached_property
    def _preceding(self) -> Mapping[str, frozenset[str]]:
        return _adjacent((edge.target, edge.source) for edge in self.edges)


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
