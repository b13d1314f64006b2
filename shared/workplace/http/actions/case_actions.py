"""An application taken in, a case read, a step taken, by an employee who is logged in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.process_state import ProcessState
from shared.workplace.clerks.settlement import settle_case
from shared.workplace.http.case_views import NextStepView, StepRequest, WorkplaceCaseView
from shared.workplace.http.own_cases import act_on_case, find_own_case
from shared.workplace.people.births import ask_births
from shared.workplace.records import visits
from shared.workplace.records.decisions import Decision
from shared.workplace.records.documents import list_alternative_results
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps import hand_over, intake
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.extensions import ExtensionRequest, extend_waiting_step
from shared.workplace.steps.intake import IntakeRequest
from shared.workplace.steps.operations import take_step
from shared.workplace.steps.records.step_files import StepFile, write_files
from shared.workplace.steps.resending import resend_result
from shared.workplace.steps.step_context import WorkplaceContext
from shared.workplace.steps.work.assigning import give_back, keep_case, take_case
from shared.workplace.steps.work.step_chains import take_chain


async def open_application(filed: IntakeRequest, me: EmployeeRow, runtime: Runtime) -> WorkplaceCaseView:
    """Take in a visitor's documents; the errors of ``POST /api/v1/applications``."""
    births = await ask_births(runtime, filed.regulation, filed.fields)

    def open_case(uow: UnitOfWork) -> WorkplaceCaseView:
        case_session = intake.take_in_application(filed, me, uow, births)
        settle_case(case_session)
        case_session.save()
        return WorkplaceCaseView.from_case(case_session.case, uow.session, uow.now)

    return await runtime.write(open_case)


async def view_own_case(case: str, me: EmployeeRow, runtime: Runtime) -> WorkplaceCaseView:
    """A case of the employee's own place; ``case-unknown``, ``other-authority``."""
    row, now = await find_own_case(case, me, runtime), runtime.now
    return await runtime.read(lambda session: WorkplaceCaseView.from_case(row, session, now))


async def view_next_steps(case: str, me: EmployeeRow, runtime: Runtime) -> list[NextStepView]:
    """The next steps of a case, here and elsewhere; ``case-unknown``, ``other-authority``."""
    row = await find_own_case(case, me, runtime)
    process_state = ProcessState(
        runtime.resource(PassportBook).get_graph(row.regulation, row.channel, row.variant), row.steps
    )
    nodes = [process_state.graph.get_node(node_id) for node_id in process_state.allowed_nodes]
    here = row.systems
    results = list_alternative_results(runtime.resource(PassportBook).get_passport(row.regulation), row.variant)
    return [
        NextStepView.from_node(node, process_state.graph, results, is_here=node.holder in here)
        for node in nodes
        if node.end is None
    ]


async def perform_step(
    case: str,
    step: str,
    request: StepRequest,
    me: EmployeeRow,
    runtime: Runtime,
    *,
    is_kept: bool = False,
    files: Sequence[StepFile] = (),
) -> WorkplaceCaseView:
    """Take a step of a case; the errors of ``POST /api/v1/cases/{case}/steps/{step}``. With ``is_kept`` the
    employee goes on with a free case as long as its steps wait for the same role. ``files`` are kept with the
    case.
    """

    def take(case_session: WorkplaceCaseSession) -> None:
        hand_over.check_plain(case_session, step)
        hand_over.check_receiver(case_session, step, request.office)
        if request.missing:
            noted = visits.read_visit(case_session.documents).model_copy(
                update={"missing": tuple(request.missing)}
            )
            visits.write_visit(case_session.documents, noted)
        is_applicants = case_session.graph.get_node(step).op == "answer"
        decision = None if is_applicants else request.decision
        context = WorkplaceContext(
            request.answer,
            me,
            decision,
            request.cms,
            receiver=request.office,
            words=request.text,
            record=request.record.entry if request.record else None,
            result=request.result,
        )
        take_step(case_session, step, context)
        for file in files:
            case_session.uow.write_later(write_files, _compose_row(case_session, step, me, file))
        if is_kept:
            keep_case(case_session, me)

    return await act_on_case(case, me, runtime, take)


def _compose_row(case_session: WorkplaceCaseSession, step: str, me: EmployeeRow, file: StepFile) -> dict[str, Any]:
    return {
        "id": case_session.uow.new_id(),
        "case_id": case_session.case.case_id,
        "step": step,
        "name": file.name,
        "media_type": file.media_type,
        "employee": me.iin,
        "added_at": case_session.uow.now,
        "content": file.content,
    }


async def perform_decision(
    case: str,
    answer: str,
    decision: Decision | None,
    me: EmployeeRow,
    runtime: Runtime,
    result: str | None = None,
    *,
    is_own_key: bool = False,
) -> WorkplaceCaseView:
    """Take the steps of an employee up to the decision and its signature, in one transaction; see
    ``step_chains.take_chain``. ``result`` is the code of the chosen result of the act; with ``is_own_key`` the
    signature is left to the employee.
    """

    def decide(case_session: WorkplaceCaseSession) -> None:
        take_chain(case_session, me, answer, decision, result, is_own_key=is_own_key)
        keep_case(case_session, me)

    return await act_on_case(case, me, runtime, decide)


async def perform_taking(case: str, me: EmployeeRow, runtime: Runtime) -> WorkplaceCaseView:
    """Take a case; the errors of ``POST /api/v1/cases/{case}/take``."""
    return await act_on_case(case, me, runtime, lambda case_session: take_case(case_session, me), goes_on=False)


async def perform_return(case: str, me: EmployeeRow, runtime: Runtime) -> WorkplaceCaseView:
    """Give a case back; the errors of ``POST /api/v1/cases/{case}/give-back``."""
    return await act_on_case(case, me, runtime, lambda case_session: give_back(case_session, me))


async def perform_extension(
    case: str, extension: ExtensionRequest, me: EmployeeRow, runtime: Runtime
) -> WorkplaceCaseView:
    """Extend a deadline; the errors of ``POST /api/v1/cases/{case}/extension``."""
    return await act_on_case(
        case,
        me,
        runtime,
        lambda case_session: extend_waiting_step(case_session, me, extension),
        goes_on=False,
    )


async def perform_resending(
    case: str, signed_document: bytes | None, me: EmployeeRow, runtime: Runtime
) -> WorkplaceCaseView:
    """Send a refused result again; the errors of ``POST /api/v1/cases/{case}/resend``."""
    signing = WorkplaceContext(employee=me, signed_document=signed_document)
    return await act_on_case(
        case, me, runtime, lambda case_session: resend_result(case_session, signing), goes_on=False
    )
