"""Payment orders from the bus."""

from __future__ import annotations

from services.gcvp import storage
from services.gcvp.domain import (
    check_decision,
    check_order,
    most_tiyn,
    order_fingerprint,
    rejection_code,
    to_tiyn,
)
from services.gcvp.storage import PaymentRow
from shared.bus.errors import Conflict, Refused
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.casework.attested_case import check_attested_case
from shared.casework.participants import CaseSpeaker
from shared.contracts import addresses
from shared.contracts.documents import read_output
from shared.contracts.identifiers import check_iin
from shared.contracts.organisations import known_organisations
from shared.contracts.payments import (
    PAYMENT_SERVICE,
    PaymentExecuted,
    PaymentOrder,
    PaymentState,
    check_iban,
)
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.regulations.passport_book import PassportBook
from shared.sandbox.matching import ExchangeFacts
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import EffectKind, ExchangePlace, RuleEffect

router = MessageRouter()
USUAL_REJECTION = "account-closed"
"""The code of a rejection that a rule of the sandbox orders without one."""


@router.register_handler(PaymentOrder)
def execute_order(order: PaymentOrder, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Pay an order once, or reject it with a code; a repeated order gets the first answer again.

    Refused ``case-not-attested`` for a case in which the payer takes no part; the errors of ``_prove_decision``;
    Conflict ``payment-order-changed`` for another order under an id that this payer has used.
    """
    check_iin(order.iin)
    check_iban(order.account)
    check_order(order)
    check_attested_case(order.case, order.regulation, received)
    payer = received.sender.address
    payment = storage.find_payment(uow.session, payer, order.order_id)
    if payment is None:
        _prove_decision(order, received, uow)
        payment = storage.record_payment(uow.session, _decide_payment(order, payer, uow))
    elif payment.fingerprint != order_fingerprint(order):
        raise Conflict(
            "payment-order-changed", "this payer used the id for another order", order_id=order.order_id
        )
    _send_answer(payment, received, uow)


def _prove_decision(order: PaymentOrder, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Check the decision by «условие 2», that the order pays what was decided, and that the signer works at a
    department of the act for which the payer may vouch.

    The codes of «условие 2»; Malformed ``document-malformed``; Refused ``payment-mismatch``,
    ``payer-not-provider``.
    """
    checked = uow.resource(CertificationCentre).check_document(
        order.decision, at=uow.now, expected_iin=None, purpose=SignaturePurpose.EMPLOYEE
    )
    check_decision(order, read_output(checked.content))
    departments = uow.resource(PassportBook).get_passport(order.regulation).directories.departments
    organisation = known_organisations().find_by_bin(checked.signer.bin or "")
    is_provider = (
        organisation is not None
        and organisation.office in {department.code for department in departments}
        and not organisation.systems.isdisjoint(CaseSpeaker.of_message(received).systems)
    )
    if not is_provider:
        raise Refused("payer-not-provider", "the decision is not of a department that the payer serves")


def _decide_payment(order: PaymentOrder, payer: str, uow: UnitOfWork) -> PaymentRow:
    ordered = _find_ordered_state(uow, order)
    code = _reject(order, uow) if ordered is None else ordered.refusal
    amount = to_tiyn(order.amount_tenge)
    if code is None and not storage.add_to_case(uow.session, order.case, amount, most_tiyn(order.service_type)):
        code = "amount-exceeded"
    return PaymentRow(
        payer=payer,
        order_id=order.order_id,
        case_id=order.case,
        fingerprint=order_fingerprint(order),
        iin=order.iin,
        service_type=order.service_type,
        regulation=order.regulation,
        amount_tiyn=amount,
        purpose=order.purpose,
        period_first=order.period.first,
        period_last=order.period.last,
        account=order.account,
        account_kind=order.account_kind.value,
        state=(PaymentState.REJECTED if code else PaymentState.EXECUTED).value,
        code=code,
        executed_at=uow.now,
    )


def _find_ordered_state(uow: UnitOfWork, order: PaymentOrder) -> RuleEffect | None:
    """What the first rule of the sandbox for this order says: executed without a ``refusal``, rejected with its
    code; None without a rule.
    """
    book = uow.resource(RuleBook)
    if not book.has_rules(addresses.GCVP, ExchangePlace.SERVICE):
        return None
    facts = ExchangeFacts(
        service=order.service_type, regulation=order.regulation, case_id=order.case, iin=order.iin
    )
    hit = book.draw(addresses.GCVP, ExchangePlace.SERVICE, facts, (EffectKind.OUTCOME,), key=order.order_id)
    if hit is None:
        return None
    is_rejected = hit.effect.outcome == PaymentState.REJECTED
    code = hit.effect.refusal or USUAL_REJECTION if is_rejected else None
    return hit.effect.model_copy(update={"refusal": code})


def _reject(order: PaymentOrder, uow: UnitOfWork) -> str | None:
    account = storage.find_account(uow.session, order.account)
    return rejection_code(order, account, is_payee_known=storage.is_payee(uow.session, order.iin))


def _send_answer(row: PaymentRow, received: ReceivedMessage, uow: UnitOfWork) -> None:
    execution = PaymentExecuted(
        order_id=row.order_id, state=PaymentState(row.state), code=row.code, executed_at=row.executed_at
    )
    uow.send(
        received.neighbour.address,
        execution,
        service_id=PAYMENT_SERVICE,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )
