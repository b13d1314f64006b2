"""Which employee took which step of a case: for the history that employees see, never for messages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Field, Session, col

from shared.bus.persistence.database import Database
from shared.workplace.records.storage import Base


class StepTakerRow(Base, table=True):
    """The employee (ИИН) who took a step of a case in an iteration."""

    __tablename__ = "step_taker"
    case_id: str = Field(primary_key=True, max_length=100)
    step: str = Field(primary_key=True, max_length=40)
    lap: int = Field(primary_key=True)
    employee: str = Field(max_length=12)


_TAKER: Any = StepTakerRow.__table__  # type: ignore[attr-defined]


def write_takers(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Store the takers of steps."""
    latest = {(row["case_id"], row["step"], row["lap"]): row for row in rows}
    database.write_many(session, _TAKER, list(latest.values()), replace=("employee",))


def takers_of(session: Session, case_id: str) -> dict[tuple[str, int], str]:
    """The ИИН of the employees who took steps of a case, by step and iteration."""
    query = select(StepTakerRow).where(col(StepTakerRow.case_id) == case_id)
    return {(row.step, row.lap): row.employee for row in session.execute(query).scalars()}
