"""Deadlines over HTTP: the monitor, for the operator of the system."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.workplace.http.waiting_views import MonitorView, WaitingCaseView, read_monitor
from shared.workplace.records import monitor
from shared.workplace.records.monitor import WaitingFilter

router = APIRouter(prefix="/api/v1", tags=["deadlines"])


async def parse_filter(
    region: Annotated[str | None, Query(max_length=10)] = None,
    service: Annotated[str | None, Query(max_length=100)] = None,
    step: Annotated[str | None, Query(max_length=20)] = None,
    late: bool | None = None,
) -> WaitingFilter:
    """The filter in the query parameters."""
    return WaitingFilter(region, service, step, late)


Narrowed = Annotated[WaitingFilter, Depends(parse_filter)]


@router.get("/deadlines", dependencies=[OperatorOnly])
async def show_deadlines(runtime: ServiceRuntime, criteria: Narrowed) -> MonitorView:
    """The steps that wait here, counted by region, system, service, step; no personal data."""
    return await read_monitor(runtime, criteria)


@router.get("/deadlines/cases", dependencies=[OperatorOnly])
async def list_waiting_cases(runtime: ServiceRuntime, pager: Paging, criteria: Narrowed) -> list[WaitingCaseView]:
    """The waiting cases behind the counts, by deadline with the nearest first; ``cursor-malformed``."""
    now = runtime.now
    page = await runtime.read(lambda session: monitor.list_waiting(session, criteria, pager.place, now))
    return [WaitingCaseView.from_case(waiting_case, now) for waiting_case in pager.link_page(page)]
