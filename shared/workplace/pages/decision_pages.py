"""A decision with its signature: what it does, and for a refusal its reasons, is shown before it is confirmed."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from shared.bus.errors import Conflict, Malformed, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.profiles import ActiveProfile, Opening
from shared.regulations.process.process_state import ProcessState
from shared.regulations.translations import text_in
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_sites import OpenPage, Page
from shared.workplace.http.actions.case_actions import perform_decision
from shared.workplace.pages.case_pages import (
    OpenedCase,
    PageCase,
    act,
    describe_head,
    open_case,
    tell_conflict,
)
from shared.workplace.pages.cases.case_actions import ActionViewer, explain_absence, name_operation
from shared.workplace.pages.cases.refusal_templates import list_reasons
from shared.workplace.pages.site import PageEmployee, explain_error, make_router
from shared.workplace.pages.step_pages import LONGEST_CODE, list_faults, list_step_results, read_refusal
from shared.workplace.records.decisions import REFUSING
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.work.step_chains import DECIDING, is_decision, is_signed_step, preview_chain

router = make_router()


@router.get("/cases/{case}/decision/{answer}")
async def show_decision(
    answer: str, page: OpenPage, opened: PageCase, me: PageEmployee, runtime: ServiceRuntime
) -> Response:
    """What a decision does, and for a refusal its reasons; nothing is done yet."""
    try:
        values = _describe_decision(answer, page, opened, me, runtime, PageForm())
    except Conflict as error:
        return tell_conflict(page, opened.case.case_id, error)
    return page.show("decision.html", **values)


@router.post("/cases/{case}/decision/{answer}")
async def take_decision(
    answer: str, page: OpenPage, form: SentForm, opened: PageCase, me: PageEmployee, runtime: ServiceRuntime
) -> Response:
    """Decide, and sign with the kept key or go on to the page that signs with the employee's own; a refusal
    without a reason comes back.
    """
    case_id = opened.case.case_id
    try:
        values = _describe_decision(answer, page, opened, me, runtime, form)
    except Conflict as error:
        return tell_conflict(page, case_id, error)
    try:
        decision = read_refusal(opened, form) if answer in REFUSING else None
    except Malformed as error:
        return page.refuse("decision.html", {"reason": explain_error(page, error)}, **values)
    is_own_key = values["is_signed"] and (form.text("key") == "own" or not values["is_kept_key"])
    result = form.text("result")[:LONGEST_CODE] or None if decision is None else None
    work = perform_decision(case_id, answer, decision, me, runtime, result, is_own_key=is_own_key)
    try:
        if not is_own_key:
            return await act(page, case_id, f"decided-{answer}", work)
        await work
    except Conflict as error:
        return tell_conflict(page, case_id, error)
    except Malformed as error:
        return page.refuse("decision.html", list_faults(error, page, form), **values)
    return _lead_to_signature(page, await open_case(case_id, me, runtime), me)


def _lead_to_signature(page: Page, opened: OpenedCase, me: EmployeeRow) -> Response:
    """Lead to the step that waits for the employee's signature; to the case where none does."""
    path, viewer = f"cases/{opened.case.case_id}", ActionViewer(me, opened.names, page.tag)
    for node in map(opened.graph.get_node, ProcessState(opened.graph, opened.case.steps).allowed_nodes):
        if is_signed_step(opened.graph, node) and explain_absence(opened.case, node, viewer) is None:
            return page.lead_to(f"{path}/steps/{node.id}")
    return page.lead_to(path)


def _describe_decision(
    answer: str, page: Page, opened: OpenedCase, me: EmployeeRow, runtime: ServiceRuntime, form: PageForm
) -> dict[str, Any]:
    """NotFound ``step-not-found`` for an answer that is none; an empty chain where nothing can be decided."""
    if answer not in DECIDING:
        raise NotFound("step-not-found", "no such decision")
    case = opened.case
    viewer = ActionViewer(me, opened.names, page.tag)
    chain = preview_chain(ProcessState(opened.graph, case.steps), case.systems, me.role, answer)
    if not chain or explain_absence(case, chain[0], viewer) is not None:
        raise Conflict("step-out-of-order", "no decision of the employee waits in the case")
    choosing = next((node for node in chain if is_decision(node)), chain[0])
    is_kept_key = runtime.resource(ActiveProfile).opens(Opening.KEPT_KEYS)
    is_signed = any(is_signed_step(opened.graph, node) for node in chain)
    ending = "final" if any(node.is_sealing for node in chain) else "goes-on"
    return {
        "answer": answer,
        "results": [] if answer in REFUSING else list_step_results(opened, choosing, page.tag),
        "is_refusal": answer in REFUSING,
        "chain": [(name_operation(node, page.tag), text_in(page.tag, node.action)) for node in chain],
        "is_signed": is_signed,
        "is_kept_key": is_kept_key,
        "ending": "own" if is_signed and not is_kept_key else ending,
        "reasons": list_reasons(opened.passport),
        "form": form,
        **describe_head(opened, page, "case", runtime.now),
    }
