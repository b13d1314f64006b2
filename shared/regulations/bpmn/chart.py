"""A graph as flow nodes and sequence flows: which gateway splits, which joins, what a condition looks at.

* A node with several unconditional ways forks; several answers are an exclusive gateway after the task that gives
  them.
* An outcome (granted, refused) that several rows end in is looked at once, after they have joined: before that a
  board does not know what was decided beside it.
* ``any`` joins are plain merges: several flows into one flow node. ``all`` joins of several ways are parallel
  gateways.

An answer is a process variable, ``answer_w3`` (``met``, ``unmet``…); what a decision settles is ``outcome``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from shared.regulations.bpmn import words
from shared.regulations.model import System
from shared.regulations.process.graph import Edge, Graph, Node

Tag = Literal[
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
class Element:
    """A flow node; ``node`` is the graph's where it stands for one, ``note`` what is pinned to it."""

    id: str
    tag: Tag
    name: str
    lane: System
    node: Node | None = None
    note: str = ""

    @property
    def is_task(self) -> bool:
        return self.tag.endswith("Task")

    @property
    def is_gateway(self) -> bool:
        return self.tag.endswith("Gateway")


@dataclass(frozen=True)
class Flow:
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
        """An expression that Python and its likes read."""
        return f'{self.variable} == "{self.answer}"' if self.variable else ""


@dataclass(frozen=True)
class Chart:
    """What is drawn; ``lanes`` in the order in which a case first comes to them."""

    elements: tuple[Element, ...]
    flows: tuple[Flow, ...]

    @property
    def lanes(self) -> tuple[System, ...]:
        return tuple(dict.fromkeys(one.lane for one in self.elements))


def element_id(node_id: str) -> str:
    """The id in BPMN, an NCName."""
    return node_id.replace(":", ".")


def variable_of(node: Node) -> str | None:
    """The process variable that a node's answer sets; None for a node that answers nothing."""
    if len(node.chooses) < 2:
        return None
    return "outcome" if set(node.chooses) <= set(OUTCOMES) else _answer_variable(node.id)


def chart_of(graph: Graph) -> Chart:
    """The chart of a compiled graph."""
    return _Drawer(graph).draw()


def _answer_variable(node_id: str) -> str:
    return f"answer_{node_id}".replace(":", "_").replace("-", "_")


