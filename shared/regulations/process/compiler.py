"""Compile one channel and variant of a passport to its process graph: a pure function (decision 0017).

Nodes. A channel with a walk runs the walk. Where a step of the walk has ``rows``, those rows of the channel's
table run in place of the step, in the order of the table; where a step has ``then``, the provider's procedure (or
a part of it) runs after the step, at the system to which the walk sent the request. A channel without a walk runs
its own variant of the procedure, or the provider's procedure.

Transitions. A walk goes line by line. A condition (``условие N``) is answered met or unmet: met goes on, unmet
goes to the refusal printed next; a condition whose refusal the act does not print gets an end of ours. A condition
with a branch for ``refused`` is answered as a decision is. A procedure goes by ``next``, with the branch that
names the answer. ``branches`` replace the default transitions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from shared.bus.errors import Conflict, NotFound
from shared.regulations.model import (
    Channel,
    ChannelStep,
    EndKind,
    OfficeKind,
    Passport,
    ProcedureExtent,
    ProcedureVariant,
    RefusalKind,
    StepBranch,
    System,
)
from shared.regulations.process.graph import JoinKind, ProcessGraph, ProcessNode, Transition
from shared.regulations.process.markings import mark_announcements, mark_extensions
from shared.regulations.process.performers import PerformerUnclear, mark_performers
from shared.regulations.process.procedure_part import ProcedurePart, provider_procedure
from shared.regulations.process.table_part import TablePart
from shared.regulations.process.waiting_part import build_wait
from shared.regulations.process.walk_part import build_walk_node, requested_system, walk_answers

UNPRINTED_REFUSALS: dict[str, RefusalKind] = {
    "check": "eds_not_confirmed",
    "query": "no_data",
    "answer": "declined",
}
"""The kind of refusal behind a condition for which the act prints no refusal, by operation; ``documents`` for all
other operations.
"""


@dataclass(frozen=True)
class OpenExit:
    """An exit of the graph compiled so far that leads nowhere yet."""

    node: str
    answer: str | None = None
    when: str | None = None


def compile_graph(passport: Passport, channel: Channel, variant: str = "main") -> ProcessGraph:
    """The graph of ``channel`` and ``variant``.

    Raises NotFound ``channel-not-found`` for a channel that the act does not open, NotFound ``variant-not-found``,
    and Conflict ``passport-not-executable`` where the descriptions do not fit together, with the faulty ``step``.
    """
    if channel not in passport.channels.accept:
        message = f"{passport.id} takes no applications by {channel}"
        raise NotFound("channel-not-found", message, passport=passport.id, channel=channel)
    if variant not in passport.variants:
        message = f"{passport.id} has no variant {variant}"
        raise NotFound("variant-not-found", message, passport=passport.id, variant=variant)
    return _GraphBuilder(passport, channel, variant).build_graph()


@dataclass
class _GraphBuilder:
    """A graph under construction: ``open_exits`` are the exits that the next step continues, ``placed_rows`` the
    table rows that were placed last.
    """

    passport: Passport
    channel: Channel
    variant: str
    nodes: dict[str, ProcessNode] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    open_exits: list[OpenExit] = field(default_factory=list)
    placed_rows: tuple[int, ...] = ()
    refusing_exit: OpenExit | None = None
    holder: System = "is_mio"
    pending_branches: list[tuple[str, StepBranch]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.steps_channel = self.passport.channels.steps_channel(self.channel)
        self.procedure = ProcedurePart(provider_procedure(self.passport, self.variant), self.channel, self.variant)
        self.table = TablePart.from_table(self.passport.step_tables.get_value(self.steps_channel))

    def build_graph(self) -> ProcessGraph:
        walk = self.passport.channel_steps.get_value(self.steps_channel) or ()
        own_procedure = next(
            (procedure for procedure in self.passport.procedures if procedure.channel == self.steps_channel), None
        )
        if walk:
            self._compile_walk(walk)
        elif own_procedure is not None:
            self._compile_own_procedure(own_procedure)
        else:
            self._embed_procedure("all", "procedures")
        self._land_branches(walk)
        self._order_rows()
        self.nodes = mark_announcements(self.nodes)
        self.nodes = mark_extensions(self.nodes, self.passport.extensions, self.variant)
        self._close_exits()
        self._mark_people()
        return ProcessGraph(
            self.passport.id, self.channel, self.variant, tuple(self.nodes.values()), tuple(self.transitions)
        )

    def _compile_walk(self, walk: tuple[ChannelStep, ...]) -> None:
        for index, step in enumerate(walk, start=1):
            if step.rows:
                self._settle_refusal()
                self._place_rows(step.rows, f"w{index}")
            elif step.refusal:
                self._compile_refusal(step, f"w{index}")
            else:
                self._settle_refusal()
                self._compile_step(step, f"w{index}")
        self._settle_refusal()

    def _compile_step(self, step: ChannelStep, place: str) -> None:
        is_parallel = bool(self.placed_rows)
        entries, passing_exits = _split_exits(self._take_entries(step), step.only)
        self._add_walk_step(step, place, entries, is_parallel=is_parallel)
        self.pending_branches += [(place, branch) for branch in step.branches]
        answered = {branch.answer for branch in step.branches}
        if "met" in walk_answers(step):
            self.open_exits = [] if "met" in answered else [OpenExit(place, "met")]
            self.refusing_exit = None if "unmet" in answered else OpenExit(place, "unmet")
        else:
            self.open_exits = [] if step.branches else [OpenExit(place, step.only)]
        self.open_exits += passing_exits
        self.holder = requested_system(step) or self.holder
        if step.then is not None:
            self._embed_procedure(step.then, place)

    def _compile_refusal(self, step: ChannelStep, place: str) -> None:
        self._add_walk_step(step, place, [self.refusing_exit] if self.refusing_exit else [])
        self.refusing_exit = None
        self.pending_branches += [(place, branch) for branch in step.branches]
        if not step.branches:
            self._add_end("refused", [OpenExit(place)], f"end:{place}", refusal=step.refusal_kind)

    def _settle_refusal(self) -> None:
        """Give a condition whose refusal the act does not print an end of ours."""
        if self.refusing_exit is not None:
            op = self.nodes[self.refusing_exit.node].op
            kind = UNPRINTED_REFUSALS.get(op or "", "documents")
            self._add_end("refused", [self.refusing_exit], f"end:{self.refusing_exit.node}:unmet", refusal=kind)
            self.refusing_exit = None

    def _add_walk_step(
        self, step: ChannelStep, place: str, entries: list[OpenExit], *, is_parallel: bool = False
    ) -> None:
        """Add a step of the walk, behind its wait where the step has one."""
        is_jumped_to = any(branch.to in (step.label, step.item) for _, branch in self.pending_branches)
        if not entries and self.nodes and not is_jumped_to:
            self._raise_conflict(place, "nothing leads to this step")
        binding = step.performs
        if binding is None or binding.system is None:
            self._raise_conflict(place, "a step of a walk needs its binding")
        node = build_walk_node(step, place, self.channel, self.variant, is_parallel=is_parallel)
        wait = build_wait(step, node, {result.code: result.text for result in self.passport.results})
        for each in (*wait.nodes, node):
            self._add_node(each)
        self.transitions += wait.transitions
        self._link_exits(entries, [wait.nodes[0].id if wait.nodes else place])

    def _take_entries(self, step: ChannelStep) -> list[OpenExit]:
        """The exits that lead to a step of the walk: the open exits, or the rows for which the step waits."""
        rows, self.placed_rows = self.placed_rows, ()
        if step.performs is not None and step.performs.after is not None:
            return [OpenExit(f"t{n}") for n in step.performs.after]
        return [OpenExit(place) for place in self.table.sink_nodes(rows)] if rows else self.open_exits

    def _place_rows(self, rows: tuple[int, ...], place: str) -> None:
        """Place rows of the table where a step of the walk repeats them."""
        if unknown := [n for n in rows if n not in self.table.rows]:
            self._raise_conflict(place, f"rows {unknown} are not in the table")
        if twice := [n for n in rows if f"t{n}" in self.nodes]:
            self._raise_conflict(place, f"rows {twice} are told twice")
        for n in rows:
            self._add_node(self.table.build_node(n, self.channel, self.variant))
        self._link_exits(self.open_exits, list(self.table.entry_nodes(rows, self.nodes)))
        self.open_exits, self.placed_rows = [], rows

    def _order_rows(self) -> None:
        if missing := [n for n in self.table.rows if f"t{n}" not in self.nodes]:
            self._raise_conflict("step_tables", f"no step of the walk tells rows {missing}")
        self.transitions += self.table.row_transitions()
        for place in self.table.checked_rows():
            self._add_end("refused", [OpenExit(place, "unmet")], f"end:{place}", refusal="invalid_data")

    def _compile_own_procedure(self, procedure: ProcedureVariant) -> None:
        """Compile the channel's own steps; where a step has ``then``, the provider's steps run after the step."""
        part = ProcedurePart(procedure, self.channel, self.variant)
        for step in procedure.steps:
            self._splice_piece(part, step.n, "a")
            if step.then is not None:
                self._embed_procedure(step.then, f"a{step.n}")

    def _embed_procedure(self, then: ProcedureExtent, place: str) -> None:
        last = self.procedure.last_step(then)
        if last is None:
            self._raise_conflict(place, f"the procedure has no step for {then}")
        self._splice_piece(self.procedure, last, "p")

    def _splice_piece(self, part: ProcedurePart, last: int, prefix: str) -> None:
        """Add the steps of ``part`` through step ``last`` to the graph, after the open exits."""
        piece = part.take_piece(last, self.holder, prefix)
        for node in piece.nodes:
            self._add_node(node)
        self.transitions += piece.transitions
        self._link_exits(self.open_exits, [piece.first])
        self.open_exits = [
            OpenExit(transition.source, transition.answer, transition.when) for transition in piece.exits
        ]
        for end, transition in piece.ends:
            place = f"end:{transition.source}:{transition.answer}"
            self._add_end(
                end, [OpenExit(transition.source, transition.answer, transition.when)], place, refusal="reasoned"
            )

    def _land_branches(self, walk: tuple[ChannelStep, ...]) -> None:
        """Connect the branches of the walk with their targets."""
        places = {
            name: f"w{n}" for n, step in enumerate(walk, start=1) for name in (step.item, step.label) if name
        }
        for source, branch in self.pending_branches:
            answer = branch.answer if self.nodes[source].chooses else None
            if branch.ends is not None:
                exits = [OpenExit(source, answer, branch.when)]
                why = branch.refusal_kind or "reasoned"
                self._add_end(branch.ends, exits, f"end:{source}:{branch.answer}", refusal=why)
                continue
            target = places.get(str(branch.to), "")
            target = f"{target}:wait" if f"{target}:wait" in self.nodes else target
            if target not in self.nodes:
                self._raise_conflict(source, f"step {branch.to} does not exist")
            other_transitions = [
                transition
                for transition in self.transitions
                if (transition.source, transition.target) != (source, target)
            ]
            is_one_way = len(other_transitions) < len(self.transitions)  # every answer leads on to this step
            jump = Transition(source, target) if is_one_way else Transition(source, target, answer, branch.when)
            self.transitions = [*other_transitions, jump]

    def _close_exits(self) -> None:
        """End every exit that leads nowhere: completed, and also refused where there is a decision."""
        if not self.procedure.is_used_up() and self.steps_channel == self.channel and not self.table.rows:
            self._raise_conflict("procedures", "no step of this channel runs the whole procedure")
        source_ids = {transition.source for transition in self.transitions} | {
            open_exit.node for open_exit in self.open_exits
        }
        loose_exits = [
            *self.open_exits,
            *(OpenExit(node.id) for node in self.nodes.values() if node.end is None and node.id not in source_ids),
        ]
        refused_exits = [open_exit for open_exit in loose_exits if open_exit.answer == "refused"]
        is_decided = any("refused" in node.chooses for node in self.nodes.values())
        is_ended = any(
            transition.answer == "refused" and self.nodes[transition.target].end for transition in self.transitions
        )
        if is_decided and not refused_exits and not is_ended:
            refused_exits = [
                OpenExit(open_exit.node, "refused") for open_exit in loose_exits if open_exit.answer is None
            ]
            loose_exits = [
                OpenExit(open_exit.node, open_exit.answer or "granted", open_exit.when)
                for open_exit in loose_exits
            ]
        if refused_exits:
            self._add_end("refused", refused_exits, "end:refused", refusal="reasoned")
        self._add_end(
            "completed", [open_exit for open_exit in loose_exits if open_exit.answer != "refused"], "end:completed"
        )

    def _mark_people(self) -> None:
        directories = self.passport.directories
        offices = {OfficeKind.CENTRE, *(office.kind for office in directories.departments)}
        try:
            self.nodes = mark_performers(self.nodes, self.transitions, self.channel, offices)
        except PerformerUnclear as fault:
            self._raise_conflict(fault.step, str(fault))

    def _add_end(
        self, end: EndKind, exits: list[OpenExit], place: str, *, refusal: RefusalKind | None = None
    ) -> None:
        is_last = place in ("end:completed", "end:refused") and bool(self.table.rows)
        why = refusal if end == "refused" else None
        join: JoinKind = "all" if is_last else "any"
        self._add_node(ProcessNode(place, "end", "ours", "", "", self.holder, end=end, refusal=why, join=join))
        self._link_exits(exits, [place])

    def _add_node(self, node: ProcessNode) -> None:
        self.nodes[node.id] = node

    def _link_exits(self, exits: list[OpenExit], targets: list[str]) -> None:
        self.transitions += [
            Transition(open_exit.node, target, open_exit.answer, open_exit.when)
            for open_exit in exits
            for target in targets
        ]

    def _raise_conflict(self, place: str, message: str) -> NoReturn:
        where = f"{self.passport.id}, {self.channel}, {self.variant}"
        raise Conflict("passport-not-executable", f"{where}: {place}: {message}", step=place, channel=self.channel)


def _split_exits(exits: list[OpenExit], only: str | None) -> tuple[list[OpenExit], list[OpenExit]]:
    """The exits that lead to a step taken ``only`` on one outcome, and the exits that bypass the step."""
    if only is None:
        return exits, []
    opposite = "refused" if only == "granted" else "granted"
    leading_exits = [
        OpenExit(open_exit.node, only, open_exit.when) for open_exit in exits if open_exit.answer in (None, only)
    ]
    passing_exits = [
        OpenExit(open_exit.node, opposite, open_exit.when)
        for open_exit in exits
        if open_exit.answer in (None, opposite)
    ]
    return leading_exits, passing_exits
