"""The figures of a simulation, counted from the databases of the systems; equal for equal plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

from services.tools.simulation.deployment import SimulatedDeployment
from services.tools.simulation.plan import PlannedApplication, SimulationPlan
from shared.contracts.cases import StepDone
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.calendar import WorkingCalendar
from shared.regulations.deadlines import limit_of, pending_steps, term_of
from shared.regulations.process.conformance import check_conformance
from shared.regulations.process.graph import ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.regulations.working_hours import WorkingHours

SECONDS = timedelta(seconds=1)


@dataclass
class SimulatedCaseRecord:
    """The steps and the outcome of a case, from all systems."""

    steps: list[StepDone] = field(default_factory=list)
    outcome: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class StepDuration:
    """A done step for people: how long it took, and whether that was longer than its limit.

    ``is_out_of_hours``: the limit ran out while nobody worked.
    """

    key: tuple[str, str, str]
    node: ProcessNode
    took: timedelta
    is_late: bool
    is_out_of_hours: bool


@dataclass(frozen=True)
class SimulatedCase:
    """A case at the end of the simulation."""

    application: PlannedApplication
    end: str
    reason: str | None
    step_durations: tuple[StepDuration, ...]
    is_overdue: bool
    """The case waits for a step that is late by now."""
    findings: tuple[str, ...]
    """The findings where the journal departs from the act; lateness is counted apart."""

    @property
    def is_late(self) -> bool:
        return self.is_overdue or any(duration.is_late for duration in self.step_durations)


async def count_figures(
    plan: SimulationPlan, applications: Iterable[PlannedApplication], deployment: SimulatedDeployment
) -> dict[str, Any]:
    """All figures as plain values; see docs/how-to/simulation.md."""
    records = await _read_records(deployment)
    cases = [
        _conclude_case(application, records.get(application.case_id, SimulatedCaseRecord()), plan.end)
        for application in applications
    ]
    return {
        "plan": {"first": f"{plan.first}", "days": plan.days, "cases": plan.cases, "seed": plan.seed},
        "applications": _count_volumes(cases),
        "cases": dict(sorted(Counter(case.end for case in cases).items())),
        "late": _count_late(cases),
        "refusals": dict(Counter(case.reason or "" for case in cases if case.end == "refused").most_common()),
        "steps": _summarise_steps(cases),
        "conformance": dict(sorted(Counter(finding for case in cases for finding in case.findings).items())),
        "payments": await _count_payments(deployment),
        "delivery": await _count_messages(deployment),
    }


async def _read_records(deployment: SimulatedDeployment) -> Mapping[str, SimulatedCaseRecord]:
    records: dict[str, SimulatedCaseRecord] = {}
    for name in deployment.workplace_names:
        for row in await deployment.select_columns(name, "work_case", "case_id", "steps", "outcome", "reason"):
            _merge_record(records.setdefault(row[0], SimulatedCaseRecord()), *row[1:])
    for row in await deployment.select_columns(
        "portal_pep", "application", "case_id", "steps", "outcome", "reason"
    ):
        _merge_record(records.setdefault(row[0], SimulatedCaseRecord()), *row[1:])
    return records


def _merge_record(
    record: SimulatedCaseRecord, steps: Iterable[StepDone], outcome: str | None, reason: str | None
) -> None:
    record.steps += steps
    record.outcome, record.reason = record.outcome or outcome, record.reason or reason


def _conclude_case(application: PlannedApplication, record: SimulatedCaseRecord, now: datetime) -> SimulatedCase:
    process_state, calendar = ProcessState(application.graph, _sort_steps(record.steps)), WorkingCalendar()
    times = {node: at for node in process_state.answers if (at := process_state.done_at(node)) is not None}
    end = process_state.end_node
    ahead = (
        pending_steps(application.graph, process_state.allowed_nodes, times, now, calendar)
        if end is None and times
        else ()
    )
    return SimulatedCase(
        application=application,
        end=_describe_end(application, process_state, record),
        reason=record.reason or (end.refusal if end is not None else None),
        step_durations=tuple(_measure_steps(application, times, WorkingHours(calendar))),
        findings=tuple(_find_deviations(application, record, is_finished=end is not None)),
        is_overdue=any(outlook.is_late and not outlook.is_applicants for outlook in ahead),
    )


def _find_deviations(
    application: PlannedApplication, record: SimulatedCaseRecord, *, is_finished: bool
) -> Iterable[str]:
    journal = {(step.step, step.lap): step for step in reversed(_sort_steps(record.steps))}
    if not record.steps:
        return ()
    deviations = check_conformance(
        application.graph, list(journal.values()), is_finished=is_finished, due_rule=lambda node, since: None
    )
    return (
        f"{application.passport.id} {application.graph.channel} {deviation.step} {deviation.kind}"
        for deviation in deviations
    )


def _sort_steps(steps: Iterable[StepDone]) -> list[StepDone]:
    return sorted(steps, key=lambda step: step.at)


def _describe_end(
    application: PlannedApplication, process_state: ProcessState, record: SimulatedCaseRecord
) -> str:
    if process_state.end_node is None:
        if not record.steps and not application.is_complete:
            return "turned away"
        return "open" if process_state.answers else "lost"
    return "refused" if process_state.end_node.end == "refused" or record.outcome == "negative" else "granted"


def _measure_steps(
    application: PlannedApplication, times: Mapping[str, datetime], hours: WorkingHours
) -> Iterable[StepDuration]:
    for node_id, at in times.items():
        node = application.graph.get_node(node_id)
        since, end = term_of(application.graph, node, times, hours.calendar)
        is_theirs = not node.is_automatic and node.end is None and node.holder != "portal_pep"
        if since is not None and is_theirs:
            yield StepDuration(
                key=(application.passport.id, application.graph.channel, node_id),
                node=node,
                took=at - since,
                is_late=node.wait is None and end is not None and at > end,
                is_out_of_hours=end is not None and not hours.worked_between(since, end),
            )


def _count_volumes(cases: Iterable[SimulatedCase]) -> dict[str, dict[str, int]]:
    groupings = {
        "by_day": lambda application: f"{application.at.astimezone(KAZAKHSTAN):%Y-%m-%d}",
        "by_region": lambda application: application.passport.region,
        "by_channel": lambda application: application.graph.channel,
        "by_service": lambda application: application.passport.service_type,
    }
    return {
        name: dict(sorted(Counter(of(case.application) for case in cases).items()))  # type: ignore[no-untyped-call]
        for name, of in groupings.items()
    }


def _count_late(cases: list[SimulatedCase]) -> dict[str, Any]:
    late = [case for case in cases if case.is_late]
    steps = [step for case in cases for step in case.step_durations if step.is_late]
    return {
        "cases": len(late),
        "waiting": sum(case.is_overdue for case in cases),
        "steps": len(steps),
        "steps_out_of_hours": sum(step.is_out_of_hours for step in steps),
        "by_region": dict(sorted(Counter(case.application.passport.region for case in late).items())),
        "by_service": dict(sorted(Counter(case.application.passport.service_type for case in late).items())),
    }


def _summarise_steps(cases: Iterable[SimulatedCase]) -> list[dict[str, Any]]:
    """Every taken step for people, with times in seconds."""
    grouped: dict[tuple[str, str, str], list[StepDuration]] = {}
    for case in cases:
        for step in case.step_durations:
            grouped.setdefault(step.key, []).append(step)
    return [_summarise_step(key, grouped[key]) for key in sorted(grouped)]


def _summarise_step(key: tuple[str, str, str], durations: list[StepDuration]) -> dict[str, Any]:
    node, took = durations[0].node, sorted(duration.took / SECONDS for duration in durations)
    return {
        "regulation": key[0],
        "channel": key[1],
        "step": key[2],
        "op": node.op or node.kind,
        "actor": node.actor,
        "count": len(durations),
        "median": median(took),
        "p90": quantiles(took, n=10, method="inclusive")[-1] if len(took) > 1 else took[0],
        "limit": _format_limit(node),
        "late": sum(duration.is_late for duration in durations),
    }


def _format_limit(node: ProcessNode) -> str | None:
    limit = limit_of(node)
    if limit is None:
        return None
    amounts = "–".join(str(amount) for amount in (limit.amount, limit.upper) if amount is not None)
    return f"{amounts} {limit.unit}".strip()


async def _count_payments(deployment: SimulatedDeployment) -> dict[str, Any]:
    """The payments of ГЦВП, in tenge."""
    rows = await deployment.select_columns("gcvp", "payment", "service_type", "amount_tiyn", "state")
    paid_tiyn: Counter[str] = Counter()
    for service, amount, state in rows:
        paid_tiyn[service] += amount if state == "executed" else 0
    return {
        "orders": len(rows),
        "executed": sum(row[2] == "executed" for row in rows),
        "tenge": sum(paid_tiyn.values()) / 100,
        "by_service": {name: amount / 100 for name, amount in sorted(paid_tiyn.items())},
    }


async def _count_messages(deployment: SimulatedDeployment) -> dict[str, int]:
    """Counts of all messages that a system accepted for another: handled, dead letters, under way, and lost."""
    sent_count = sum(
        [
            row[0]
            for name in deployment.addressed_names
            for row in await deployment.select_columns(name, "bus_sent", "last")
        ]
    )
    seen_count = sum(
        [
            row[0]
            for name in deployment.addressed_names
            for row in await deployment.select_columns(name, "bus_seen", "last")
        ]
    )
    dead = sum(
        [len(await deployment.select_columns(name, "bus_dead", "id")) for name in deployment.addressed_names]
    )
    parked_count = sum(
        [len(await deployment.select_columns(name, "bus_held", "key")) for name in deployment.addressed_names]
    )
    flying = parked_count + sum(deployment.nodes[name].runtime.in_flight for name in deployment.addressed_names)
    return {
        "accepted": sent_count,
        "delivered": seen_count - dead,
        "dead": dead,
        "in_flight": flying,
        "lost": sent_count - seen_count - flying,
    }
