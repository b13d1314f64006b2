"""The record of a step, composed for its signature by an employee who is logged in."""

from __future__ import annotations

from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import StepRecordDocument
from shared.workplace.records import storage
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.records.step_records import prepare_record
from shared.workplace.steps.step_context import WorkplaceContext


async def compose_record(case: str, step: str, context: WorkplaceContext, runtime: Runtime) -> StepRecordDocument:
    """Compose the record that the employee of the context signs at a step; the errors of
    ``POST /api/v1/cases/{case}/steps/{step}/record``.
    """

    def compose(uow: UnitOfWork) -> StepRecordDocument:
        case_session = WorkplaceCaseSession.load(uow, storage.get_case(uow.session, case).case_id)
        return prepare_record(case_session, step, context)

    return await runtime.write(compose)
