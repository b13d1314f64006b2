"""A process graph as flow nodes and sequence flows: which gateway splits, which joins, what a condition reads.

* A node with several unconditional transitions becomes a parallel fork; several answers become an exclusive
  gateway after the task that gives the answer.
* An outcome (granted, refused) on which several parallel rows depend is read once, after the rows have joined:
  before the join, BPMN cannot know what was decided in a parallel branch.
* ``any`` joins are plain merges: several flows into one flow node. ``all`` joins of several transitions are
  parallel gateways.

An answer is a process variable, ``answer_w3`` (``met``, ``unmet``…); a decision sets the variable ``outcome``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from shared.regulations.bpmn import words
from shared.regulations.bpmn.translation import graph_in
from shared.regulations.model import System
from shared.regulations.process.graph import ProcessGraph, ProcessNode, Transition

ElementTag = Literal[
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "userTask",
    "serviceTask",
    "sendTask",
    "manualTask",
    "exclusiveGateway",
    "parallelGateway",
]

OUTCOMES = ("granted", "refused")


@dataclass(frozen=True)
class ChartElement:
    """A flow node. ``node`` is the process node that the element stands for (None for gateways of BPMN only);
    ``note`` is the text of its annotation.
    """

    id: str
    tag: ElementTag
    name: str
    lane: System
    node: ProcessNode | None = None
    note: str = ""

    @property
    def is_task(self) -> bool:
        return self.tag.endswith("Task")

    @property
    def is_gateway(self) -> bool:
        return self.tag.endswith("Gateway")


@dataclass(frozen=True)
class SequenceFlow:
    """A sequence flow; ``condition`` is true when ``variable`` equals ``answer``."""

    source: str
    target: str
    name: str = ""
    variable: str = ""
    answer: str = ""

    @property
    def id(self) -> str:
        return f"flow.{self.source}--{self.target}"

    @property
    def condition(self) -> str:
        """The condition as a Python expression, empty for an unconditional flow."""
        return f'{self.variable} == "{self.answer}"' if self.variable else ""


@dataclass(frozen=True)
class FlowChart:
    """The flow nodes and sequence flows of a graph; ``lanes`` are ordered by the first element of each lane."""

    elements: tuple[ChartElement, ...]
    flows: tuple[SequenceFlow, ...]

    @property
    def lanes(self) -> tuple[System, ...]:
        return tuple(dict.fromkeys(element.lane for element in self.elements))


def element_id(node_id: str) -> str:
    """The BPMN id of a process node: an NCName, with ``.`` in place of ``:``."""
    return node_id.replace(":", ".")


def variable_of(node: ProcessNode) -> str | None:
    """The process variable that a node's answer sets; None for a node that has no choice of answers."""
    if len(node.chooses) < 2:
        return None
    return "outcome" if set(node.chooses) <= set(OUTCOMES) else _answer_variable(node.id)


def chart_of(graph: ProcessGraph, tag: words.DiagramLanguage = "ru") -> FlowChart:
    """The chart of a compiled graph, its names and nodes in the language ``tag``."""
    return _ChartBuilder(graph_in(tag, graph), tag).build_chart()


def _answer_variable(node_id: str) -> str:
    return f"answer_{node_id}".replace(":", "_").replace("-", "_")


