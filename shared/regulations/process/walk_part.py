"""The steps of a walk during compilation: their nodes, their answers, and the system that a step asks."""

from __future__ import annotations

from shared.regulations.model import DECISIONS, Channel, ChannelStep, System
from shared.regulations.process.graph import NodeKind, ProcessNode


def build_walk_node(
    step: ChannelStep, place: str, channel: Channel, variant: str, *, is_parallel: bool
) -> ProcessNode:
    """The node of a step with a binding; ``place`` is the id of the node, ``is_parallel`` whether the step waits
    for rows of the table.
    """
    binding = step.performs
    assert binding is not None  # noqa: S101 - the compiler has refused a step without one
    assert binding.system is not None  # noqa: S101
    return ProcessNode(
        place,
        _node_kind(step),
        "walk",
        step.by,
        step.action,
        binding.system,
        op=binding.op,
        label=step.label,
        clause=step.clause,
        deadline=step.deadline,
        limit=step.deadline.limit_for(channel, variant) if step.deadline else None,
        status=binding.status,
        sends=binding.sends,
        media=step.media,
        systems=step.systems,
        chooses=walk_answers(step),
        is_automatic=binding.is_automatic,
        roles=frozenset(binding.roles),
        join="all" if is_parallel else "any",
        refusal=step.refusal_kind,
    )


def _node_kind(step: ChannelStep) -> NodeKind:
    if step.is_condition:
        return "condition"
    if step.media:
        return "media"
    return "system" if step.performs is not None and step.performs.is_automatic else "human"


def walk_answers(step: ChannelStep) -> tuple[str, ...]:
    """The answers of a step, of which one must be given; empty where the step has none."""
    if step.is_condition and not any(branch.answer == "refused" for branch in step.branches):
        return ("met", "unmet")
    if step.performs is not None and step.performs.op in DECISIONS:
        return ("granted", "refused")
    return tuple(branch.answer for branch in step.branches) if len(step.branches) > 1 else ()


def requested_system(step: ChannelStep) -> System | None:
    """The system to which a step sends its request; that system holds the provider's procedure from then on."""
    if step.performs is None or step.performs.op == "query":
        return None
    requests = [sending.to[0] for sending in step.performs.sends if sending.message == "REQUEST"]
    return requests[0] if requests else None
