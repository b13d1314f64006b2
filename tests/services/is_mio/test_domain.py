"""What an authority decides, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.is_mio import domain
from services.is_mio.domain import Decision
from shared.bus.errors import Malformed, Refused
from shared.contracts.cases import Outcome
from shared.contracts.documents import ApplicationDocument, OutputDocument

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EVEN, ODD = "850101100022", "850101100303"


def application(applicant: str = EVEN) -> ApplicationDocument:
    return ApplicationDocument(
        application_id="00000000-0000-4000-8000-000000000000",
        regulation="KZ-YUZ.3",
        region="KZ-YUZ",
        authority="kz-yuz.employment.15",
        applicant=applicant,
        fields={},
        made_at=NOW,
    )


def composed(decision: Decision) -> OutputDocument:
    return domain.output(
        application(), number="N-1", service="Справка", authority="Отдел", decision=decision, now=NOW
    )


def test_an_instant_clerk_grants_even_numbers_and_refuses_odd_ones() -> None:
    assert domain.decide(application(EVEN)) == Decision(Outcome.POSITIVE)
    refusal = Decision(Outcome.NEGATIVE, domain.NOT_REGISTERED, domain.NOT_REGISTERED_KK)
    assert domain.decide(application(ODD)) == refusal


@pytest.mark.parametrize("reason", [None, "", " \n"])
def test_a_refusal_without_a_reason_cannot_be_made(reason: str | None) -> None:
    with pytest.raises(Malformed) as caught:
        Decision(Outcome.NEGATIVE, reason)
    assert caught.value.code == "reason-missing"


def test_the_output_document_repeats_whom_and_what_it_is_about() -> None:
    made = composed(Decision(Outcome.POSITIVE))
    asked = application()
    assert (made.application_id, made.regulation, made.applicant) == (
        asked.application_id,
        asked.regulation,
        asked.applicant,
    )
    assert (made.number, made.service, made.authority, made.issued_at) == ("N-1", "Справка", "Отдел", NOW)
    assert made.reason is None


def test_a_refusal_gives_its_grounds_in_the_text() -> None:
    made = composed(Decision(Outcome.NEGATIVE, "нет документов"))
    assert made.text == "В выдаче справки отказано. Обоснование: нет документов."
    assert made.text_kk == "Анықтама беруден бас тартылды. Негіздеме: нет документов."
    both = composed(Decision(Outcome.NEGATIVE, "нет документов", "құжаттар жоқ"))
    assert both.text_kk == "Анықтама беруден бас тартылды. Негіздеме: құжаттар жоқ."
    assert made.reason == "нет документов"


def test_numbers_sort_in_the_order_in_which_they_were_given() -> None:
    numbers = [domain.case_number("KZ-YUZ", 2026, n) for n in (1, 9, 10, 1_000_000)]
    assert numbers[0] == "KZ-YUZ-2026-0000001"
    assert numbers == sorted(numbers)


def test_an_employee_works_on_the_cases_of_his_own_authority() -> None:
    domain.check_own("kz-yuz.employment.15", "kz-yuz.employment.15")
    with pytest.raises(Refused) as caught:
        domain.check_own("kz-yuz.employment.15", "kz-yuz.employment.01")
    assert caught.value.code == "other-authority"
