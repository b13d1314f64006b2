"""Diagram interchange (OMG BPMN DI): the shapes and edges of a picture, with bounds and way points."""

from __future__ import annotations

from lxml import etree

from shared.regulations.bpmn.chart import FlowChart
from shared.regulations.bpmn.layout import PixelBox
from shared.regulations.bpmn.names import BPMNDI, DC, DI, add_element
from shared.regulations.bpmn.picture import DiagramPicture, Point, picture_of


def add_diagram(root: etree._Element, chart: FlowChart) -> None:
    """Add the diagram of ``chart`` to ``root``; the chart's pool is the participant ``pool`` of
    ``collaboration``.
    """
    picture = picture_of(chart)
    diagram = add_element(root, "BPMNDiagram", BPMNDI, id="diagram")
    plane = add_element(diagram, "BPMNPlane", BPMNDI, id="plane", bpmnElement="collaboration")
    _add_shape(plane, "pool", picture.pool).set("isHorizontal", "true")
    for code, box in picture.lanes.items():
        _add_shape(plane, f"lane.{code}", box).set("isHorizontal", "true")
    for element in chart.elements:
        shape = _add_shape(plane, element.id, picture.boxes[element.id])
        if element.tag == "exclusiveGateway":
            shape.set("isMarkerVisible", "true")
        _add_label(shape, element.id, picture)
    for flow in chart.flows:
        _add_label(_add_edge(plane, flow.id, picture.way_points[flow.id]), flow.id, picture)
    for name, box in picture.notes.items():
        _add_shape(plane, f"{name}.note", box)
        noted_box = picture.boxes[name]
        x = noted_box.x + noted_box.width // 2
        _add_edge(plane, f"{name}.pin", ((x, noted_box.y), (x, box.bottom)))


def _add_shape(plane: etree._Element, name: str, box: PixelBox) -> etree._Element:
    shape = add_element(plane, "BPMNShape", BPMNDI, id=f"{name}.shape", bpmnElement=name)
    _add_bounds(shape, box)
    return shape


def _add_edge(plane: etree._Element, name: str, way: tuple[Point, ...]) -> etree._Element:
    edge = add_element(plane, "BPMNEdge", BPMNDI, id=f"{name}.edge", bpmnElement=name)
    for x, y in way:
        add_element(edge, "waypoint", DI, x=str(x), y=str(y))
    return edge


def _add_label(parent: etree._Element, name: str, picture: DiagramPicture) -> None:
    if name in picture.labels:
        _add_bounds(add_element(parent, "BPMNLabel", BPMNDI), picture.labels[name])


def _add_bounds(parent: etree._Element, box: PixelBox) -> None:
    add_element(parent, "Bounds", DC, x=str(box.x), y=str(box.y), width=str(box.width), height=str(box.height))
