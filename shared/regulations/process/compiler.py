"""Compile one channel and variant of a passport to its process graph: a pure function (decision 0017).

What goes into a graph. A channel with a walk runs the walk; where a step of it has ``rows``, the rows of the
channel's table run in its place, in the table's own order; where a step has ``then``, the provider's procedure
(or a part of it) runs after it, at the system to which the walk sent the request. A channel without a walk runs
its own variant of the procedure, or the provider's.

How edges come. A walk goes line by line. A condition (``условие N``) is answered met or unmet: met goes on, unmet
goes to the refusal printed next; a condition whose refusal the act does not print gets one of ours. A condition
with a branch for ``refused`` is answered as a decision is. A procedure goes by ``next``, a branch naming the
answer. ``branches`` replace what would follow by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NoReturn

from shared.bus.errors import Conflict, NotFound
from shared.regulations.model import (
    DECISIONS,
    Branch,
    Channel,
    ChannelStep,
    EndKind,
    Passport,
    RefusalKind,
    System,
    Then,
    Variant,
)
from shared.regulations.process.graph import RECEIVED, Edge, Graph, JoinKind, Node, NodeKind
from shared.regulations.process.procedure_part import ProcedurePart, provider_procedure
from shared.regulations.process.table_part import TablePart

UNPRINTED: dict[str, RefusalKind] = {"check": "eds_not_confirmed", "query": "no_data", "answer": "declined"}
"""What a condition refuses for when the act prints no refusal for it; ``documents`` for all other steps."""


ANNOUNCED = ("поступившие", "в работе")
"""The statuses of the acts of 2012, told after the first and the second step of a provider's procedure."""


@dataclass(frozen=True)
class Exit:
    """A way out of what is compiled so far, still leading nowhere."""

    node: str
    answer: str | None = None
    when: str | None = None


def compile_graph(passport: Passport, channel: Channel, variant: str = "main") -> Graph:
    """The graph of ``channel`` and ``variant``.

    Raises ``NotFound("channel-not-found")`` for a channel that the act does not open,
    ``NotFound("variant-not-found")`` and ``Conflict("passport-not-executable")`` where the tellings do not fit
    together, with the ``step`` at fault.
    """
    if channel not in passport.channels.accept:
        message = f"{passport.id} takes no applications by {channel}"
        raise NotFound("channel-not-found", message, passport=passport.id, channel=channel)
    if variant not in passport.variants:
        message = f"{passport.id} has no variant {variant}"
        raise NotFound("variant-not-found", message, passport=passport.id, variant=variant)
    return _Builder(passport, channel, variant).build()


