"""Sending a result again that its receiver refused."""

from __future__ import annotations

from shared.bus.errors import Conflict
from shared.bus.messages.message import MessageType
from shared.regulations.process.graph import ProcessNode
from shared.workplace.records import refusals
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.payloads import compose_result
from shared.workplace.steps.signed_documents import seal_again
from shared.workplace.steps.step_context import WorkplaceContext


def resend_result(session: WorkplaceCaseSession, context: WorkplaceContext) -> None:
    """Sign the refused result anew as the employee of the context, and send it under another message id.

    Conflict ``nothing-to-resend`` unless the last result was refused; Refused ``other-authority`` and
    ``role-refused`` for an employee who may not sign the result; the errors of ``seal_again``.
    """
    assert context.employee is not None  # noqa: S101 - a result is signed by a person
    session.check_place(context.employee)
    refusal = refusals.find_refused_result(session.uow.session, session.case.case_id)
    if refusal is None:
        raise Conflict("nothing-to-resend", "no result of this case was refused")
    sealing_step = find_done_sealing(session)
    if sealing_step is not None:
        session.check_person(context.employee, sealing_step)
    seal_again(session, context, refusal.code)
    node = session.graph.get_node(refusal.step)
    session.send_message(
        node, MessageType.RESPONSE, compose_result(session, node, context), attempt=refusal.attempt + 1
    )
    refusals.mark_resent(session.uow.session, session.case.case_id, session.uow.now)


def find_done_sealing(session: WorkplaceCaseSession) -> ProcessNode | None:
    """The step in which a person of this workplace signed the result; None where the system did."""
    done_steps = session.process_state.answers
    sealing_steps = (
        node
        for node in session.graph.nodes
        if node.is_sealing and node.id in done_steps and node.holder in session.systems
    )
    return next((node for node in sealing_steps if not node.is_automatic), None)
