"""Passports by id, their graphs, and paths through them, for the tests of graphs."""

from __future__ import annotations

from collections.abc import Mapping

from shared.regulations.loader import load_passports
from shared.regulations.model import Channel, Passport
from shared.regulations.process.compiler import compile_graph
from shared.regulations.process.graph import ProcessGraph, ProcessNode

EVERY: list[tuple[str, Channel, str]] = [
    (passport.id, channel, variant)
    for passport in load_passports()
    for channel in passport.channels.accept
    for variant in passport.variants
]
"""Every passport, channel and variant."""


def passport(passport_id: str) -> Passport:
    return next(one for one in load_passports() if one.id == passport_id)


def graph(passport_id: str, channel: Channel, variant: str = "main") -> ProcessGraph:
    return compile_graph(passport(passport_id), channel, variant)


def walked(graph: ProcessGraph, answers: Mapping[str, str] | None = None) -> list[str]:
    """The nodes of a case in which every node gets its favourable answer, except those in ``answers``; the end
    comes last.
    """
    given: dict[str, str | None] = {}
    while allowed := graph.allowed_nodes(given):
        over = [one for one in allowed if graph.get_node(one).end is not None]
        node = graph.get_node((over or allowed)[0])
        given[node.id] = (answers or {}).get(node.id) or _best(node)
        if over:
            break
    return list(given)


def _best(node: ProcessNode) -> str | None:
    """The answer that goes on: the first of a list of branches is the favourable one."""
    return next(iter(node.chooses), None)
