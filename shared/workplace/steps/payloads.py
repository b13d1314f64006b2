"""The messages of a case that a workplace sends, by type."""

from __future__ import annotations

from typing import Any

from shared.contracts.cases import ApplicationMessage, CaseResult, DecisionOutcome, StatusChanged, StatusNotice
from shared.regulations.process.graph import ProcessNode
from shared.workplace.records.documents import NOTICE, OUTPUT
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.records.step_records import take_unsent
from shared.workplace.steps.signed_documents import signed_application
from shared.workplace.steps.step_context import WorkplaceContext


def compose_request(
    session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext
) -> ApplicationMessage:
    """The application for the provider."""
    return ApplicationMessage.model_construct(
        **_common_fields(session),
        authority=session.case.authority,
        document=signed_application(session, context),
        records=take_unsent(session),
    )


def compose_result(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> CaseResult:
    """The result for the system that took the application in."""
    case = session.case
    return CaseResult.model_construct(
        **_common_fields(session),
        number=case.number,
        step=node.id,
        status=node.status,
        outcome=DecisionOutcome(case.outcome) if case.outcome else None,
        document=session.documents.get(OUTPUT),
        reason=case.reason,
        reason_kk=case.reason_kk,
        reason_en=case.reason_en,
        text=context.words,
        records=take_unsent(session),
    )


def compose_update(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> StatusChanged:
    """A new status of the case; of a queue with the notice, of an applicant's answer with the words."""
    document = session.documents.get(NOTICE) if node.op == "enqueue" else None
    update = StatusChanged(**_status_fields(session, node), text=context.words)
    return update.model_copy(  # the constructor takes base64
        update={"document": document, "records": take_unsent(session)}
    )


def compose_notice(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> StatusNotice:
    """The notice of a step for the other side, with the words of the employee."""
    return StatusNotice(**_status_fields(session, node), text=context.words)


def _status_fields(session: WorkplaceCaseSession, node: ProcessNode) -> dict[str, Any]:
    return {
        **_common_fields(session),
        "number": session.case.number,
        "authority": session.case.authority,
        "step": node.id,
        "status": node.status or node.announces,
    }


def _common_fields(session: WorkplaceCaseSession) -> dict[str, Any]:
    case = session.case
    return {
        "regulation": case.regulation,
        "channel": case.channel,
        "variant": case.variant,
        "steps": session.process_state.done_steps,
    }
