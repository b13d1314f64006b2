"""Facts of all passports of all acts."""

from __future__ import annotations

from shared.regulations.loader import load_passports

COUNTED = {"KZ-AKM": 19, "KZ-ATY": 20, "KZ-SEV": 1, "KZ-YUZ": 4}


def test_regulations_are_forty_four_of_five_acts() -> None:
    found: dict[str, int] = {}
    for one in load_passports():
        found[one.region] = found.get(one.region, 0) + 1
    assert found == COUNTED


def test_act_of_akmola_alone_gives_kazakh_titles() -> None:
    assert {one.region for one in load_passports() if one.title.kk is not None} == {"KZ-AKM"}
    assert all(one.title.kk for one in load_passports() if one.region == "KZ-AKM")


def test_service_has_one_code_and_the_same_variants_in_every_region() -> None:
    variants: dict[str, set[tuple[str, ...]]] = {}
    for one in load_passports():
        variants.setdefault(one.service_type, set()).add(one.variants)
    assert all(len(found) == 1 for found in variants.values()), variants


def test_passport_says_what_is_absent_and_records_its_contradictions() -> None:
    for one in load_passports():
        assert one.contradictions, one.id
        assert all(diagram.reason for diagram in one.diagrams), one.id
        assert one.diagrams, one.id
