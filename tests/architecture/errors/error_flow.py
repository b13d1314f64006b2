"""The errors that a function can raise: its own errors, and the errors of the functions that it calls."""

from __future__ import annotations

from collections.abc import Mapping, Set
from fnmatch import fnmatch

from tests.architecture.errors.flow_reader import Error, Flow, Reader
from tests.architecture.errors.project_source import Place, Source

Never = Mapping[Place, Set[str]]
"""Codes, or patterns of codes, that do not come out of a place, although the source lets one think so."""


class ErrorFlow:
    """The errors of every place, with what its calls add, in the modules that a service can reach."""

    def __init__(
        self,
        source: Source,
        never: Never,
        besides: Mapping[Place, frozenset[Error]],
        handed: Mapping[Place, Place],
    ) -> None:
        self.source = source
        self._flows: dict[Place, Flow] = {}
        self._never = never
        self._besides = besides
        self._handed = handed

    def reachable_from(self, module: str) -> frozenset[str]:
        """The modules that a module imports, at whatever distance."""
        found: set[str] = set()
        waiting = [module]
        while waiting:
            name = waiting.pop()
            if name not in found and name in self.source.known:
                found.add(name)
                waiting += self.source.known[name].imports
        return frozenset(found)

    def errors_of(self, roots: list[Place], reachable: frozenset[str]) -> Mapping[Place, frozenset[Error]]:
        """The errors that each root can raise."""
        places = self._reach(roots, reachable)
        table: dict[Place, frozenset[Error]] = dict.fromkeys(places, frozenset())
        while True:
            news = {place: self._errors_at(place, table) for place in places}
            if news == table:
                return {root: table[root] for root in roots}
            table = news

    def _flow(self, place: Place) -> Flow:
        if place not in self._flows:
            self._flows[place] = Reader(self.source, place).read()
            if place in self._handed:
                self._flows[place].calls.append((self._handed[place], {}))
        return self._flows[place]

    def _reach(self, roots: list[Place], reachable: frozenset[str]) -> set[Place]:
        found, waiting = set(roots), list(roots)
        while waiting:
            flows = [self._flow(waiting.pop())]
            while flows:
                flow = flows.pop()
                flows += [inner for inner, _ in flow.guarded]
                for place, _ in flow.calls:
                    if place not in found and place[0] in reachable:
                        found.add(place)
                        waiting.append(place)
        return found

    def _errors_at(self, place: Place, table: Mapping[Place, frozenset[Error]]) -> frozenset[Error]:
        found = self._sum(self._flow(place), table) | self._besides.get(place, frozenset())
        never = self._never.get(place, ())
        return frozenset(error for error in found if not any(fnmatch(error[1], pattern) for pattern in never))

    def _sum(self, flow: Flow, table: Mapping[Place, frozenset[Error]]) -> set[Error]:
        found = set(flow.raised)
        for place, texts in flow.calls:
            found |= table.get(place, frozenset())
            if place in table:
                parameters = self._flow(place).parameters
                found |= {(kind, texts[name] + tail) for kind, name, tail in parameters if name in texts}
        for inner, catches in flow.guarded:
            for kind, code in self._sum(inner, table):
                catch = next((one for one in catches if kind in one.kinds), None)
                if catch is None:
                    found.add((kind, code))
                elif catch.becomes:
                    found.add((catch.becomes, code))
        return found
