"""Which cases passed the steps of a regulation: the newest of each step, by the last messages of the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from services.shep_gateway.storage import JournalRow
from shared.contracts.cases import MAIN
from shared.regulations.model import Passport

MOST_MESSAGES = 200
"""The messages of the service that are read, from the newest back."""
MOST_BYTES = 256 * 1024
"""Messages with large documents are passed over: another message of the case tells the same steps."""

StepOfProcess = tuple[str, str, str]
"""A channel, a variant and a step."""


@dataclass(frozen=True)
class StepPassage:
    """That a case passed a step, and when."""

    case_id: str
    at: datetime


def find_passages(session: Session, passport: Passport) -> dict[StepOfProcess, StepPassage]:
    """The newest case of each step of a regulation that a case has passed lately."""
    query = (
        select(col(JournalRow.case_id), col(JournalRow.body))
        .where(col(JournalRow.service_id) == passport.service_type, col(JournalRow.region) == passport.region)
        .where(col(JournalRow.body).is_not(None), func.length(col(JournalRow.body)) <= MOST_BYTES)
        .order_by(col(JournalRow.n).desc())
        .limit(MOST_MESSAGES)
    )
    passages: dict[StepOfProcess, StepPassage] = {}
    for case_id, body in session.execute(query):
        for place, at in _read_steps(body, passport.id):
            passages.setdefault(place, StepPassage(case_id, at))
    return passages


def _read_steps(body: bytes, regulation: str) -> Iterator[tuple[StepOfProcess, datetime]]:
    """The done steps that a message of the regulation tells; none for other messages."""
    content = json.loads(body)["messageData"]["data"]
    if not isinstance(content, dict) or content.get("regulation") != regulation:
        return
    for step in content.get("steps", ()):
        place = (str(content.get("channel")), content.get("variant") or MAIN, step["step"])
        yield place, datetime.fromisoformat(step["at"])
