"""The effects of the steps of a queue: entry with its notice, a place set aside, the applicant's answer."""

from __future__ import annotations

from shared.bus.errors import Malformed
from shared.regulations.model import QUEUED
from shared.regulations.process.graph import ProcessNode
from shared.workplace.places import offers
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.queue import notices
from shared.workplace.steps.step_context import WorkplaceContext


def enqueue(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """enqueue: put the applicant into the queue; without a place the applicant gets a signed notice.

    The errors of ``offers.enter_queue`` and ``notices.sign_notice``.
    """
    entry = offers.enter_queue(session.uow, session.case, context.answer)
    if context.answer == QUEUED:
        notices.sign_notice(session, entry, context)
        session.show_status(node.announces)


def reserve(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """reserve: set a free place aside for the first in the queue; the errors of ``offers.reserve_place``."""
    session.follow_queue()
    employee = context.employee.iin if context.employee else ""
    offers.reserve_place(session.uow, session.case, context.place_id, employee)


def answer_offer(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """answer: record what the applicant wrote; Malformed ``words-missing`` for a refusal without words."""
    if node.refusal is not None and not (context.words or "").strip():
        raise Malformed("words-missing", "the applicant refuses in writing", step=node.id)
    session.applicant_words = context.words