@dataclass
class _ChartBuilder:
    """A chart under construction; ``entries`` maps a node to the gateway that stands before the node."""

    graph: ProcessGraph
    tag: words.DiagramLanguage
    elements: dict[str, ChartElement] = field(default_factory=dict)
    flows: list[SequenceFlow] = field(default_factory=list)
    entries: dict[str, str] = field(default_factory=dict)
    judged_nodes: set[str] = field(default_factory=set)

    def build_chart(self) -> FlowChart:
        self.sending_nodes = {message.step for message in self.graph.message_routes()}
        first = self.graph.get_node(self.graph.start_nodes[0])
        channel = words.channel_name(self.graph.channel, self.tag)
        start = self._add_element(ChartElement("start", "startEvent", channel, first.holder))
        for node in self.graph.nodes:
            self._add_element(self._build_element(node))
        self._add_joins()
        self._connect_targets(start, [self._entry_id(node_id) for node_id in self.graph.start_nodes])
        for node in self.graph.nodes:
            self._add_ways_out(node)
        return FlowChart(tuple(self.elements.values()), tuple(self.flows))

    def _build_element(self, node: ProcessNode) -> ChartElement:
        name = f"{node.label}. {node.action}" if node.label else node.action
        if node.end is not None:
            name = words.end_name(node.end, node.refusal, self.tag)
        note = ", ".join(words.medium_name(medium, self.tag) for medium in node.media)
        return ChartElement(
            element_id(node.id), self._element_tag(node), name, self._element_lane(node), node, note
        )

    def _element_tag(self, node: ProcessNode) -> ElementTag:
        if node.kind == "end":
            return "endEvent"
        if node.kind == "wait":
            return "intermediateCatchEvent"
        if node.media:
            return "manualTask"
        if not node.is_automatic:
            return "userTask"
        return "sendTask" if node.id in self.sending_nodes else "serviceTask"

    def _element_lane(self, node: ProcessNode) -> System:
        """The lane of the node's holder; an end is drawn in the lane of the step that leads to the end."""
        into = self.graph.transitions_into(node.id)
        return self.graph.get_node(into[-1].source).holder if node.end is not None and into else node.holder

    def _add_joins(self) -> None:
        """Add a parallel gateway before each node that waits for several sources; nodes with equal sources share
        one gateway.
        """
        targets_by_sources: dict[frozenset[str], list[ProcessNode]] = {}
        for node in self.graph.nodes:
            into = self.graph.transitions_into(node.id)
            sources = frozenset(transition.source for transition in into)
            if node.join != "all" or len(sources) < 2:
                continue
            if any(transition.answer in OUTCOMES for transition in into):
                targets_by_sources.setdefault(sources, []).append(node)
                self.judged_nodes.add(node.id)
            else:
                join = self._add_gateway(f"{element_id(node.id)}.join", "parallelGateway", node)
                self.entries[node.id] = join.id
                self.flows.append(SequenceFlow(join.id, element_id(node.id)))
        for targets in targets_by_sources.values():
            self._add_shared_choice(targets)

    def _add_shared_choice(self, targets: list[ProcessNode]) -> None:
        join = self._add_gateway(f"{element_id(targets[-1].id)}.join", "parallelGateway", targets[-1])
        ways = [(self.graph.transitions_into(target.id)[0], element_id(target.id)) for target in targets]
        self.entries |= dict.fromkeys((target.id for target in targets), join.id)
        self._add_choice(join, f"{join.id}.choice", "outcome", ways)

    def _add_ways_out(self, node: ProcessNode) -> None:
        """Add the flows out of a node, through a fork or a choice where there are several."""
        ways = [
            (
                Transition(transition.source, transition.target)
                if transition.target in self.judged_nodes
                else transition,
                self._entry_id(transition.target),
            )
            for transition in self.graph.transitions_from(node.id)
        ]
        element = self.elements[element_id(node.id)]
        answers = {transition.answer for transition, _ in ways if transition.answer is not None}
        if len(answers) < 2:
            names = {target: transition.when or "" for transition, target in ways}
            self._connect_targets(element, list(dict.fromkeys(target for _, target in ways)), names)
            return
        answered_ways = [(transition, target) for transition, target in ways if transition.answer is not None]
        free = [target for transition, target in ways if transition.answer is None]
        variable = "outcome" if answers <= set(OUTCOMES) else _answer_variable(node.id)
        start = self._add_fork(element, free) if free else element
        self._add_choice(start, f"{element.id}.choice", variable, answered_ways)

    def _add_choice(
        self, source: ChartElement, place: str, variable: str, ways: list[tuple[Transition, str]]
    ) -> None:
        """Add an exclusive gateway after ``source``; the favourable answer comes first."""
        node = source.node
        answers = sorted(dict.fromkeys(transition.answer or "" for transition, _ in ways), key=_good_first)
        question = words.question_name(answers, self.tag)
        name = node.label if node is not None and node.label and variable != "outcome" else question
        choice = self._add_element(ChartElement(place, "exclusiveGateway", name, source.lane))
        self.flows.append(SequenceFlow(source.id, choice.id))
        for answer in answers:
            answer_ways = [(transition, target) for transition, target in ways if transition.answer == answer]
            flow_name = next(
                (transition.when for transition, _ in answer_ways if transition.when), None
            ) or words.answer_name(answer, self.tag)
            target = answer_ways[0][1]
            if len(answer_ways) > 1:
                fork = self._add_element(ChartElement(f"{place}.{answer}", "parallelGateway", "", source.lane))
                self.flows += [SequenceFlow(fork.id, target_id) for _, target_id in answer_ways]
                target = fork.id
            self.flows.append(SequenceFlow(choice.id, target, flow_name, variable, answer))

    def _connect_targets(
        self, source: ChartElement, targets: list[str], names: dict[str, str] | None = None
    ) -> None:
        start = self._add_fork(source, []) if len(targets) > 1 else source
        self.flows += [SequenceFlow(start.id, target, (names or {}).get(target, "")) for target in targets]

    def _add_fork(self, source: ChartElement, targets: list[str]) -> ChartElement:
        fork = self._add_element(ChartElement(f"{source.id}.fork", "parallelGateway", "", source.lane))
        self.flows.append(SequenceFlow(source.id, fork.id))
        self.flows += [SequenceFlow(fork.id, target) for target in targets]
        return fork

    def _add_gateway(self, place: str, tag: ElementTag, before: ProcessNode) -> ChartElement:
        return self._add_element(ChartElement(place, tag, "", self._element_lane(before)))

    def _entry_id(self, node_id: str) -> str:
        return self.entries.get(node_id, element_id(node_id))

    def _add_element(self, element: ChartElement) -> ChartElement:
        self.elements[element.id] = element
        return element


def _good_first(answer: str) -> int:
    return {"met": 0, "granted": 0, "complete": 0}.get(answer, 1)


def process_variables(graph: ProcessGraph) -> Iterator[tuple[str, ProcessNode]]:
    """Every process variable with a node that sets the variable, sorted by name."""
    nodes_by_variable: dict[str, ProcessNode] = {}
    for node in graph.nodes:
        name = variable_of(node)
        if name is not None:
            nodes_by_variable.setdefault(name, node)
    yield from sorted(nodes_by_variable.items())
