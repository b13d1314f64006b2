"""The questionnaire at a window over HTTP: an employee writes down a visitor's answers; the indicators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.http.requests.plain_input import PlainBody
from shared.regulations.passport_book import PassportBook
from shared.regulations.quality import QualityIndicatorView, measure_quality
from shared.workplace.http import case_errors
from shared.workplace.people.sessions import Employee
from shared.workplace.quality.questionnaire_rows import (
    count_visitor_answers,
)
from shared.workplace.quality.visitor_answers import keep_questionnaire

router = APIRouter(prefix="/api/v1", tags=["cases"])


@router.post(
    "/cases/{case}/questionnaire",
    status_code=204,
    responses=declare_errors(
        case_errors.OWN_CASE,
        not_found="questionnaire-absent regulation-unknown",
        conflict="questionnaire-answered questionnaire-early",
        malformed="questionnaire-invalid",
    ),
)
async def write_questionnaire(
    case: str, answers: Annotated[dict[int, int], PlainBody], me: Employee, runtime: ServiceRuntime
) -> None:
    """Write down a visitor's answers, once; the body gives the number of the chosen option by question number.

    ``questionnaire-invalid``, ``questionnaire-early``, ``questionnaire-answered``, ``questionnaire-absent``.
    """
    await keep_questionnaire(case, answers, me, runtime)


@router.get("/quality", dependencies=[ManyCalls])
async def list_window_quality(
    runtime: ServiceRuntime,
) -> Annotated[list[QualityIndicatorView], at_most(100, "the services with a questionnaire")]:
    """The indicators of quality and accessibility by service and region, as visitors of this system answered."""
    counts = await runtime.read(count_visitor_answers)
    return measure_quality(runtime.resource(PassportBook), counts)
