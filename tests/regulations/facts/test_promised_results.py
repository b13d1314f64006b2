"""The results of the passports are those that clause 3 of the acts promises."""

from __future__ import annotations

from shared.regulations.passport_book import PassportBook
from shared.workplace.records.documents import list_alternative_results
from tests.journeys.people.promises import PROMISES, is_promised


def test_every_regulation_has_its_promise_and_every_promise_its_result() -> None:
    for passport in PassportBook.load().passports:
        results = [
            result.text for variant in passport.variants for result in list_alternative_results(passport, variant)
        ]
        assert [text for text in results if not is_promised(passport.id, text)] == [], passport.id
        for stems in PROMISES[passport.id]:
            assert any(all(stem in text for stem in stems) for text in results), (passport.id, stems)
