"""The XML namespaces of BPMN 2.0, and a function that adds an element."""

from __future__ import annotations

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
OURS = "urn:egov-bus:bpmn"

NAMESPACES = {
    "bpmn": BPMN,
    "bpmndi": BPMNDI,
    "dc": DC,
    "di": DI,
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "egov": OURS,
}


def add_element(parent: etree._Element, name: str, space: str = BPMN, /, **attributes: str) -> etree._Element:
    """Append a new element ``name`` of the namespace ``space`` to ``parent`` and return the element."""
    return etree.SubElement(parent, f"{{{space}}}{name}", attributes)
