"""Payment orders, from the bus."""

from __future__ import annotations

from services.gcvp import storage
from services.gcvp.domain import check_order, fingerprint, rejection, tiyn
from services.gcvp.storage import PaymentRow
from shared.bus.errors import Conflict
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import Router
from shared.bus.runtime.unit_of_work import Received, Work
from shared.contracts.identifiers import check_iin
from shared.contracts.payments import (
    PAYMENT_SERVICE,
    PaymentExecuted,
    PaymentOrder,
    PaymentState,
    check_iban,
)

router = Router()


@router.on(PaymentOrder)
def execute(order: PaymentOrder, received: Received, work: Work) -> None:
    """Pay once, or say why not; the same order again is told what became of it and paid no second time.

    Conflict ``payment-order-changed`` for another order under an id that this payer has used.
    """
    check_iin(order.iin)
    check_iban(order.account)
    check_order(order)
    payer = received.sender.address
    known = storage.find(work.session, payer, order.order_id)
    if known is None:
        known = storage.record(work.session, _decided(order, payer, work))
    elif known.fingerprint != fingerprint(order):
        raise Conflict("payment-order-changed", "this id stands for another order", order_id=order.order_id)
    _answer(known, received, work)


def _decided(order: PaymentOrder, payer: str, work: Work) -> PaymentRow:
    code = rejection(
        order,
        storage.holding(work.session, order.account),
        is_payee_known=storage.is_payee(work.session, order.iin),
    )
    return PaymentRow(
        payer=payer,
        order_id=order.order_id,
        fingerprint=fingerprint(order),
        iin=order.iin,
        service_type=order.service_type,
        regulation=order.regulation,
        amount_tiyn=tiyn(order.amount_tenge),
        purpose=order.purpose,
        period_first=order.period.first,
        period_last=order.period.last,
        account=order.account,
        account_kind=order.account_kind.value,
        state=(PaymentState.REJECTED if code else PaymentState.EXECUTED).value,
        code=code,
        executed_at=work.now,
    )


def _answer(row: PaymentRow, received: Received, work: Work) -> None:
    told = PaymentExecuted(
        order_id=row.order_id, state=PaymentState(row.state), code=row.code, executed_at=row.executed_at
    )
    work.send(
        received.neighbour.address,
        told,
        service_id=PAYMENT_SERVICE,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )
