"""The diagram in pixels: bounds of every shape and label, way points of every flow."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.regulations.bpmn import layout
from shared.regulations.bpmn.chart import ChartElement, FlowChart
from shared.regulations.bpmn.layout import LayoutGrid, PixelBox
from shared.regulations.bpmn.routes import FlowRoute, FlowRouter, FlowTrack, GutterTrunk, LaneRow, order_trunks
from shared.regulations.model import System

Point = tuple[int, int]

MARGIN, HEADER = 80, 30
TRACK, GUTTER, FLOW_LABEL, CORRIDOR_TRACK = 14, 20, 120, 18
FLOW_LABEL_LETTERS = 19


@dataclass(frozen=True)
class DiagramPicture:
    """Everything that is drawn. ``labels`` holds the boxes of the text beside events, gateways and flows, by
    element or flow id.
    """

    pool: PixelBox
    lanes: Mapping[System, PixelBox]
    boxes: Mapping[str, PixelBox]
    notes: Mapping[str, PixelBox]
    labels: Mapping[str, PixelBox]
    way_points: Mapping[str, tuple[Point, ...]]


def picture_of(chart: FlowChart) -> DiagramPicture:
    """The picture of a chart; one chart always gives the same picture."""
    return _PicturePainter(LayoutGrid.from_chart(chart)).paint_picture()


@dataclass
class _PicturePainter:
    grid: LayoutGrid
    columns: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    middles: dict[LaneRow, int] = field(default_factory=dict)
    tops: dict[LaneRow, int] = field(default_factory=dict)
    lanes: dict[System, PixelBox] = field(default_factory=dict)
    tracks: dict[GutterTrunk, int] = field(default_factory=dict)
    label_starts: dict[int, int] = field(default_factory=dict)

    def paint_picture(self) -> DiagramPicture:
        self.router = FlowRouter(self.grid)
        self.routes = self.router.find_routes()
        self._place_columns()
        self._place_rows()
        boxes = {element.id: self._element_box(element) for element in self.grid.chart.elements}
        ways = {route.flow.id: self._flow_points(route, boxes) for route in self.routes}
        last = self.lanes[self.grid.chart.lanes[-1]]
        pool = PixelBox(MARGIN, MARGIN, HEADER + last.width, last.bottom - MARGIN)
        labels = {
            element.id: self._label_box(element, boxes[element.id])
            for element in self.grid.chart.elements
            if element.name and not element.is_task
        }
        labels |= {route.flow.id: self._flow_label_box(route, boxes) for route in self.routes if route.flow.name}
        notes = {
            element.id: _note_box(element, boxes[element.id])
            for element in self.grid.chart.elements
            if element.note
        }
        return DiagramPicture(pool, self.lanes, boxes, notes, labels, ways)

    def _place_columns(self) -> None:
        """Place the columns and the tracks of the gutters, from left to right."""
        x = MARGIN + 2 * HEADER + GUTTER
        x = self._place_gutter(-1, x)
        for n in range(self.grid.column_count):
            widths = [
                max(layout.element_size(element)[0], _label_width(element))
                for element in self.grid.column_elements(n)
            ]
            self.columns.append(x)
            self.widths.append(max(widths))
            x = self._place_gutter(n, x + max(widths) + GUTTER)
        self.right = x

    def _place_gutter(self, n: int, x: int) -> int:
        """Place the tracks of gutter ``n`` from ``x`` on; returns where the next column begins."""
        gutter_trunks = {trunk for route in self.routes for trunk in route.trunks if trunk.gutter == n}
        labelled_trunks = {
            route.trunks[0] if route.trunks and route.trunks[0].gutter == n else None
            for route in self.routes
            if route.flow.name and self.grid.cells[route.flow.source].column == n
        }
        tracks = order_trunks(gutter_trunks, self.routes)
        if labelled_trunks == {None}:
            self.label_starts[n] = x
            x += FLOW_LABEL
        for trunk in tracks:
            self.tracks[trunk] = x
            x += TRACK
            if trunk in labelled_trunks and not any(
                later in labelled_trunks for later in tracks[tracks.index(trunk) + 1 :]
            ):
                self.label_starts[n] = x
                x += FLOW_LABEL
        return x + GUTTER

    def _place_rows(self) -> None:
        """Place the rows and lanes, from top to bottom."""
        y = MARGIN
        for lane in self.grid.chart.lanes:
            top, y = y, y + layout.LANE_PADDING
            for row in (lane_row for lane_row in self.grid.lane_rows if lane_row[0] == lane):
                self.tops[row] = y
                y += CORRIDOR_TRACK * len(self.router.corridors.get(row, ()))
                elements = list(self.grid.row_elements(row))
                y += max(layout.height_above(element) for element in elements)
                self.middles[row] = y
                y += max(layout.height_below(element) for element in elements) + layout.ROW_GAP
            y = max(y + layout.LANE_PADDING, top + layout.LANE_LEAST)
            self.lanes[lane] = PixelBox(MARGIN + HEADER, top, self.right - MARGIN - HEADER, y - top)

    def _element_box(self, element: ChartElement) -> PixelBox:
        cell = self.grid.cells[element.id]
        width, height = layout.element_size(element)
        x = self.columns[cell.column] + (self.widths[cell.column] - width) // 2
        return PixelBox(x, self.middles[cell.lane, cell.row] - height // 2, width, height)

    def _flow_points(self, route: FlowRoute, boxes: Mapping[str, PixelBox]) -> tuple[Point, ...]:
        source, target = boxes[route.flow.source], boxes[route.flow.target]
        along = self._height_along(route.along or route.end)
        xs = [self.tracks[trunk] for trunk in route.trunks]
        points = [(source.right, source.middle)]
        if len(xs) == 2:
            points += [(xs[0], source.middle), (xs[0], along), (xs[1], along), (xs[1], target.middle)]
        elif xs:
            points += [(xs[0], source.middle), (xs[0], target.middle)]
        return (*points, (target.x, target.middle))

    def _height_along(self, along: FlowTrack) -> int:
        kind, row, track = along
        return self.middles[row] if kind == "row" else self.tops[row] + track * CORRIDOR_TRACK

    def _label_box(self, element: ChartElement, box: PixelBox) -> PixelBox:
        height = layout.label_height(element)
        x = box.x + box.width // 2 - layout.LABEL_WIDTH // 2
        is_above = element.is_gateway
        y = box.y - layout.LABEL_GAP - height if is_above else box.bottom + layout.LABEL_GAP
        return PixelBox(x, y, layout.LABEL_WIDTH, height)

    def _flow_label_box(self, route: FlowRoute, boxes: Mapping[str, PixelBox]) -> PixelBox:
        """The box of a flow's label: above the first horizontal segment after the turn."""
        height = len(textwrap.wrap(route.flow.name, FLOW_LABEL_LETTERS)) * 14
        column = self.grid.cells[route.flow.source].column
        y = boxes[route.flow.source].middle
        if route.trunks and route.trunks[0].gutter == column and route.trunks[0].side == "out":
            y = self._height_along(route.along or route.end)
        x = self.label_starts[column]
        if layout.is_back(route.flow, self.grid.cells):
            x = self.tracks[route.trunks[0]] - FLOW_LABEL
        return PixelBox(x, y - height - 3, FLOW_LABEL - 12, height)


def _label_width(element: ChartElement) -> int:
    return layout.LABEL_WIDTH if element.name and not element.is_task else 0


def _note_box(element: ChartElement, box: PixelBox) -> PixelBox:
    height = layout.note_height(element)
    return PixelBox(box.x, box.y - layout.NOTE_GAP - height, box.width, height)
