"""Diagram interchange: the shapes and edges of a picture, with their bounds and way points."""

from __future__ import annotations

from lxml import etree

from shared.regulations.bpmn.chart import Chart
from shared.regulations.bpmn.layout import Box
from shared.regulations.bpmn.names import BPMNDI, DC, DI, add
from shared.regulations.bpmn.picture import Picture, Point, picture_of


def add_diagram(root: etree._Element, chart: Chart) -> None:
    """Add the diagram of ``chart``, whose pool is ``pool`` of ``collaboration``."""
    picture = picture_of(chart)
    diagram = add(root, "BPMNDiagram", BPMNDI, id="diagram")
    plane = add(diagram, "BPMNPlane", BPMNDI, id="plane", bpmnElement="collaboration")
    _shape(plane, "pool", picture.pool).set("isHorizontal", "true")
    for code, box in picture.lanes.items():
        _shape(plane, f"lane.{code}", box).set("isHorizontal", "true")
    for element in chart.elements:
        shape = _shape(plane, element.id, picture.boxes[element.id])
        if element.tag == "exclusiveGateway":
            shape.set("isMarkerVisible", "true")
        _label(shape, element.id, picture)
    for flow in chart.flows:
        _label(_edge(plane, flow.id, picture.ways[flow.id]), flow.id, picture)
    for name, box in picture.notes.items():
        _shape(plane, f"{name}.note", box)
        of = picture.boxes[name]
        x = of.x + of.width // 2
        _edge(plane, f"{name}.pin", ((x, of.y), (x, box.bottom)))


def _shape(plane: etree._Element, name: str, box: Box) -> etree._Element:
    shape = add(plane, "BPMNShape", BPMNDI, id=f"{name}.shape", bpmnElement=name)
    _bounds(shape, box)
    return shape


def _edge(plane: etree._Element, name: str, way: tuple[Point, ...]) -> etree._Element:
    edge = add(plane, "BPMNEdge", BPMNDI, id=f"{name}.edge", bpmnElement=name)
    for x, y in way:
        add(edge, "waypoint", DI, x=str(x), y=str(y))
    return edge


def _label(of: etree._Element, name: str, picture: Picture) -> None:
    if name in picture.labels:
        _bounds(add(of, "BPMNLabel", BPMNDI), picture.labels[name])


def _bounds(of: etree._Element, box: Box) -> None:
    add(of, "Bounds", DC, x=str(box.x), y=str(box.y), width=str(box.width), height=str(box.height))
