"""The map of the country: where each system stands, and how thick the line of its messages is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from services.shep_gateway.console.country_board import BoardPicture, ObservedSystem
from shared.contracts import addresses

WIDTH, HEIGHT = 1180, 664
BOX, TALL = 178, 58
LANES: Sequence[tuple[int, Sequence[str]]] = (
    (8, (addresses.PORTAL, addresses.CON)),
    (264, (addresses.GATEWAY,)),
    (520, addresses.REGIONAL_GATEWAYS),
    (
        768,
        (
            addresses.MIO,
            addresses.ARM_RSHEP,
            addresses.ARM_SHEP,
            addresses.ESOBES,
            addresses.RYNOK,
            addresses.ELICENSE,
            addresses.GCVP,
        ),
    ),
    (
        994,
        (
            addresses.NR_IIN,
            addresses.ENIS,
            addresses.CGO,
            addresses.KDP,
            addresses.GBD_UL,
            addresses.TEMP_FILES,
            addresses.NUC,
        ),
    ),
)
"""The lanes from left to right: who asks, the gateways, who decides, who is asked; each with its left edge."""
MOST_LINE = 9.0


@dataclass(frozen=True)
class MapNode:
    """A system on the map: its box, and the words in it. ``tone`` is good, bad, doubtful or plain."""

    address: str
    x: int
    y: int
    title: str
    line: str
    tone: str
    mark: str


@dataclass(frozen=True)
class MapLine:
    """The line between a system and the gateway through which its messages go; ``is_live`` while some do."""

    path: str
    thickness: float
    is_live: bool


@dataclass(frozen=True)
class CountryMap:
    """The drawing in units of its view box."""

    width: int
    height: int
    nodes: Sequence[MapNode]
    lines: Sequence[MapLine]


def draw_country(
    picture: BoardPicture,
    title_of: Callable[[ObservedSystem], str],
    describe: Callable[[ObservedSystem], tuple[str, str, str]],
) -> CountryMap:
    """The map of a picture; ``describe`` gives the second line, the tone and the mark of a system."""
    states = {state.address: state for state in picture.systems}
    nodes = [
        MapNode(address, x, y, title_of(states[address]), *describe(states[address]))
        for address, (x, y) in place_systems().items()
        if address in states
    ]
    places = {node.address: (node.x, node.y) for node in nodes}
    lines = [_draw_line(states[address], places) for address in places if address not in _WITHOUT_LINE]
    return CountryMap(WIDTH, HEIGHT, nodes, lines)


_WITHOUT_LINE = (addresses.GATEWAY, addresses.NUC)
_BEHIND_REGIONAL = frozenset(addresses.REGIONAL)


def place_systems() -> Mapping[str, tuple[int, int]]:
    """The left upper corner of each system's box."""
    places = {}
    for x, lane in LANES:
        step = HEIGHT / len(lane)
        for number, address in enumerate(lane):
            places[address] = (x, round(step * (number + 0.5) - TALL / 2))
    return places


def _draw_line(state: ObservedSystem, places: Mapping[str, tuple[int, int]]) -> MapLine:
    ends = [addresses.REGIONAL_GATEWAYS[1]] if state.address in _BEHIND_REGIONAL else [addresses.GATEWAY]
    if state.address in _BEHIND_REGIONAL:
        paths = [_curve(places[state.address], places[gateway]) for gateway in addresses.REGIONAL_GATEWAYS]
    else:
        paths = [_curve(places[state.address], places[ends[0]])]
    count = state.sent_count + state.received_count
    thickness = min(1.5 + log2(1 + count), MOST_LINE) if count else 1.5
    return MapLine(" ".join(paths), round(thickness, 1), count > 0)


def _curve(place: tuple[int, int], other_place: tuple[int, int]) -> str:
    """A curve between the facing edges of two boxes."""
    (left_edge, left_y), (right, right_y) = sorted((place, other_place))
    begin, end = (left_edge + BOX, left_y + TALL // 2), (right, right_y + TALL // 2)
    middle = (begin[0] + end[0]) // 2
    return f"M{begin[0]} {begin[1]} C{middle} {begin[1]} {middle} {end[1]} {end[0]} {end[1]}"
