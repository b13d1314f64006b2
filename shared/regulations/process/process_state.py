"""The process state of one case: the steps known to be done, held against the graph of the passport.

Each system keeps the state as that system knows it: the system's own steps and the steps reported by messages.
Steps may become known in any order and more than once; the same steps always give the same state.

Loops are repeated: their steps carry an iteration number (``lap`` in messages). Repeating the first step of the
loop begins a new iteration, and the steps of earlier iterations no longer count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from shared.bus.errors import Conflict, Malformed
from shared.contracts.cases import StepDone
from shared.regulations.process.graph import MessageRule, ProcessGraph, ProcessNode, decided_outcome

GATEWAYS = "gateways"


class ProcessState:
    """The done steps of one case; refuses a step that the passport does not allow. Stored as JSON text with the
    case.
    """

    def __init__(self, graph: ProcessGraph, steps: Iterable[StepDone] = ()) -> None:
        self.graph = graph
        self._steps_by_iteration: dict[tuple[str, int], StepDone] = {(step.step, step.lap): step for step in steps}
        self._answers: dict[str, str | None] | None = None
        self._allowed_nodes: tuple[str, ...] | None = None

    @property
    def done_steps(self) -> tuple[StepDone, ...]:
        """All known steps, by iteration and then in the order of the graph."""
        places = self._node_places
        return tuple(
            sorted(self._steps_by_iteration.values(), key=lambda step: (step.lap, places.get(step.step, 0)))
        )

    @property
    def answers(self) -> Mapping[str, str | None]:
        """The done steps that count, with their answers, in the order of the graph."""
        if self._answers is None:
            self._answers = self._fold_answers()
        return self._answers

    @property
    def allowed_nodes(self) -> tuple[str, ...]:
        """The steps that are allowed now, including the end when it is reached."""
        if self._allowed_nodes is None:
            loop_entries = [
                head for head in dict.fromkeys(self.graph.loop_heads.values()) if self._is_reentered(head)
            ]
            self._allowed_nodes = (*self.graph.allowed_nodes(self.answers), *loop_entries)
        return self._allowed_nodes

    @property
    def end_node(self) -> ProcessNode | None:
        """The end of the case; None while the case goes on."""
        return next((node for node in map(self.graph.get_node, self.allowed_nodes) if node.end is not None), None)

    @property
    def outcome(self) -> str | None:
        """``granted`` or ``refused``; None before a decision."""
        return decided_outcome(self.answers)

    def done_at(self, node_id: str) -> datetime | None:
        """The moment at which the step was done in the current iteration; None for a step that is not done."""
        step = self._steps_by_iteration.get((node_id, self._current_iteration(node_id)))
        return None if step is None else step.at

    def is_overtaken(self, node_id: str) -> bool:
        """Whether a step with a status is done that can only follow this step: news of this step are late."""
        return not self.graph.later_statuses[node_id].isdisjoint(self.answers)

    def has_newest_status(self, node_id: str) -> bool:
        """Whether no done step with a status stands after this step in the order of the act."""
        places = self._node_places
        later_steps = (done for done in self.answers if places[done] > places[node_id])
        return not any(self.graph.get_node(step).has_status for step in later_steps)

    def learn_steps(self, steps: Iterable[StepDone]) -> None:
        """Add steps that another system did; steps already known stay unchanged. Malformed ``step-unknown``."""
        for step in steps:
            if step.step not in self._node_places:
                raise Malformed(
                    "step-unknown", f"{self.graph.passport_id} has no step {step.step}", step=step.step
                )
            self._steps_by_iteration.setdefault((step.step, step.lap), step)
        self._clear_cache()

    def learn_route(self, sent_at: str, at: datetime, by: str) -> None:
        """Record the gateways' own step after step ``sent_at``, whose message they carried, where the act has such
        a step.
        """
        for transition in self.graph.transitions_from(sent_at):
            node = self.graph.get_node(transition.target)
            if node.holder == GATEWAYS and node.id in self.allowed_nodes:
                self.take_step(node.id, at, by)

    def check_step(self, node_id: str, answer: str | None = None) -> ProcessNode:
        """The node of a step that is allowed now with this answer.

        Raises NotFound ``step-not-found``, Conflict ``step-already-done``, Conflict ``step-out-of-order`` with the
        steps ``missing``, and Malformed ``answer-needed`` with the possible answers.
        """
        node = self.graph.get_node(node_id)
        if node_id not in self.allowed_nodes:
            if node_id in self.answers:
                raise Conflict("step-already-done", f"step {node_id} is done", step=node_id)
            missing = sorted(
                {transition.source for transition in self.graph.transitions_into(node_id)} - self.answers.keys()
            )
            raise Conflict("step-out-of-order", f"step {node_id} waits", step=node_id, missing=missing)
        if node.chooses and answer not in node.chooses:
            raise Malformed(
                "answer-needed", "the step asks for an answer", step=node_id, choose=list(node.chooses)
            )
        return node

    def take_step(self, node_id: str, at: datetime, by: str, answer: str | None = None) -> ProcessNode:
        """Record a step as done; raises as ``check_step`` does."""
        node = self.check_step(node_id, answer)
        iteration = self.iteration_of(node_id)
        step = StepDone(step=node_id, at=at, by=by, answer=answer if node.chooses else None, lap=iteration)
        self._steps_by_iteration[node_id, iteration] = step
        self._clear_cache()
        return node

    def iteration_of(self, node_id: str) -> int:
        """The iteration in which the step would be taken now."""
        return self._current_iteration(node_id) + (node_id in self.answers)

    def messages_sent_by(self, node_id: str) -> tuple[MessageRule, ...]:
        """The messages that a done step sends, given all answers so far."""
        return tuple(
            message_rule
            for message_rule in self.graph.message_rules(node_id)
            if not message_rule.is_on_extension
            and (not message_rule.answers or self.answers.get(node_id) in message_rule.answers)
            and (
                not message_rule.transitions
                or any(self.graph.is_taken(transition, self.answers) for transition in message_rule.transitions)
            )
        )

    def _fold_answers(self) -> dict[str, str | None]:
        steps_by_iteration = self._steps_by_iteration
        if not self.graph.loop_heads:
            return {
                node: steps_by_iteration[node, 0].answer
                for node in self._node_places
                if (node, 0) in steps_by_iteration
            }
        iterations = ((node, self._current_iteration(node)) for node in self._node_places)
        return {
            node: steps_by_iteration[node, iteration].answer
            for node, iteration in iterations
            if (node, iteration) in steps_by_iteration
        }

    def _current_iteration(self, node_id: str) -> int:
        """The current iteration: the last in which the first step of the loop was taken."""
        head = self.graph.loop_heads.get(node_id)
        return (
            max((iteration for node, iteration in self._steps_by_iteration if node == head), default=0)
            if head
            else 0
        )

    def _is_reentered(self, head: str) -> bool:
        """Whether a transition back to the first step of the loop is taken."""
        if head not in self.answers:
            return False
        loops = self.graph.loop_heads
        back_transitions = (
            transition for transition in self.graph.transitions_into(head) if loops.get(transition.source) == head
        )
        return any(self.graph.is_taken(transition, self.answers) for transition in back_transitions)

    def _clear_cache(self) -> None:
        self._answers = self._allowed_nodes = None

    @cached_property
    def _node_places(self) -> Mapping[str, int]:
        return self.graph.node_places
