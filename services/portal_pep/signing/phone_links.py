"""One-time links by which a citizen's phone fetches a waiting document and brings it back signed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Column, delete, select
from sqlmodel import Field, Session, col

from services.portal_pep.signing.signing_requests import SigningRequestRow, get_request
from services.portal_pep.storage import Base
from shared.bus.errors import Conflict, NotFound, Untrusted
from shared.bus.persistence.tables import UtcDateTime
from shared.phone.offers import LINK_SECONDS


class PhoneLinkRow(Base, table=True):
    """A link in a QR code; ``until`` is in the machine's time."""

    __tablename__ = "phone_link"
    id: str = Field(primary_key=True, max_length=50)
    request_id: str = Field(max_length=50, index=True)
    auth_token: str = Field(max_length=50)
    is_opened: bool = False
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))


class PhoneLinkState(StrEnum):
    """How far a signature by phone has come, as the page shows it."""

    WAITING = "waiting"
    OPENED = "opened"
    SIGNED = "signed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class FetchedLink:
    """A link with the document that waits for it."""

    link: PhoneLinkRow
    request: SigningRequestRow


def make_link(session: Session, request_id: str, machine_now: datetime) -> PhoneLinkRow:
    """A new link to a waiting document; an earlier one, and all whose time is over, are deleted."""
    is_old = (col(PhoneLinkRow.until) <= machine_now) | (col(PhoneLinkRow.request_id) == request_id)
    session.execute(delete(PhoneLinkRow).where(is_old))
    row = PhoneLinkRow(
        id=secrets.token_urlsafe(24),
        request_id=request_id,
        auth_token=secrets.token_urlsafe(24),
        until=machine_now + timedelta(seconds=LINK_SECONDS),
    )
    session.add(row)
    session.flush()
    return row


def find_link(session: Session, request_id: str, machine_now: datetime) -> PhoneLinkRow | None:
    """The link of a waiting document; None once its time is over."""
    query = select(PhoneLinkRow).where(
        col(PhoneLinkRow.request_id) == request_id, col(PhoneLinkRow.until) > machine_now
    )
    return session.execute(query).scalars().first()


def state_of(request: SigningRequestRow, link: PhoneLinkRow | None) -> PhoneLinkState:
    """How far the signature has come."""
    if request.signed is not None:
        return PhoneLinkState.SIGNED
    if link is None:
        return PhoneLinkState.EXPIRED
    return PhoneLinkState.OPENED if link.is_opened else PhoneLinkState.WAITING


def open_link(session: Session, link_id: str, machine_now: datetime) -> FetchedLink:
    """The link that a phone calls; NotFound ``phone-link-unknown``, also once its time is over."""
    link = session.get(PhoneLinkRow, link_id)
    if link is None or link.until <= machine_now:
        raise _unknown_link()
    try:
        return FetchedLink(link, get_request(session, link.request_id, machine_now))
    except NotFound:
        raise _unknown_link() from None


def require_token(link: PhoneLinkRow, token: str) -> None:
    """Untrusted ``phone-token-refused`` unless the phone brings the token of the invitation."""
    if not secrets.compare_digest(link.auth_token.encode(), token.encode()):
        raise Untrusted("phone-token-refused", "bring the auth_token of the invitation")


def require_unsigned(request: SigningRequestRow) -> None:
    """Conflict ``phone-link-used`` once the document is signed."""
    if request.signed is not None:
        raise Conflict("phone-link-used", "the document is signed already")


def _unknown_link() -> NotFound:
    return NotFound("phone-link-unknown", "there is no such link, or its time is over")
