"""The steps of a case as employees see them: who, when, planned and real; and what stands ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.cases import StepDone
from shared.regulations.deadlines import term_of
from shared.regulations.process.graph import ProcessGraph
from shared.regulations.translations import text_in
from shared.web.formats import format_moment
from shared.workplace.pages.cases.case_actions import name_answer
from shared.workplace.pages.site import WORDS
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.deadlines import CALENDAR


@dataclass(frozen=True)
class HistoryStep:
    """A done step: ``taker`` is the employee of this system, or the actor in the act's words; ``due`` the deadline
    that the step had, None without a limit.
    """

    at: datetime
    label: str
    action: str
    taker: str
    system: str
    answer: str
    due: datetime | None
    is_late: bool


def describe_history(
    case: WorkplaceCase,
    graph: ProcessGraph,
    takers: Mapping[tuple[str, int], str],
    names: Mapping[str, str],
    tag: str,
) -> list[HistoryStep]:
    """The done steps of a case, the latest last."""
    times = {step.step: step.at for step in case.steps}
    done_steps = sorted(case.steps, key=lambda step: (step.at, graph.node_places.get(step.step, 0)))
    return [_describe_step(step, graph, times, takers, names, tag) for step in done_steps]


def _describe_step(
    step: StepDone,
    graph: ProcessGraph,
    times: Mapping[str, datetime],
    takers: Mapping[tuple[str, int], str],
    names: Mapping[str, str],
    tag: str,
) -> HistoryStep:
    node = graph.get_node(step.step)
    _, due = term_of(graph, node, times, CALENDAR)
    iin = takers.get((step.step, step.lap), "")
    return HistoryStep(
        at=step.at,
        label=text_in(tag, node.label),
        action=text_in(tag, node.action),
        taker=names.get(iin) or text_in(tag, node.actor),
        system=name_system(node.holder, tag),
        answer=_name_given(step.answer, tag),
        due=due,
        is_late=due is not None and step.at > due,
    )


def _name_given(answer: str | None, tag: str) -> str:
    """An answer that was given; decisions have words of their own."""
    if answer is None:
        return ""
    return WORDS[f"given-{answer}"][tag] if f"given-{answer}" in WORDS else name_answer(answer, tag)


def list_extensions(case: WorkplaceCase, tag: str) -> list[tuple[datetime, str, str, str]]:
    """The extended deadlines of a case: when, the new deadline, why, the tone."""
    return [
        (
            extension.at,
            WORDS["extended-until"][tag].format(moment=format_moment(extension.due, tag))
            if extension.due is not None
            else WORDS["extended-open"][tag],
            extension.reason,
            "doubtful",
        )
        for extension in case.extensions
    ]


def name_system(holder: str, tag: str) -> str:
    """The name of a system of the act."""
    return WORDS[f"system-{holder.replace('_', '-')}"][tag]
