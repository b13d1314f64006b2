"""The decisions of an authority, and their texts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.bus.errors import Malformed
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import ApplicationDocument, OutputDocument
from shared.regulations.passport_book import PassportBook
from shared.workplace.pages.cases.refusal_templates import list_reasons
from shared.workplace.pages.site import WORDS
from shared.workplace.records import decisions
from shared.workplace.records.decisions import Decision
from shared.workplace.records.documents import compose_output

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
    passport = PassportBook.load().get_passport("KZ-YUZ.3")
    return compose_output(
        application(), passport, authority=application().authority, number="N-1", decision=decision, now=NOW
    )


def test_instant_clerk_grants_even_numbers_and_refuses_odd_ones() -> None:
    book = PassportBook.load()
    assert decisions.decide_by_iin(application(EVEN), book.get_passport("KZ-YUZ.3")) == Decision(
        DecisionOutcome.POSITIVE
    )
    refusal = decisions.refusal_for("not-registered")
    assert decisions.decide_by_iin(application(ODD), book.get_passport("KZ-YUZ.3")) == refusal
    other = decisions.decide_by_iin(application(ODD), book.get_passport("KZ-AKM.2"))
    assert (other.outcome, other.reason) == (
        DecisionOutcome.NEGATIVE,
        "Основания для оказания услуги не подтвердились",
    )


@pytest.mark.parametrize("reason", [None, "", " \n"])
def test_refusal_without_a_reason_cannot_be_made(reason: str | None) -> None:
    with pytest.raises(Malformed) as caught:
        Decision(DecisionOutcome.NEGATIVE, reason)
    assert caught.value.code == "reason-missing"


def test_output_document_repeats_whom_and_what_it_is_about() -> None:
    made = composed(Decision(DecisionOutcome.POSITIVE))
    asked = application()
    assert (made.application_id, made.regulation, made.applicant) == (
        asked.application_id,
        asked.regulation,
        asked.applicant,
    )
    passport = PassportBook.load().get_passport("KZ-YUZ.3")
    (office,) = (one for one in passport.directories.departments if one.code == asked.authority)
    said = (made.number, made.service, made.authority, made.issued_at)
    assert said == ("N-1", passport.title.ru, office.name, NOW)
    assert made.reason is None


def test_refusal_gives_its_grounds_in_the_text() -> None:
    made = composed(Decision(DecisionOutcome.NEGATIVE, "нет документов"))
    assert made.text == "В выдаче справки отказано. Обоснование: нет документов."
    assert made.text_kk == "Анықтама беруден бас тартылды. Негіздеме: нет документов."
    both = composed(Decision(DecisionOutcome.NEGATIVE, "нет документов", "құжаттар жоқ"))
    assert both.text_kk == "Анықтама беруден бас тартылды. Негіздеме: құжаттар жоқ."
    assert made.reason == "нет документов"


def test_every_template_of_a_reason_has_its_title_in_every_language() -> None:
    titles = {code.removeprefix("template-"): text for code, text in WORDS.items() if code.startswith("template-")}
    reasons = {
        reason.code: reason for passport in PassportBook.load().passports for reason in list_reasons(passport)
    }
    assert {(code, reason.ru, reason.kk) for code, reason in reasons.items()} == {
        (code, text["ru"], text["kk"]) for code, text in titles.items()
    }
