"""An application taken in, a case read, a step taken, by an employee who is logged in."""

from __future__ import annotations

from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.process_state import ProcessState
from shared.workplace.clerks.settlement import settle_case
from shared.workplace.http.case_views import NextStepView, StepRequest, WorkplaceCaseView
from shared.workplace.http.own_cases import act_on_case, find_own_case
from shared.workplace.people.births import ask_births
from shared.workplace.records import visits
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps import hand_over, intake
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.intake import IntakeRequest
from shared.workplace.steps.operations import take_step
from shared.workplace.steps.step_context import WorkplaceContext


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
    return [NextStepView.from_node(node, is_here=node.holder in here) for node in nodes if node.end is None]


async def perform_step(
    case: str, step: str, request: StepRequest, me: EmployeeRow, runtime: Runtime
) -> WorkplaceCaseView:
    """Take a step of a case; the errors of ``POST /api/v1/cases/{case}/steps/{step}``."""

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
            request.answer, me, decision, request.cms, receiver=request.office, words=request.text
        )
        take_step(case_session, step, context)

    return await act_on_case(case, me, runtime, take)
