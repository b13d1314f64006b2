"""The other passports against their acts: numbers that anyone can count in the text."""

from __future__ import annotations

import pytest

from shared.regulations.loader import load_passports
from shared.regulations.public import public_form
from tests.regulations.graphs import passport

STEPS = {
    "KZ-AKM.1": {
        "employer-issue": 5,
        "employer-reissue": 5,
        "employer-extension": 5,
        "worker-issue-or-extension": 5,
        "worker-reissue": 5,
        "interaction": 5,
    },
    "KZ-AKM.2": {"main": 9, "interaction": 6},
    "KZ-ATY.1": {"main": 9},
    "KZ-ATY.2": {
        "employer-issue": 12,
        "employer-reissue": 10,
        "employer-extension": 7,
        "worker-issue-or-extension": 10,
        "worker-reissue": 10,
    },
    "KZ-ATY.6": {"main": 5, "akim": 4},
    "KZ-SEV.1": {},
}

LABELS = {
    ("KZ-AKM.1", "portal"): "|п 1|у 1|п 2|п 3|у 2|п 4|п 5|у 3|п 6|п 7",
    ("KZ-ATY.2", "portal"): "|п 1|у 1|п 2|п 3|п 4|у 3|п 5|п 6|п 7|у 4|п 8|п 9",
    ("KZ-ATY.6", "con"): "|п 1|п 2|п 3|у 1|п 4|п 5|п 6|п 7",
    ("KZ-SEV.1", "provider"): "|п 1|у 1|п 2|п 3|п 4|у 2|п 5|п 6|п 7|п 8",
    ("KZ-SEV.1", "portal"): "|п 1|у 1|п 2|п 3|п 4|у 2|п 5|п 6|п 7",
}


@pytest.mark.parametrize("passport_id", STEPS)
def test_every_telling_of_the_procedure_has_the_steps_of_the_act(passport_id: str) -> None:
    told = {one.variant: len(one.steps) for one in passport(passport_id).procedures}
    assert told == STEPS[passport_id]
    for one in passport(passport_id).procedures:
        assert [step.n for step in one.steps] == list(range(1, len(one.steps) + 1))


@pytest.mark.parametrize(("passport_id", "channel"), LABELS)
def test_every_step_of_a_walk_bears_the_label_that_the_act_prints(passport_id: str, channel: str) -> None:
    steps = public_form(passport(passport_id))["channel_steps"][channel]
    labels = "|".join(step["label"] for step in steps)
    assert labels == LABELS[passport_id, channel].replace("п", "процесс").replace("у", "условие")


def test_the_tables_of_the_district_have_nine_and_twelve_rows_and_two_kinds_of_days() -> None:
    tables = public_form(passport("KZ-SEV.1"))["step_tables"]
    assert {channel: len(rows) for channel, rows in tables.items()} == {"provider": 9, "portal": 12}
    assert [row["n"] for row in tables["provider"] if row["action"] == "-"] == [6, 9]
    limits = [tables["provider"][3]["deadline"], tables["portal"][4]["deadline"]]
    assert [(one["amount"], one["unit"]) for one in limits] == [(7, "working_day"), (10, "calendar_day")]


def test_only_the_act_of_akmola_gives_kazakh_titles() -> None:
    assert {one.region for one in load_passports() if one.title.kk is not None} == {"KZ-AKM"}
    assert all(one.title.kk for one in load_passports() if one.region == "KZ-AKM")


def test_one_service_has_one_code_and_the_same_variants_in_every_region() -> None:
    variants: dict[str, set[tuple[str, ...]]] = {}
    for one in load_passports():
        variants.setdefault(one.service_type, set()).add(one.variants)
    assert all(len(found) == 1 for found in variants.values()), variants


def test_every_passport_says_what_is_absent_and_records_its_contradictions() -> None:
    for one in load_passports():
        assert one.contradictions, one.id
        assert all(diagram.reason for diagram in one.diagrams), one.id
        assert one.diagrams, one.id
