"""A visitor's answers to a questionnaire, written down by an employee."""

from __future__ import annotations

import json
from collections.abc import Mapping

from shared.bus.errors import Conflict
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.passport_book import PassportBook
from shared.regulations.quality import check_answers
from shared.workplace.http.own_cases import find_own_case
from shared.workplace.quality.questionnaire_rows import VisitorAnswersRow, keep_visitor_answers
from shared.workplace.records.storage import EmployeeRow


async def keep_questionnaire(case: str, answers: Mapping[int, int], me: EmployeeRow, runtime: Runtime) -> None:
    """Store a visitor's answers, once; the errors of ``POST /api/v1/cases/{case}/questionnaire``."""
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
