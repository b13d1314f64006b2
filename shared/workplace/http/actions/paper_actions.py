"""The registers' answers, the расписки and the hand-out of a case, by an employee who is logged in."""

from __future__ import annotations

from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import Representative
from shared.workplace.http.actions.paper_views import ReceiptView, RegisterAnswerView
from shared.workplace.http.case_views import WorkplaceCaseView
from shared.workplace.http.own_cases import act_on_case, find_own_case
from shared.workplace.records import storage
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps import hand_over, intake, receipts
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.hand_over import HandOverRequest
from shared.workplace.steps.records import recipient_signatures


async def view_register_answers(case: str, me: EmployeeRow, runtime: Runtime) -> list[RegisterAnswerView]:
    """The register queries of a case with their answers; ``case-unknown``, ``other-authority``."""
    row = await find_own_case(case, me, runtime)
    rows = await runtime.read(lambda session: storage.queries_of(session, row.case_id))
    return [RegisterAnswerView.from_row(query_row) for query_row in rows]


async def view_receipts(case: str, me: EmployeeRow, runtime: Runtime) -> list[ReceiptView]:
    """The расписки that were handed out for a case; ``case-unknown``, ``other-authority``."""
    row = await find_own_case(case, me, runtime)
    rows = await runtime.read(lambda session: receipts.receipts_of_case(session, row.case_id))
    return [ReceiptView.model_validate(receipts.receipt_fields(receipt_row)) for receipt_row in rows]


async def compose_statement(case: str, iin: str, me: EmployeeRow, runtime: Runtime) -> bytes:
    """The statement (JSON) that this recipient signs for the result; ``case-unknown``, ``other-authority``."""
    row = await find_own_case(case, me, runtime)

    def read_statement(uow: UnitOfWork) -> bytes:
        return recipient_signatures.compose_statement(WorkplaceCaseSession.load(uow, row.case_id), iin)

    return await runtime.write(read_statement)


async def perform_hand_over(
    case: str, request: HandOverRequest, me: EmployeeRow, runtime: Runtime
) -> WorkplaceCaseView:
    """Hand the result over to its recipient; the errors of ``POST /api/v1/cases/{case}/hand-over``."""

    def hand(case_session: WorkplaceCaseSession) -> None:
        hand_over.hand_over(case_session, me, request)
        intake.serve_ticket(case_session.uow, me, request.ticket, case_session.case.case_id)

    return await act_on_case(case, me, runtime, hand)


async def ask_power(case: str, agent: Representative, me: EmployeeRow, runtime: Runtime) -> WorkplaceCaseView:
    """Ask ЕНИС about the power of attorney of a person who collects the result; the errors of
    ``POST /api/v1/cases/{case}/powers``.
    """
    return await act_on_case(case, me, runtime, lambda case_session: hand_over.ask_power(case_session, agent))
