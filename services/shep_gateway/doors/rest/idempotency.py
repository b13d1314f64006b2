"""Requests that a client may repeat: the first answer is kept under the client's ``Idempotency-Key``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from fastapi import Header
from sqlalchemy import Column
from sqlmodel import Field, Session

from services.shep_gateway.doors.submission import PassedMessage
from services.shep_gateway.storage import Base
from shared.bus.errors import Conflict
from shared.bus.persistence.tables import UtcDateTime
from shared.bus.runtime.unit_of_work import UnitOfWork

IdempotencyKey = Annotated[str | None, Header(max_length=100, pattern=r"^[\x21-\x7e]+$")]


class RepeatableRow(Base, table=True):
    """A request that was carried out, by its key: the digest of its body, and the ids of its message."""

    __tablename__ = "repeatable_request"
    participant: str = Field(primary_key=True, max_length=100)
    key: str = Field(primary_key=True, max_length=100)
    digest: str = Field(max_length=64)
    message_id: str = Field(max_length=100)
    correlation_id: str = Field(max_length=100)
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


@dataclass(frozen=True)
class RepeatableRequest:
    """A request under its key; ``digest`` is SHA-256 of the body, in hex."""

    participant: str
    key: str
    digest: str

    @classmethod
    def of_body(cls, participant: str, key: str, body: bytes) -> RepeatableRequest:
        return cls(participant, key, sha256(body).hexdigest())

    def find_first(self, session: Session) -> tuple[str, str] | None:
        """The ids of the message that the first request sent, or None; Conflict ``idempotency-key-reused`` when
        the key belongs to another body.
        """
        row = session.get(RepeatableRow, (self.participant, self.key))
        if row is not None and row.digest != self.digest:
            raise Conflict("idempotency-key-reused", "this key was used for another request")
        return (row.message_id, row.correlation_id) if row is not None else None

    def keep(self, uow: UnitOfWork, passed: PassedMessage) -> None:
        """Keep the ids in the transaction that lets the message pass; Conflict ``message-replayed`` when the same
        request was carried out at the same time.
        """
        if self.find_first(uow.session) is not None:
            raise Conflict("message-replayed", "the same request was carried out already")
        uow.session.add(
            RepeatableRow(
                participant=self.participant,
                key=self.key,
                digest=self.digest,
                message_id=passed.message_id,
                correlation_id=passed.correlation_id,
                made_at=uow.now,
            )
        )
