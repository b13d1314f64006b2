"""The questionnaire at a window over HTTP: an employee writes down a visitor's answers; the indicators."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter

from shared.bus.errors import Conflict
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.http.requests.plain_input import PlainBody
from shared.regulations.passport_book import PassportBook
from shared.regulations.quality import QualityIndicatorView, check_answers, measure_quality
from shared.workplace.http import case_errors
from shared.workplace.http.own_cases import find_own_case
from shared.workplace.people.sessions import Employee
from shared.workplace.quality.questionnaire_rows import (
    VisitorAnswersRow,
    count_visitor_answers,
    keep_visitor_answers,
)

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
    row = await find_own_case(case, me, runtime)
    if row.outcome is None:
        raise Conflict("questionnaire-early", "the service is not completed yet")
    check_answers(runtime.resource(PassportBook).get_questionnaire(row.regulation), answers)
    answers_row = VisitorAnswersRow(
        case_id=row.case_id,
        regulation=row.regulation,
        answers=json.dumps(answers, sort_keys=True),
        written_by=me.iin,
        answered_at=runtime.now,
    )
    await runtime.write(lambda uow: keep_visitor_answers(uow.session, answers_row))


@router.get("/quality", dependencies=[ManyCalls])
async def list_window_quality(
    runtime: ServiceRuntime,
) -> Annotated[list[QualityIndicatorView], at_most(100, "the services with a questionnaire")]:
    """The indicators of quality and accessibility by service and region, as visitors of this system answered."""
    counts = await runtime.read(count_visitor_answers)
    return measure_quality(runtime.resource(PassportBook), counts)
