"""The five documents: their particulars, their validity, what they cite, what amended them."""

from __future__ import annotations

from shared.regulations.coverage.book import CoverageBook
from shared.regulations.coverage.views import view_acts
from shared.regulations.passport_book import PassportBook

CITES_NO_STANDARD = "KZ-ATY.12"
"""Its clause 4 wants an application in free form, and no clause says «Стандарт»."""


def test_documents_are_five_and_all_are_repealed() -> None:
    acts = {act.document: act for act in view_acts(CoverageBook.load())}
    repealed = {name: (act.repealed.number, act.repealed.date.isoformat()) for name, act in acts.items()}
    assert repealed == {
        "akmola-2014": ("А-10/471", "2015-10-19"),
        "akmola-2015": ("А-10/471", "2015-10-19"),
        "musrepov-2012": ("134", "2020-05-20"),
        "atyrau-2014": ("293", "2015-09-25"),
        "south-kazakhstan-2012": ("157", "2013-06-27"),
    }
    assert not any(act.is_in_force for act in acts.values())
    for act in acts.values():
        assert act.act.date < act.registered.date < act.repealed.date


def test_passports_and_documents_agree_on_the_act() -> None:
    documents = CoverageBook.load().documents
    for passport in PassportBook.load().passports:
        file = CoverageBook.load().get_file(passport.id)
        document = documents[file.document]
        assert (document.act.number, document.act.date) == (passport.act.number, passport.act.date)
        assert passport.act.repealed is not None
        assert (document.repealed.number, document.repealed.date) == (
            passport.act.repealed.number,
            passport.act.repealed.date,
        )


def test_every_regulation_cites_its_standard() -> None:
    standards = {
        "KZ-ATY.8": "standards-2014-185",
        "KZ-YUZ.1": "standard-2012-1119",
        "KZ-YUZ.2": "standard-2009-2315",
    }
    usual = {"KZ-AKM": "standards-2014-217", "KZ-ATY": "standards-2014-217"}
    for passport in PassportBook.load().passports:
        cited = {name for clause in CoverageBook.load().get_file(passport.id).clauses for name in clause.cites}
        standard = standards.get(passport.id) or usual.get(passport.region, "standards-2011-394")
        expected = set() if passport.id == CITES_NO_STANDARD else {standard}
        assert {name for name in cited if name.startswith("standard")} == expected, passport.id


def test_amendments_that_the_notes_name_stand_in_the_passports() -> None:
    for passport in PassportBook.load().passports:
        clauses = CoverageBook.load().get_file(passport.id).clauses
        if any(clause.fate == "history" for clause in clauses):
            assert passport.amendments, passport.id


def test_passport_names_form_grounds_and_results_of_every_regulation() -> None:
    for passport in PassportBook.load().passports:
        titles = {clause.title for clause in CoverageBook.load().get_file(passport.id).clauses}
        assert "form" not in titles or passport.form.text
        assert "grounds" not in titles or passport.grounds
        assert "participants" not in titles or passport.participants, passport.id
        assert "automation" not in titles or passport.automation is not None, passport.id
        assert passport.results
