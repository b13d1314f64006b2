"""Dead letters that the operator has set aside, each with the reason: the console lists them apart.

The letter itself stays at its system, and can be handled again: no message is ever dropped.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, select
from sqlmodel import Field, Session, col

from services.shep_gateway.storage import Base
from shared.bus.errors import Malformed
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.unit_of_work import UnitOfWork

LONGEST_REASON = 500
MOST_SHOWN = 50


class SetAsideRow(Base, table=True):
    """A dead letter of a system that needs nobody's attention any more, and why."""

    __tablename__ = "set_aside_letter"
    system: str = Field(primary_key=True, max_length=100)
    key: str = Field(primary_key=True, max_length=100)
    code: str = Field(default="", max_length=60)
    reason: str = Field(max_length=LONGEST_REASON)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))


def set_aside(uow: UnitOfWork, system: str, key: str, code: str, reason: str) -> None:
    """Set a dead letter aside; Malformed ``reason-missing`` without a reason."""
    text = reason.strip()[:LONGEST_REASON]
    if not text:
        raise Malformed("reason-missing", "say why the message needs no attention any more")
    uow.session.merge(SetAsideRow(system=system, key=key, code=code[:60], reason=text, at=uow.machine_now))


def take_up(uow: UnitOfWork, system: str, key: str) -> None:
    """List a dead letter among the others again."""
    row = uow.session.get(SetAsideRow, (system, key))
    if row is not None:
        uow.session.delete(row)


def find_set_aside(session: Session) -> dict[tuple[str, str], SetAsideRow]:
    """The letters that are set aside, the newest first."""
    query = select(SetAsideRow).order_by(col(SetAsideRow.at).desc())
    return {(row.system, row.key): row for row in session.execute(query).scalars()}
