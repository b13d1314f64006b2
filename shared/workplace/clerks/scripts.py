"""The answers of a scripted clerk: by the scenario of the rule, else by the last two digits of the applicant's
ИИН.

The digits are the sandbox's (ours): MAGIC is the whole table, and docs/how-to/clerks.md shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.contracts.cases import DecisionOutcome
from shared.regulations.process.graph import ProcessNode
from shared.workplace.clerks.choices import Choice, choose_answer, choose_refusal, find_deciding_step
from shared.workplace.clerks.rules import ClerkRule, ScenarioCondition, ScenarioLine
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.decisions import REFUSING, Decision, refusal_for
from shared.workplace.steps.case_session import WorkplaceCaseSession


@dataclass(frozen=True)
class MagicEnding:
    """The effect of an ending of the ИИН. ``stops_at`` names the steps at which the case stands still: ``all``,
    the deciding one, or the ``waits`` for the applicant's contributions.
    """

    meaning: str
    reason: str | None = None
    is_late: bool = False
    stops_at: str = ""


MAGIC: Mapping[str, MagicEnding] = MappingProxyType(
    {
        "11": MagicEnding("refused: the data are not true", "untrue"),
        "13": MagicEnding(
            "refused: papers are missing; at the window already, where the act checks the papers there",
            "incomplete",
        ),
        "15": MagicEnding("refused: papers are out of date", "expired"),
        "17": MagicEnding("refused: the service was given earlier", "received"),
        "20": MagicEnding("granted, every step an hour of work after its limit", is_late=True),
        "21": MagicEnding("refused, every step an hour of work after its limit", is_late=True),
        "30": MagicEnding("no clerk ever works on the case", stops_at="all"),
        "32": MagicEnding("clerks work on the case and never decide", stops_at="decision"),
        "34": MagicEnding(
            "granted, but the applicant never brings or collects what the case waits for", stops_at="waits"
        ),
    }
)


PLAIN = ScenarioLine()


@dataclass(frozen=True)
class ScriptedAnswer:
    """A scripted answer and its moment: by ``line``, by ``magic``, or at once with the default answer."""

    choice: Choice
    line: ScenarioLine = PLAIN


def find_scripted_answer(case_session: WorkplaceCaseSession, node: ProcessNode, rule: ClerkRule) -> ScriptedAnswer:
    """The scripted answer for this step: by the scenario, else by the ИИН."""
    for line in rule.scenario:
        if _is_condition_met(line.when, case_session.case, node):
            return ScriptedAnswer(_line_answer(line, case_session, node), line)
    magic = MAGIC.get(case_session.case.applicant[-2:])
    if magic is None:
        return ScriptedAnswer(choose_answer(case_session, node))
    return ScriptedAnswer(
        _magic_answer(magic, case_session, node),
        ScenarioLine(late=magic.is_late, never=_is_stopped(magic, case_session, node)),
    )


def _is_condition_met(when: ScenarioCondition, case: WorkplaceCase, node: ProcessNode) -> bool:
    conditions = (
        (when.regulation, case.regulation),
        (when.channel, case.channel),
        (when.variant, case.variant),
        (when.step, node.id),
        (when.op, node.op),
        (when.applicant, case.applicant),
    )
    return all(expected in (None, actual) for expected, actual in conditions) and case.applicant.endswith(
        when.ends or ""
    )


def _line_answer(line: ScenarioLine, case_session: WorkplaceCaseSession, node: ProcessNode) -> Choice:
    """The line's answer where the step has it, else the default answer."""
    if line.answer is None or line.answer not in node.chooses:
        return choose_answer(case_session, node)
    if line.answer in REFUSING:
        return line.answer, Decision(DecisionOutcome.NEGATIVE, line.reason, line.reason_kk)
    return line.answer, None


def _magic_answer(magic: MagicEnding, case_session: WorkplaceCaseSession, node: ProcessNode) -> Choice:
    is_windows = magic.reason == "incomplete" and "incomplete" in node.chooses
    if magic.reason is not None and (is_windows or node.id == find_deciding_step(case_session)):
        return choose_refusal(node, refusal_for(magic.reason))
    return choose_answer(case_session, node)


def _is_stopped(magic: MagicEnding, case_session: WorkplaceCaseSession, node: ProcessNode) -> bool:
    if magic.stops_at == "decision":
        return node.id == find_deciding_step(case_session)
    return magic.stops_at == "all" or (magic.stops_at == "waits" and node.wait is not None)
