"""The portal's rules of acceptance, and its texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.portal_pep.domain import NOTIFICATIONS, EventKind, check_application_document
from shared.bus.errors import NotFound, Refused
from shared.contracts.documents import ApplicationDocument
from shared.regulations.loader import load_passports
from shared.regulations.model import Passport

IIN = "850101100022"
OTHER = "850101100304"


@pytest.fixture(scope="module")
def passport() -> Passport:
    return next(passport for passport in load_passports() if passport.id == "KZ-YUZ.3")


def document(**changes: Any) -> ApplicationDocument:
    given: dict[str, Any] = {
        "application_id": "00000000-0000-4000-8000-000000000000",
        "regulation": "KZ-YUZ.3",
        "region": "KZ-YUZ",
        "authority": "kz-yuz.employment.15",
        "applicant": IIN,
        "fields": {"iin": IIN},
        "made_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    }
    return ApplicationDocument(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"fields": {}}, None),
        ({"applicant": OTHER}, "eds-iin-mismatch"),
        ({"fields": {"iin": OTHER}}, "eds-iin-mismatch"),
        ({"region": "KZ-AKM"}, "region-mismatch"),
    ],
)
def test_citizen_applies_for_himself_in_the_region_of_the_service(
    passport: Passport, changes: dict[str, Any], code: str | None
) -> None:
    assert code_of(document(**changes), passport) == code


def test_portal_refuses_a_service_that_the_act_does_not_give_by_portal(passport: Passport) -> None:
    channels = passport.channels.model_copy(update={"accept": ("provider", "con")})
    assert code_of(document(), passport.model_copy(update={"channels": channels})) == "channel-not-given"


def test_portal_refuses_a_document_of_another_channel_or_variant(passport: Passport) -> None:
    assert code_of(document(channel="con"), passport) == "channel-not-given"
    assert code_of(document(variant="worker-reissue"), passport) == "variant-not-found"


def code_of(asked: ApplicationDocument, passport: Passport) -> str | None:
    """The code with which the portal refuses a document; None when the portal accepts it."""
    try:
        check_application_document(asked, passport, IIN)
    except (Refused, NotFound) as error:
        return error.code
    return None


@pytest.mark.parametrize("kind", list(EventKind))
def test_notification_fits_into_its_sentence_in_every_language(kind: EventKind) -> None:
    for text in NOTIFICATIONS[kind].values():
        words = {"status": "в работе", "code": "no-right", "until": "12.04.2026", "reason": "запрос"}
        told = text.format(service="Справка", number="N-1", **words)
        assert "{" not in told
        assert any(word in told for word in ("Справка", "N-1"))
