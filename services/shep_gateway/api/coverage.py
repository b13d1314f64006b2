"""The acts clause by clause: particulars and validity, figures, and the fate of each clause."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from services.shep_gateway.proof.passed_steps import find_passages
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.coverage.views import (
    ActView,
    ClauseView,
    CoverageView,
    view_acts,
    view_clauses,
    view_coverage,
)
from shared.regulations.passport_book import PassportBook

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


@router.get("/acts", dependencies=[ManyCalls])
async def list_acts(runtime: ServiceRuntime) -> Annotated[list[ActView], at_most(20, "the documents")]:
    """The five documents that the regulations come from: numbers, days, validity, and the acts that they cite."""
    return await runtime.compute(lambda: view_acts(CoverageBook.load()))


@router.get("/coverage", dependencies=[ManyCalls])
async def get_coverage(runtime: ServiceRuntime) -> CoverageView:
    """How many clauses of the acts are executed, and why the others are not, for each document and regulation."""
    passports = runtime.resource(PassportBook)
    return await runtime.compute(lambda: view_coverage(CoverageBook.load(), passports))


@router.get(
    "/regulations/{passport_id}/clauses",
    responses=declare_errors(not_found="regulation-unknown"),
    dependencies=[ManyCalls],
)
async def list_clauses(
    passport_id: str, runtime: ServiceRuntime
) -> Annotated[list[ClauseView], at_most(400, "the clauses of a regulation")]:
    """Every clause of a regulation with what executes it, or why nothing does; ``regulation-unknown``."""
    passports = runtime.resource(PassportBook)
    return await runtime.compute(lambda: view_clauses(CoverageBook.load(), passports, passport_id))


class PassedStepView(BaseModel):
    """A step of a regulation, and the newest case that passed it."""

    channel: str
    variant: str
    step: str
    case_id: str
    passed_at: datetime


@router.get(
    "/regulations/{passport_id}/passed-steps",
    responses=declare_errors(not_found="regulation-unknown"),
    dependencies=[OperatorOnly],
)
async def list_passed_steps(
    passport_id: str, runtime: ServiceRuntime
) -> Annotated[list[PassedStepView], at_most(1000, "the steps of a regulation in all its processes")]:
    """The steps of a regulation that cases have passed lately, each with the newest case (its timeline is at
    ``/api/v1/cases/{case_id}/timeline``); ``regulation-unknown``.
    """
    passport = runtime.resource(PassportBook).get_passport(passport_id)
    passages = await runtime.read(lambda session: find_passages(session, passport))
    return [
        PassedStepView(channel=channel, variant=variant, step=step, case_id=passage.case_id, passed_at=passage.at)
        for (channel, variant, step), passage in sorted(passages.items(), key=lambda item: item[0])
    ]
