"""All passports of a process, looked up by the values that messages and requests carry."""

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
    """The passports, looked up by id, and the process graphs of their channels and variants, compiled on first
    use.
    """

    passports: tuple[Passport, ...]
    compiled_graphs: dict[tuple[str, str, str], ProcessGraph] = field(default_factory=dict)

    @classmethod
    @functools.cache
    def load(cls) -> Self:
        """The book of every passport in the package, read once; all services of one process share the book."""
        return cls(load_passports())

    def get_passport(self, passport_id: str) -> Passport:
        """The passport with the id ``passport_id`` (``KZ-ATY.3``); NotFound ``regulation-unknown``."""
        for passport in self.passports:
            if passport.id == passport_id:
                return passport
        raise NotFound("regulation-unknown", "no such regulation", regulation=passport_id)

    def get_questionnaire(self, passport_id: str) -> Questionnaire:
        """The passport's questionnaire on the quality of the service; NotFound ``regulation-unknown``, or
        ``questionnaire-absent`` where the act has no questionnaire.
        """
        questionnaire = self.get_passport(passport_id).questionnaire
        if questionnaire is None:
            raise NotFound("questionnaire-absent", "the act has no questionnaire", regulation=passport_id)
        return questionnaire

    def get_graph(self, passport_id: str, channel: str, variant: str = "main") -> ProcessGraph:
        """The process graph of a channel and variant, compiled once.

        Raises NotFound ``regulation-unknown``, ``channel-not-found`` or ``variant-not-found``, and Conflict
        ``passport-not-executable`` as ``compile_graph`` does.
        """
        key = (passport_id, channel, variant)
        if key not in self.compiled_graphs:
            self.compiled_graphs[key] = compile_graph(
                self.get_passport(passport_id), cast(Channel, channel), variant
            )
        return self.compiled_graphs[key]

    def all_graphs(self) -> Iterator[tuple[Passport, ProcessGraph]]:
        """Every passport with the graph of each of its channels and variants."""
        for passport in self.passports:
            for channel in passport.channels.accept:
                for variant in passport.variants:
                    yield passport, self.get_graph(passport.id, channel, variant)

    def find_graph(self, service_type: str, region: str, channel: str, variant: str) -> ProcessGraph | None:
        """The process graph of a service in a region; None where no act gives such a process."""
        passport = self._passports_by_service.get((service_type, region))
        return None if passport is None else self._graph_or_none(passport.id, channel, variant)

    @functools.cached_property
    def _passports_by_service(self) -> dict[tuple[str, str], Passport]:
        """The first passport of each service in each region: every message of a register's service looks here."""
        return {(passport.service_type, passport.region): passport for passport in reversed(self.passports)}

    def routing_steps(
        self, service_type: str, region: str | None, channel: str | None, place: str | None
    ) -> tuple[str, ...]:
        """The ids of the gateways' steps that follow the step ``place`` (``t5``, ``worker-reissue/p10``); empty
        where the act gives the gateways no step there, or the service, region, channel or variant is unknown.
        """
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
