"""Takes the steps whose time has come, and notes when the next one's does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.regulations.calendar import due
from shared.regulations.deadlines import begun
from shared.regulations.process.graph import Node
from shared.workplace.clerks.choices import Choice, choose
from shared.workplace.clerks.hours import Hours
from shared.workplace.clerks.office import ClerkOffice
from shared.workplace.clerks.pace import chance, finish, overdue
from shared.workplace.clerks.rules import Line, Policy, Rule
from shared.workplace.clerks.scripts import told
from shared.workplace.people.roles import roles_of
from shared.workplace.people.staff import Staff
from shared.workplace.records.stages import Stage
from shared.workplace.steps.case_session import Desk

MOST_STEPS = 100


@dataclass(frozen=True)
class Plan:
    """A step that waits for people: when a clerk is done with it, and what he answers."""

    node: Node
    at: datetime
    choice: Choice | None = None


def settle(desk: Desk) -> None:
    """Let the clerks of this case go on as far as they are by now, until it waits for somebody else."""
    if desk.case.stage == Stage.WATCHED:
        return
    rule = desk.work.use(ClerkOffice).rules.of(desk.case.service_type, desk.case.region)
    plans: list[Plan] = []
    for _ in range(MOST_STEPS):
        plans = _plans(desk, rule)
        if not plans or plans[0].at > desk.work.now:
            break
        _take(desk, plans[0])
    desk.case = replace(desk.case, next_due=plans[0].at if plans else None)


def _take(desk: Desk, plan: Plan) -> None:
    answer, decision = plan.choice or choose(desk, plan.node)
    employee = desk.work.use(Staff).of(desk.work.session, desk.case.place, roles_of(plan.node))
    desk.take(employee, plan.node.id, answer, decision)


def _plans(desk: Desk, rule: Rule) -> list[Plan]:
    """The soonest first; of those of one moment, the first of the act."""
    made = (_plan(desk, node, rule) for node in desk.waiting())
    return sorted((plan for plan in made if plan is not None), key=lambda plan: plan.at)


def _plan(desk: Desk, node: Node, rule: Rule) -> Plan | None:
    """None for a step that no clerk takes."""
    if rule.policy is Policy.MANUAL:
        return None
    if rule.policy is Policy.INSTANT:
        return Plan(node, desk.work.now)
    if rule.policy is Policy.PACED:
        dice = chance(rule.seed, desk.case.correlation_id, node.id, desk.course.lap_of(node.id))
        return Plan(node, finish(node, since(desk, node), dice, rule.pace, desk.work.use(Hours)))
    said = told(desk, node, rule)
    if said.line.never:
        return None
    return Plan(node, _moment(desk, node, said.line), said.choice)


def _moment(desk: Desk, node: Node, line: Line) -> datetime:
    """When a line of a scenario says that the step is done: at once, unless it says otherwise."""
    hours, begin = desk.work.use(Hours), since(desk, node)
    if line.late:
        return overdue(node, begin, hours)
    return (due(line.after, begin, hours.calendar) if line.after else None) or desk.work.now


def since(desk: Desk, node: Node) -> datetime:
    """When the step began to wait: with the last step before it; a first step with the case."""
    times = {one: at for one in desk.course.given if (at := desk.course.at(one)) is not None}
    return begun(desk.graph, node, times) or desk.case.received_at
