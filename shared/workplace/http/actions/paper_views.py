"""The papers of a case and the registers' answers, as the API shows them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from shared.workplace.records.storage import QueryRow
from shared.workplace.steps.receipts import ReceiptLine


class RegisterAnswerView(BaseModel):
    """A query to a register; ``answer`` is None before the answer."""

    register_: Annotated[str, Field(serialization_alias="register")]
    step: str
    asked_at: datetime
    answered_at: datetime | None
    answer: dict[str, Any] | None

    @classmethod
    def from_row(cls, row: QueryRow) -> RegisterAnswerView:
        answer = None if row.answer is None else json.loads(row.answer)
        return cls(
            register_=row.register_,
            step=row.step,
            asked_at=row.asked_at,
            answered_at=row.answered_at,
            answer=answer,
        )


class ReceiptView(BaseModel):
    """A расписка, or the record of a step; ``lines`` is its content, in the order of the act. A record has a
    ``signer``, a register also the text of its bar code.
    """

    number: str
    case: str
    kind: str
    step: str
    regulation: str
    title: str
    title_kk: str
    service: str
    service_kk: str
    clause: str
    made_at: datetime
    bar_code: str | None
    signer: str | None
    lines: tuple[ReceiptLine, ...]
