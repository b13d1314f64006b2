"""Takes the steps that are due, and records when the next one is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.regulations.calendar import due_moment
from shared.regulations.model import EmployeeRole
from shared.regulations.process.graph import ProcessNode
from shared.regulations.working_hours import WorkingHours
from shared.workplace.clerks.choices import Choice, choose_answer
from shared.workplace.clerks.clerk_office import ClerkOffice
from shared.workplace.clerks.ordered_outcomes import OrderedOutcome, find_ordered_outcome, give_extension
from shared.workplace.clerks.ordered_statuses import tell_ordered_status
from shared.workplace.clerks.pace import finish_time, make_dice, overdue_time
from shared.workplace.clerks.policy import ClerkPolicy
from shared.workplace.clerks.rules import ClerkRule
from shared.workplace.clerks.scripts import ScriptedAnswer, find_scripted_answer
from shared.workplace.clerks.waiting_steps import waiting_since
from shared.workplace.people.staff import StaffDirectory
from shared.workplace.places import offers
from shared.workplace.records import refusals
from shared.workplace.records.decisions import Decision
from shared.workplace.records.stages import CaseStage
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.operations import take_step
from shared.workplace.steps.records.record_entries import RecordEntry, clerks_entry
from shared.workplace.steps.records.record_kinds import RecordKind, find_form
from shared.workplace.steps.records.step_records import find_bar_code
from shared.workplace.steps.resending import find_done_sealing, resend_result
from shared.workplace.steps.step_context import WorkplaceContext

MOST_STEPS = 100


@dataclass(frozen=True)
class PlannedStep:
    """A step that waits for people: when a clerk finishes it, and with which answer."""

    node: ProcessNode
    at: datetime
    choice: Choice | None = None
    extends_for: str | None = None
    """The reason of an extension that is given in place of the step."""


def settle_case(case_session: WorkplaceCaseSession) -> None:
    """Let the clerks of this case take the steps due by now, until the case waits for others."""
    if case_session.case.stage == CaseStage.WATCHED:
        return
    rule = case_session.uow.resource(ClerkOffice).rules.find_rule(
        case_session.case.service_type, case_session.case.region
    )
    tell_ordered_status(case_session)
    plans: list[PlannedStep] = []
    for _ in range(MOST_STEPS):
        plans = _plan_steps(case_session, rule)
        if not plans or plans[0].at > case_session.uow.now:
            break
        _take_planned(case_session, plans[0])
    case_session.plan_clerk(plans[0].at if plans else None)


def resend_by_itself(case_session: WorkplaceCaseSession) -> bool:
    """Let the clerk of this case, unless the clerk is a person, sign and send a refused result again at once;
    after ``MOST_ATTEMPTS`` only people do. Returns whether the result was sent.
    """
    case, uow = case_session.case, case_session.uow
    rule = uow.resource(ClerkOffice).rules.find_rule(case.service_type, case.region)
    refusal = refusals.find_refused_result(uow.session, case.case_id)
    if refusal is None or refusal.attempt >= refusals.MOST_ATTEMPTS or rule.policy is ClerkPolicy.MANUAL:
        return False
    sealing_step = find_done_sealing(case_session)
    roles = sealing_step.roles if sealing_step is not None else frozenset(EmployeeRole)
    employee = uow.resource(StaffDirectory).find_employee(uow.session, case.place, roles)
    resend_result(case_session, WorkplaceContext(employee=employee))
    return True


def _take_planned(case_session: WorkplaceCaseSession, plan: PlannedStep) -> None:
    employee = case_session.uow.resource(StaffDirectory).find_employee(
        case_session.uow.session, case_session.case.place, plan.node.roles
    )
    if plan.extends_for is not None:
        give_extension(case_session, plan.node, employee, plan.extends_for)
        return
    answer, decision = plan.choice or choose_answer(case_session, plan.node)
    record = fill_record(case_session, plan.node, decision)
    take_step(case_session, plan.node.id, WorkplaceContext(answer, employee, decision, record=record))


def fill_record(
    case_session: WorkplaceCaseSession, node: ProcessNode, decision: Decision | None
) -> RecordEntry | None:
    """What a clerk fills in for the record of a step; None where the step has none."""
    form = find_form(case_session.graph, node)
    if form is None:
        return None
    bar_code = find_bar_code(case_session) if form.kind is RecordKind.ARRIVAL else None
    return clerks_entry(form, case_session.case.applicant, bar_code, decision)


def _plan_steps(case_session: WorkplaceCaseSession, rule: ClerkRule) -> list[PlannedStep]:
    """The planned steps by moment; of one moment, in the order of the act."""
    plans = (_plan_step(case_session, node, rule) for node in case_session.waiting_steps())
    return sorted((plan for plan in plans if plan is not None), key=lambda plan: plan.at)


def _plan_step(case_session: WorkplaceCaseSession, node: ProcessNode, rule: ClerkRule) -> PlannedStep | None:
    """The plan of a step; None for a step that no clerk takes. What a rule orders precedes the clerk's policy."""
    ordered = None if case_session.is_taken_for(node) else find_ordered_outcome(case_session, node)
    if ordered is not None:
        return _plan_ordered(case_session, node, ordered)
    if _is_left_to_people(case_session, node, rule) or _is_waiting_in_queue(case_session, node, rule):
        return None
    if rule.policy is ClerkPolicy.INSTANT or (
        node.op == "reserve" and offers.is_place_free(case_session.uow, case_session.case.case_id)
    ):
        return PlannedStep(node, case_session.uow.now)
    if rule.policy is ClerkPolicy.PACED:
        dice = make_dice(
            rule.seed, case_session.case.case_id, node.id, case_session.process_state.iteration_of(node.id)
        )
        return PlannedStep(
            node,
            finish_time(
                node, waiting_since(case_session, node), dice, rule.pace, case_session.uow.resource(WorkingHours)
            ),
        )
    scripted = _find_scripted(case_session, node, rule)
    if _is_never(scripted):
        return None
    return PlannedStep(node, _scripted_moment(case_session, node, scripted), scripted.choice)


