"""The course of one case: the steps that are known to be done, held against the graph of its passport.

Each system keeps the course as it knows it: its own steps, and those that messages told it of. What is known may
come in any order and twice; the same steps give the same course.

A loop is made again and again: its steps are counted by laps. Whoever takes the first step of the loop once more
begins a lap, and the steps of the laps before count no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Self

from pydantic import TypeAdapter

from shared.bus.errors import Conflict, Malformed
from shared.contracts.cases import StepDone
from shared.regulations.process.graph import Graph, Node, Posting, outcome

_STEPS = TypeAdapter(tuple[StepDone, ...])
GATEWAYS = "gateways"


class Course:
    """The steps of one case; a step that the passport forbids is refused. Kept as text beside the case."""

    def __init__(self, graph: Graph, steps: Iterable[StepDone] = ()) -> None:
        self.graph = graph
        self._steps: dict[tuple[str, int], StepDone] = {(step.step, step.lap): step for step in steps}
        self._given: dict[str, str | None] | None = None
        self._allowed: tuple[str, ...] | None = None

    @classmethod
    def read(cls, graph: Graph, text: str) -> Self:
        """The course that was kept as ``text``."""
        return cls(graph, read_steps(text))

    @property
    def text(self) -> str:
        """The steps as they are kept."""
        return _STEPS.dump_json(self.steps, by_alias=True, exclude_defaults=True).decode()

    @property
    def steps(self) -> tuple[StepDone, ...]:
        """All known steps in the order of the graph, rounds of a loop one after another."""
        places = self._places
        return tuple(sorted(self._steps.values(), key=lambda one: (one.lap, places.get(one.step, 0))))

    @property
    def given(self) -> Mapping[str, str | None]:
        """The steps that count as done, with their answers, in the order of the graph."""
        if self._given is None:
            self._given = self._fold()
        return self._given

    @property
    def allowed(self) -> tuple[str, ...]:
        """The steps that may be taken now, and the end when it is reached."""
        if self._allowed is None:
            again = [head for head in dict.fromkeys(self.graph.loops.values()) if self._is_left(head)]
            self._allowed = (*self.graph.allowed(self.given), *again)
        return self._allowed

    @property
    def end(self) -> Node | None:
        """Where the case ended, None while it goes on."""
        return next((node for node in map(self.graph.node, self.allowed) if node.end is not None), None)

    @property
    def outcome(self) -> str | None:
        """``granted`` or ``refused`` once somebody decided."""
        return outcome(self.given)

    def at(self, node_id: str) -> datetime | None:
        """When a step that counts was done."""
        found = self._steps.get((node_id, self._lap(node_id)))
        return None if found is None else found.at

    def learn(self, steps: Iterable[StepDone]) -> None:
        """Take over what another system did; known steps stay as they are. Malformed ``step-unknown``."""
        for step in steps:
            if step.step not in self._places:
                raise Malformed("step-unknown", f"{self.graph.passport} has no step {step.step}", step=step.step)
            self._steps.setdefault((step.step, step.lap), step)
        self._forget()

    def learn_route(self, sent_at: str, at: datetime, by: str) -> None:
        """The gateways carried what step ``sent_at`` sent: their own step of the act, where it has one."""
        for edge in self.graph.out(sent_at):
            node = self.graph.node(edge.target)
            if node.holder == GATEWAYS and node.id in self.allowed:
                self.take(node.id, at, by)

    def check(self, node_id: str, answer: str | None = None) -> Node:
        """The step, when it may be taken now with this answer.

        Raises ``NotFound("step-not-found")``, ``Conflict("step-already-done")``, ``Conflict("step-out-of-order")``
        with the steps ``missing``, ``Malformed("answer-needed")`` with the answers to choose from.
        """
        node = self.graph.node(node_id)
        if node_id not in self.allowed:
            if node_id in self.given:
                raise Conflict("step-already-done", f"step {node_id} is done", step=node_id)
            missing = sorted({edge.source for edge in self.graph.into(node_id)} - self.given.keys())
            raise Conflict("step-out-of-order", f"step {node_id} waits", step=node_id, missing=missing)
        if node.chooses and answer not in node.chooses:
            raise Malformed(
                "answer-needed", "the step asks for an answer", step=node_id, choose=list(node.chooses)
            )
        return node

    def take(self, node_id: str, at: datetime, by: str, answer: str | None = None) -> Node:
        """Do a step, or raise as ``check`` does."""
        node = self.check(node_id, answer)
        lap = self.lap_of(node_id)
        done = StepDone(step=node_id, at=at, by=by, answer=answer if node.chooses else None, lap=lap)
        self._steps[node_id, lap] = done
        self._forget()
        return node

    def lap_of(self, node_id: str) -> int:
        """The lap that a step would be taken in now."""
        return self._lap(node_id) + (node_id in self.given)

    def posted(self, node_id: str) -> tuple[Posting, ...]:
        """What a step that is done sends, as things stand."""
        return tuple(
            posting
            for posting in self.graph.postings(node_id)
            if not posting.is_on_extension
            and (not posting.edges or any(self.graph.holds(edge, self.given) for edge in posting.edges))
        )

    def _fold(self) -> dict[str, str | None]:
        known = self._steps
        if not self.graph.loops:
            return {node: known[node, 0].answer for node in self._places if (node, 0) in known}
        laps = ((node, self._lap(node)) for node in self._places)
        return {node: known[node, lap].answer for node, lap in laps if (node, lap) in known}

    def _lap(self, node_id: str) -> int:
        """The lap that counts: the last one that the first step of its loop was taken in."""
        head = self.graph.loops.get(node_id)
        return max((lap for node, lap in self._steps if node == head), default=0) if head else 0

    def _is_left(self, head: str) -> bool:
        """Whether the way back to the first step of a loop is taken."""
        if head not in self.given:
            return False
        loops = self.graph.loops
        back = (edge for edge in self.graph.into(head) if loops.get(edge.source) == head)
        return any(self.graph.holds(edge, self.given) for edge in back)

    def _forget(self) -> None:
        self._given = self._allowed = None

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return self.graph.places


def read_steps(text: str) -> tuple[StepDone, ...]:
    """The steps that were kept as text."""
    return _STEPS.validate_json(text)
