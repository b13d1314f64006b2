"""All passports of a process, found by what messages and requests name."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self, cast

from shared.bus.errors import NotFound
from shared.contracts.cases import MAIN
from shared.regulations.loader import load_passports
from shared.regulations.model import Channel, Passport, Questionnaire
from shared.regulations.process.compiler import compile_graph
from shared.regulations.process.graph import Graph
from shared.regulations.process.process_state import GATEWAYS


@dataclass(frozen=True, eq=False)
class PassportBook:
    """Passports by id, and the graphs of their channels and variants."""

    all: tuple[Passport, ...]
    graphs: dict[tuple[str, str, str], Graph] = field(default_factory=dict)

    @classmethod
    @functools.cache
    def load(cls) -> Self:
        """Every passport of the package, read once a process; all services of a process share the book."""
        return cls(load_passports())

    def get(self, passport_id: str) -> Passport:
        """The passport; NotFound ``regulation-unknown``."""
        for passport in self.all:
            if passport.id == passport_id:
                return passport
        raise NotFound("regulation-unknown", "no such regulation", regulation=passport_id)

    def questionnaire(self, passport_id: str) -> Questionnaire:
        """The questions on quality; NotFound ``regulation-unknown`` or ``questionnaire-absent``."""
        found = self.get(passport_id).questionnaire
        if found is None:
            raise NotFound("questionnaire-absent", "the act has no questionnaire", regulation=passport_id)
        return found

    def graph(self, passport_id: str, channel: str, variant: str = "main") -> Graph:
        """The process of a channel and variant; NotFound ``regulation-unknown``, ``channel-not-found`` or
        ``variant-not-found``."""
        key = (passport_id, channel, variant)
        if key not in self.graphs:
            self.graphs[key] = compile_graph(self.get(passport_id), cast(Channel, channel), variant)
        return self.graphs[key]

    def all_graphs(self) -> Iterator[tuple[Passport, Graph]]:
        """Every channel and variant of every passport."""
        for passport in self.all:
            for channel in passport.channels.accept:
                for variant in passport.variants:
                    yield passport, self.graph(passport.id, channel, variant)

    def carried(
        self, service_type: str, region: str | None, channel: str | None, place: str | None
    ) -> tuple[str, ...]:
        """The steps in which the gateways carry what is sent at a place (``t5``, ``worker-reissue/p10``); none
        where the act names none."""
        variant, _, step = (place or "").rpartition("/")
        for passport in self.all:
            if (passport.service_type, passport.region) == (service_type, region):
                graph = self._graph_or_none(passport.id, channel or "", variant or MAIN)
                targets = (graph.node(edge.target) for edge in graph.out(step)) if graph else ()
                return tuple(node.id for node in targets if node.holder == GATEWAYS)
        return ()

    def _graph_or_none(self, passport_id: str, channel: str, variant: str) -> Graph | None:
        try:
            return self.graph(passport_id, channel, variant)
        except NotFound:
            return None