@dataclass
class _Builder:
    """A graph in the making: ``open`` are the exits that wait for what comes next, ``rows`` those just placed."""

    passport: Passport
    channel: Channel
    variant: str
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    open: list[Exit] = field(default_factory=list)
    rows: tuple[int, ...] = ()
    refusing: Exit | None = None
    holder: System = "is_mio"
    jumps: list[tuple[str, Branch]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.like = self.passport.channels.like(self.channel)
        self.procedure = ProcedurePart(provider_procedure(self.passport, self.variant), self.channel, self.variant)
        self.table = TablePart.of(self.passport.step_tables.get(self.like))

    def build(self) -> Graph:
        walk = self.passport.channel_steps.get(self.like) or ()
        own = next((one for one in self.passport.procedures if one.channel == self.like), None)
        if walk:
            self._walk(walk)
        elif own is not None:
            self._own_procedure(own)
        else:
            self._embed("all", "procedures")
        self._land(walk)
        self._order_rows()
        self._announce()
        self._extend()
        self._finish()
        return Graph(self.passport.id, self.channel, self.variant, tuple(self.nodes.values()), tuple(self.edges))

    def _walk(self, walk: tuple[ChannelStep, ...]) -> None:
        for index, step in enumerate(walk, start=1):
            if step.rows:
                self._settle_refusal()
                self._place_rows(step.rows, f"w{index}")
            elif step.refusal:
                self._refusal(step, f"w{index}")
            else:
                self._settle_refusal()
                self._step(step, f"w{index}")
        self._settle_refusal()

    def _step(self, step: ChannelStep, place: str) -> None:
        is_parallel = bool(self.rows)
        entries, others = _parted(self._entries(step), step.only)
        self._put(step, place, entries, is_parallel=is_parallel)
        self.jumps += [(place, one) for one in step.branches]
        answered = {one.answer for one in step.branches}
        if "met" in _answers(step):
            self.open = [] if "met" in answered else [Exit(place, "met")]
            self.refusing = None if "unmet" in answered else Exit(place, "unmet")
        else:
            self.open = [] if step.branches else [Exit(place, step.only)]
        self.open += others
        self.holder = _asked(step) or self.holder
        if step.then is not None:
            self._embed(step.then, place)

    def _refusal(self, step: ChannelStep, place: str) -> None:
        self._put(step, place, [self.refusing] if self.refusing else [])
        self.refusing = None
        self.jumps += [(place, one) for one in step.branches]
        if not step.branches:
            self._end("refused", [Exit(place)], f"end:{place}", refusal=step.refusal_kind)

    def _settle_refusal(self) -> None:
        """A condition whose refusal the act does not print ends all the same: by an end of ours."""
        if self.refusing is not None:
            op = self.nodes[self.refusing.node].op
            kind = UNPRINTED.get(op or "", "documents")
            self._end("refused", [self.refusing], f"end:{self.refusing.node}:unmet", refusal=kind)
            self.refusing = None

    def _put(self, step: ChannelStep, place: str, entries: list[Exit], *, is_parallel: bool = False) -> None:
        """Add a step of the walk, behind its wait where it has one."""
        is_jumped_to = any(branch.to in (step.label, step.item) for _, branch in self.jumps)
        if not entries and self.nodes and not is_jumped_to:
            self._fail(place, "nothing leads to this step")
        node = self._walk_node(step, place, is_parallel=is_parallel)
        target = place
        if step.waits is not None:
            target = f"{place}:wait"
            self._add(
                Node(
                    target, "wait", "ours", step.by, step.waits.of, node.holder, wait=step.waits, chooses=RECEIVED
                )
            )
            self.edges.append(Edge(target, place, "received"))
        self._add(node)
        self._link(entries, [target])

    def _walk_node(self, step: ChannelStep, place: str, *, is_parallel: bool) -> Node:
        binding = step.performs
        if binding is None or binding.system is None:
            self._fail(place, "a step of a walk needs its binding")
        return Node(
            place,
            _kind(step),
            "walk",
            step.by,
            step.action,
            binding.system,
            op=binding.op,
            label=step.label,
            clause=step.clause,
            deadline=step.deadline,
            limit=step.deadline.of(self.channel, self.variant) if step.deadline else None,
            status=binding.status,
            sends=binding.sends,
            media=step.media,
            systems=step.systems,
            chooses=_answers(step),
            is_automatic=binding.is_automatic,
            join="all" if is_parallel else "any",
            refusal=step.refusal_kind,
        )

    def _entries(self, step: ChannelStep) -> list[Exit]:
        """Where a step of the walk comes from: what is open, or the rows that it waits for."""
        rows, self.rows = self.rows, ()
        if step.performs is not None and step.performs.after is not None:
            return [Exit(f"t{n}") for n in step.performs.after]
        return [Exit(place) for place in self.table.sinks(rows)] if rows else self.open

    def _place_rows(self, rows: tuple[int, ...], place: str) -> None:
        """Rows of the table in the place of a step of the walk."""
        if unknown := [n for n in rows if n not in self.table.rows]:
            self._fail(place, f"rows {unknown} are not in the table")
        if twice := [n for n in rows if f"t{n}" in self.nodes]:
            self._fail(place, f"rows {twice} are told twice")
        for n in rows:
            self._add(self.table.node(n, self.channel, self.variant))
        self._link(self.open, list(self.table.entries(rows, self.nodes)))
        self.open, self.rows = [], rows

    def _order_rows(self) -> None:
        if missing := [n for n in self.table.rows if f"t{n}" not in self.nodes]:
            self._fail("step_tables", f"no step of the walk tells rows {missing}")
        self.edges += self.table.edges()
        for place in self.table.checked():
            self._end("refused", [Exit(place, "unmet")], f"end:{place}", refusal="invalid_data")

    def _own_procedure(self, own: Variant) -> None:
        """The channel's own steps; where one has ``then``, the provider's run after it."""
        part = ProcedurePart(own, self.channel, self.variant)
        for step in own.steps:
            self._splice(part, step.n, "a")
            if step.then is not None:
                self._embed(step.then, f"a{step.n}")

    def _embed(self, then: Then, place: str) -> None:
        last = self.procedure.last(then)
        if last is None:
            self._fail(place, f"the procedure has no step for {then}")
        self._splice(self.procedure, last, "p")

    def _splice(self, part: ProcedurePart, last: int, prefix: str) -> None:
        """Take steps of ``part`` through ``last`` into the graph, after what is open."""
        taken = part.take(last, self.holder, prefix)
        for node in taken.nodes:
            self._add(node)
        self.edges += taken.edges
        self._link(self.open, [taken.first])
        self.open = [Exit(edge.source, edge.answer, edge.when) for edge in taken.exits]
        for end, edge in taken.ends:
            place = f"end:{edge.source}:{edge.answer}"
            self._end(end, [Exit(edge.source, edge.answer, edge.when)], place, refusal="reasoned")

    def _land(self, walk: tuple[ChannelStep, ...]) -> None:
        """Let branches of the walk lead where they say."""
        places = {
            name: f"w{n}" for n, step in enumerate(walk, start=1) for name in (step.item, step.label) if name
        }
        for source, branch in self.jumps:
            answer = branch.answer if self.nodes[source].chooses else None
            if branch.ends is not None:
                exits = [Exit(source, answer, branch.when)]
                why = branch.refusal_kind or "reasoned"
                self._end(branch.ends, exits, f"end:{source}:{branch.answer}", refusal=why)
                continue
            target = places.get(str(branch.to), "")
            target = f"{target}:wait" if f"{target}:wait" in self.nodes else target
            if target not in self.nodes:
                self._fail(source, f"step {branch.to} does not exist")
            others = [edge for edge in self.edges if (edge.source, edge.target) != (source, target)]
            is_one_way = len(others) < len(self.edges)  # whatever is answered, it goes on here
            way = Edge(source, target) if is_one_way else Edge(source, target, answer, branch.when)
            self.edges = [*others, way]

    def _announce(self) -> None:
        """Tell the citizen's side where the case stands at the provider, where the act names no status (ours)."""
        if any(node.status for node in self.nodes.values()):
            return
        steps = [node for node in self.nodes.values() if node.told == "procedure"]
        for node, status in zip(steps, ANNOUNCED, strict=False):
            self.nodes[node.id] = replace(node, announces=status)

    def _extend(self) -> None:
        """Mark the steps whose deadlines the act extends: the step of the same clause; where it names none, those
        in which the provider decides (ours)."""
        for one in self.passport.extensions:
            if not one.variants or self.variant in one.variants:
                nodes = [node for node in self.nodes.values() if node.clause == one.clause and node.limit]
                nodes = nodes or [node for node in self.nodes.values() if node.op == "decide" and node.limit]
                for node in nodes:
                    told = node.is_extension_told or one.is_notified
                    ids = (*node.extensions, one.id)
                    self.nodes[node.id] = replace(node, extensions=ids, is_extension_told=told)

    def _finish(self) -> None:
        """What leads nowhere ends: completed, and refused as well where somebody decides."""
        if not self.procedure.is_used_up() and self.like == self.channel and not self.table.rows:
            self._fail("procedures", "no step of this channel runs the whole procedure")
        left = {edge.source for edge in self.edges} | {one.node for one in self.open}
        loose = [
            *self.open,
            *(Exit(one.id) for one in self.nodes.values() if one.end is None and one.id not in left),
        ]
        refused = [one for one in loose if one.answer == "refused"]
        is_decided = any("refused" in node.chooses for node in self.nodes.values())
        is_ended = any(edge.answer == "refused" and self.nodes[edge.target].end for edge in self.edges)
        if is_decided and not refused and not is_ended:
            refused = [Exit(one.node, "refused") for one in loose if one.answer is None]
            loose = [Exit(one.node, one.answer or "granted", one.when) for one in loose]
        if refused:
            self._end("refused", refused, "end:refused", refusal="reasoned")
        self._end("completed", [one for one in loose if one.answer != "refused"], "end:completed")

    def _end(self, end: EndKind, exits: list[Exit], place: str, *, refusal: RefusalKind | None = None) -> None:
        is_last = place in ("end:completed", "end:refused") and bool(self.table.rows)
        why = refusal if end == "refused" else None
        join: JoinKind = "all" if is_last else "any"
        self._add(Node(place, "end", "ours", "", "", self.holder, end=end, refusal=why, join=join))
        self._link(exits, [place])

    def _add(self, node: Node) -> None:
        self.nodes[node.id] = node

    def _link(self, exits: list[Exit], targets: list[str]) -> None:
        self.edges += [Edge(one.node, target, one.answer, one.when) for one in exits for target in targets]

    def _fail(self, place: str, message: str) -> NoReturn:
        where = f"{self.passport.id}, {self.channel}, {self.variant}"
        raise Conflict("passport-not-executable", f"{where}: {place}: {message}", step=place, channel=self.channel)


def _parted(exits: list[Exit], only: str | None) -> tuple[list[Exit], list[Exit]]:
    """The exits that lead to a step taken ``only`` on one outcome, and those that pass it by."""
    if only is None:
        return exits, []
    other = "refused" if only == "granted" else "granted"
    taken = [Exit(one.node, only, one.when) for one in exits if one.answer in (None, only)]
    passing = [Exit(one.node, other, one.when) for one in exits if one.answer in (None, other)]
    return taken, passing


def _kind(step: ChannelStep) -> NodeKind:
    if step.is_condition:
        return "condition"
    if step.media:
        return "media"
    return "system" if step.performs is not None and step.performs.is_automatic else "human"


def _answers(step: ChannelStep) -> tuple[str, ...]:
    if step.is_condition and not any(one.answer == "refused" for one in step.branches):
        return ("met", "unmet")
    if step.performs is not None and step.performs.op in DECISIONS:
        return ("granted", "refused")
    return tuple(one.answer for one in step.branches) if len(step.branches) > 1 else ()


def _asked(step: ChannelStep) -> System | None:
    """The system that the request of a step goes to: it holds the provider's procedure from there on."""
    if step.performs is None or step.performs.op == "query":
        return None
    requests = [sending.to[0] for sending in step.performs.sends if sending.message == "REQUEST"]
    return requests[0] if requests else None
