"""A procedure on its way into a graph: its steps in one channel, taken piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from shared.regulations.model import (
    DECISIONS,
    Branch,
    Channel,
    EndKind,
    Passport,
    ProcedureStep,
    System,
    Variant,
    Wait,
)
from shared.regulations.process.graph import RECEIVED, Edge, Node, NodeKind


def provider_procedure(passport: Passport, variant: str) -> Variant | None:
    """The telling that is executed at the provider; None where the act describes no procedure."""
    for one in passport.procedures:
        if (one.variant, one.telling, one.channel) == (variant, "content", None):
            return one
    return None


@dataclass(frozen=True)
class Taken:
    """A piece of a procedure: its nodes and edges, where it is entered, where it is left, where it ends."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    first: str
    exits: tuple[Edge, ...]
    ends: tuple[tuple[EndKind, Edge], ...]


@dataclass
class ProcedurePart:
    """The steps of ``variant`` that ``channel`` takes; remembers how far they have been taken."""

    variant: Variant | None
    channel: Channel
    name: str
    taken: int = 0
    steps: tuple[ProcedureStep, ...] = field(init=False)

    def __post_init__(self) -> None:
        steps = self.variant.steps if self.variant else ()
        self.steps = tuple(step for step in steps if not step.channels or self.channel in step.channels)

    def last(self, then: str | int) -> int | None:
        """The number of the last step that ``then`` takes; None when it takes none."""
        left = self.steps[self.taken :]
        if then == "to_decision":
            left = tuple(step for step in left if step.performs.op in DECISIONS)[:1]
        elif isinstance(then, int):
            left = tuple(step for step in left if step.n == then)
        return left[-1].n if left else None

    def take(self, last: int, holder: System, prefix: str) -> Taken:
        """The steps not yet taken, through step ``last``."""
        upto = next(index for index, step in enumerate(self.steps) if step.n == last) + 1
        piece, self.taken = self.steps[self.taken : upto], upto
        inside = {step.n: _place(step, prefix) for step in piece}
        nodes: list[Node] = []
        edges: list[Edge] = []
        exits: list[Edge] = []
        ends: list[tuple[EndKind, Edge]] = []
        for step in piece:
            ways = list(self._ways(step))
            nodes += self._nodes(step, ways, holder, prefix)
            for target, branch in ways:
                edge = self._edge(step, prefix, inside.get(target or 0, ""), branch, len(ways))
                if branch is not None and branch.ends is not None:
                    ends.append((branch.ends, edge))
                elif edge.target:
                    edges.append(edge)
                else:
                    exits.append(edge)
            if step.waits is not None:
                edges.append(Edge(inside[step.n], f"{prefix}{step.n}", "received"))
        return Taken(tuple(nodes), tuple(edges), inside[piece[0].n], tuple(exits), tuple(ends))

    def is_used_up(self) -> bool:
        return self.taken == len(self.steps)

    def _ways(self, step: ProcedureStep) -> Iterator[tuple[int | None, Branch | None]]:
        """Where a step leads in this channel; one way to nowhere for the last step."""
        told = {branch.to: branch for branch in step.branches if branch.ends is None}
        ways: list[tuple[int | None, Branch | None]] = [
            (target, told.get(n))
            for n in step.next
            if n not in told or not told[n].channels or self.channel in told[n].channels
            for target in self._through(n)
        ]
        yield from ways or [(None, None)]
        for branch in step.branches:
            if branch.ends is not None and (not branch.channels or self.channel in branch.channels):
                yield None, branch

    def _through(self, n: int) -> tuple[int, ...]:
        """Step ``n``, or what follows it when this channel does not take it."""
        if any(step.n == n for step in self.steps):
            return (n,)
        skipped = [step for step in (self.variant.steps if self.variant else ()) if step.n == n]
        return tuple(target for step in skipped for following in step.next for target in self._through(following))

    def _edge(self, step: ProcedureStep, prefix: str, target: str, branch: Branch | None, ways: int) -> Edge:
        if branch is None or ways == 1:
            other = next((one.answer for one in step.branches if one.ends and one.answer in _OPPOSITE), None)
            return Edge(f"{prefix}{step.n}", target, _OPPOSITE[other] if other and ways > 1 else None)
        return Edge(f"{prefix}{step.n}", target, branch.answer, branch.when)

    def _nodes(
        self, step: ProcedureStep, ways: list[tuple[int | None, Branch | None]], holder: System, prefix: str
    ) -> Iterator[Node]:
        binding = step.performs
        held = binding.system or holder
        if step.waits is not None:
            place = _place(step, prefix)
            yield self._wait(place, step.actor, step.waits, held)
        media = step.media_in(self.channel)
        kind: NodeKind = "media" if media else ("system" if binding.is_automatic else "human")
        asked = [branch.answer for _, branch in ways if branch and branch.answer not in ("granted", "refused")]
        yield Node(
            f"{prefix}{step.n}",
            kind,
            "procedure",
            step.actor,
            step.action,
            held,
            op=binding.op,
            n=step.n,
            clause=step.clause,
            deadline=step.deadline,
            limit=step.deadline.of(self.channel, self.name) if step.deadline else None,
            status=binding.status,
            sends=binding.sends,
            media=media,
            chooses=_answers(step, asked if len(ways) > 1 else []),
            is_automatic=binding.is_automatic,
        )

    def _wait(self, place: str, actor: str, wait: Wait, held: System) -> Node:
        """What is waited for: noted where the step is taken, or sent by the applicant from the portal."""
        if wait.is_sent and self.channel == "portal":
            sent = Node(place, "human", "ours", actor, wait.of, "portal_pep", op="answer")
            return replace(sent, wait=wait, chooses=RECEIVED)
        return Node(place, "wait", "ours", actor, wait.of, held, wait=wait, chooses=RECEIVED)


_OPPOSITE = {"refused": "granted", "granted": "refused", "unmet": "met", "met": "unmet"}


def _answers(step: ProcedureStep, asked: list[str]) -> tuple[str, ...]:
    if step.performs.op in DECISIONS and step.refusal:
        return ("granted", "refused")
    return tuple(dict.fromkeys(asked))


def _place(step: ProcedureStep, prefix: str) -> str:
    return f"{prefix}{step.n}:wait" if step.waits is not None else f"{prefix}{step.n}"
