"""What a scripted clerk does: by the scenario of his rule, else by the last two digits of the applicant's ИИН.

The digits are the sandbox's (ours): MAGIC is the whole table, and docs/clerks.md shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.contracts.cases import Outcome
from shared.regulations.process.graph import Node
from shared.workplace.clerks.choices import Choice, choose, deciding, refuse
from shared.workplace.clerks.rules import Line, Rule, When
from shared.workplace.records.decisions import REFUSING, Decision
from shared.workplace.records.storage import Case
from shared.workplace.steps.case_session import Desk

UNTRUE = Decision(Outcome.NEGATIVE, "Представлены недостоверные сведения", "Жалған мәліметтер ұсынылған")
INCOMPLETE = Decision(Outcome.NEGATIVE, "Документы представлены не полностью", "Құжаттар толық ұсынылмаған")
EXPIRED = Decision(Outcome.NEGATIVE, "Срок действия документов истёк", "Құжаттардың қолданылу мерзімі өткен")
RECEIVED = Decision(Outcome.NEGATIVE, "Услуга заявителю уже оказана", "Қызмет өтініш берушіге бұрын көрсетілген")


@dataclass(frozen=True)
class Magic:
    """What an ending of the ИИН makes of a case. ``stops_at`` names steps at which nothing happens any more:
    ``all`` of them, the one that decides, the ``waits`` for what the applicant shall bring."""

    meaning: str
    refusal: Decision | None = None
    is_late: bool = False
    stops_at: str = ""


MAGIC: Mapping[str, Magic] = MappingProxyType(
    {
        "11": Magic("refused: what was said is not true", UNTRUE),
        "13": Magic("refused: papers are missing; at the window already, where the act looks there", INCOMPLETE),
        "15": Magic("refused: papers are out of date", EXPIRED),
        "17": Magic("refused: the service was given before", RECEIVED),
        "20": Magic("granted, every step an hour of work after its limit", is_late=True),
        "21": Magic("refused, every step an hour of work after its limit", is_late=True),
        "30": Magic("nobody ever works on it", stops_at="all"),
        "32": Magic("worked on, and never decided", stops_at="decision"),
        "34": Magic("granted, but the applicant never brings or fetches what is waited for", stops_at="waits"),
    }
)


PLAIN = Line()


@dataclass(frozen=True)
class Told:
    """What is done at a step and when: by ``line``, by ``magic``, or at once by the clerk's own mind."""

    choice: Choice
    line: Line = PLAIN


def told(desk: Desk, node: Node, rule: Rule) -> Told:
    """What the scenario says of this step, else the ИИН."""
    for line in rule.scenario:
        if _is_meant(line.when, desk.case, node):
            return Told(_answer(line, desk, node), line)
    magic = MAGIC.get(desk.case.applicant[-2:])
    if magic is None:
        return Told(choose(desk, node))
    return Told(_magic_answer(magic, desk, node), Line(late=magic.is_late, never=_stops(magic, desk, node)))


def _is_meant(when: When, case: Case, node: Node) -> bool:
    wanted = (
        (when.regulation, case.regulation),
        (when.channel, case.channel),
        (when.variant, case.variant),
        (when.step, node.id),
        (when.op, node.op),
        (when.applicant, case.applicant),
    )
    return all(one in (None, is_) for one, is_ in wanted) and case.applicant.endswith(when.ends or "")


def _answer(line: Line, desk: Desk, node: Node) -> Choice:
    """The line's answer where the step has it, else the clerk's own."""
    if line.answer is None or line.answer not in node.chooses:
        return choose(desk, node)
    if line.answer in REFUSING:
        return line.answer, Decision(Outcome.NEGATIVE, line.reason, line.reason_kk)
    return line.answer, None


def _magic_answer(magic: Magic, desk: Desk, node: Node) -> Choice:
    refusal = magic.refusal
    is_windows = refusal is INCOMPLETE and "incomplete" in node.chooses
    if refusal is not None and (is_windows or node.id == deciding(desk)):
        return refuse(node, refusal)
    return choose(desk, node)


def _stops(magic: Magic, desk: Desk, node: Node) -> bool:
    if magic.stops_at == "decision":
        return node.id == deciding(desk)
    return magic.stops_at == "all" or (magic.stops_at == "waits" and node.wait is not None)
