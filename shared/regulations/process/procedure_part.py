"""A procedure during compilation: its steps in one channel, taken piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from shared.regulations.model import (
    DECISIONS,
    Channel,
    EndKind,
    ExternalWait,
    Passport,
    ProcedureStep,
    ProcedureVariant,
    StepBranch,
    System,
)
from shared.regulations.process.graph import RECEIVED, NodeKind, ProcessNode, Transition


def provider_procedure(passport: Passport, variant: str) -> ProcedureVariant | None:
    """The procedure that the provider executes in ``variant``; None where the act describes none."""
    for procedure in passport.procedures:
        if (procedure.variant, procedure.telling, procedure.channel) == (variant, "content", None):
            return procedure
    return None


@dataclass(frozen=True)
class ProcedurePiece:
    """A piece of a procedure: nodes and transitions, the first node, the transitions out of the piece, and the
    ends.
    """

    nodes: tuple[ProcessNode, ...]
    transitions: tuple[Transition, ...]
    first: str
    exits: tuple[Transition, ...]
    ends: tuple[tuple[EndKind, Transition], ...]


@dataclass
class ProcedurePart:
    """The steps of ``variant`` that ``channel`` takes; ``taken_count`` counts the steps already in the graph."""

    variant: ProcedureVariant | None
    channel: Channel
    variant_key: str
    taken_count: int = 0
    steps: tuple[ProcedureStep, ...] = field(init=False)

    def __post_init__(self) -> None:
        steps = self.variant.steps if self.variant else ()
        self.steps = tuple(step for step in steps if not step.channels or self.channel in step.channels)

    def last_step(self, then: str | int) -> int | None:
        """The number of the last step that ``then`` covers; None when ``then`` covers no step."""
        remaining = self.steps[self.taken_count :]
        if then == "to_decision":
            remaining = tuple(step for step in remaining if step.performs.op in DECISIONS)[:1]
        elif isinstance(then, int):
            remaining = tuple(step for step in remaining if step.n == then)
        return remaining[-1].n if remaining else None

    def take_piece(self, last: int, holder: System, prefix: str) -> ProcedurePiece:
        """The steps not yet taken, through step ``last``; ``holder`` holds steps without a system of their own."""
        upto = next(index for index, step in enumerate(self.steps) if step.n == last) + 1
        piece, self.taken_count = self.steps[self.taken_count : upto], upto
        inside = {step.n: _entry_id(step, prefix) for step in piece}
        nodes: list[ProcessNode] = []
        transitions: list[Transition] = []
        exits: list[Transition] = []
        ends: list[tuple[EndKind, Transition]] = []
        for step in piece:
            ways = list(self._ways_out(step))
            nodes += self._build_nodes(step, ways, holder, prefix)
            for target, branch in ways:
                transition = self._build_transition(step, prefix, inside.get(target or 0, ""), branch, len(ways))
                if branch is not None and branch.ends is not None:
                    ends.append((branch.ends, transition))
                elif transition.target:
                    transitions.append(transition)
                else:
                    exits.append(transition)
            if step.waits is not None:
                transitions.append(Transition(inside[step.n], f"{prefix}{step.n}", "received"))
        return ProcedurePiece(tuple(nodes), tuple(transitions), inside[piece[0].n], tuple(exits), tuple(ends))

    def is_used_up(self) -> bool:
        return self.taken_count == len(self.steps)

    def _ways_out(self, step: ProcedureStep) -> Iterator[tuple[int | None, StepBranch | None]]:
        """Where a step leads in this channel; a single None target for the last step."""
        branches_by_step = {branch.to: branch for branch in step.branches if branch.ends is None}
        ways: list[tuple[int | None, StepBranch | None]] = [
            (target, branches_by_step.get(n))
            for n in step.next
            if n not in branches_by_step
            or not branches_by_step[n].channels
            or self.channel in branches_by_step[n].channels
            for target in self._step_targets(n)
        ]
        yield from ways or [(None, None)]
        for branch in step.branches:
            if branch.ends is not None and (not branch.channels or self.channel in branch.channels):
                yield None, branch

    def _step_targets(self, n: int) -> tuple[int, ...]:
        """Step ``n``, or the steps that follow it when this channel skips step ``n``."""
        if any(step.n == n for step in self.steps):
            return (n,)
        skipped = [step for step in (self.variant.steps if self.variant else ()) if step.n == n]
        return tuple(
            target for step in skipped for following in step.next for target in self._step_targets(following)
        )

    def _build_transition(
        self, step: ProcedureStep, prefix: str, target: str, branch: StepBranch | None, ways: int
    ) -> Transition:
        if branch is None or ways == 1:
            ending_answer = next(
                (
                    ending_branch.answer
                    for ending_branch in step.branches
                    if ending_branch.ends and ending_branch.answer in _OPPOSITE
                ),
                None,
            )
            return Transition(
                f"{prefix}{step.n}", target, _OPPOSITE[ending_answer] if ending_answer and ways > 1 else None
            )
        return Transition(f"{prefix}{step.n}", target, branch.answer, branch.when)

    def _build_nodes(
        self, step: ProcedureStep, ways: list[tuple[int | None, StepBranch | None]], holder: System, prefix: str
    ) -> Iterator[ProcessNode]:
        binding = step.performs
        node_holder = binding.system or holder
        if step.waits is not None:
            place = _entry_id(step, prefix)
            yield self._build_wait(place, step.actor, step.waits, node_holder)
        media = step.media_in(self.channel)
        kind: NodeKind = "media" if media else ("system" if binding.is_automatic else "human")
        choices = [branch.answer for _, branch in ways if branch and branch.answer not in ("granted", "refused")]
        yield ProcessNode(
            f"{prefix}{step.n}",
            kind,
            "procedure",
            step.actor,
            step.action,
            node_holder,
            op=binding.op,
            n=step.n,
            clause=step.clause,
            deadline=step.deadline,
            limit=step.deadline.limit_for(self.channel, self.variant_key) if step.deadline else None,
            status=binding.status,
            sends=binding.sends,
            media=media,
            chooses=_procedure_answers(step, choices if len(ways) > 1 else []),
            is_automatic=binding.is_automatic,
            roles=frozenset(binding.roles),
            result=step.result,
        )

    def _build_wait(self, place: str, actor: str, wait: ExternalWait, holder: System) -> ProcessNode:
        """The wait before a step: a note of the step's holder, or a submission that the applicant makes at the
        portal.
        """
        if wait.is_sent and self.channel == "portal":
            answer_node = ProcessNode(place, "human", "ours", actor, wait.of, "portal_pep", op="answer")
            return replace(answer_node, wait=wait, chooses=RECEIVED)
        return ProcessNode(place, "wait", "ours", actor, wait.of, holder, wait=wait, chooses=RECEIVED)


_OPPOSITE = {"refused": "granted", "granted": "refused", "unmet": "met", "met": "unmet"}


def _procedure_answers(step: ProcedureStep, choices: list[str]) -> tuple[str, ...]:
    if step.performs.op in DECISIONS and step.refusal:
        return ("granted", "refused")
    return tuple(dict.fromkeys(choices))


def _entry_id(step: ProcedureStep, prefix: str) -> str:
    return f"{prefix}{step.n}:wait" if step.waits is not None else f"{prefix}{step.n}"
