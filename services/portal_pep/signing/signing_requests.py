"""What waits for a citizen's signature on a page: the document, who is to sign it, by which means, and the code
that the citizen got by SMS.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Column, LargeBinary, delete, select
from sqlmodel import Field, Session, col

from services.portal_pep.storage import Base
from shared.bus.errors import NotFound, Refused, Throttled
from shared.bus.persistence.tables import UtcDateTime

SIGNING_TERM = timedelta(minutes=15)
"""How long a page waits for a signature, in the machine's time."""
MOST_WRONG_CODES = 5
CODE_DIGITS = 6
SMS_SHOWN = 20
"""The newest messages that the sandbox's telephone shows."""


class SigningPurpose(StrEnum):
    """What happens with the signed document."""

    LOGIN = "login"
    REGISTRATION = "registration"
    RECOVERY = "recovery"
    APPLICATION = "application"
    SUPPLEMENT = "supplement"


class SigningMeans(StrEnum):
    """Who holds the key: the citizen's NCALayer or phone, or the portal (the sandbox's cloud signature)."""

    NCALAYER = "ncalayer"
    PHONE = "phone"
    CLOUD = "cloud"


@dataclass(frozen=True)
class SigningOrder:
    """A document to be signed: by whom, for what (``subject``: a service, or a case and its step) and by which
    means; ``has_code``: the citizen also types a code from an SMS.
    """

    iin: str
    purpose: SigningPurpose
    means: SigningMeans
    content: bytes
    subject: str = ""
    has_code: bool = False


class SigningRequestRow(Base, table=True):
    """A document that waits for a signature; ``signed`` is the CMS while the code is still awaited."""

    __tablename__ = "signing_request"
    id: str = Field(primary_key=True, max_length=50)
    iin: str = Field(max_length=12, index=True)
    purpose: str = Field(max_length=20)
    means: str = Field(max_length=20)
    subject: str = Field(max_length=100)
    has_code: bool
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    signed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    code_hash: str | None = Field(default=None, max_length=64)
    wrong_codes: int = 0
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))

    @property
    def awaits_code(self) -> bool:
        """Whether the next input is a code from an SMS."""
        return self.means == SigningMeans.CLOUD or (self.has_code and self.signed is not None)


class SmsRow(Base, table=True):
    """An SMS to a citizen, as the sandbox shows it: no telephone network is there."""

    __tablename__ = "sms"
    id: int | None = Field(default=None, primary_key=True)
    iin: str = Field(max_length=12, index=True)
    code: str = Field(max_length=CODE_DIGITS)
    purpose: str = Field(max_length=20)
    sent_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


def keep_request(session: Session, order: SigningOrder, machine_now: datetime) -> SigningRequestRow:
    """Store a document that waits for a signature, under an id that nobody guesses; forget those whose time is
    over.
    """
    session.execute(delete(SigningRequestRow).where(col(SigningRequestRow.until) <= machine_now))
    row = SigningRequestRow(
        id=secrets.token_urlsafe(24),
        iin=order.iin,
        purpose=order.purpose.value,
        means=order.means.value,
        subject=order.subject,
        has_code=order.has_code,
        content=order.content,
        until=machine_now + SIGNING_TERM,
    )
    session.add(row)
    session.flush()
    return row


def get_request(session: Session, request_id: str, machine_now: datetime) -> SigningRequestRow:
    """The waiting document; NotFound ``signing-unknown`` for another id, and once its time is over."""
    row = session.get(SigningRequestRow, request_id)
    if row is None or row.until <= machine_now:
        raise NotFound("signing-unknown", "nothing waits for a signature here")
    return row


def send_code(session: Session, row: SigningRequestRow, now: datetime) -> None:
    """Send the citizen a new code for this document by SMS."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    row.code_hash = _hash_code(row.id, code)
    session.add(row)
    session.add(SmsRow(iin=row.iin, code=code, purpose=row.purpose, sent_at=now))


def check_code(row: SigningRequestRow, typed: str) -> bool:
    """Whether a code is the one that was sent; Throttled ``too-many-attempts`` after too many wrong ones."""
    if row.wrong_codes >= MOST_WRONG_CODES:
        raise Throttled("too-many-attempts", "too many wrong codes", retry_after=int(SIGNING_TERM.total_seconds()))
    return row.code_hash is not None and secrets.compare_digest(row.code_hash, _hash_code(row.id, typed))


def note_wrong_code(session: Session, request_id: str) -> None:
    """Count a wrong code."""
    row = session.get(SigningRequestRow, request_id)
    if row is not None:
        row.wrong_codes += 1
        session.add(row)


def keep_signed(session: Session, row: SigningRequestRow, signed_document: bytes) -> None:
    """Store the signed document until the code is typed."""
    row.signed = signed_document
    session.add(row)


def use_request(session: Session, request_id: str) -> None:
    """Take the document off the list: it is signed. Refused ``signing-used`` for the second of two at once."""
    used = session.execute(delete(SigningRequestRow).where(col(SigningRequestRow.id) == request_id))
    if getattr(used, "rowcount", 0) != 1:
        raise Refused("signing-used", "the document is signed already")


def list_sms(session: Session, iin: str) -> list[SmsRow]:
    """The newest messages to a citizen, the newest first."""
    query = select(SmsRow).where(col(SmsRow.iin) == iin).order_by(col(SmsRow.id).desc()).limit(SMS_SHOWN)
    return list(session.execute(query).scalars())


def _hash_code(request_id: str, code: str) -> str:
    return sha256(f"{request_id}:{''.join(code.split())}".encode()).hexdigest()
