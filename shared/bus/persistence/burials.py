"""Burials: an outgoing message that the carrier never takes becomes a dead letter of its sender.

In the same transaction the receiver is sent a notice that takes the message's number, and the service's own hook
is called, so that the service can notify its receivers and its sender.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select

from shared.bus.carriers.transport import NO_ADDRESS
from shared.bus.errors import BusError
from shared.bus.messages import jws
from shared.bus.messages.gate import claimed_sequence
from shared.bus.messages.message import read_header
from shared.bus.messages.router import BuriedMessage
from shared.bus.messages.withdrawals import MessageWithdrawn, send_withdrawal
from shared.bus.persistence.tables import BusTables
from shared.bus.runtime.unit_of_work import UnitOfWork


def bury_outgoing(
    uow: UnitOfWork, tables: BusTables, row_id: str, error: BusError, *, remembers: timedelta
) -> BuriedMessage | None:
    """Move a message from the outbox to the dead letters, and have a notice take its number in the stream.

    None for a message that is gone from the outbox, and for such a notice: a notice to an address without a queue
    stays in the outbox, as long as receivers remember messages.
    """
    outbox = tables.outbox
    row = uow.session.execute(select(outbox).where(outbox.c.id == row_id)).first()
    if row is None:
        return None
    header = read_header(row.body)
    is_notice = header.message_data.contract == MessageWithdrawn.contract
    if is_notice and error.code == NO_ADDRESS and uow.machine_now - row.created_at < remembers:
        return None
    uow.session.execute(delete(outbox).where(outbox.c.id == row_id))
    if is_notice:
        return None
    uow.session.execute(insert(tables.dead), [_dead_letter(uow, row, error)])
    sequence = claimed_sequence(jws.parse(row.hop or row.signature).claims)
    if sequence:
        send_withdrawal(uow, row.address, header.message_info, sequence, error.code)
    return BuriedMessage(error, row.address, header.message_info, is_forwarded=row.hop is not None)


def _dead_letter(uow: UnitOfWork, row: Row[Any], error: BusError) -> dict[str, Any]:
    return {
        "id": uow.new_id(),
        "died_at": uow.machine_now,
        "message_id": row.message_id,
        "correlation_id": row.correlation_id,
        "code": error.code,
        "reason": f"to {row.address}: {error.message}",
        "body": row.body,
        "signature": row.signature,
        "hop": row.hop,
    }
