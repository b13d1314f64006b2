"""The story of the demo's case so far: what every picture and the conclusion are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.contracts.cases import StepDone
from shared.regulations.model import Passport
from shared.regulations.process.conformance import check_conformance
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__)


@dataclass(frozen=True)
class PersonsTurn:
    """A person who has to act now: where, as whom, with which password; None where that is not known here."""

    url: str
    name: str | None
    iin: str | None
    password: str | None


@dataclass
class DemoStory:
    """The state of the demo's case so far."""

    passport: Passport
    graph: ProcessGraph
    language: str
    began: float
    stage: str = "starting"
    """What happens now: the part of a code of ``texts.yaml`` after ``stage-``."""
    refusal: str = ""
    """Why the portal refused, in the language of the story."""
    ready: list[str] = field(default_factory=list)
    steps: dict[tuple[str, int], StepDone] = field(default_factory=dict)
    application: Mapping[str, Any] | None = None
    token: str | None = None
    """The token of the citizen's session, for the commands that the demo suggests at its end."""
    turn: PersonsTurn | None = None
    output: Mapping[str, Any] | None = None
    completed_after: float | None = None
    faults: Sequence[str] = ()
    """The faults in force in the country at the end."""
    first_call: str | None = None
    """The first call of a stranger's system, as one line of a shell."""

    def text(self, code: str, **facts: object) -> str:
        """A text of ``texts.yaml`` in the language of the story."""
        return TEXTS[code][self.language].format(**facts)

    @property
    def process_state(self) -> ProcessState:
        """The process state of the case, from the steps of all systems."""
        return ProcessState(self.graph, self.steps.values())

    @property
    def is_complete(self) -> bool:
        return self.process_state.end_node is not None

    @property
    def is_decided(self) -> bool:
        """Whether the citizen has the result."""
        return self.application is not None and self.application["outcome"] is not None

    def learn_steps(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add the steps that a system reports; of several moments of one step the earliest counts."""
        for row in rows:
            step = StepDone.model_validate({name: row.get(name) for name in StepDone.model_fields})
            earlier = self.steps.setdefault((step.step, step.lap), step)
            if step.at < earlier.at:
                self.steps[step.step, step.lap] = step

    def list_findings(self) -> list[str]:
        """The findings where the journal of the case and the passport disagree."""
        return [str(finding) for finding in check_conformance(self.graph, list(self.steps.values()))]

    def list_active(self) -> list[ProcessNode]:
        """The steps that are due now; none before the application."""
        if self.application is None:
            return []
        nodes = [self.graph.get_node(node_id) for node_id in self.process_state.allowed_nodes]
        return [node for node in nodes if node.end is None and node.op != "refuse"]

    def list_shown(self) -> list[tuple[ProcessNode, datetime | None]]:
        """The steps to show, each with the moment when it was taken: a refusal only once it happened."""
        state = self.process_state
        return [
            (node, state.done_at(node.id))
            for node in self.graph.nodes
            if node.end is None and (node.op != "refuse" or node.id in state.answers)
        ]
