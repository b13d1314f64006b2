"""The rows of the questionnaires that visitors answered at this workplace."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, func, select
from sqlmodel import Field, Session, col

from shared.bus.errors import Conflict
from shared.bus.persistence.tables import UtcDateTime
from shared.regulations.quality import AnswerCount
from shared.workplace.records.storage import Base


class VisitorAnswersRow(Base, table=True):
    """A visitor's answers to the questionnaire, option by question as JSON, and who wrote them down."""

    __tablename__ = "visitor_questionnaire"
    case_id: str = Field(primary_key=True, max_length=100)
    regulation: str = Field(max_length=20, index=True)
    answers: str
    written_by: str = Field(max_length=12)
    answered_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


def keep_visitor_answers(session: Session, row: VisitorAnswersRow) -> None:
    """Store the answers; Conflict ``questionnaire-answered`` for a second questionnaire of a case."""
    if session.get(VisitorAnswersRow, row.case_id) is not None:
        raise Conflict("questionnaire-answered", "this questionnaire was answered before")
    session.add(row)


def count_visitor_answers(session: Session) -> list[AnswerCount]:
    """How many visitors gave the same answers, by regulation."""
    regulation, answers = col(VisitorAnswersRow.regulation), col(VisitorAnswersRow.answers)
    rows = session.execute(select(regulation, answers, func.count()).group_by(regulation, answers))
    return [AnswerCount(*row) for row in rows]
