"""The drawing of the country: shapes, places of the systems, lines of the flow; degrees become units of an SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WEST, NORTH = 45.6, 56.0
SCALE_X, SCALE_Y = 24.0, 36.0
"""Units a degree; a degree of longitude is two thirds as long as one of latitude here."""
WIDTH, HEIGHT = 1020, 560
CENTRE = "shep_gateway"
REGION_OF = {"rshep_aty": "KZ-ATY", "rshep_akm": "KZ-AKM", "rshep_sev": "KZ-SEV", "rshep_yuz": "KZ-YUZ"}
BEHIND_REGIONS = ("is_mio", "arm_rshep")
BUSY = 20
"""Messages in a minute from which a line is drawn thick."""


@dataclass(frozen=True)
class StartMapNode:
    """A system on the map."""

    name: str
    x: float
    y: float
    side: str
    """Where its name stands: right, left, above, below."""
    state: str
    """``ready``, ``troubled``, ``silent``."""


@dataclass(frozen=True)
class StartMapLine:
    """The way of messages between two systems; ``flow`` is ``still``, ``flowing`` or ``busy``."""

    x1: float
    y1: float
    x2: float
    y2: float
    flow: str


@dataclass(frozen=True)
class CountryDrawing:
    """What the template draws: polygons as texts of points, nodes and lines."""

    country: str
    sea: str
    regions: Mapping[str, str]
    nodes: Sequence[StartMapNode]
    lines: Sequence[StartMapLine]
    width: int = WIDTH
    height: int = HEIGHT


@cache
def _read_shapes() -> Mapping[str, Any]:
    import yaml  # read with the first page

    shapes: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("map_shapes.yaml").read_text("utf-8"))
    return shapes


def place_of(longitude: float, latitude: float) -> tuple[float, float]:
    """The point of a place on the drawing."""
    return round((longitude - WEST) * SCALE_X, 1), round((NORTH - latitude) * SCALE_Y, 1)


def _outline(points: str) -> str:
    pairs = (point.split(",") for point in points.split())
    return " ".join("{},{}".format(*place_of(float(x), float(y))) for x, y in pairs)


def draw_country(states: Mapping[str, str], flow: Mapping[str, int]) -> CountryDrawing:
    """The drawing for the state of each instance, and its messages of the last minute."""
    shapes = _read_shapes()
    nodes = [
        StartMapNode(name, *place_of(x, y), side, states.get(name, "silent"))
        for name, (x, y, side) in shapes["places"].items()
    ]
    return CountryDrawing(
        _outline(shapes["country"]),
        _outline(shapes["sea"]),
        {region: _outline(points) for region, points in shapes["regions"].items()},
        nodes,
        list(_draw_lines({node.name: node for node in nodes}, flow)),
    )


def _draw_lines(nodes: Mapping[str, StartMapNode], flow: Mapping[str, int]) -> Iterable[StartMapLine]:
    for name, node in nodes.items():
        ends = REGION_OF if name in BEHIND_REGIONS else (CENTRE,) if name != CENTRE else ()
        for end in ends:
            count = min(flow.get(name, 0), flow.get(end, 0)) if end != CENTRE else flow.get(name, 0)
            strength = "busy" if count >= BUSY else "flowing" if count else "still"
            yield StartMapLine(node.x, node.y, nodes[end].x, nodes[end].y, strength)
