"""Payment orders of granted services to ГЦВП."""

from __future__ import annotations

from shared.contracts.documents import ApplicationDocument
from shared.contracts.local_time import local_day
from shared.contracts.payments import AMOUNTS, PAYS, PaymentOrder, PaymentPeriod, account_of
from shared.regulations.model import Passport
from shared.regulations.process.graph import ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.workplace.records.applicant_choices import chosen_account


def is_paying_service(passport: Passport, variant: str) -> bool:
    """Whether the service ends in a payment; a card (``card`` of the victims of the tests) does so where the act
    sends its papers to ГЦВП (KZ-ATY.19, clause 5 item 5), and not otherwise (KZ-AKM.13).
    """
    if passport.id not in PAYS.get(passport.service_type, frozenset()):
        return False
    return variant != "card" or _sends_papers_to_payer(passport, variant)


def _sends_papers_to_payer(passport: Passport, variant: str) -> bool:
    steps = (step for procedure in passport.procedures if procedure.variant == variant for step in procedure.steps)
    return any("gcvp" in sent.to for step in steps if step.performs for sent in step.performs.sends)


def is_payable(process_state: ProcessState, node: ProcessNode) -> bool:
    """Whether the step may order the payment: the result is issued, and no decision comes after it (unlike
    KZ-ATY.9).
    """
    graph = process_state.graph
    later = (graph.get_node(node_id) for node_id in graph.nodes_ahead([node.id]) - {node.id})
    if any(successor.op == "decide" for successor in later):
        return False
    return node.op == "issue" or any(graph.get_node(node_id).op == "issue" for node_id in process_state.answers)


def payment_order(document: ApplicationDocument, decision: bytes) -> PaymentOrder | None:
    """The order for a granted application, identified by the case; None for a service that does not pay.

    ``decision`` is the signed output document.
    """
    service = next((name for name, regulations in PAYS.items() if document.regulation in regulations), None)
    if service is None:
        return None
    day, kind = local_day(document.made_at), chosen_account(document)
    return PaymentOrder.model_construct(
        order_id=document.application_id,
        case=document.application_id,
        decision=decision,
        iin=document.applicant,
        service_type=service,
        regulation=document.regulation,
        amount_tenge=AMOUNTS[service],
        purpose=f"{document.regulation}: {service}",
        period=PaymentPeriod(first=day, last=day),
        account=account_of(document.applicant, kind),
        account_kind=kind,
    )
