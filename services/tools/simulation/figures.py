"""What came of a simulation, counted from what the systems keep: the same for the same plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

from services.tools.simulation.deployment import World
from services.tools.simulation.plan import Arrival, Plan
from shared.contracts.cases import StepDone
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.calendar import Calendar
from shared.regulations.deadlines import due_of, limit_of, outlooks
from shared.regulations.process.conformance import conformance
from shared.regulations.process.graph import Node
from shared.regulations.process.process_state import Course, read_steps
from shared.workplace.clerks.hours import Hours

SECONDS = timedelta(seconds=1)


@dataclass
class Known:
    """What all systems together know of a case."""

    steps: list[StepDone] = field(default_factory=list)
    outcome: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Taken:
    """A step for the people of a system that was done: how long it took, and whether longer than it may.
    ``is_out_of_hours``: its time ran out while nobody worked."""

    key: tuple[str, str, str]
    node: Node
    took: timedelta
    is_late: bool
    is_out_of_hours: bool


@dataclass(frozen=True)
class Told:
    """A case at the end of the simulation."""

    arrival: Arrival
    end: str
    reason: str | None
    taken: tuple[Taken, ...]
    is_overdue: bool
    """It waits for something that is late by now."""
    findings: tuple[str, ...]
    """Where its journal leaves the act; being late is counted apart."""

    @property
    def is_late(self) -> bool:
        return self.is_overdue or any(one.is_late for one in self.taken)


async def figures(plan: Plan, coming: Iterable[Arrival], world: World) -> dict[str, Any]:
    """Everything that is counted, as plain values; see docs/simulation.md."""
    known = await _known(world)
    cases = [_told(one, known.get(one.case, Known()), plan.end) for one in coming]
    return {
        "plan": {"first": f"{plan.first}", "days": plan.days, "cases": plan.cases, "seed": plan.seed},
        "applications": _volumes(cases),
        "cases": dict(sorted(Counter(one.end for one in cases).items())),
        "late": _late(cases),
        "refusals": dict(Counter(one.reason or "" for one in cases if one.end == "refused").most_common()),
        "steps": _steps(cases),
        "conformance": dict(sorted(Counter(one for case in cases for one in case.findings).items())),
        "payments": await _payments(world),
        "delivery": await _delivery(world),
    }


async def _known(world: World) -> Mapping[str, Known]:
    found: dict[str, Known] = {}
    for name in world.workplaces:
        for row in await world.rows(name, "work_case", "correlation_id", "steps", "outcome", "reason"):
            _learn(found.setdefault(row[0], Known()), *row[1:])
    for row in await world.rows("portal_pep", "application", "id", "steps", "outcome", "reason"):
        _learn(found.setdefault(row[0], Known()), *row[1:])
    return found


def _learn(known: Known, steps: str, outcome: str | None, reason: str | None) -> None:
    known.steps += read_steps(steps)
    known.outcome, known.reason = known.outcome or outcome, known.reason or reason


def _told(arrival: Arrival, known: Known, now: datetime) -> Told:
    course, calendar = Course(arrival.graph, _earliest(known.steps)), Calendar()
    times = {node: at for node in course.given if (at := course.at(node)) is not None}
    end = course.end
    ahead = outlooks(arrival.graph, course.allowed, times, now, calendar) if end is None and times else ()
    return Told(
        arrival=arrival,
        end=_end(arrival, course, known),
        reason=known.reason or (end.refusal if end is not None else None),
        taken=tuple(_taken(arrival, times, Hours(calendar))),
        findings=tuple(_findings(arrival, known, is_finished=end is not None)),
        is_overdue=any(one.is_late and not one.is_applicants for one in ahead),
    )


def _findings(arrival: Arrival, known: Known, *, is_finished: bool) -> Iterable[str]:
    journal = {(one.step, one.lap): one for one in reversed(_earliest(known.steps))}
    if not known.steps:
        return ()
    found = conformance(
        arrival.graph, list(journal.values()), is_finished=is_finished, due=lambda node, since: None
    )
    return (f"{arrival.passport.id} {arrival.graph.channel} {one.step} {one.kind}" for one in found)


def _earliest(steps: Iterable[StepDone]) -> list[StepDone]:
    return sorted(steps, key=lambda one: one.at)


def _end(arrival: Arrival, course: Course, known: Known) -> str:
    if course.end is None:
        if not known.steps and not arrival.is_complete:
            return "turned away"
        return "open" if course.given else "lost"
    return "refused" if course.end.end == "refused" or known.outcome == "negative" else "granted"


def _taken(arrival: Arrival, times: Mapping[str, datetime], hours: Hours) -> Iterable[Taken]:
    for node_id, at in times.items():
        node = arrival.graph.node(node_id)
        since, end = due_of(arrival.graph, node, times, hours.calendar)
        is_theirs = not node.is_automatic and node.end is None and node.holder != "portal_pep"
        if since is not None and is_theirs:
            yield Taken(
                key=(arrival.passport.id, arrival.graph.channel, node_id),
                node=node,
                took=at - since,
                is_late=node.wait is None and end is not None and at > end,
                is_out_of_hours=end is not None and not hours.between(since, end),
            )


def _volumes(cases: Iterable[Told]) -> dict[str, dict[str, int]]:
    named = {
        "by_day": lambda one: f"{one.at.astimezone(KAZAKHSTAN):%Y-%m-%d}",
        "by_region": lambda one: one.passport.region,
        "by_channel": lambda one: one.graph.channel,
        "by_service": lambda one: one.passport.service_type,
    }
    return {
        name: dict(sorted(Counter(of(one.arrival) for one in cases).items()))  # type: ignore[no-untyped-call]
        for name, of in named.items()
    }


def _late(cases: list[Told]) -> dict[str, Any]:
    late = [one for one in cases if one.is_late]
    steps = [step for one in cases for step in one.taken if step.is_late]
    return {
        "cases": len(late),
        "waiting": sum(one.is_overdue for one in cases),
        "steps": len(steps),
        "steps_out_of_hours": sum(step.is_out_of_hours for step in steps),
        "by_region": dict(sorted(Counter(one.arrival.passport.region for one in late).items())),
        "by_service": dict(sorted(Counter(one.arrival.passport.service_type for one in late).items())),
    }


def _steps(cases: Iterable[Told]) -> list[dict[str, Any]]:
    """Every step for people of every way that was taken, with times in seconds."""
    grouped: dict[tuple[str, str, str], list[Taken]] = {}
    for case in cases:
        for step in case.taken:
            grouped.setdefault(step.key, []).append(step)
    return [_step(key, grouped[key]) for key in sorted(grouped)]


def _step(key: tuple[str, str, str], taken: list[Taken]) -> dict[str, Any]:
    node, took = taken[0].node, sorted(one.took / SECONDS for one in taken)
    return {
        "regulation": key[0],
        "channel": key[1],
        "step": key[2],
        "op": node.op or node.kind,
        "actor": node.actor,
        "count": len(taken),
        "median": median(took),
        "p90": quantiles(took, n=10, method="inclusive")[-1] if len(took) > 1 else took[0],
        "limit": _limit(node),
        "late": sum(one.is_late for one in taken),
    }


def _limit(node: Node) -> str | None:
    limit = limit_of(node)
    if limit is None:
        return None
    amounts = "–".join(str(one) for one in (limit.amount, limit.upper) if one is not None)
    return f"{amounts} {limit.unit}".strip()


async def _payments(world: World) -> dict[str, Any]:
    """What ГЦВП paid, in tenge."""
    rows = await world.rows("gcvp", "payment", "service_type", "amount_tiyn", "state")
    paid: Counter[str] = Counter()
    for service, amount, state in rows:
        paid[service] += amount if state == "executed" else 0
    return {
        "orders": len(rows),
        "executed": sum(row[2] == "executed" for row in rows),
        "tenge": sum(paid.values()) / 100,
        "by_service": {name: amount / 100 for name, amount in sorted(paid.items())},
    }


async def _delivery(world: World) -> dict[str, int]:
    """Of all messages that a system accepted for another: dealt with, buried, under way; and lost."""
    sent = sum([row[0] for name in world.talkers for row in await world.rows(name, "bus_sent", "last")])
    seen = sum([row[0] for name in world.talkers for row in await world.rows(name, "bus_seen", "last")])
    dead = sum([len(await world.rows(name, "bus_dead", "id")) for name in world.talkers])
    held = sum([len(await world.rows(name, "bus_held", "key")) for name in world.talkers])
    flying = held + sum(world.nodes[name].runtime.in_flight for name in world.talkers)
    return {
        "accepted": sent,
        "delivered": seen - dead,
        "dead": dead,
        "in_flight": flying,
        "lost": sent - seen - flying,
    }