@dataclass
class _Drawer:
    """A chart in the making. ``entries`` says where a flow to a node goes when a gateway stands before it."""

    graph: Graph
    elements: dict[str, Element] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    entries: dict[str, str] = field(default_factory=dict)
    judged: set[str] = field(default_factory=set)

    def draw(self) -> Chart:
        self.sending = {message.step for message in self.graph.messages()}
        first = self.graph.node(self.graph.start[0])
        start = self._add(Element("start", "startEvent", words.CHANNELS[self.graph.channel], first.holder))
        for node in self.graph.nodes:
            self._add(self._element(node))
        self._join()
        self._connect(start, [self._entry(one) for one in self.graph.start])
        for node in self.graph.nodes:
            self._leave(node)
        return Chart(tuple(self.elements.values()), tuple(self.flows))

    def _element(self, node: Node) -> Element:
        name = f"{node.label}. {node.action}" if node.label else node.action
        if node.end is not None:
            name = words.ENDS[node.end] + (f": {words.REFUSALS[node.refusal]}" if node.refusal else "")
        note = ", ".join(words.MEDIA[one] for one in node.media)
        return Element(element_id(node.id), self._tag(node), name, self._lane(node), node, note)

    def _tag(self, node: Node) -> Tag:
        if node.kind == "end":
            return "endEvent"
        if node.kind == "wait":
            return "intermediateCatchEvent"
        if node.media:
            return "manualTask"
        if not node.is_automatic:
            return "userTask"
        return "sendTask" if node.id in self.sending else "serviceTask"

    def _lane(self, node: Node) -> System:
        """The holder; an end is drawn where the case comes from."""
        into = self.graph.into(node.id)
        return self.graph.node(into[-1].source).holder if node.end is not None and into else node.holder

    def _join(self) -> None:
        """Parallel gateways before what waits for several ways; one for all that wait for the same."""
        together: dict[frozenset[str], list[Node]] = {}
        for node in self.graph.nodes:
            into = self.graph.into(node.id)
            sources = frozenset(edge.source for edge in into)
            if node.join != "all" or len(sources) < 2:
                continue
            if any(edge.answer in OUTCOMES for edge in into):
                together.setdefault(sources, []).append(node)
                self.judged.add(node.id)
            else:
                join = self._gateway(f"{element_id(node.id)}.join", "parallelGateway", node)
                self.entries[node.id] = join.id
                self.flows.append(Flow(join.id, element_id(node.id)))
        for targets in together.values():
            self._judge_once(targets)

    def _judge_once(self, targets: list[Node]) -> None:
        join = self._gateway(f"{element_id(targets[-1].id)}.join", "parallelGateway", targets[-1])
        ways = [(self.graph.into(one.id)[0], element_id(one.id)) for one in targets]
        self.entries |= dict.fromkeys((one.id for one in targets), join.id)
        self._split(join, f"{join.id}.choice", "outcome", ways)

    def _leave(self, node: Node) -> None:
        """The flows out of a node, through a fork or a choice where it has several."""
        ways = [
            (Edge(edge.source, edge.target) if edge.target in self.judged else edge, self._entry(edge.target))
            for edge in self.graph.out(node.id)
        ]
        element = self.elements[element_id(node.id)]
        answers = {edge.answer for edge, _ in ways if edge.answer is not None}
        if len(answers) < 2:
            names = {target: edge.when or "" for edge, target in ways}
            self._connect(element, list(dict.fromkeys(target for _, target in ways)), names)
            return
        asked = [(edge, target) for edge, target in ways if edge.answer is not None]
        free = [target for edge, target in ways if edge.answer is None]
        variable = "outcome" if answers <= set(OUTCOMES) else _answer_variable(node.id)
        start = self._fork(element, free) if free else element
        self._split(start, f"{element.id}.choice", variable, asked)

    def _split(self, source: Element, place: str, variable: str, ways: list[tuple[Edge, str]]) -> None:
        """An exclusive gateway after ``source``: the good answer first, then the others."""
        node = source.node
        answers = sorted(dict.fromkeys(edge.answer or "" for edge, _ in ways), key=_good_first)
        question = words.QUESTIONS.get(frozenset(answers), "ответ")
        name = node.label if node is not None and node.label and variable != "outcome" else question
        choice = self._add(Element(place, "exclusiveGateway", name, source.lane))
        self.flows.append(Flow(source.id, choice.id))
        for answer in answers:
            taken = [(edge, target) for edge, target in ways if edge.answer == answer]
            told = next((edge.when for edge, _ in taken if edge.when), None) or words.ANSWERS.get(answer, answer)
            target = taken[0][1]
            if len(taken) > 1:
                fork = self._add(Element(f"{place}.{answer}", "parallelGateway", "", source.lane))
                self.flows += [Flow(fork.id, one) for _, one in taken]
                target = fork.id
            self.flows.append(Flow(choice.id, target, told, variable, answer))

    def _connect(self, source: Element, targets: list[str], names: dict[str, str] | None = None) -> None:
        start = self._fork(source, []) if len(targets) > 1 else source
        self.flows += [Flow(start.id, target, (names or {}).get(target, "")) for target in targets]

    def _fork(self, source: Element, targets: list[str]) -> Element:
        fork = self._add(Element(f"{source.id}.fork", "parallelGateway", "", source.lane))
        self.flows.append(Flow(source.id, fork.id))
        self.flows += [Flow(fork.id, target) for target in targets]
        return fork

    def _gateway(self, place: str, tag: Tag, before: Node) -> Element:
        return self._add(Element(place, tag, "", self._lane(before)))

    def _entry(self, node_id: str) -> str:
        return self.entries.get(node_id, element_id(node_id))

    def _add(self, element: Element) -> Element:
        self.elements[element.id] = element
        return element


def _good_first(answer: str) -> int:
    return {"met": 0, "granted": 0, "complete": 0}.get(answer, 1)


def variables(graph: Graph) -> Iterator[tuple[str, Node]]:
    """Every process variable and a node that sets it."""
    found: dict[str, Node] = {}
    for node in graph.nodes:
        name = variable_of(node)
        if name is not None:
            found.setdefault(name, node)
    yield from sorted(found.items())
