"""The BPMN file: messages, the collaboration, the process and its diagram (OMG BPMN 2.0, formal/2011-01-03).

Facts that the standard has no place for (clause, holder, the unit of a limit that ISO 8601 cannot express) stand
in ``extensionElements``, in the namespace ``urn:egov-bus:bpmn``; ``documentation`` repeats them for people.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from shared.regulations.bpmn import limits, words
from shared.regulations.bpmn.chart import (
    ChartElement,
    FlowChart,
    SequenceFlow,
    chart_of,
    element_id,
    process_variables,
    variable_of,
)
from shared.regulations.bpmn.diagram import add_diagram
from shared.regulations.bpmn.names import BPMN, NAMESPACES, OURS, add_element
from shared.regulations.coverage.addresses import clause_in
from shared.regulations.model import Passport
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.translations import text_in, title_in


def to_bpmn(graph: ProcessGraph, passport: Passport, tag: words.DiagramLanguage = "ru") -> bytes:
    """The BPMN 2.0 file of a compiled graph: UTF-8 with an XML declaration, valid against the OMG schema.

    ``tag`` is the language of what people read; ``extensionElements``, ids and conditions are the same in both.

    The ids are those of the graph with ``.`` for ``:``; ``start``, ``….fork``, ``….join`` and ``….choice`` exist
    in BPMN only.
    """
    return _BpmnWriter(graph, passport, chart_of(graph, tag), tag).write_document()


@dataclass(frozen=True)
class _BpmnWriter:
    graph: ProcessGraph
    passport: Passport
    chart: FlowChart
    tag: words.DiagramLanguage

    @property
    def process_id(self) -> str:
        return f"{self.graph.passport_id}.{self.graph.channel}.{self.graph.variant}"

    @property
    def process_title(self) -> str:
        variant_titles = [
            text_in(self.tag, procedure.title)
            for procedure in self.passport.procedures
            if procedure.variant == self.graph.variant and procedure.title
        ]
        variant = f": {variant_titles[0]}" if variant_titles and self.graph.variant != "main" else ""
        channel = words.channel_name(self.graph.channel, self.tag)
        return f"{self.graph.passport_id}, {channel}. {title_in(self.tag, self.passport)}{variant}"

    def write_document(self) -> bytes:
        root = etree.Element(f"{{{BPMN}}}definitions", nsmap=NAMESPACES)
        root.set("id", f"{self.process_id}.definitions")
        root.set("name", self.process_title)
        root.set("targetNamespace", OURS)
        root.set("expressionLanguage", f"{OURS}:python")
        root.set("exporter", "egov-bus")
        self._add_messages(root)
        collaboration = add_element(root, "collaboration", id="collaboration")
        add_element(
            collaboration,
            "participant",
            id="pool",
            name=f"{self.graph.passport_id}, {words.channel_name(self.graph.channel, self.tag)}",
            processRef=self.process_id,
        )
        self._add_process(root)
        add_diagram(root, self.chart)
        etree.indent(root)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def _add_messages(self, root: etree._Element) -> None:
        names_by_element: dict[str, list[str]] = {}
        for message in self.graph.message_routes():
            message_name = f"{message.kind} → {words.system_name(message.recipient, self.tag)}"
            names_by_element.setdefault(element_id(message.step), []).append(message_name)
        for element in self.chart.elements:
            if element.tag == "sendTask":
                add_element(
                    root, "message", id=f"{element.id}.message", name="; ".join(names_by_element[element.id])
                )
            elif element.tag == "intermediateCatchEvent":
                add_element(root, "message", id=f"{element.id}.message", name=f"{element.id}: {element.name}")

    def _add_process(self, root: etree._Element) -> None:
        process = add_element(root, "process", id=self.process_id, name=self.process_title, isExecutable="true")
        process.set("processType", "Private")
        _add_documentation(
            process,
            [
                f"{text_in(self.tag, self.passport.act.body)}, {self.passport.act.date.isoformat()}"
                f" № {self.passport.act.number}"
            ],
        )
        for name, _ in process_variables(self.graph):
            add_element(process, "property", id=f"variable.{name}", name=name)
        self._add_lanes(process)
        for element in self.chart.elements:
            self._add_element_node(process, element)
        for flow in self.chart.flows:
            _add_flow(process, flow)
        for element in self.chart.elements:
            if element.note:
                note = add_element(process, "textAnnotation", id=f"{element.id}.note")
                add_element(note, "text").text = element.note
                add_element(
                    process,
                    "association",
                    id=f"{element.id}.pin",
                    sourceRef=element.id,
                    targetRef=f"{element.id}.note",
                )

    def _add_lanes(self, process: etree._Element) -> None:
        lanes = add_element(process, "laneSet", id="lanes")
        for code in self.chart.lanes:
            lane = add_element(lanes, "lane", id=f"lane.{code}", name=words.system_name(code, self.tag))
            for element in self.chart.elements:
                if element.lane == code:
                    add_element(lane, "flowNodeRef").text = element.id

    def _add_element_node(self, process: etree._Element, element: ChartElement) -> None:
        xml_element = add_element(process, element.tag, id=element.id)
        if element.name:
            xml_element.set("name", element.name)
        if element.tag == "sendTask":
            xml_element.set("messageRef", f"{element.id}.message")
        if element.node is not None and element.node.end is None:
            _add_documentation(xml_element, _step_description(element.node, self.graph, self.tag))
        if element.node is not None:
            extension = add_element(xml_element, "extensionElements")
            etree.SubElement(
                extension, f"{{{OURS}}}step", _step_marks(self.graph.get_node(element.node.id), self.graph)
            )
        for flow in self.chart.flows:
            if flow.target == element.id:
                add_element(xml_element, "incoming").text = flow.id
        for flow in self.chart.flows:
            if flow.source == element.id:
                add_element(xml_element, "outgoing").text = flow.id
        if element.tag == "intermediateCatchEvent":
            add_element(
                xml_element, "messageEventDefinition", id=f"{element.id}.event", messageRef=f"{element.id}.message"
            )


def _add_flow(process: etree._Element, flow: SequenceFlow) -> None:
    sequence_flow = add_element(process, "sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target)
    if flow.name:
        sequence_flow.set("name", flow.name)
    if flow.condition:
        condition = add_element(sequence_flow, "conditionExpression")
        condition.set(f"{{{NAMESPACES['xsi']}}}type", "bpmn:tFormalExpression")
        condition.text = flow.condition


def _add_documentation(parent: etree._Element, lines: list[str]) -> None:
    add_element(parent, "documentation").text = "\n".join(lines)


def _step_description(node: ProcessNode, graph: ProcessGraph, tag: words.DiagramLanguage) -> list[str]:
    """The description of a step for people: the act's clause, who does what, the deadline, the status."""
    lines = [clause_in(tag, node.clause)] if node.clause else []
    lines.append(f"{node.actor}: {node.action}" if node.actor else node.action)
    deadline = node.wait.deadline if node.wait is not None and node.deadline is None else node.deadline
    if deadline is not None:
        text = deadline.text if tag == "ru" else limits.describe_deadline(deadline, tag)
        lines.append(words.diagram_word("deadline", tag).format(text=text))
        limit = deadline.limit_for(graph.channel, graph.variant)
        if limit is not deadline:
            here = limits.describe_limit(limit, tag)
            lines.append(words.diagram_word("deadline-here", tag).format(text=here))
        iso = words.iso_duration(limit)
        lines += [iso] if iso else []
    if node.wait is not None and node.wait.otherwise:
        lines.append(words.diagram_word("otherwise", tag).format(text=text_in(tag, node.wait.otherwise)))
    if node.status:
        lines.append(words.diagram_word("status", tag).format(text=node.status))
    return lines


def _step_marks(node: ProcessNode, graph: ProcessGraph) -> dict[str, str]:
    """The attributes of a step for programs, all strings; absent facts are left out."""
    limit = node.limit
    marks = {
        "node": node.id,
        "told": node.origin,
        "holder": node.holder,
        "op": node.op,
        "clause": node.clause,
        "actor": node.actor,
        "limit": str(limit.upper or limit.amount or "") if limit is not None else None,
        "unit": limit.unit if limit is not None else None,
        "also": " ".join(f"{span.amount} {span.unit}" for span in limit.spans[1:]) if limit is not None else None,
        "status": node.status,
        "media": " ".join(node.media),
        "answers": " ".join(node.chooses),
        "sets": variable_of(node),
        "end": node.end,
        "refusal": node.refusal,
    }
    return {name: value for name, value in marks.items() if value}
