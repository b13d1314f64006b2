"""The portal's steps of an act: files an application, sends the citizen's answer, shows a status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.portal_pep.case_session import PortalCaseSession
from services.portal_pep.domain import PORTAL
from shared.bus.errors import Internal, Malformed
from shared.bus.messages.message import MessageType
from shared.casework.runner import StepContext, StepRunner
from shared.contracts.cases import ApplicationMessage, StatusChanged, StatusNotice
from shared.regulations.model import StepOperation, System
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import GATEWAYS

CONDITION_MET = "met"


@dataclass(frozen=True)
class CitizenReply:
    """A citizen's reply: one of the given answers, a text, or signed documents (CMS)."""

    answer: str | None = None
    text: str | None = None
    signed_document: bytes | None = None


@dataclass(frozen=True)
class PortalContext(StepContext):
    """The input of a step: the citizen's reply to a question, or the signed application (CMS)."""

    reply: CitizenReply = CitizenReply()
    application: bytes = b""


def file_application(
    session: PortalCaseSession, signed_document: bytes, moments: Mapping[StepOperation, datetime]
) -> None:
    """Take the portal's steps up to the step that sends the REQUEST; all checks have passed before the call.

    The messages of the steps are sent now. A step without a message gets the moment of its operation in
    ``moments``, but never a moment before the previous step or in the future. A check has the moment of the login
    before it, or the present moment after the form was filled in. Internal ``walk-broken`` where the act's steps
    lead to no REQUEST.
    """
    last, now = min(moments["enrol"], session.uow.now), session.uow.now
    while not session.request_ids:
        node = next(session.available_steps(), None)
        if node is None:
            raise Internal("walk-broken", f"{session.case.regulation} has no way to its REQUEST")
        answer = CONDITION_MET if node.chooses else None
        if session.graph.message_rules(node.id):
            RUNNER.take_step(session, node.id, PortalContext(answer, application=signed_document))
        else:
            at = moments.get(node.op or "nothing", now if _is_form_filled(session) else last)
            last = max(last, min(at, now))
            session.mark_done(node.id, last, answer)
    session.note_request()


def answer_question(session: PortalCaseSession, node_id: str, reply: CitizenReply) -> None:
    """Take a step with the citizen's answer.

    The errors of ``check_question`` and ``ProcessState.check_step``; Malformed ``words-missing`` where the act
    requires a text, ``papers-needed`` where it waits for documents.
    """
    node = session.check_question(node_id)
    session.process_state.check_step(node_id, reply.answer)
    if not node.chooses and not reply.text:
        raise Malformed("words-missing", "the act asks for a text in this step", step=node_id)
    if (node.wait is not None) != (reply.signed_document is not None):
        raise Malformed("papers-needed", "only a step that waits for documents takes signed ones", step=node_id)
    RUNNER.take_step(session, node_id, PortalContext(reply.answer, reply))


def take_automatic_steps(session: PortalCaseSession, *, has_result: bool) -> None:
    """Take the automatic steps; without the provider's result, leave out steps that show or deliver the result."""
    while (node := _find_next_step(session, has_result=has_result)) is not None:
        RUNNER.take_step(session, node.id, PortalContext())


def _is_form_filled(session: PortalCaseSession) -> bool:
    return any(session.graph.get_node(node_id).op == "fill" for node_id in session.process_state.answers)


def _find_next_step(session: PortalCaseSession, *, has_result: bool) -> ProcessNode | None:
    ready = (node for node in session.available_steps() if node.is_automatic and not node.chooses)
    candidates = (node for node in ready if has_result or not needs_result(session.graph, node.id))
    return next(candidates, None)


def compose_request(session: PortalCaseSession, node: ProcessNode, context: PortalContext) -> ApplicationMessage:
    """The message with the signed application, for the provider."""
    return ApplicationMessage.model_construct(**_common_fields(session), document=context.application)


def compose_update(session: PortalCaseSession, node: ProcessNode, context: PortalContext) -> StatusChanged:
    """The message with the citizen's answer, for the provider, including the documents that the citizen signed."""
    reply = context.reply
    return StatusChanged.model_construct(
        **_common_fields(session),
        step=node.id,
        number=session.case.number,
        text=reply.text,
        document=reply.signed_document,
    )


def compose_notice(session: PortalCaseSession, node: ProcessNode, context: PortalContext) -> StatusNotice:
    """The notice of a step to another system, with the status in which that system shows the case."""
    status = find_shown_status(session.graph, node.id)
    return StatusNotice(**_common_fields(session), step=node.id, number=session.case.number, status=status)


def _common_fields(session: PortalCaseSession) -> dict[str, Any]:
    case = session.case
    return {
        "regulation": case.regulation,
        "channel": PORTAL,
        "variant": case.variant,
        "authority": case.authority,
        "steps": session.process_state.done_steps,
    }


def refuse_query(session: PortalCaseSession, node: ProcessNode, register: System) -> None:
    """Internal ``register-not-asked``: the portal queries registers outside of cases only."""
    raise Internal("register-not-asked", f"step {node.id} asks {register} from the portal")


RUNNER = StepRunner[PortalCaseSession, PortalContext](
    operations={},
    automatic_answers={},
    payloads={
        MessageType.REQUEST: compose_request,
        MessageType.UPDATE: compose_update,
        MessageType.NOTIFICATION: compose_notice,
    },
    query_register=refuse_query,
)
"""The portal's steps are messages: the portal records a step, shows its status and sends its message. After an
application is filed, the portal has no check to make.
"""


def needs_result(graph: ProcessGraph, node_id: str) -> bool:
    """Whether a step follows only on the provider's RESPONSE, carried in a step of the gateways or not."""
    return any(
        "RESPONSE" in {message_rule.kind for message_rule in graph.message_rules(transition.source)}
        or (graph.get_node(transition.source).holder == GATEWAYS and needs_result(graph, transition.source))
        for transition in graph.transitions_into(node_id)
    )


def find_shown_status(graph: ProcessGraph, node_id: str) -> str | None:
    """The status in which another system shows this step, where the act names one."""
    for transition in graph.transitions_from(node_id):
        node = graph.get_node(transition.target)
        status = (
            find_shown_status(graph, node.id) if node.holder == GATEWAYS else node.op == "show" and node.status
        )
        if status:
            return status
    return None
