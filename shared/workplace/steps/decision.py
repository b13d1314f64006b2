"""The decision of a case at a step: granted, refused by a person, or refused by the act's own refusal step."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.contracts.cases import DecisionOutcome
from shared.regulations.process.graph import ProcessNode
from shared.workplace.records.decisions import GRANTING, REFUSING, Decision
from shared.workplace.records.documents import OUTPUT
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.signed_documents import compose_draft, has_compose_step, seal_output
from shared.workplace.steps.step_context import WorkplaceContext

REGISTER_NAMES: Mapping[str, str] = MappingProxyType({"nr_iin": "НР ИИН", "enis": "ЕНИС"})


def record_decision(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """Record the decision. The refusals of the system's rules; Malformed ``reason-missing``."""
    if context.answer in REFUSING:
        _refuse(session, context)
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
        _refuse(session, context)


def turn_down(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """Record the act's own refusal: its words are the reason, with the registers that have no data."""
    if node.refusal is None:
        return
    wordings = [refusal.text for refusal in session.passport.refusals if refusal.kind == node.refusal]
    reason = session.case.reason or next(iter(wordings), node.action)
    unknown = session.register_queries.unknown_registers() if node.refusal == "no_data" else []
    names = ", ".join(REGISTER_NAMES[register] for register in unknown)
    session.note_outcome(DecisionOutcome.NEGATIVE, f"{reason} ({names})" if names else reason)


def _refuse(session: WorkplaceCaseSession, context: WorkplaceContext) -> None:
    decision = context.decision or Decision(DecisionOutcome.NEGATIVE)
    session.note_outcome(DecisionOutcome.NEGATIVE, decision.reason)
    _compose_decided(session, decision)
    if decision.outcome is DecisionOutcome.NEGATIVE and session.documents.get(OUTPUT) is not None:
        seal_output(session, context)


def _compose_decided(session: WorkplaceCaseSession, decision: Decision) -> None:
    """Compose the document at once where the act has no separate step for it."""
    if not has_compose_step(session):
        compose_draft(session, decision)
