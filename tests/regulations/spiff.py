"""A generated BPMN file in SpiffWorkflow, run step by step beside its graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from shared.regulations.bpmn.chart import element_id, variable_of
from shared.regulations.process.graph import ProcessGraph, ProcessNode


def started(file: bytes) -> BpmnWorkflow:
    """A new case of the single process in a file."""
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(file))
    (process,) = parser.get_process_ids()
    return BpmnWorkflow(parser.get_spec(process))


@dataclass
class Pair:
    """A case in SpiffWorkflow and the same case over the graph.

    ``answers`` are the answers of a node, one for each visit; afterwards the favourable answer is given. ``taken``
    lists the steps in order, with all iterations of loops.
    """

    graph: ProcessGraph
    case: BpmnWorkflow
    answers: Mapping[str, Iterable[str]]
    given: dict[str, str | None] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.steps = {element_id(node.id): node for node in self.graph.nodes}
        self.left = {name: list(answers) for name, answers in self.answers.items()}

    def run(self, pick: int = 0) -> list[str]:
        """Run to the end, at each step the first (0) or last (-1) allowed one; fails where the two cases
        differ.
        """
        while waiting := self._waiting():
            allowed = self._allowed()
            assert set(waiting) == set(allowed), (self.taken, sorted(waiting), sorted(allowed))
            self._take(waiting[allowed[pick]], self.graph.get_node(allowed[pick]))
        assert self.case.is_completed()
        assert [one.id for one in self.graph.end_nodes if one.id in self.taken] == self.taken[-1:]
        return self.taken

    def _waiting(self) -> dict[str, Task]:
        """The tasks that SpiffWorkflow has ready, after start, gateways and joins."""
        while passing := [task for task in self._tasks(TaskState.READY) if not self._is_step(task)]:
            for task in passing:
                task.run()
        tasks = [task for task in self._tasks(TaskState.READY | TaskState.WAITING) if self._is_step(task)]
        found = {self.steps[task.task_spec.bpmn_id].id: task for task in tasks}
        assert len(found) == len(tasks), "two tokens on one step"
        return found

    def _allowed(self) -> list[str]:
        """The steps that the graph allows; an iteration of a loop forgets the steps between its two ends."""
        looping = [
            edge.target
            for edge in self.graph.transitions_from(self.taken[-1] if self.taken else "")
            if edge.target in self.given and edge.answer in (None, self.given.get(self.taken[-1]))
        ]
        for target in looping:
            between = self._reached(target, forward=True) & self._reached(self.taken[-1], forward=False)
            self.given = {name: answer for name, answer in self.given.items() if name not in between}
            assert target in self.graph.allowed_nodes(self.given)
        return list(self.graph.allowed_nodes(self.given))

    def _reached(self, start: str, *, forward: bool) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                edges = self.graph.transitions_from(one) if forward else self.graph.transitions_into(one)
                waiting += [edge.target if forward else edge.source for edge in edges]
        return found

    def _take(self, task: Task, node: ProcessNode) -> None:
        left = self.left.get(node.id)
        answer = left.pop(0) if left else next(iter(node.chooses), None)
        variable = variable_of(node)
        if task.state == TaskState.WAITING:
            self.case.send_event(BpmnEvent(task.task_spec.event_definition, {}))
        elif variable is not None:
            task.data[variable] = answer
        task.run()
        if task.state == TaskState.STARTED:  # a service task: its service has answered
            task.complete()
        self.given[node.id] = answer
        self.taken.append(node.id)

    def _tasks(self, state: int) -> list[Task]:
        return list(self.case.get_tasks(state=state))

    def _is_step(self, task: Task) -> bool:
        return getattr(task.task_spec, "bpmn_id", None) in self.steps
