"""The wait before a step of a walk during compilation; for a place, the queue in which the applicant waits.

The acts put the notice of the queue among the results, behind the offer of the place for which the queue waits.
The graph has the notice before the wait (ours): ``q10`` is the step before the wait of step 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.regulations.model import QUEUED, VACANT, ChannelStep, PlaceQueue
from shared.regulations.process.graph import RECEIVED, ProcessNode, Transition


@dataclass(frozen=True)
class WaitingPart:
    """The nodes before a step, in their order, and the transitions through them to the step."""

    nodes: tuple[ProcessNode, ...]
    transitions: tuple[Transition, ...]


def build_wait(step: ChannelStep, node: ProcessNode, results: Mapping[str, str]) -> WaitingPart:
    """The wait before ``node``, behind its queue where the wait has one; empty where the step waits for nothing.

    ``results`` are the words of the act's results by code; KeyError for a notice that is not among them.
    """
    if step.waits is None:
        return WaitingPart((), ())
    queue, place = step.waits.queue, f"{node.id}:wait"
    wait = ProcessNode(
        place,
        "wait",
        "ours",
        step.by,
        step.waits.of,
        node.holder,
        op="reserve" if queue is not None else None,
        wait=step.waits,
        chooses=RECEIVED,
    )
    received = Transition(place, node.id, RECEIVED[0])
    if queue is None:
        return WaitingPart((wait,), (received,))
    entry = _build_entry(queue, node, results[queue.notice])
    return WaitingPart((entry, wait), (Transition(entry.id, place), received))


def _build_entry(queue: PlaceQueue, node: ProcessNode, notice: str) -> ProcessNode:
    return ProcessNode(
        f"q{node.id[1:]}",
        "human",
        "ours",
        queue.by,
        notice,
        node.holder,
        op="enqueue",
        clause=queue.clause,
        announces=queue.status,
        chooses=(QUEUED, VACANT),
    )
