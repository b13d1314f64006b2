"""The routes of the flows through the grid: along gutters, corridors and empty rows, each flow on a track.

A flow leaves its source to the right, runs vertically in the gutter behind the source's column, then along the row
of its target or source where the cells between are empty, else along the corridor above the target's row, and
vertically again in the gutter before the target. Flows of one source share a track where they leave; flows to one
target share a track where they arrive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from shared.regulations.bpmn.chart import SequenceFlow
from shared.regulations.bpmn.layout import GridCell, LayoutGrid, is_back
from shared.regulations.model import System

LaneRow = tuple[System, int]
FlowTrack = tuple[Literal["row", "corridor"], LaneRow, int]
"""Where a flow runs from left to right: the middle of a row, or a numbered track of the corridor above the row."""


@dataclass(frozen=True)
class GutterTrunk:
    """A track in a gutter, shared by all flows out of the element ``name`` or by all flows into it."""

    gutter: int
    side: Literal["out", "in"]
    name: str


@dataclass(frozen=True)
class FlowRoute:
    """A flow, the trunks in which it turns (none, one or two) and the track between the two trunks."""

    flow: SequenceFlow
    start: FlowTrack
    end: FlowTrack
    trunks: tuple[GutterTrunk, ...] = ()
    along: FlowTrack | None = None


@dataclass
class FlowRouter:
    """The router: finds the routes of a grid and the number of tracks in each corridor."""

    grid: LayoutGrid
    reserved_cells: dict[GridCell, str] = field(default_factory=dict)
    corridors: dict[LaneRow, list[list[tuple[int, int, str]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reserved_cells = dict(self.grid.reserved)
        flows = self.grid.chart.flows
        self.flow_counts = {
            element.id: sum(flow.source == element.id for flow in flows) for element in self.grid.chart.elements
        }

    def find_routes(self) -> list[FlowRoute]:
        """The routes in the order of the chart's flows; short flows are routed first and get the empty rows."""
        cells = self.grid.cells
        by_length = sorted(
            self.grid.chart.flows, key=lambda flow: abs(cells[flow.target].column - cells[flow.source].column)
        )
        routes_by_flow = {flow.id: self._find_route(flow) for flow in by_length}
        return [routes_by_flow[flow.id] for flow in self.grid.chart.flows]

    def _find_route(self, flow: SequenceFlow) -> FlowRoute:
        source, target = self.grid.cells[flow.source], self.grid.cells[flow.target]
        start: FlowTrack = ("row", (source.lane, source.row), 0)
        end: FlowTrack = ("row", (target.lane, target.row), 0)
        first = GutterTrunk(source.column, "out", flow.source)
        last = GutterTrunk(target.column - 1, "in", flow.target)
        if not is_back(flow, self.grid.cells):
            if target.column == source.column + 1:
                shared = first if self.flow_counts[flow.source] > 1 else last
                return FlowRoute(flow, start, end, () if start == end else (shared,))
            between = range(source.column + 1, target.column)
            if self._reserve_row(end[1], between, flow.target):
                return FlowRoute(flow, start, end, () if start == end else (first,), end)
            if self._reserve_row(start[1], between, flow.target):
                return FlowRoute(flow, start, end, (last,), start)
        along = self._reserve_corridor(end[1], first.gutter, last.gutter, flow.target)
        return FlowRoute(flow, start, end, (first, last), along)

    def _reserve_row(self, row: LaneRow, columns: Iterable[int], target: str) -> bool:
        """Reserve the cells of a row for flows to ``target``; False when an element or another flow occupies a
        cell.
        """
        cells = [GridCell(row[0], row[1], n) for n in columns]
        if any(
            cell in self.grid.occupied_cells or self.reserved_cells.get(cell, target) != target for cell in cells
        ):
            return False
        self.reserved_cells |= dict.fromkeys(cells, target)
        return True

    def _reserve_corridor(self, row: LaneRow, first_gutter: int, second_gutter: int, target: str) -> FlowTrack:
        """Reserve a track of the corridor above ``row`` between two gutters; flows to one target share a track."""
        low_gutter, high_gutter = min(first_gutter, second_gutter), max(first_gutter, second_gutter)
        tracks = self.corridors.setdefault(row, [])
        for n, track in enumerate(tracks):
            if all(name == target or high < low_gutter or high_gutter < low for low, high, name in track):
                track.append((low_gutter, high_gutter, target))
                return "corridor", row, n
        tracks.append([(low_gutter, high_gutter, target)])
        return "corridor", row, len(tracks) - 1


def order_trunks(trunks: Iterable[GutterTrunk], routes: list[FlowRoute]) -> list[GutterTrunk]:
    """The trunks of a gutter from left to right.

    A flow that arrives along a track must turn left of the place where another flow leaves along that track;
    otherwise the two flows would be drawn over each other.
    """
    arrivals: dict[GutterTrunk, set[FlowTrack]] = {}
    departures: dict[GutterTrunk, set[FlowTrack]] = {}
    for route in routes:
        for place, trunk in enumerate(route.trunks):
            is_first = place == 0 and trunk.side == "out"
            arrival = route.start if is_first or route.along is None else route.along
            departure = route.end if len(route.trunks) == 1 or place == 1 else route.along or route.end
            arrivals.setdefault(trunk, set()).add(arrival)
            departures.setdefault(trunk, set()).add(departure)
    waiting = sorted(trunks, key=lambda trunk: (trunk.side == "in", trunk.name))
    ordered_trunks: list[GutterTrunk] = []
    while waiting:
        free = [
            candidate
            for candidate in waiting
            if not any(arrivals[rival] & departures[candidate] for rival in waiting if rival != candidate)
        ]
        chosen = (free or waiting)[0]
        waiting.remove(chosen)
        ordered_trunks.append(chosen)
    return ordered_trunks
