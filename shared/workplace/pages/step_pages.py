"""What an employee does in a case: a step with its signature, an extension, sending again.

Every page shows first what will happen, and acts only when it is confirmed.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any

from fastapi import Response
from pydantic import ValidationError
from sqlmodel import Session

from shared.bus.errors import BusError, Conflict, Malformed, Refused
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.request_budgets import accepts_body
from shared.bus.profiles import ActiveProfile, Opening
from shared.contracts.local_time import KAZAKHSTAN
from shared.contracts.organisations import known_organisations
from shared.regulations.coverage.addresses import clause_in
from shared.regulations.process.graph import ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.regulations.translations import text_in
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_sites import OpenPage, Page
from shared.workplace.http.actions import paper_actions
from shared.workplace.http.actions.case_actions import (
    perform_extension,
    perform_resending,
    perform_step,
)
from shared.workplace.http.actions.record_actions import compose_record
from shared.workplace.http.case_views import StepRequest, may_choose
from shared.workplace.pages.case_pages import (
    OpenedCase,
    PageCase,
    act,
    describe_head,
    read_case_application,
    tell_conflict,
)
from shared.workplace.pages.cases.case_actions import ActionViewer, explain_absence, name_answer, name_operation
from shared.workplace.pages.cases.record_fields import (
    RECIPIENT_FILE,
    RecordSight,
    carried_values,
    describe_record,
    explain_record_faults,
    list_lines,
    list_results,
    read_recipient_cms,
    read_record,
)
from shared.workplace.pages.cases.refusal_templates import compose_refusal, list_reasons
from shared.workplace.pages.site import PageEmployee, explain_error, make_router
from shared.workplace.people.offices import receiving_offices
from shared.workplace.people.sessions import authenticate_employee
from shared.workplace.records import refusals, storage
from shared.workplace.records.decisions import REFUSING, Decision
from shared.workplace.records.documents import DRAFT, FORM, list_alternative_results
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.extensions import ExtensionRequest
from shared.workplace.steps.records.record_kinds import RECIPIENT, RecordForm, find_form
from shared.workplace.steps.records.step_files import make_files
from shared.workplace.steps.step_context import WorkplaceContext

router = make_router()
LONGEST_REASON, LONGEST_WORDS, LONGEST_CODE, MOST_MISSING = 2000, 2000, 60, 30
WITH_WORDS = frozenset({"resolve", "survey", "recommend", "register", "inform", "review", "prepare", "answer"})
"""The operations in which an employee may write something down: a resolution, a conclusion, a notice."""
FILES = "files"
"""The field of the files that an employee adds where something may be written down."""


@router.get("/cases/{case}/steps/{step}")
async def show_step(
    step: str, page: OpenPage, opened: PageCase, me: PageEmployee, runtime: ServiceRuntime, answer: str = ""
) -> Response:
    """What a step does, with the fields that it asks for; nothing is done yet."""
    try:
        values = await _describe_step(step, answer, page, opened, me, runtime, PageForm())
    except Conflict as error:
        return tell_conflict(page, opened.case.case_id, error)
    return page.show("step.html", **values)


@router.post("/cases/{case}/steps/{step}")
@accepts_body(sender_check=authenticate_employee)
async def take_step(
    step: str, page: OpenPage, form: SentForm, opened: PageCase, me: PageEmployee, runtime: ServiceRuntime
) -> Response:
    """Take a step; what is missing in the form comes back, and a record is shown before it is signed."""
    answer = form.text("answer")
    record_form = find_form(opened.graph, opened.graph.get_node(step))
    try:
        request = _read_request(answer, opened, form, record_form)
        if form.text("wants") == "statement":
            return await _send_statement(opened, request, me, runtime)
        is_kept_key = runtime.resource(ActiveProfile).opens(Opening.KEPT_KEYS)
        is_shown_first = record_form and (record_form.fields or not is_kept_key or form.text("key") == "own")
        if is_shown_first and form.text("confirmed") != "yes":
            return await _show_record(step, page, opened, me, runtime, form, request)
        files = make_files((file.name, file.content) for file in form.chosen_files(FILES))
        work = perform_step(opened.case.case_id, step, request, me, runtime, is_kept=True, files=files)
        return await act(page, opened.case.case_id, "step-done", work)
    except Conflict as error:
        return tell_conflict(page, opened.case.case_id, error)
    except (Malformed, Refused) as error:
        values = await _describe_step(step, answer, page, opened, me, runtime, form)
        return page.refuse("step.html", list_faults(error, page, form), **values)


@router.get("/cases/{case}/extension")
async def show_extension(page: OpenPage, opened: PageCase, me: PageEmployee, runtime: ServiceRuntime) -> Response:
    """The extensions that the act gives for the steps that wait."""
    return page.show("extension.html", **_describe_extension(page, opened, PageForm(), runtime.now))


@router.post("/cases/{case}/extension")
async def extend(
    page: OpenPage, form: SentForm, opened: PageCase, me: PageEmployee, runtime: ServiceRuntime
) -> Response:
    """Extend a deadline, with a reason; the citizen is notified where the act says so."""
    try:
        until = _read_day(form.text("until"))
        request = ExtensionRequest(form.text("extension"), form.text("reason")[:LONGEST_REASON], until)
        work = perform_extension(opened.case.case_id, request, me, runtime)
        return await act(page, opened.case.case_id, "extended", work)
    except (Malformed, Refused) as error:
        field = {"extension-not-given": "extension", "reason-missing": "reason"}.get(error.code, "until")
        values = _describe_extension(page, opened, form, runtime.now)
        return page.refuse("extension.html", {field: explain_error(page, error)}, **values)


@router.get("/cases/{case}/resend")
async def show_resending(page: OpenPage, opened: PageCase, runtime: ServiceRuntime) -> Response:
    """What sending a refused result again does; without a refused result, that there is nothing to send."""
    case_id = opened.case.case_id
    is_refused = await runtime.read(lambda session: refusals.find_refused_result(session, case_id) is not None)
    nothing_refused = explain_error(page, Conflict("nothing-to-resend", "no result of this case was refused"))
    head = describe_head(opened, page, "case", runtime.now)
    return page.show("resend.html", is_refused=is_refused, nothing_refused=nothing_refused, **head)


@router.post("/cases/{case}/resend")
async def resend(
    page: OpenPage, form: SentForm, opened: PageCase, me: PageEmployee, runtime: ServiceRuntime
) -> Response:
    """Sign a refused result anew and send it again."""
    return await act(
        page, opened.case.case_id, "resent", perform_resending(opened.case.case_id, None, me, runtime)
    )


async def _describe_step(
    step: str,
    answer: str,
    page: Page,
    opened: OpenedCase,
    me: EmployeeRow,
    runtime: ServiceRuntime,
    form: PageForm,
) -> dict[str, Any]:
    """Conflict ``step-out-of-order`` for a step that waits no more; Refused with the reason's code otherwise."""
    case = opened.case
    node = ProcessState(opened.graph, case.steps).check_step(step, answer or None)
    answer = answer if node.chooses else ""
    reason = explain_absence(case, node, ActionViewer(me, opened.names, page.tag))
    if reason is not None:
        raise Refused("role-refused", reason, step=step)
    draft = await runtime.read(lambda session: _read_draft(session, case.case_id, node))
    has_output = await runtime.read(lambda session: _has_output(session, case.case_id))
    record = await _describe_record_fields(node, answer, page, opened, runtime)
    return {
        "node": node,
        "clause": clause_in(page.tag, node.clause) if node.clause else "",
        "answer": answer,
        "title": name_answer(answer, page.tag) if answer else name_operation(node, page.tag),
        "action": text_in(page.tag, node.action),
        "is_refusal": answer in REFUSING and node.op != "answer",
        "is_incomplete": answer == "incomplete",
        "has_words": node.op in WITH_WORDS and not (record and record.fields),
        "has_files": node.op in WITH_WORDS and record is None,
        "record": record,
        "results": [] if has_output or answer in REFUSING else list_step_results(opened, node, page.tag),
        "offices": _list_offices(opened, node, page.tag),
        "reasons": list_reasons(opened.passport),
        "draft": b64encode(draft).decode(),
        "is_kept_key": runtime.resource(ActiveProfile).opens(Opening.KEPT_KEYS),
        "form": form,
        **describe_head(opened, page, "case", runtime.now),
    }


