"""Payment orders of granted services to ГЦВП."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from shared.contracts.documents import ApplicationDocument
from shared.contracts.local_time import local_day
from shared.contracts.payments import PAYS, PaymentOrder, PaymentPeriod, account_of
from shared.regulations.model import Passport
from shared.regulations.process.graph import ProcessNode
from shared.regulations.process.process_state import ProcessState

AMOUNTS: Mapping[str, Decimal] = MappingProxyType(
    {
        "child-allowance": Decimal("1982.00"),
        "home-taught-children-support": Decimal("11892.00"),
        "targeted-social-assistance": Decimal("9000.00"),
        "housing-assistance": Decimal("5000.00"),
        "needy-citizens-assistance": Decimal("20000.00"),
        "fuel-assistance": Decimal("7928.00"),
        "nuclear-test-victims": Decimal("39640.00"),
    }
)
"""Tenge for one case, by service type: invented (docs/reference/divergences.md), because the acts name no sums."""


def is_paying_service(passport: Passport, variant: str) -> bool:
    """Whether the service ends in a payment; a card (``card`` of the victims of the tests) does not."""
    return variant != "card" and passport.id in PAYS.get(passport.service_type, frozenset())


def is_payable(process_state: ProcessState, node: ProcessNode) -> bool:
    """Whether the step may order the payment: the result is issued, and no decision comes after it (unlike
    KZ-ATY.9).
    """
    graph = process_state.graph
    later = (graph.get_node(node_id) for node_id in graph.nodes_ahead([node.id]) - {node.id})
    if any(successor.op == "decide" for successor in later):
        return False
    is_issued = any(graph.get_node(node_id).op == "issue" for node_id in process_state.answers)
    return node.op == "issue" or (node.op == "decide" and is_issued)


def payment_order(document: ApplicationDocument) -> PaymentOrder | None:
    """The order for a granted application, identified by the case; None for a service that does not pay."""
    service = next((name for name, regulations in PAYS.items() if document.regulation in regulations), None)
    if service is None:
        return None
    day = local_day(document.made_at)
    return PaymentOrder(
        order_id=document.application_id,
        iin=document.applicant,
        service_type=service,
        regulation=document.regulation,
        amount_tenge=AMOUNTS[service],
        purpose=f"{document.regulation}: {service}",
        period=PaymentPeriod(first=day, last=day),
        account=account_of(document.applicant),
    )