def _find_scripted(case_session: WorkplaceCaseSession, node: ProcessNode, rule: ClerkRule) -> ScriptedAnswer:
    office, uow = case_session.uow.resource(ClerkOffice), case_session.uow
    return find_scripted_answer(case_session, node, office.share_scripts(uow, rule))


def _plan_ordered(
    case_session: WorkplaceCaseSession, node: ProcessNode, ordered: OrderedOutcome
) -> PlannedStep | None:
    """The plan of a step whose outcome a rule orders; in a queue, others come first all the same."""
    uow, begin = case_session.uow, waiting_since(case_session, node)
    if ordered.is_never or (node.op == "reserve" and not offers.is_served_next(uow, case_session.case.case_id)):
        return None
    if ordered.extends_for is not None:
        return PlannedStep(node, uow.now, extends_for=ordered.extends_for)
    if ordered.is_late:
        return PlannedStep(node, overdue_time(node, begin, uow.resource(WorkingHours)), ordered.choice)
    return PlannedStep(node, ordered.moment(begin, uow.now), ordered.choice)


def _is_left_to_people(case_session: WorkplaceCaseSession, node: ProcessNode, rule: ClerkRule) -> bool:
    """Whether people take the step: by the rule, or because an employee has taken the case."""
    if rule.policy is ClerkPolicy.MANUAL or rule.played_roles & node.roles:
        return True
    return case_session.is_taken_for(node)


def _is_waiting_in_queue(case_session: WorkplaceCaseSession, node: ProcessNode, rule: ClerkRule) -> bool:
    """Whether the step is the turn of others in the queue; a clerk who never serves this one holds up nobody."""
    if node.op != "reserve":
        return False
    uow, case_id = case_session.uow, case_session.case.case_id
    is_never = rule.policy is ClerkPolicy.SCRIPTED and _is_never(_find_scripted(case_session, node, rule))
    offers.hold_entry(uow, case_id, is_held=is_never)
    return is_never or not offers.is_served_next(uow, case_id)


def _is_never(scripted: ScriptedAnswer) -> bool:
    return bool(scripted.effect.never or scripted.effect.polls)


def _scripted_moment(case_session: WorkplaceCaseSession, node: ProcessNode, scripted: ScriptedAnswer) -> datetime:
    """The moment of a scripted answer: at once by default."""
    hours, begin = case_session.uow.resource(WorkingHours), waiting_since(case_session, node)
    if scripted.effect.late:
        return overdue_time(node, begin, hours)
    if scripted.effect.seconds is not None:
        return begin + timedelta(seconds=scripted.effect.seconds)
    after = scripted.after
    return (due_moment(after, begin, hours.calendar) if after else None) or case_session.uow.now
