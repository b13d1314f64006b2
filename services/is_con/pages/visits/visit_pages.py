"""``/visits/{case}``: a case at the window: steps, registers, расписки, the questionnaire."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response
from pydantic import ValidationError

from services.is_con.pages.visits.visit_display import CaseName, show_case_at_window
from services.is_con.pages.visits.visit_sight import describe_appeal, read_visit
from services.is_con.pages.visits.visit_site import open_router
from services.is_con.pages.window.window_site import Operator
from shared.bus.errors import BusError, Malformed
from shared.bus.http.endpoints import ServiceRuntime
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import translate_questionnaire
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_sites import OpenPage, Page
from shared.workplace.http.actions import case_actions
from shared.workplace.http.case_views import StepRequest
from shared.workplace.quality.visitor_answers import keep_questionnaire
from shared.workplace.records.storage import EmployeeRow

router = open_router()

StepName = Annotated[str, Path(max_length=40)]


@router.get("/visits/{case}")
async def show_visit(case: CaseName, page: OpenPage, me: Operator, runtime: ServiceRuntime) -> Response:
    """A case at the window; ``case-unknown``, ``other-authority``. A page that waits for registers asks again, and
    is loaded anew once they have answered.
    """
    if not page.is_part:
        return await show_case_at_window(page, case, me, runtime)
    visit = await read_visit(case, me, page, runtime)
    headers = {"Cache-Control": "no-store"} | ({} if visit.is_waiting else {"HX-Refresh": "true"})
    return Response(status_code=204 if visit.is_waiting else 200, headers=headers)


@router.post("/visits/{case}/steps/{step}")
async def submit_step(
    case: CaseName, step: StepName, page: OpenPage, me: Operator, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Take a step of the act with the answer of the form's button."""
    try:
        await case_actions.perform_step(case, step, _compose_step(form), me, runtime)
    except BusError as error:
        return await show_case_at_window(page, case, me, runtime, refusal=error, form=form)
    page.leave_notice("step-taken")
    return page.lead_to(f"visits/{case}")


@router.get("/visits/{case}/questionnaire")
async def show_questionnaire(case: CaseName, page: OpenPage, me: Operator, runtime: ServiceRuntime) -> Response:
    """The act's questionnaire, to write down a visitor's answers; ``questionnaire-absent``."""
    return await _show_questions(page, case, me, runtime, PageForm())


@router.post("/visits/{case}/questionnaire")
async def submit_questionnaire(
    case: CaseName, page: OpenPage, me: Operator, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Store a visitor's answers; a question without an answer is told beside it."""
    view = await case_actions.view_own_case(case, me, runtime)
    questions = runtime.resource(PassportBook).get_questionnaire(view.regulation).questions
    names = {question.n: f"question-{question.n}" for question in questions}
    unanswered = [name for name in names.values() if not form.text(name).isdigit()]
    if unanswered:
        page.errors = dict.fromkeys(unanswered, page.say("answer-needed"))
        return await _show_questions(page, case, me, runtime, form, status=422)
    answers = {n: int(form.text(name)[:4]) for n, name in names.items()}
    await keep_questionnaire(case, answers, me, runtime)
    page.leave_notice("questionnaire-kept")
    return page.lead_to(f"visits/{case}")


@router.get("/visits/{case}/appeal")
async def show_appeal(case: CaseName, page: OpenPage, me: Operator, runtime: ServiceRuntime) -> Response:
    """Who explains how to appeal, by the act of the case."""
    view = await case_actions.view_own_case(case, me, runtime)
    appeal = await runtime.compute(lambda: describe_appeal(view.regulation, page.tag))
    return page.show("appeal.html", case=view, appeal=appeal)


async def _show_questions(
    page: Page, case: str, me: EmployeeRow, runtime: ServiceRuntime, form: PageForm, status: int = 200
) -> Response:
    view = await case_actions.view_own_case(case, me, runtime)
    questionnaire = runtime.resource(PassportBook).get_questionnaire(view.regulation)
    content = translate_questionnaire(questionnaire, page.tag)
    return page.show(
        "questionnaire.html", status=status, case=view, questions=content["questions"], value_of=form.text
    )


def _compose_step(form: PageForm) -> StepRequest:
    missing = [line.strip() for line in form.text("missing").splitlines() if line.strip()]
    try:
        return StepRequest(answer=form.text("answer") or None, missing=missing, text=form.text("words") or None)
    except ValidationError as error:
        raise Malformed("request-malformed", "a value is too long") from error
