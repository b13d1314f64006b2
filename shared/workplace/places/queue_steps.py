"""The steps of a process that belong to its queue, and where a case stands in the queue by its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from shared.regulations.model import Passport
from shared.regulations.process.graph import ProcessGraph, ProcessNode


class QueueStanding(StrEnum):
    """The standing of an applicant in the queue; an applicant who was offered a place still has a place in it."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"


@dataclass(frozen=True)
class QueueSteps:
    """``entry`` puts the applicant into the queue, ``reserve`` sets a free place aside for the first, ``offer``
    tells the applicant, ``question`` is the applicant's consent, ``refusal`` the written refusal.
    """

    entry: str
    reserve: str
    offer: str
    question: str
    refusal: str

    def status_of(self, answers: Mapping[str, str | None]) -> QueueStanding | None:
        """The standing by the done steps; None before the entry."""
        if self.entry not in answers:
            return None
        if answers.get(self.question) == "met":
            return QueueStanding.ACCEPTED
        is_open = self.reserve not in answers or self.refusal in answers
        return QueueStanding.WAITING if is_open else QueueStanding.OFFERED


@lru_cache(maxsize=64)
def find_queue_steps(graph: ProcessGraph) -> QueueSteps | None:
    """The steps of the graph's queue; None for a process without a queue."""
    reserve = next((node for node in graph.nodes if node.op == "reserve"), None)
    if reserve is None:
        return None
    offer = _follow(graph, reserve)
    question = _follow(graph, offer)
    refusal = next(one.target for one in graph.transitions_from(question.id) if one.answer == "unmet")
    entry = next(node for node in graph.nodes if node.op == "enqueue")
    return QueueSteps(entry.id, reserve.id, offer.id, question.id, refusal)


def _follow(graph: ProcessGraph, node: ProcessNode) -> ProcessNode:
    return graph.get_node(graph.transitions_from(node.id)[0].target)


def has_queue(passport: Passport) -> bool:
    """Whether applicants wait for places by this regulation."""
    steps = (step for _, steps in passport.channel_steps.channel_values() for step in steps)
    return any(step.waits is not None and step.waits.queue is not None for step in steps)
