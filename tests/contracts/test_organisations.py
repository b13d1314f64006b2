"""The register of organisations: an office, its БИН, and the systems that vouch for its people."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from shared.contracts.organisations import OrganisationsInvalid, known_organisations, read_organisations
from shared.regulations.passport_book import PassportBook

ROW = 'kz-yuz.employment.15: {bin: "990140000017", name: "Отдел", systems: [is_mio]}\n'


def test_register_names_every_department_of_the_acts_as_the_acts_do() -> None:
    names = defaultdict(set)
    for passport in PassportBook.load().passports:
        for office in passport.directories.departments:
            names[office.code].add(office.name)
    assert len(names) > 50
    for code, names_in_acts in names.items():
        assert known_organisations().get_by_office(code).name in names_in_acts


def test_register_tells_the_organisations_of_a_system() -> None:
    register = known_organisations()
    centres = register.organisations_of("is_con")
    assert {one.office.split(".")[1] for one in centres} == {"con"}
    assert not centres & register.organisations_of("is_mio"), "a ЦОН is no local authority"
    for outsider in ("portal_pep", "nr_iin", "gcvp", "", "is_mio "):
        assert register.organisations_of(outsider) == frozenset()


def test_system_vouches_for_its_own_organisations_by_number_and_exact_name() -> None:
    register = known_organisations()
    own = register.get_by_office("kz-yuz.employment.15")
    centre = register.get_by_office("kz.con.01")
    assert register.may_vouch("is_mio", own.bin, own.name)
    assert register.may_vouch("is_con", centre.bin, centre.name)
    for system, number, name in (
        ("is_mio", centre.bin, centre.name),
        ("is_mio", own.bin, centre.name),
        ("is_mio", centre.bin, own.name),
        ("is_mio", own.bin, own.name.upper()),
        ("is_mio", own.bin, f"{own.name} "),
        ("is_con", own.bin, own.name),
        ("is_mio", "000140000019", own.name),
    ):
        assert not register.may_vouch(system, number, name), (system, number, name)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "no offices"),
        ("[1]", "no offices"),
        ("a: {", "line"),
        ("A: " + ROW.partition(": ")[2], "no code"),
        (ROW.replace("990140000017", "990140000018"), "bin-check-digit"),
        (ROW.replace('"990140000017"', "[]"), "bin-length"),
        (ROW.replace("Отдел", " "), "a name of"),
        (ROW.replace("Отдел", "О\\u202eтдел"), "a name of"),
        (ROW.replace("[is_mio]", "is_mio"), "a list"),
        (ROW.replace("is_mio", "IS MIO"), "a list"),
        (ROW.replace("systems", "owners"), "nothing else"),
        (ROW + ROW.replace("15", "16", 1), "several offices"),
    ],
)
def test_register_that_is_wrong_is_refused_by_the_fault(tmp_path: Path, content: str, fault: str) -> None:
    file = tmp_path / "organisations.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(OrganisationsInvalid) as caught:
        read_organisations(file)
    assert fault in str(caught.value)


def test_register_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OrganisationsInvalid):
        read_organisations(tmp_path / "nothing.yaml")
