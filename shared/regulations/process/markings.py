"""What is marked on the nodes of a compiled process: announced statuses, and longer limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from shared.regulations.model import ExtensionRule
from shared.regulations.process.graph import ProcessNode

ANNOUNCED_STATUSES = ("поступившие", "в работе")
"""The statuses of the acts of 2012, announced after the first and the second step of a provider's procedure."""

NodeMap = Mapping[str, ProcessNode]
"""The nodes of a process by their ids, in the order of the passport."""


def mark_announcements(nodes: NodeMap) -> dict[str, ProcessNode]:
    """The nodes, with the steps that announce a status to the citizen's side where the act names no status (our
    addition).
    """
    marked = dict(nodes)
    if any(node.status for node in marked.values()):
        return marked
    steps = [node for node in marked.values() if node.origin == "procedure"]
    for node, status in zip(steps, ANNOUNCED_STATUSES, strict=False):
        marked[node.id] = replace(node, announces=status)
    return marked


def mark_extensions(nodes: NodeMap, rules: Iterable[ExtensionRule], variant: str) -> dict[str, ProcessNode]:
    """The nodes, with longer limits: by a fact; by an extension, at its clause or (ours) the decision."""
    marked = dict(nodes)
    for node in nodes.values():
        if node.deadline is not None and node.limit is node.deadline:
            marked[node.id] = replace(node, extensions=tuple(node.deadline.limits_by_fact()))
    for rule in rules:
        if not rule.variants or variant in rule.variants:
            limited = [node for node in marked.values() if node.limit]
            extended = [node for node in limited if node.clause == rule.clause]
            for node in extended or [node for node in limited if node.op == "decide"]:
                is_notified = node.is_extension_told or rule.is_notified
                ids = (*node.extensions, rule.id)
                marked[node.id] = replace(node, extensions=ids, is_extension_told=is_notified)
    return marked
