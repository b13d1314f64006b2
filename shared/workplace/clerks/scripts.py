"""The answers of a scripted clerk: rules of the sandbox, from the scenario of the clerk's rule, then by the last
two digits of the applicant's ИИН.

The digits are the sandbox's (ours): shared/sandbox/magic_endings.yaml is the whole table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.contracts.cases import DecisionOutcome
from shared.regulations.model import TimeLimit
from shared.regulations.process.graph import ProcessNode
from shared.sandbox.magic_people import read_endings
from shared.sandbox.matching import ExchangeFacts
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import ActTime, EffectKind, ExchangePlace, RuleEffect, SandboxRule, StepStage
from shared.workplace.clerks.choices import Choice, choose_answer, choose_refusal
from shared.workplace.clerks.policy import ClerkPolicy
from shared.workplace.clerks.rules import ClerkRule, ClerkRules, ScenarioLine
from shared.workplace.clerks.waiting_steps import facts_of_step
from shared.workplace.records.decisions import REFUSING, Decision, refusal_for
from shared.workplace.steps.case_session import WorkplaceCaseSession

AT_ONCE = RuleEffect(kind=EffectKind.OUTCOME)


@dataclass(frozen=True)
class ScriptedAnswer:
    """A scripted answer, and the effect that says when it is given."""

    choice: Choice
    effect: RuleEffect = AT_ONCE

    @property
    def after(self) -> TimeLimit | None:
        """The time since the step began to wait, in the units of the acts."""
        after = self.effect.after
        return None if after is None else TimeLimit.model_validate(after.model_dump())


def board_of(address: str, rules: ClerkRules, rule: ClerkRule) -> str:
    """The origin of the rules that a clerk's rule stands for; the clerk by default has the number 0."""
    number = 1 + rules.rules.index(rule) if rule in rules.rules else 0
    return f"{address}:clerks:{number}"


def list_script_rules(address: str, rules: ClerkRules) -> Iterator[SandboxRule]:
    """The rules of the sandbox that the scripted clerks of a workplace go by."""
    for rule in (rules.otherwise, *rules.rules):
        if rule.policy is not ClerkPolicy.SCRIPTED:
            continue
        origin = board_of(address, rules, rule)
        scope = {"system": address, "service": rule.service, "region": rule.region, "origin": origin}
        for number, line in enumerate(rule.scenario, 1):
            yield SandboxRule.model_validate({**scope, "id": f"{origin}:line-{number}", **_conditions_of(line)})
        for person in read_endings().values():
            yield from person.rules_for(address, origin)


def _conditions_of(line: ScenarioLine) -> dict[str, object]:
    when = line.when
    effect = {
        "kind": EffectKind.OUTCOME,
        "outcome": line.answer,
        "reason": line.reason,
        "reason_kk": line.reason_kk,
        "after": None if line.after is None else ActTime.model_validate(line.after.model_dump()),
        "late": line.late or None,
        "never": line.never or None,
    }
    conditions: dict[str, object] = {
        "channel": when.channel,
        "variant": when.variant,
        "step": when.step,
        "op": when.op,
        "iin": when.applicant,
        "ends": when.ends,
        "effect": effect,
    }
    return conditions if when.regulation is None else {**conditions, "service": when.regulation}


def find_scripted_answer(case_session: WorkplaceCaseSession, node: ProcessNode, board: str) -> ScriptedAnswer:
    """The scripted answer for this step, by the first rule of the clerk's board."""
    facts = facts_of_step(case_session, node)
    hit = case_session.uow.resource(RuleBook).draw(
        case_session.uow.address,
        ExchangePlace.SERVICE,
        facts,
        (EffectKind.OUTCOME,),
        key=f"{facts.case_id}:{node.id}",
        board=board,
    )
    if hit is None:
        return ScriptedAnswer(choose_answer(case_session, node))
    return ScriptedAnswer(_choose(case_session, node, facts, hit.effect), hit.effect)


def _choose(
    case_session: WorkplaceCaseSession, node: ProcessNode, facts: ExchangeFacts, effect: RuleEffect
) -> Choice:
    """The answer of the rule where the step has it, else the default answer."""
    is_decision = StepStage.DECISION in facts.stages
    if effect.refusal is not None and (is_decision or effect.outcome in node.chooses):
        return choose_refusal(node, refusal_for(effect.refusal))
    if effect.outcome is None or effect.outcome not in node.chooses:
        return choose_answer(case_session, node)
    if effect.outcome in REFUSING:
        return effect.outcome, Decision(DecisionOutcome.NEGATIVE, effect.reason, effect.reason_kk)
    return effect.outcome, None
