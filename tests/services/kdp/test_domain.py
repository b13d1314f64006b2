"""Consents: one covers a use by its system, about its person, at its service, before its end, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.kdp.domain import ConsentFacts, ConsentState, ConsentUse, refusal_of, synthetic_phones
from shared.contracts.population import make_population

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CONSENT = ConsentFacts(
    ConsentState.GRANTED, "850101100022", "asker", "GBDFLUniversal_token", "key", NOW + timedelta(seconds=1)
)
USE = ConsentUse("850101100022", "asker", "GBDFLUniversal_token", "key")


def test_consent_covers_its_use_until_its_end() -> None:
    assert refusal_of(CONSENT, USE, NOW) is None
    assert refusal_of(CONSENT, USE, CONSENT.expires_at) == "consent-expired"


@pytest.mark.parametrize("name", ["iin", "asker", "access_name"])
def test_consent_covers_no_other_use(name: str) -> None:
    assert refusal_of(CONSENT, replace(USE, **{name: "other"}), NOW) == "consent-foreign"


def test_consent_without_its_key_is_none() -> None:
    assert refusal_of(CONSENT, replace(USE, public_key="other"), NOW) == "consent-unknown"
    assert refusal_of(None, USE, NOW) == "consent-unknown"


@pytest.mark.parametrize("state", sorted(set(ConsentState) - {ConsentState.GRANTED}))
def test_consent_that_is_not_given_or_is_used_covers_nothing(state: ConsentState) -> None:
    assert refusal_of(replace(CONSENT, state=state), USE, NOW) == f"consent-{state}"


def test_phones_are_of_the_living_and_of_no_operator() -> None:
    phones = dict(synthetic_phones(make_population(1, 1000)))
    assert phones.keys() == {person.iin for person in make_population(1, 1000) if person.is_alive}
    assert len(set(phones.values())) == len(phones)
    assert all(phone.startswith("+7000") and len(phone) == 12 for phone in phones.values())
