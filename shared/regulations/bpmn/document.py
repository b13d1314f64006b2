"""The file: messages, the pool's collaboration, the process, its diagram (OMG BPMN 2.0, formal/2011-01-03).

What the standard has no place for (clause, holder, unit of a limit that ISO 8601 cannot say) stands in
``extensionElements`` in a namespace of ours; ``documentation`` says the same for people.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from shared.regulations.bpmn import words
from shared.regulations.bpmn.chart import Chart, Element, Flow, chart_of, element_id, variable_of, variables
from shared.regulations.bpmn.diagram import add_diagram
from shared.regulations.bpmn.names import BPMN, NAMESPACES, OURS, add
from shared.regulations.model import Passport
from shared.regulations.process.graph import Graph, Node


def to_bpmn(graph: Graph, passport: Passport) -> bytes:
    """The BPMN 2.0 file of a compiled graph, UTF-8 with declaration, valid against the OMG schema.

    Ids are the graph's with ``.`` for ``:``; ``start``, ``….fork``, ``….join`` and ``….choice`` are of BPMN only.
    """
    return _Writer(graph, passport, chart_of(graph)).write()


@dataclass(frozen=True)
class _Writer:
    graph: Graph
    passport: Passport
    chart: Chart

    @property
    def process_id(self) -> str:
        return f"{self.graph.passport}.{self.graph.channel}.{self.graph.variant}"

    @property
    def title(self) -> str:
        told = [one.title for one in self.passport.procedures if one.variant == self.graph.variant and one.title]
        variant = f": {told[0]}" if told and self.graph.variant != "main" else ""
        channel = words.CHANNELS[self.graph.channel]
        return f"{self.graph.passport}, {channel}. {self.passport.title.ru}{variant}"

    def write(self) -> bytes:
        root = etree.Element(f"{{{BPMN}}}definitions", nsmap=NAMESPACES)
        root.set("id", f"{self.process_id}.definitions")
        root.set("name", self.title)
        root.set("targetNamespace", OURS)
        root.set("expressionLanguage", f"{OURS}:python")
        root.set("exporter", "egov-bus")
        self._messages(root)
        collaboration = add(root, "collaboration", id="collaboration")
        add(
            collaboration,
            "participant",
            id="pool",
            name=f"{self.graph.passport}, {words.CHANNELS[self.graph.channel]}",
            processRef=self.process_id,
        )
        self._process(root)
        add_diagram(root, self.chart)
        etree.indent(root)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def _messages(self, root: etree._Element) -> None:
        sent: dict[str, list[str]] = {}
        for message in self.graph.messages():
            told = f"{message.kind} → {words.SYSTEMS[message.recipient]}"
            sent.setdefault(element_id(message.step), []).append(told)
        for element in self.chart.elements:
            if element.tag == "sendTask":
                add(root, "message", id=f"{element.id}.message", name="; ".join(sent[element.id]))
            elif element.tag == "intermediateCatchEvent":
                add(root, "message", id=f"{element.id}.message", name=f"{element.id}: {element.name}")

    def _process(self, root: etree._Element) -> None:
        process = add(root, "process", id=self.process_id, name=self.title, isExecutable="true")
        process.set("processType", "Private")
        _document(
            process,
            [f"{self.passport.act.body}, {self.passport.act.date.isoformat()} № {self.passport.act.number}"],
        )
        for name, _ in variables(self.graph):
            add(process, "property", id=f"variable.{name}", name=name)
        self._lanes(process)
        for element in self.chart.elements:
            self._element(process, element)
        for flow in self.chart.flows:
            _flow(process, flow)
        for element in self.chart.elements:
            if element.note:
                note = add(process, "textAnnotation", id=f"{element.id}.note")
                add(note, "text").text = element.note
                add(
                    process,
                    "association",
                    id=f"{element.id}.pin",
                    sourceRef=element.id,
                    targetRef=f"{element.id}.note",
                )

    def _lanes(self, process: etree._Element) -> None:
        lanes = add(process, "laneSet", id="lanes")
        for code in self.chart.lanes:
            lane = add(lanes, "lane", id=f"lane.{code}", name=words.SYSTEMS[code])
            for element in self.chart.elements:
                if element.lane == code:
                    add(lane, "flowNodeRef").text = element.id

    def _element(self, process: etree._Element, element: Element) -> None:
        made = add(process, element.tag, id=element.id)
        if element.name:
            made.set("name", element.name)
        if element.tag == "sendTask":
            made.set("messageRef", f"{element.id}.message")
        if element.node is not None and element.node.end is None:
            _document(made, _told(element.node, self.graph))
        if element.node is not None:
            extension = add(made, "extensionElements")
            etree.SubElement(extension, f"{{{OURS}}}step", _marks(element.node, self.graph))
        for flow in self.chart.flows:
            if flow.target == element.id:
                add(made, "incoming").text = flow.id
        for flow in self.chart.flows:
            if flow.source == element.id:
                add(made, "outgoing").text = flow.id
        if element.tag == "intermediateCatchEvent":
            add(made, "messageEventDefinition", id=f"{element.id}.event", messageRef=f"{element.id}.message")


def _flow(process: etree._Element, flow: Flow) -> None:
    made = add(process, "sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target)
    if flow.name:
        made.set("name", flow.name)
    if flow.condition:
        condition = add(made, "conditionExpression")
        condition.set(f"{{{NAMESPACES['xsi']}}}type", "bpmn:tFormalExpression")
        condition.text = flow.condition


def _document(parent: etree._Element, lines: list[str]) -> None:
    add(parent, "documentation").text = "\n".join(lines)


def _told(node: Node, graph: Graph) -> list[str]:
    """What a person wants to know of a step: where the act has it, who does what, by when."""
    lines = [node.clause] if node.clause else []
    lines.append(f"{node.actor}: {node.action}" if node.actor else node.action)
    deadline = node.wait.deadline if node.wait is not None and node.deadline is None else node.deadline
    if deadline is not None:
        lines.append(f"Срок: {deadline.text}")
        limit = deadline.of(graph.channel, graph.variant)
        if limit is not deadline:
            lines.append(f"Здесь: {limit.upper or limit.amount or ''} {limit.unit}".replace("  ", " "))
        iso = words.iso_duration(limit)
        lines += [iso] if iso else []
    if node.wait is not None and node.wait.otherwise:
        lines.append(f"Иначе: {node.wait.otherwise}")
    if node.status:
        lines.append(f"Статус: {node.status}")
    return lines


def _marks(node: Node, graph: Graph) -> dict[str, str]:
    """The step for machines, all of it strings; what a step does not have is not there."""
    limit = node.limit
    marks = {
        "node": node.id,
        "told": node.told,
        "holder": node.holder,
        "op": node.op,
        "clause": node.clause,
        "actor": node.actor,
        "limit": str(limit.upper or limit.amount or "") if limit is not None else None,
        "unit": limit.unit if limit is not None else None,
        "status": node.status,
        "media": " ".join(node.media),
        "answers": " ".join(node.chooses),
        "sets": variable_of(node),
        "end": node.end,
        "refusal": node.refusal,
    }
    return {name: value for name, value in marks.items() if value}