def _read_draft(session: Session, case_id: str, node: ProcessNode) -> bytes:
    """What the employee signs at a step: the output document, or the application of a visitor; else empty."""
    if not node.is_sealing and node.op != "sign":
        return b""
    return storage.read_document(session, case_id, DRAFT if node.is_sealing else FORM) or b""


def _has_output(session: Session, case_id: str) -> bool:
    """Whether the output document is composed, so that its result can no more be chosen."""
    return storage.read_document(session, case_id, DRAFT) is not None


def list_step_results(opened: OpenedCase, node: ProcessNode, tag: str) -> list[tuple[str, str, str]]:
    """The results of which the employee of the step may choose one."""
    results = list_alternative_results(opened.passport, opened.case.variant)
    return list_results(results, tag) if may_choose(node, results) else []


async def _describe_record_fields(
    node: ProcessNode, answer: str, page: Page, opened: OpenedCase, runtime: ServiceRuntime
) -> RecordSight | None:
    """What the employee writes down in the step; None where the act has no record."""
    form = find_form(opened.graph, node)
    if form is None:
        return None
    case = opened.case
    application = await runtime.read(lambda session: read_case_application(session, case.case_id))
    people = [("record-applicant", case.applicant or "")]
    if application is not None and application.representative is not None:
        people.append(("record-representative", application.representative.iin))
    return describe_record(form, people, page, answer)


