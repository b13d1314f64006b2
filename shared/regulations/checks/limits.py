"""Every limit that a passport prints beside another must be counted by some process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from shared.regulations.checks.fault import KeyPath, PassportFault
from shared.regulations.model import ChannelStep, Deadline, Passport, ProcedureStep, TableStep
from shared.regulations.process.graph import ProcessGraph, ProcessNode

WORKPLACES = frozenset(
    {"is_mio", "is_con", "is_esobes", "is_rynok_truda", "gbd_elicense", "arm_shep", "arm_rshep"}
)
"""The systems in which people work: their employees state the facts on which a limit hangs."""


def find_unread_limits(passport: Passport, graphs: Sequence[ProcessGraph]) -> Iterator[PassportFault]:
    """The parts (``also``), the exceptions and the extensions that no process of the passport ever counts."""
    nodes = [node for graph in graphs for node in graph.nodes]
    for path, deadline in _executed_deadlines(passport):
        bearers = [node for node in nodes if node.deadline is deadline or _waits_by(node, deadline)]
        if deadline.also and not bearers:
            yield PassportFault((*path, "also"), "no process has this step, nothing counts its parts")
        for index, exception in enumerate(deadline.exceptions):
            place = (*path, "exceptions", index)
            if exception.fact is None and not any(node.limit is exception for node in bearers):
                yield PassportFault(place, "no channel and variant of this passport reads this limit")
            elif exception.fact is not None and not any(_may_state(node, exception.fact) for node in bearers):
                yield PassportFault(place, f"nobody can state {exception.fact}: no employee takes this step")
    for index, extension in enumerate(passport.extensions):
        if not any(extension.id in node.extensions for node in nodes):
            yield PassportFault(("extensions", index), f"{extension.id} extends no step")


def _waits_by(node: ProcessNode, deadline: Deadline) -> bool:
    return node.wait is not None and node.wait.deadline is deadline


def _may_state(node: ProcessNode, fact: str) -> bool:
    return fact in node.extensions and node.holder in WORKPLACES and not node.is_automatic


def _executed_deadlines(passport: Passport) -> Iterator[tuple[KeyPath, Deadline]]:
    """The deadlines of the steps that are executed; a ``sequence`` is kept and not executed."""
    for index, procedure in enumerate(passport.procedures):
        if procedure.telling == "content":
            yield from _deadlines_of(("procedures", index, "steps"), procedure.steps)
    for channel, steps in passport.channel_steps.channel_values():
        yield from _deadlines_of(("channel_steps", channel), steps)
    for channel, table in passport.step_tables.channel_values():
        yield from _deadlines_of(("step_tables", channel, "rows"), table.rows)


def _deadlines_of(
    path: KeyPath, steps: Iterable[ProcedureStep | ChannelStep | TableStep]
) -> Iterator[tuple[KeyPath, Deadline]]:
    for index, step in enumerate(steps):
        if step.deadline is not None:
            yield (*path, index, "deadline"), step.deadline
        if step.waits is not None and step.waits.deadline is not None:
            yield (*path, index, "waits", "deadline"), step.waits.deadline
