"""The diagram of every graph is readable: no shapes overlap, every flow goes around every shape."""

from __future__ import annotations

import functools
from itertools import combinations, pairwise

import pytest

from shared.regulations.bpmn.chart import FlowChart, SequenceFlow, chart_of
from shared.regulations.bpmn.layout import PixelBox
from shared.regulations.bpmn.picture import DiagramPicture, Point, picture_of
from shared.regulations.bpmn.routes import FlowRoute, FlowTrack, GutterTrunk, order_trunks
from shared.regulations.model import Channel
from tests.regulations.graphs import EVERY, graph

every = pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
Piece = tuple[Point, Point]


@functools.cache
def drawn(passport_id: str, channel: Channel, variant: str) -> tuple[FlowChart, DiagramPicture]:
    chart = chart_of(graph(passport_id, channel, variant))
    return chart, picture_of(chart)


def pieces(way: tuple[Point, ...]) -> list[Piece]:
    return [(one, other) for one, other in pairwise(way) if one != other]


def box_of(piece: Piece) -> PixelBox:
    (x, y), (to_x, to_y) = piece
    return PixelBox(min(x, to_x), min(y, to_y), abs(x - to_x), abs(y - to_y))


def shrunk(box: PixelBox) -> PixelBox:
    """A box without its border, which a flow may touch."""
    return PixelBox(box.x + 1, box.y + 1, box.width - 2, box.height - 2)


def crosses(piece: Piece, box: PixelBox) -> bool:
    line, inner = box_of(piece), shrunk(box)
    return line.x <= inner.right and inner.x <= line.right and line.y <= inner.bottom and inner.y <= line.bottom


@every
def test_bpmn_picture_has_no_two_shapes_or_labels_that_overlap(
    passport_id: str, channel: Channel, variant: str
) -> None:
    _, picture = drawn(passport_id, channel, variant)
    things = [*picture.boxes.items(), *picture.notes.items(), *picture.labels.items()]
    assert [(one, other) for (one, a), (other, b) in combinations(things, 2) if a.overlaps(b)] == []


@every
def test_bpmn_picture_has_every_shape_in_its_lane_and_lanes_that_fill_the_pool(
    passport_id: str, channel: Channel, variant: str
) -> None:
    chart, picture = drawn(passport_id, channel, variant)
    assert set(picture.boxes) == {one.id for one in chart.elements}
    for one in chart.elements:
        belongings = [picture.boxes[one.id]]
        belongings += [found[one.id] for found in (picture.notes, picture.labels) if one.id in found]
        assert all(picture.lanes[one.lane].contains_box(box) for box in belongings), one.id
    lanes = list(picture.lanes.values())
    assert all(one.bottom == other.y for one, other in pairwise(lanes))
    assert (lanes[0].y, lanes[-1].bottom) == (picture.pool.y, picture.pool.bottom)
    assert {(lane.x - 30, lane.right) for lane in lanes} == {(picture.pool.x, picture.pool.right)}


@every
def test_bpmn_flows_run_straight_from_source_to_target_and_cross_no_shape(
    passport_id: str, channel: Channel, variant: str
) -> None:
    chart, picture = drawn(passport_id, channel, variant)
    for flow in chart.flows:
        way, source, target = picture.way_points[flow.id], picture.boxes[flow.source], picture.boxes[flow.target]
        assert (way[0], way[-1]) == ((source.right, source.middle), (target.x, target.middle))
        for (x, y), (to_x, to_y) in pairwise(way):
            assert x == to_x or y == to_y, flow.id
            assert picture.pool.contains_box(box_of(((x, y), (to_x, to_y))))
        for name, box in [*picture.boxes.items(), *picture.notes.items()]:
            met = [piece for piece in pieces(way) if crosses(piece, box)]
            assert met == [], f"{flow.id} runs over {name}"


@every
def test_bpmn_flows_lie_over_each_other_only_where_they_leave_or_arrive_together(
    passport_id: str, channel: Channel, variant: str
) -> None:
    chart, picture = drawn(passport_id, channel, variant)
    for one, other in combinations(chart.flows, 2):
        if one.source == other.source or one.target == other.target:
            continue
        for piece in pieces(picture.way_points[one.id]):
            for crossing in pieces(picture.way_points[other.id]):
                assert not shares_a_line(piece, crossing), (one.id, other.id)


def shares_a_line(one: Piece, other: Piece) -> bool:
    a, b = box_of(one), box_of(other)
    if a.width == b.width == 0 and a.x == b.x:
        return min(a.bottom, b.bottom) > max(a.y, b.y)
    if a.height == b.height == 0 and a.y == b.y:
        return min(a.right, b.right) > max(a.x, b.x)
    return False


def test_bpmn_picture_has_what_goes_on_to_the_right_and_what_is_refused_below() -> None:
    chart, picture = drawn("KZ-AKM.1", "portal", "employer-issue")
    boxes = picture.boxes
    walk = ["start", "w1", "w2", "w3", "w3.choice", "w5", "w6", "w6.choice", "w8"]
    assert [boxes[name].x for name in walk] == sorted(boxes[name].x for name in walk)
    assert len({boxes[name].middle for name in walk}) == 1
    assert boxes["w4"].middle == boxes["end.w4"].middle > boxes["w5"].middle
    assert list(chart.lanes) == ["portal_pep", "arm_rshep"]


def test_bpmn_gutter_lets_a_flow_leave_a_line_before_another_arrives_there() -> None:
    def rows(*numbers: int) -> list[FlowTrack]:
        return [("row", ("is_mio", n), 0) for n in numbers]

    first, second, third = (GutterTrunk(0, "out", name) for name in "abc")
    (top, middle, bottom) = rows(0, 1, 2)
    routes = [
        FlowRoute(SequenceFlow("a", "x"), top, middle, (first,)),
        FlowRoute(SequenceFlow("b", "y"), middle, bottom, (second,)),
        FlowRoute(SequenceFlow("c", "z"), bottom, top, (third,)),
    ]
    assert order_trunks([first, second], routes) == [second, first]
    assert set(order_trunks([first, second, third], routes)) == {first, second, third}


def test_bpmn_task_is_high_enough_for_its_words() -> None:
    chart, picture = drawn("KZ-YUZ.1", "portal", "main")
    longest = max((one for one in chart.elements if one.is_task), key=lambda one: len(one.name))
    shortest = min((one for one in chart.elements if one.is_task), key=lambda one: len(one.name))
    lines = len(longest.name) / 28
    assert picture.boxes[longest.id].height > 15 * lines > picture.boxes[shortest.id].height - 60
