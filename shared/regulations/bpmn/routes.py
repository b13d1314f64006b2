"""The ways of the flows through the grid: along gutters, corridors and empty rows, each on a track of its own.

A flow leaves to the right, runs up or down in the gutter behind its column, along its target's row or its source's
where the cells between are empty, else along the corridor above the target's row, and up or down again in the
gutter before its target. Flows of one source share a track where they leave, flows to one target where they
arrive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from shared.regulations.bpmn.chart import Flow
from shared.regulations.bpmn.layout import Cell, Grid, is_back
from shared.regulations.model import System

Row = tuple[System, int]
Along = tuple[Literal["row", "corridor"], Row, int]
"""What a flow runs along from left to right: the middle of a row, or a track of the corridor above it."""


@dataclass(frozen=True)
class Trunk:
    """A track in a gutter that flows share: those out of ``name``, or those into it."""

    gutter: int
    side: Literal["out", "in"]
    name: str


@dataclass(frozen=True)
class Route:
    """A flow, the trunks it turns at (none, one or two) and what it runs along between the two."""

    flow: Flow
    start: Along
    end: Along
    trunks: tuple[Trunk, ...] = ()
    along: Along | None = None


@dataclass
class Router:
    """Finds the routes of a grid, and how many tracks its gutters and corridors need."""

    grid: Grid
    used: dict[Cell, str] = field(default_factory=dict)
    corridors: dict[Row, list[list[tuple[int, int, str]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.used = dict(self.grid.reserved)
        flows = self.grid.chart.flows
        self.leaving = {one.id: sum(flow.source == one.id for flow in flows) for one in self.grid.chart.elements}

    def routes(self) -> list[Route]:
        """Short flows first: they have the first choice of the empty rows."""
        cells = self.grid.cells
        by_length = sorted(
            self.grid.chart.flows, key=lambda flow: abs(cells[flow.target].column - cells[flow.source].column)
        )
        found = {flow.id: self._route(flow) for flow in by_length}
        return [found[flow.id] for flow in self.grid.chart.flows]

    def _route(self, flow: Flow) -> Route:
        source, target = self.grid.cells[flow.source], self.grid.cells[flow.target]
        start: Along = ("row", (source.lane, source.row), 0)
        end: Along = ("row", (target.lane, target.row), 0)
        first = Trunk(source.column, "out", flow.source)
        last = Trunk(target.column - 1, "in", flow.target)
        if not is_back(flow, self.grid.cells):
            if target.column == source.column + 1:
                shared = first if self.leaving[flow.source] > 1 else last
                return Route(flow, start, end, () if start == end else (shared,))
            between = range(source.column + 1, target.column)
            if self._take(end[1], between, flow.target):
                return Route(flow, start, end, () if start == end else (first,), end)
            if self._take(start[1], between, flow.target):
                return Route(flow, start, end, (last,), start)
        along = self._corridor(end[1], first.gutter, last.gutter, flow.target)
        return Route(flow, start, end, (first, last), along)

    def _take(self, row: Row, columns: Iterable[int], target: str) -> bool:
        """Keep the cells of a row for flows to ``target`` when nothing stands or runs there."""
        cells = [Cell(row[0], row[1], n) for n in columns]
        if any(cell in self.grid.taken or self.used.get(cell, target) != target for cell in cells):
            return False
        self.used |= dict.fromkeys(cells, target)
        return True

    def _corridor(self, row: Row, one: int, other: int, target: str) -> Along:
        """A track of the corridor above ``row`` that is free between two gutters; flows to one target share it."""
        left, right = min(one, other), max(one, other)
        tracks = self.corridors.setdefault(row, [])
        for n, track in enumerate(tracks):
            if all(name == target or high < left or right < low for low, high, name in track):
                track.append((left, right, target))
                return "corridor", row, n
        tracks.append([(left, right, target)])
        return "corridor", row, len(tracks) - 1


def ordered(trunks: Iterable[Trunk], routes: list[Route]) -> list[Trunk]:
    """The trunks of a gutter from left to right.

    A flow that arrives along a line must do so to the left of where another leaves along the same line, or the two
    would be drawn over each other.
    """
    left: dict[Trunk, set[Along]] = {}
    right: dict[Trunk, set[Along]] = {}
    for route in routes:
        for place, trunk in enumerate(route.trunks):
            is_first = place == 0 and trunk.side == "out"
            comes = route.start if is_first or route.along is None else route.along
            goes = route.end if len(route.trunks) == 1 or place == 1 else route.along or route.end
            left.setdefault(trunk, set()).add(comes)
            right.setdefault(trunk, set()).add(goes)
    waiting = sorted(trunks, key=lambda trunk: (trunk.side == "in", trunk.name))
    done: list[Trunk] = []
    while waiting:
        free = [one for one in waiting if not any(left[other] & right[one] for other in waiting if other != one)]
        chosen = (free or waiting)[0]
        waiting.remove(chosen)
        done.append(chosen)
    return done
