"""The diagram in pixels: bounds of every shape and label, way points of every flow."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.regulations.bpmn import layout
from shared.regulations.bpmn.chart import Chart, Element
from shared.regulations.bpmn.layout import Box, Grid
from shared.regulations.bpmn.routes import Along, Route, Router, Row, Trunk, ordered
from shared.regulations.model import System

Point = tuple[int, int]

MARGIN, HEADER = 80, 30
TRACK, GUTTER, FLOW_LABEL, CORRIDOR_TRACK = 14, 20, 120, 18
FLOW_LABEL_LETTERS = 19


@dataclass(frozen=True)
class Picture:
    """Everything drawn. ``labels`` are the words beside events, gateways and flows, by the id they belong to."""

    pool: Box
    lanes: Mapping[System, Box]
    boxes: Mapping[str, Box]
    notes: Mapping[str, Box]
    labels: Mapping[str, Box]
    ways: Mapping[str, tuple[Point, ...]]


def picture_of(chart: Chart) -> Picture:
    """Draw a chart; the same chart gives the same picture."""
    return _Painter(Grid.of(chart)).paint()


@dataclass
class _Painter:
    grid: Grid
    columns: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    middles: dict[Row, int] = field(default_factory=dict)
    tops: dict[Row, int] = field(default_factory=dict)
    lanes: dict[System, Box] = field(default_factory=dict)
    tracks: dict[Trunk, int] = field(default_factory=dict)
    worded: dict[int, int] = field(default_factory=dict)

    def paint(self) -> Picture:
        self.router = Router(self.grid)
        self.routes = self.router.routes()
        self._across()
        self._down()
        boxes = {one.id: self._box(one) for one in self.grid.chart.elements}
        ways = {route.flow.id: self._way(route, boxes) for route in self.routes}
        last = self.lanes[self.grid.chart.lanes[-1]]
        pool = Box(MARGIN, MARGIN, HEADER + last.width, last.bottom - MARGIN)
        labels = {
            one.id: self._label(one, boxes[one.id])
            for one in self.grid.chart.elements
            if one.name and not one.is_task
        }
        labels |= {one.flow.id: self._flow_label(one, boxes) for one in self.routes if one.flow.name}
        notes = {one.id: _note(one, boxes[one.id]) for one in self.grid.chart.elements if one.note}
        return Picture(pool, self.lanes, boxes, notes, labels, ways)

    def _across(self) -> None:
        """Where columns and the tracks of gutters are, from left to right."""
        x = MARGIN + 2 * HEADER + GUTTER
        x = self._gutter(-1, x)
        for n in range(self.grid.width):
            widths = [max(layout.size(one)[0], _label_width(one)) for one in self.grid.column(n)]
            self.columns.append(x)
            self.widths.append(max(widths))
            x = self._gutter(n, x + max(widths) + GUTTER)
        self.right = x

    def _gutter(self, n: int, x: int) -> int:
        """Place the tracks of a gutter from ``x``; where the next column begins."""
        here = {trunk for route in self.routes for trunk in route.trunks if trunk.gutter == n}
        worded = {
            route.trunks[0] if route.trunks and route.trunks[0].gutter == n else None
            for route in self.routes
            if route.flow.name and self.grid.cells[route.flow.source].column == n
        }
        tracks = ordered(here, self.routes)
        if worded == {None}:
            self.worded[n] = x
            x += FLOW_LABEL
        for trunk in tracks:
            self.tracks[trunk] = x
            x += TRACK
            if trunk in worded and not any(later in worded for later in tracks[tracks.index(trunk) + 1 :]):
                self.worded[n] = x
                x += FLOW_LABEL
        return x + GUTTER

    def _down(self) -> None:
        """Where rows and lanes are, from the top."""
        y = MARGIN
        for lane in self.grid.chart.lanes:
            top, y = y, y + layout.LANE_PADDING
            for row in (one for one in self.grid.rows if one[0] == lane):
                self.tops[row] = y
                y += CORRIDOR_TRACK * len(self.router.corridors.get(row, ()))
                elements = list(self.grid.row(row))
                y += max(layout.above(one) for one in elements)
                self.middles[row] = y
                y += max(layout.below(one) for one in elements) + layout.ROW_GAP
            y = max(y + layout.LANE_PADDING, top + layout.LANE_LEAST)
            self.lanes[lane] = Box(MARGIN + HEADER, top, self.right - MARGIN - HEADER, y - top)

    def _box(self, element: Element) -> Box:
        cell = self.grid.cells[element.id]
        width, height = layout.size(element)
        x = self.columns[cell.column] + (self.widths[cell.column] - width) // 2
        return Box(x, self.middles[cell.lane, cell.row] - height // 2, width, height)

    def _way(self, route: Route, boxes: Mapping[str, Box]) -> tuple[Point, ...]:
        source, target = boxes[route.flow.source], boxes[route.flow.target]
        along = self._height(route.along or route.end)
        xs = [self.tracks[trunk] for trunk in route.trunks]
        points = [(source.right, source.middle)]
        if len(xs) == 2:
            points += [(xs[0], source.middle), (xs[0], along), (xs[1], along), (xs[1], target.middle)]
        elif xs:
            points += [(xs[0], source.middle), (xs[0], target.middle)]
        return (*points, (target.x, target.middle))

    def _height(self, along: Along) -> int:
        kind, row, track = along
        return self.middles[row] if kind == "row" else self.tops[row] + track * CORRIDOR_TRACK

    def _label(self, element: Element, box: Box) -> Box:
        height = layout.label_height(element)
        x = box.x + box.width // 2 - layout.LABEL_WIDTH // 2
        is_above = element.is_gateway
        y = box.y - layout.LABEL_GAP - height if is_above else box.bottom + layout.LABEL_GAP
        return Box(x, y, layout.LABEL_WIDTH, height)

    def _flow_label(self, route: Route, boxes: Mapping[str, Box]) -> Box:
        """Above the first level piece after the turn."""
        height = len(textwrap.wrap(route.flow.name, FLOW_LABEL_LETTERS)) * 14
        column = self.grid.cells[route.flow.source].column
        y = boxes[route.flow.source].middle
        if route.trunks and route.trunks[0].gutter == column and route.trunks[0].side == "out":
            y = self._height(route.along or route.end)
        x = self.worded[column]
        if layout.is_back(route.flow, self.grid.cells):
            x = self.tracks[route.trunks[0]] - FLOW_LABEL
        return Box(x, y - height - 3, FLOW_LABEL - 12, height)


def _label_width(element: Element) -> int:
    return layout.LABEL_WIDTH if element.name and not element.is_task else 0


def _note(element: Element, box: Box) -> Box:
    height = layout.note_height(element)
    return Box(box.x, box.y - layout.NOTE_GAP - height, box.width, height)
