"""Payment orders from the bus."""

from __future__ import annotations

from services.gcvp import storage
from services.gcvp.domain import check_order, order_fingerprint, rejection_code, to_tiyn
from services.gcvp.storage import PaymentRow
from shared.bus.errors import Conflict
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts.identifiers import check_iin
from shared.contracts.payments import (
    PAYMENT_SERVICE,
    PaymentExecuted,
    PaymentOrder,
    PaymentState,
    check_iban,
)

router = MessageRouter()


@router.register_handler(PaymentOrder)
def execute_order(order: PaymentOrder, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Pay an order once, or reject it with a code; a repeated order gets the first answer again.

    Conflict ``payment-order-changed`` for another order under an id that this payer has used.
    """
    check_iin(order.iin)
    check_iban(order.account)
    check_order(order)
    payer = received.sender.address
    payment = storage.find_payment(uow.session, payer, order.order_id)
    if payment is None:
        payment = storage.record_payment(uow.session, _decide_payment(order, payer, uow))
    elif payment.fingerprint != order_fingerprint(order):
        raise Conflict(
            "payment-order-changed", "this payer used the id for another order", order_id=order.order_id
        )
    _send_answer(payment, received, uow)


def _decide_payment(order: PaymentOrder, payer: str, uow: UnitOfWork) -> PaymentRow:
    code = rejection_code(
        order,
        storage.find_account(uow.session, order.account),
        is_payee_known=storage.is_payee(uow.session, order.iin),
    )
    return PaymentRow(
        payer=payer,
        order_id=order.order_id,
        fingerprint=order_fingerprint(order),
        iin=order.iin,
        service_type=order.service_type,
        regulation=order.regulation,
        amount_tiyn=to_tiyn(order.amount_tenge),
        purpose=order.purpose,
        period_first=order.period.first,
        period_last=order.period.last,
        account=order.account,
        account_kind=order.account_kind.value,
        state=(PaymentState.REJECTED if code else PaymentState.EXECUTED).value,
        code=code,
        executed_at=uow.now,
    )


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
