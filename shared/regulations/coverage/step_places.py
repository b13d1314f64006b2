"""The steps that clauses name, found in the compiled processes of their regulation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph, ProcessNode


@dataclass(frozen=True)
class PlacedStep:
    """A step of a process of a regulation; ``place`` is how clauses name the step."""

    place: str
    channel: str
    variant: str
    node: ProcessNode


def steps_by_place(book: PassportBook, passport: Passport) -> Mapping[str, PlacedStep]:
    """The steps of a regulation by how clauses name them (``portal/w3``, ``main/p3``), each in the first process
    that has the step.
    """
    steps: dict[str, PlacedStep] = {}
    for step in placed_steps(book, passport):
        steps.setdefault(step.place, step)
    return steps


def placed_steps(book: PassportBook, passport: Passport) -> Iterator[PlacedStep]:
    """Every step of the regulation that stands for a part of the act, in each of its processes."""
    for channel in passport.channels.accept:
        for variant in passport.variants:
            graph = book.find_graph(passport.service_type, passport.region, channel, variant)
            for node in graph.nodes if graph is not None else ():
                if graph is not None and node.origin != "ours":
                    yield PlacedStep(step_place(passport, graph, node), channel, variant, node)


def step_place(passport: Passport, graph: ProcessGraph, node: ProcessNode) -> str:
    """How a clause names this step: by the variant for a step of the provider's procedure, else by the channel
    whose steps the process takes.
    """
    if node.id.startswith("p"):
        return f"{graph.variant}/{node.id}"
    own = graph.channel if node.id.startswith("a") else passport.channels.steps_channel(graph.channel)
    return f"{own}/{node.id}"
