"""Providers without a system, as the workplace of a gateway sees them: services, cases, export."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from shared.regulations.model import System
from shared.regulations.passport_book import PassportBook
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import CASES

_CASE = CASES.table
COLUMNS = (
    "number",
    "regulation",
    "region",
    "channel",
    "variant",
    "authority",
    "stage",
    "status",
    "outcome",
    "reason",
    "received_at",
    "changed_at",
)
"""The columns of an export, without personal data."""


@dataclass(frozen=True)
class HandledService:
    """A service of a channel that is handled here; ``is_by_passport`` is False for a service that a route
    brought.
    """

    regulation: str
    channel: str
    is_by_passport: bool


@dataclass(frozen=True)
class ProviderLoad:
    """The number of a provider's cases by stage, and the arrival of the oldest open one."""

    authority: str
    cases: Mapping[str, int]
    oldest_at: datetime | None


def find_handled(book: PassportBook, systems: frozenset[System], session: Session) -> list[HandledService]:
    """The services that the passports give these systems, and others that have arrived here."""
    passport_services = {
        (passport.id, graph.channel)
        for passport, graph in book.all_graphs()
        if any(node.holder in systems and node.end is None for node in graph.nodes)
    }
    query = select(_CASE.c.regulation, _CASE.c.channel).distinct()
    arrived_services = {(row[0], row[1]) for row in session.execute(query).all()}
    return [
        HandledService(regulation, channel, is_by_passport=(regulation, channel) in passport_services)
        for regulation, channel in sorted(passport_services | arrived_services)
    ]


def count_cases(session: Session) -> dict[tuple[str, str], tuple[int, int]]:
    """The numbers of running and completed cases by regulation and channel."""
    keys = (_CASE.c.regulation, _CASE.c.channel, _CASE.c.stage)
    totals: dict[tuple[str, str], tuple[int, int]] = {}
    for regulation, channel, stage, count in session.execute(select(*keys, func.count()).group_by(*keys)).all():
        under_way, completed = totals.get((regulation, channel), (0, 0))
        is_done = stage == CaseStage.COMPLETED
        totals[regulation, channel] = (under_way + count * (not is_done), completed + count * is_done)
    return totals


def measure_loads(session: Session) -> list[ProviderLoad]:
    """Every provider that has had a case here, ordered by code."""
    keys = (_CASE.c.place, _CASE.c.stage)
    query = select(*keys, func.count(), func.min(_CASE.c.received_at)).group_by(*keys)
    stages: dict[str, dict[str, int]] = {}
    oldest: dict[str, datetime] = {}
    for place, stage, count, first in session.execute(query).all():
        stages.setdefault(place, {})[stage] = count
        if stage != CaseStage.COMPLETED:
            oldest[place] = min(first, oldest.get(place, first))
    return [ProviderLoad(place, stages[place], oldest.get(place)) for place in sorted(stages)]


def as_csv(rows: Iterable[WorkplaceCase]) -> str:
    """The cases as CSV (RFC 4180) with a header line; no cell can act as a formula in a spreadsheet."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(_csv_cells([getattr(row, name) for name in COLUMNS]))
    return text.getvalue()


def _csv_cells(values: Sequence[Any]) -> list[str]:
    return [_disarm_formula(_spell_value(value)) for value in values]


def _spell_value(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _disarm_formula(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