async def _show_record(
    step: str,
    page: Page,
    opened: OpenedCase,
    me: EmployeeRow,
    runtime: ServiceRuntime,
    form: PageForm,
    request: StepRequest,
) -> Response:
    """The record as it will be signed, to be confirmed; the errors of ``compose_record``."""
    entry = request.record.entry if request.record else None
    context = WorkplaceContext(request.answer, me, request.decision, record=entry)
    document = await compose_record(opened.case.case_id, step, context, runtime)
    values = await _describe_step(step, form.text("answer"), page, opened, me, runtime, form)
    values["draft"] = b64encode(document.model_dump_json().encode()).decode()
    return page.show(
        "step_record.html", lines=list(list_lines(document, page.tag)), carried=carried_values(form), **values
    )


async def _send_statement(
    opened: OpenedCase, request: StepRequest, me: EmployeeRow, runtime: ServiceRuntime
) -> Response:
    """What the recipient signs with an own key, as a file; Malformed ``record-faulty`` without a recipient."""
    recipient = request.record.fields.get(RECIPIENT, "") if request.record else ""
    if not recipient:
        raise Malformed("record-faulty", "the form names no recipient", missing=[RECIPIENT])
    statement = await paper_actions.compose_statement(opened.case.case_id, recipient, me, runtime)
    headers = {"Content-Disposition": 'attachment; filename="hand-over.json"', "Cache-Control": "no-store"}
    return Response(statement, media_type="application/json", headers=headers)


def _list_offices(opened: OpenedCase, node: ProcessNode, tag: str) -> list[tuple[str, str]]:
    """The offices to which the step hands the case over, where there is a choice."""
    codes = receiving_offices(opened.passport, opened.graph, node, opened.case.authority)
    offices = [(code, known_organisations().find_by_office(code)) for code in codes]
    named = [(code, text_in(tag, office.name) if office else code) for code, office in offices]
    return named if len(named) > 1 else []


