"""Consents: their states, their terms, and whether one holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.contracts.population import SyntheticPerson

SMS_SENDER = "1414"
SMS_TERM = timedelta(minutes=2)
"""The most time that a citizen has for an answer."""
LONGEST_LIFE = timedelta(days=30)


class ConsentState(StrEnum):
    """How far a request for consent has come; a consent is used once."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    USED = "used"
    REVOKED = "revoked"


@dataclass(frozen=True)
class ConsentRequest:
    """A request for a person's consent; ``life`` is how long the consent will hold."""

    iin: str
    company: str
    company_bin: str
    company_responsible: str
    employee_name: str
    access_name: str
    personal_data: str
    life: timedelta
    is_sms_omitted: bool
    organisation_token: str


@dataclass(frozen=True)
class ConsentFacts:
    """The facts of a consent by which a use of personal data is judged."""

    state: ConsentState
    iin: str
    asker: str
    access_name: str
    public_key: str
    expires_at: datetime


@dataclass(frozen=True)
class ConsentUse:
    """A use of personal data for which a system shows a consent."""

    iin: str
    asker: str
    access_name: str
    public_key: str


def refusal_of(consent: ConsentFacts | None, use: ConsentUse, now: datetime) -> str | None:
    """The code of the reason why the consent does not cover the use; None when the consent does."""
    if consent is None or consent.public_key != use.public_key:
        return "consent-unknown"
    if (consent.iin, consent.asker, consent.access_name) != (use.iin, use.asker, use.access_name):
        return "consent-foreign"
    if consent.state is not ConsentState.GRANTED:
        return f"consent-{consent.state}"
    return "consent-expired" if now >= consent.expires_at else None


def answer_term(request: ConsentRequest) -> timedelta:
    """How long the citizen has for the answer: never longer than the consent itself would hold."""
    return min(SMS_TERM, request.life)


def synthetic_phones(people: Iterable[SyntheticPerson]) -> Iterator[tuple[str, str]]:
    """The ИИН and the telephone number of every living person; the code 000 is of no operator."""
    for n, person in enumerate(people):
        if person.is_alive:
            yield person.iin, f"+7000{n:07}"
