"""Outcomes that a rule of the sandbox orders: which answer a step gets, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.bus.errors import BusError
from shared.bus.logs import log
from shared.contracts.cases import DecisionOutcome
from shared.regulations.calendar import due_moment
from shared.regulations.model import ExtensionRule, TimeLimit
from shared.regulations.process.graph import ProcessNode
from shared.regulations.working_hours import WorkingHours
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import COUNTRY, EXTENDED, GRANTED, REFUSED, EffectKind, ExchangePlace, RuleEffect
from shared.workplace.clerks.choices import Choice, choose_answer, choose_grant, choose_refusal, find_deciding_step
from shared.workplace.clerks.waiting_steps import facts_of_step, waiting_since
from shared.workplace.records.decisions import REFUSING, Decision, refusal_for
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.extensions import ExtensionRequest, extend_waiting_step

USUAL_REASON = "untrue"


@dataclass(frozen=True)
class OrderedOutcome:
    """The answer of a step, and when it is given; ``after`` is None for at once."""

    choice: Choice
    after: timedelta | None = None
    is_late: bool = False
    is_never: bool = False
    extends_for: str | None = None
    """The reason of an extension that is given in place of the step."""

    def moment(self, since: datetime, now: datetime) -> datetime:
        """When the step is taken that waits since ``since``."""
        return now if self.after is None else since + self.after


def find_ordered_outcome(case_session: WorkplaceCaseSession, node: ProcessNode) -> OrderedOutcome | None:
    """What the first rule for this step of this case orders; None without one."""
    uow, case = case_session.uow, case_session.case
    book = uow.resource(RuleBook)
    if not book.has_rules(uow.address, ExchangePlace.SERVICE):
        return None
    hit = book.draw(
        uow.address,
        ExchangePlace.SERVICE,
        facts_of_step(case_session, node),
        (EffectKind.OUTCOME,),
        key=f"{case.case_id}:{node.id}",
        board=COUNTRY,
    )
    if hit is None:
        return None
    effect = hit.effect
    if effect.outcome == EXTENDED:
        extension = find_extension(case_session, node)
        if extension is None:
            return None
        return OrderedOutcome((None, None), extends_for=effect.reason or extension.when)
    choice = _choose(case_session, node, effect)
    is_never = bool(effect.never or effect.polls)  # ШЭП orders the outcome when the state was asked so often
    return OrderedOutcome(choice, _time_after(case_session, node, effect), bool(effect.late), is_never)


def _time_after(case_session: WorkplaceCaseSession, node: ProcessNode, effect: RuleEffect) -> timedelta | None:
    """The time since the step began to wait, in seconds or in the units of the acts; an outcome of the whole
    service delays its decision alone.
    """
    if effect.outcome in (GRANTED, REFUSED) and node.id != find_deciding_step(case_session):
        return None
    if effect.after is None:
        return None if effect.seconds is None else timedelta(seconds=effect.seconds)
    begin = waiting_since(case_session, node)
    calendar = case_session.uow.resource(WorkingHours).calendar
    due = due_moment(TimeLimit.model_validate(effect.after.model_dump()), begin, calendar)
    return None if due is None else due - begin


def find_extension(case_session: WorkplaceCaseSession, node: ProcessNode) -> ExtensionRule | None:
    """The first extension that the act gives for a step's deadline; None where there is none, or it was given."""
    former = {extension.extension for extension in case_session.case.extensions}
    variant = case_session.case.variant
    rules = [
        rule
        for rule in case_session.passport.extensions
        if rule.id in node.extensions and rule.by is not None and variant in (rule.variants or (variant,))
    ]
    has_deadline = any(wait.step == node.id and wait.due is not None for wait in case_session.case.waits)
    return next((rule for rule in rules if rule.id not in former and has_deadline), None)


def give_extension(
    case_session: WorkplaceCaseSession, node: ProcessNode, employee: EmployeeRow, reason: str
) -> None:
    """Extend the deadline of a step for this employee; what the act does not allow is only logged."""
    extension = find_extension(case_session, node)
    if extension is None:
        return
    try:
        extend_waiting_step(case_session, employee, ExtensionRequest(extension.id, reason))
    except BusError as error:
        log("clerk.not-extended", code=error.code, correlation_id=case_session.case.case_id)


def _choose(case_session: WorkplaceCaseSession, node: ProcessNode, effect: RuleEffect) -> Choice:
    """The ordered answer where the step has it: a refusal at the deciding step, else what lets the case go on."""
    if effect.outcome is None or not node.chooses:
        return choose_answer(case_session, node)
    if effect.outcome in node.chooses and effect.outcome not in REFUSING:
        return effect.outcome, None
    is_refusal = effect.outcome in REFUSING or effect.outcome == REFUSED
    if is_refusal and (effect.outcome in node.chooses or node.id == find_deciding_step(case_session)):
        return choose_refusal(node, _reason_of(effect))
    return choose_grant(node)


def _reason_of(effect: RuleEffect) -> Decision:
    if effect.reason is None:
        return refusal_for(effect.refusal or USUAL_REASON)
    return Decision(DecisionOutcome.NEGATIVE, effect.reason, effect.reason_kk)