def _read_request(answer: str, opened: OpenedCase, form: PageForm, record_form: RecordForm | None) -> StepRequest:
    """The request of a step; Malformed for what the API would refuse as malformed. The employee's CMS of a step
    with a record is over the record.
    """
    cms = form.text("cms") or None
    missing = [line.strip()[:300] for line in form.text("missing").split("\n") if line.strip()][:MOST_MISSING]
    is_reasoned = answer in REFUSING and not missing and "reason" in form.values
    decision = read_refusal(opened, form) if is_reasoned else None
    values = {
        "answer": answer or None,
        "reason": decision.reason if decision else None,
        "reason_kk": decision.reason_kk if decision else None,
        "cms": None if record_form else cms,
        "record": read_record(form, cms) if record_form else None,
        "result": form.text("result")[:LONGEST_CODE] or None,
        "missing": missing,
        "office": form.text("office")[:100] or None,
        "text": form.text("words")[:LONGEST_WORDS] or None,
    }
    try:
        return StepRequest.model_validate(values)
    except ValidationError:
        raise Malformed("request-malformed", "the signature is no CMS in base64") from None


def read_refusal(opened: OpenedCase, form: PageForm) -> Decision:
    """The refusal that a form reasons; Malformed ``reason-missing``."""
    reason, reason_kk = (form.text(name)[:LONGEST_REASON] for name in ("reason", "reason-kk"))
    return compose_refusal(opened.passport, form.text("template"), reason, reason_kk)


def list_faults(error: BusError, page: Page, form: PageForm) -> dict[str, str]:
    """The faults of a form by field, in the language of the page. A faulty CMS is the recipient's as long as the
    employee has not signed.
    """
    text, field = explain_error(page, error), _faulty_field(error)
    if field == "cms" and not form.text("cms") and read_recipient_cms(form):
        field = RECIPIENT_FILE
    return explain_record_faults(error, page, text) or {field: text}


def _faulty_field(error: BusError) -> str:
    if error.details.get("field") == RECIPIENT_FILE:
        return RECIPIENT_FILE
    if error.code.startswith("eds-") or error.code in ("other-document", "own-signature-needed"):
        return "cms"
    if error.code in ("file-kind", "file-empty", "files-too-many"):
        return FILES
    fields = {"words-missing": "words", "wrong-office": "office", "result-unknown": "result"}
    return fields.get(error.code, "reason")


def _describe_extension(page: Page, opened: OpenedCase, form: PageForm, now: datetime) -> dict[str, Any]:
    """The extensions and facts of the waiting steps, each with the act's words."""
    state = ProcessState(opened.graph, opened.case.steps)
    nodes = [opened.graph.get_node(node_id) for node_id in state.allowed_nodes]
    given = {extension.extension for extension in opened.case.extensions}
    ids = dict.fromkeys(extension for node in nodes for extension in node.extensions if extension not in given)
    return {
        "extensions": [(extension, *_name_extension(opened, extension, page.tag)) for extension in ids],
        "form": form,
        **describe_head(opened, page, "case", now),
    }


def _name_extension(opened: OpenedCase, extension_id: str, tag: str) -> tuple[str, str]:
    """When the act gives an extension, and by how much."""
    for extension in opened.passport.extensions:
        if extension.id == extension_id:
            by = extension.by.text if extension.by is not None else ""
            return text_in(tag, extension.when), text_in(tag, by or "")
    for node in opened.graph.nodes:
        if extension_id in node.extensions and node.deadline is not None:
            return text_in(tag, node.deadline.limits_by_fact()[extension_id].when), ""
    return extension_id, ""


def _read_day(text: str) -> datetime | None:
    """The end of a day by the clocks of Kazakhstan; Malformed ``request-malformed`` for what is no day."""
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("request-malformed", "the new deadline is no day") from None
    return day.replace(hour=18, minute=30, tzinfo=KAZAKHSTAN)
