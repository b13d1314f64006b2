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
from shared.regulations.process.graph import ProcessGraph
from shared.regulations.process.process_state import GATEWAYS


@dataclass(frozen=True, eq=False)
class PassportBook:
    """Passports by id, and the graphs of their channels and variants."""

    passports: tuple[Passport, ...]
    compiled_graphs: dict[tuple[str, str, str], ProcessGraph] = field(default_factory=dict)

    @classmethod
    @functools.cache
    def load(cls) -> Self:
        """Every passport of the package, read once a process; all services of a process share the book."""
        return cls(load_passports())

    def get_passport(self, passport_id: str) -> Passport:
        """The passport; NotFound ``regulation-unknown``."""
        for passport in self.passports:
            if passport.id == passport_id:
                return passport
        raise NotFound("regulation-unknown", "no such regulation", regulation=passport_id)

    def get_questionnaire(self, passport_id: str) -> Questionnaire:
        """The questions on quality; NotFound ``regulation-unknown`` or ``questionnaire-absent``."""
        questionnaire = self.get_passport(passport_id).questionnaire
        if questionnaire is None:
            raise NotFound("questionnaire-absent", "the act has no questionnaire", regulation=passport_id)
        return questionnaire

    def get_graph(self, passport_id: str, channel: str, variant: str = "main") -> ProcessGraph:
        """The process of a channel and variant; NotFound ``regulation-unknown``, ``channel-not-found`` or
        ``variant-not-found``."""
        key = (passport_id, channel, variant)
        if key not in self.compiled_graphs:
            self.compiled_graphs[key] = compile_graph(
                self.get_passport(passport_id), cast(Channel, channel), variant
            )
        return self.compiled_graphs[key]

    def all_graphs(self) -> Iterator[tuple[Passport, ProcessGraph]]:
        """Every channel and variant of every passport."""
        for passport in self.passports:
            for channel in passport.channels.accept:
                for variant in passport.variants:
                    yield passport, self.get_graph(passport.id, channel, variant)

    def routing_steps(
        self, service_type: str, region: str | None, channel: str | None, place: str | None
    ) -> tuple[str, ...]:
        """The steps in which the gateways carry what is sent at a place (``t5``, ``worker-reissue/p10``); none
        where the act names none."""
        variant, _, step = (place or "").rpartition("/")
        for passport in self.passports:
            if (passport.service_type, passport.region) == (service_type, region):
                graph = self._graph_or_none(passport.id, channel or "", variant or MAIN)
                targets = (
                    (graph.get_node(transition.target) for transition in graph.transitions_from(step))
                    if graph
                    else ()
                )
                return tuple(node.id for node in targets if node.holder == GATEWAYS)
        return ()

    def _graph_or_none(self, passport_id: str, channel: str, variant: str) -> ProcessGraph | None:
        try:
            return self.get_graph(passport_id, channel, variant)
        except NotFound:
            return None
