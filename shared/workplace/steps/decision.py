"""The decision of a case at a step: granted, refused by a person, or refused by the act's own refusal step."""

from __future__ import annotations

from shared.bus.errors import NotFound
from shared.casework.refusal_reason import RefusalReason
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import OutputDocument
from shared.regulations.model import OfficeKind
from shared.regulations.process.graph import ProcessNode
from shared.regulations.translations import translate
from shared.workplace.records.decisions import GRANTING, REFUSING, Decision, name_registers
from shared.workplace.records.documents import OUTPUT
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.signed_documents import (
    compose_draft,
    has_compose_step,
    is_prepared,
    prepare_draft,
    read_draft,
    seal_output,
)
from shared.workplace.steps.step_context import WorkplaceContext


def record_decision(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """Record the decision. The refusals of the system's rules; Malformed ``reason-missing``."""
    if context.answer in REFUSING:
        _refuse(session, node, context)
    elif context.answer is None or context.answer in GRANTING:
        session.profile.rules.check_grant(session.documents.application, session.passport, session.uow)
        session.note_outcome(DecisionOutcome.POSITIVE)
        _compose_decided(session, Decision(DecisionOutcome.POSITIVE))


def record_objection(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """Record a refusal for missing documents, an unmet condition, or a commission's objection; other answers
    decide nothing.

    Malformed ``reason-missing``.
    """
    if context.answer in REFUSING:
        _refuse(session, node, context)


def turn_down(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """Record the act's own refusal: its words are the reason, with the registers that have no data."""
    if node.refusal is None:
        return
    wordings = [refusal.text for refusal in session.passport.refusals if refusal.kind == node.refusal]
    text = next(iter(wordings), node.action)
    reason = session.reason or RefusalReason(text, translate(text, "kk"), translate(text, "en"))
    unknown = session.register_queries.unknown_registers() if node.refusal == "no_data" else []
    session.note_outcome(DecisionOutcome.NEGATIVE, name_registers(reason, unknown))


def is_refusal_sealed(session: WorkplaceCaseSession, node: ProcessNode, answer: str | None) -> bool:
    """Whether the person who refuses at this step signs the refusal: nobody of the provider signs it later (ours:
    the acts name no signer of such a refusal).
    """
    transitions = session.graph.transitions_from(node.id)
    ahead = session.graph.nodes_ahead(one.target for one in transitions if one.answer in (answer, None))
    is_signed_later = any(session.graph.get_node(node_id).is_sealing for node_id in ahead)
    return node.office is not OfficeKind.CENTRE and not is_signed_later


def prepare_own_refusal(
    session: WorkplaceCaseSession, step: str, employee: EmployeeRow, reason: str, reason_kk: str | None
) -> OutputDocument:
    """Store and return the draft of the refusal that this employee signs at a step that waits.

    The errors of ``ProcessState.check_step`` and ``check_person``; Malformed ``reason-missing``; NotFound
    ``no-draft`` where this step has no refusal that its person signs.
    """
    node = session.graph.get_node(step)
    answer = next((option for option in node.chooses if option in REFUSING), None)
    session.check_person(employee, session.process_state.check_step(step, answer))
    if answer is None or not is_refusal_sealed(session, node, answer):
        raise NotFound("no-draft", "nobody signs a refusal at this step")
    prepare_draft(session, Decision(DecisionOutcome.NEGATIVE, reason, reason_kk))
    return OutputDocument.model_validate_json(read_draft(session))


def _refuse(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    decision = context.decision or Decision(DecisionOutcome.NEGATIVE)
    session.note_outcome(DecisionOutcome.NEGATIVE, decision.refusal_reason)
    if not is_prepared(session, context):
        _compose_decided(session, decision)
    is_signed_before = session.documents.get(OUTPUT) is not None
    if is_signed_before or is_refusal_sealed(session, node, context.answer):
        seal_output(session, context)


def _compose_decided(session: WorkplaceCaseSession, decision: Decision) -> None:
    """Compose the document at once where the act has no separate step for it."""
    if not has_compose_step(session):
        compose_draft(session, decision)
