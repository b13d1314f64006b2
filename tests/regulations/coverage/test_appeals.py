"""Who explains how to appeal, and what is attached to an application: what the acts say, told to the citizen."""

from __future__ import annotations

from shared.regulations.coverage.appeal import appeal_texts, find_appeal_clause
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.passport_book import PassportBook

CLAUSES = {"KZ-SEV.1": "п. 10", "KZ-YUZ.1": "п. 10", "KZ-YUZ.2": "п. 11", "KZ-YUZ.3": "п. 11", "KZ-YUZ.4": "п. 10"}


def test_appeal_clause_is_that_of_the_five_electronic_services() -> None:
    found = {
        passport.id: clause["ru"]
        for passport in PassportBook.load().passports
        if (clause := find_appeal_clause(CoverageBook.load(), passport.id)) is not None
    }
    assert found == CLAUSES
    assert appeal_texts(has_clause=True) != appeal_texts(has_clause=False)


def test_copies_to_attach_are_the_five_of_the_act() -> None:
    copies = {
        passport.id: [name for form in passport.forms if form.lists_copies for name in form.fields]
        for passport in PassportBook.load().passports
    }
    assert {name: len(listed) for name, listed in copies.items() if listed} == {"KZ-YUZ.4": 5}
    assert copies["KZ-YUZ.4"][3] == "копия справки об инвалидности"
