"""The layout of a chart: from left to right, a column for each step, a lane for each system.

Elements stand in cells of a grid. The column is the length of the longest path from the start (loops left out);
the row is the row of the element that leads there, where that row is free. Gutters run between columns, a corridor
above each row: flows keep to gutters, corridors and empty cells, so that no flow crosses a shape (``routes``). All
lengths are pixels.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from shared.regulations.bpmn.chart import ChartElement, FlowChart, SequenceFlow
from shared.regulations.model import System

TASK_WIDTH, LINE, TASK_PADDING, TASK_LETTERS = 200, 15, 50, 25
EVENT, GATEWAY = 36, 50
LABEL_WIDTH, LABEL_LETTERS, LABEL_GAP = 130, 18, 6
NOTE_LETTERS, NOTE_GAP = 26, 14
ROW_GAP, LANE_PADDING, LANE_LEAST = 16, 22, 190


@dataclass(frozen=True)
class PixelBox:
    """A rectangle; ``x``, ``y`` is the upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def middle(self) -> int:
        return self.y + self.height // 2

    def overlaps(self, other_box: PixelBox) -> bool:
        return (
            self.x < other_box.right
            and other_box.x < self.right
            and self.y < other_box.bottom
            and other_box.y < self.bottom
        )

    def contains_box(self, other_box: PixelBox) -> bool:
        return (
            self.x <= other_box.x
            and self.y <= other_box.y
            and other_box.right <= self.right
            and other_box.bottom <= self.bottom
        )


@dataclass(frozen=True)
class GridCell:
    """A cell of the grid: row ``row`` of a lane, in a column."""

    lane: System
    row: int
    column: int


def element_size(element: ChartElement) -> tuple[int, int]:
    """Width and height in pixels; the text decides the height of a task."""
    if element.is_task:
        return TASK_WIDTH, len(textwrap.wrap(element.name, TASK_LETTERS)) * LINE + TASK_PADDING
    return (GATEWAY, GATEWAY) if element.is_gateway else (EVENT, EVENT)


def label_height(element: ChartElement) -> int:
    """The height of the text beside an event or gateway; 0 for a task, whose text is inside the shape."""
    return 0 if element.is_task else len(textwrap.wrap(element.name, LABEL_LETTERS)) * LINE


def note_height(element: ChartElement) -> int:
    """The height of an element's note; 0 without one."""
    return len(textwrap.wrap(element.note, NOTE_LETTERS)) * LINE + 10 if element.note else 0


def height_above(element: ChartElement) -> int:
    """The distance from the middle of an element to the top of the element, its note and its label."""
    half = element_size(element)[1] // 2
    if element.note:
        return half + NOTE_GAP + note_height(element)
    return half + (label_height(element) + LABEL_GAP if element.is_gateway and element.name else 0)


def height_below(element: ChartElement) -> int:
    """The distance from the middle of an element to the bottom of the element and its label."""
    half = element_size(element)[1] - element_size(element)[1] // 2
    return half + (label_height(element) + LABEL_GAP if not (element.is_task or element.is_gateway) else 0)


@dataclass(frozen=True)
class LayoutGrid:
    """The cell of every element; ``reserved`` maps each empty cell that a straight flow runs through to the target
    of that flow.
    """

    chart: FlowChart
    cells: Mapping[str, GridCell]
    reserved: Mapping[GridCell, str]

    @classmethod
    def from_chart(cls, chart: FlowChart) -> LayoutGrid:
        columns, order = _assign_columns(chart)
        cells, reserved = _assign_cells(chart, columns, order)
        return cls(chart, cells, reserved)

    @cached_property
    def elements_by_id(self) -> Mapping[str, ChartElement]:
        return {element.id: element for element in self.chart.elements}

    @cached_property
    def occupied_cells(self) -> frozenset[GridCell]:
        return frozenset(self.cells.values())

    @cached_property
    def column_count(self) -> int:
        """The number of columns."""
        return 1 + max(cell.column for cell in self.cells.values())

    @cached_property
    def lane_rows(self) -> tuple[tuple[System, int], ...]:
        """Every row of every lane, from top to bottom."""
        most = {
            lane: max(cell.row for cell in self.occupied_cells if cell.lane == lane) for lane in self.chart.lanes
        }
        return tuple((lane, row) for lane in self.chart.lanes for row in range(most[lane] + 1))

    def column_elements(self, n: int) -> Iterator[ChartElement]:
        return (self.elements_by_id[name] for name, cell in self.cells.items() if cell.column == n)

    def row_elements(self, row: tuple[System, int]) -> Iterator[ChartElement]:
        return (self.elements_by_id[name] for name, cell in self.cells.items() if (cell.lane, cell.row) == row)


def _assign_columns(chart: FlowChart) -> tuple[dict[str, int], list[str]]:
    """The column of each element, and the elements in topological order: the direct continuation before the
    branches.
    """
    out: dict[str, list[str]] = {element.id: [] for element in chart.elements}
    for flow in chart.flows:
        out[flow.source].append(flow.target)
    finished: list[str] = []
    forward: list[tuple[str, str]] = []
    _visit_depth_first("start", out, [], finished, forward)
    order = finished[::-1]
    columns = dict.fromkeys(order, 0)
    for element_id in order:
        for source, target in forward:
            if source == element_id:
                columns[target] = max(columns[target], columns[source] + 1)
    return columns, order


def _visit_depth_first(
    name: str,
    out: Mapping[str, list[str]],
    path: list[str],
    finished: list[str],
    forward: list[tuple[str, str]],
) -> None:
    """Visit elements depth first; a flow back to an element of the current path is a loop and is left out."""
    for target in reversed(out[name]):
        if target in path or target == name:
            continue
        forward.append((name, target))
        if target not in finished:
            _visit_depth_first(target, out, [*path, name], finished, forward)
    finished.append(name)


def _assign_cells(
    chart: FlowChart, columns: Mapping[str, int], order: list[str]
) -> tuple[dict[str, GridCell], dict[GridCell, str]]:
    elements = {element.id: element for element in chart.elements}
    cells: dict[str, GridCell] = {}
    occupants: dict[GridCell, str] = {}
    for name in order:
        lane, column = elements[name].lane, columns[name]
        before = [cells[flow.source] for flow in chart.flows if flow.target == name and flow.source in cells]
        lane_sources = [cell for cell in before if cell.lane == lane and cell.column < column]
        row = min((cell.row for cell in lane_sources), default=0)
        while GridCell(lane, row, column) in occupants:
            row += 1
        cells[name] = GridCell(lane, row, column)
        occupants[cells[name]] = name
        for cell in lane_sources:
            if cell.row == row:
                between = [GridCell(lane, row, n) for n in range(cell.column + 1, column)]
                if not any(crossed_cell in occupants for crossed_cell in between):
                    occupants |= dict.fromkeys(between, name)
    return cells, {cell: name for cell, name in occupants.items() if cells[name] != cell}


def is_back(flow: SequenceFlow, cells: Mapping[str, GridCell]) -> bool:
    """Whether the flow leads to its own or an earlier column."""
    return cells[flow.target].column <= cells[flow.source].column
