"""Statuses that a rule of the sandbox has a provider tell, by a message of its own."""

from __future__ import annotations

from shared.bus.messages.message import MessageType
from shared.contracts.statuses import list_coded_statuses
from shared.regulations.process.graph import ProcessNode
from shared.sandbox.matching import ExchangeFacts
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import COUNTRY, EffectKind, ExchangePlace
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.payloads import compose_notice, compose_update
from shared.workplace.steps.step_context import WorkplaceContext

TELLING = {MessageType.UPDATE: compose_update, MessageType.NOTIFICATION: compose_notice}


def tell_ordered_status(case_session: WorkplaceCaseSession) -> None:
    """Tell the status that the first rule for this case orders, in the name of the last step that tells any."""
    uow, case = case_session.uow, case_session.case
    book = uow.resource(RuleBook)
    if not book.has_rules(uow.address, ExchangePlace.SERVICE):
        return
    telling = find_telling_step(case_session)
    if telling is None:
        return
    facts = ExchangeFacts(
        service=case.service_type,
        regulation=case.regulation,
        region=case.region,
        case_id=case.case_id,
        iin=case.applicant,
    )
    hit = book.draw(uow.address, ExchangePlace.SERVICE, facts, (EffectKind.STATUS,), board=COUNTRY)
    if hit is None:
        return
    node, kind = telling
    words = next(
        (coded.words[0] for coded in list_coded_statuses() if coded.code == hit.effect.outcome and coded.words),
        hit.effect.outcome,
    )
    payload = TELLING[kind](case_session, node, WorkplaceContext())
    told = payload.model_copy(update={"status": words, "text": hit.effect.reason})
    case_session.send_message(node, kind, told)


def find_telling_step(case_session: WorkplaceCaseSession) -> tuple[ProcessNode, MessageType] | None:
    """The last step taken here that sends an UPDATE or a NOTIFICATION; None before any."""
    for done in reversed(case_session.process_state.done_steps):
        node = case_session.graph.get_node(done.step)
        if node.holder not in case_session.systems:
            continue
        kinds = {message_rule.kind for message_rule in case_session.graph.message_rules(node.id)}
        for kind in TELLING:
            if kind.value in kinds:
                return node, kind
    return None
