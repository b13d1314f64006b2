"""Deadlines over HTTP: the monitor, for the operator of the system."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.workplace.http.waiting_views import (
    MonitorFilter,
    MonitorView,
    WaitingCaseView,
    find_waiting_cases,
    read_monitor,
)

router = APIRouter(prefix="/api/v1", tags=["deadlines"])


async def parse_filter(
    region: Annotated[str | None, Query(max_length=10)] = None,
    service: Annotated[str | None, Query(max_length=100)] = None,
    step: Annotated[str | None, Query(max_length=20)] = None,
    late: bool | None = None,
) -> MonitorFilter:
    """The filter in the query parameters."""
    return MonitorFilter(region, service, step, late)


Narrowed = Annotated[MonitorFilter, Depends(parse_filter)]


@router.get("/deadlines", dependencies=[OperatorOnly])
async def show_deadlines(runtime: ServiceRuntime, criteria: Narrowed) -> MonitorView:
    """The steps that wait here, counted by region, system, service, step; no personal data."""
    return await read_monitor(runtime, criteria)


@router.get("/deadlines/cases", dependencies=[OperatorOnly])
async def list_waiting_cases(
    runtime: ServiceRuntime, criteria: Narrowed, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[WaitingCaseView]:
    """The waiting cases behind the counts, ordered by deadline."""
    now = runtime.now
    return [
        WaitingCaseView.from_case(waiting_case, now)
        for waiting_case in (await find_waiting_cases(runtime, criteria, now))[:limit]
    ]
