"""The clerk of a case, and refused rules."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shared.bus.errors import BusError
from shared.regulations.passport_book import PassportBook
from shared.sandbox.magic_people import read_endings
from shared.workplace.clerks.clerk_office import read_rules
from shared.workplace.clerks.policy import ClerkPolicy
from shared.workplace.clerks.rules import WRITTEN, ClerkRule, ClerkRules, check_rules

CHILD, REGION = "child-allowance", "KZ-AKM"


@cache
def book() -> PassportBook:
    return PassportBook.load()


def test_clerk_rule_that_is_most_particular_wins_wherever_it_stands() -> None:
    given = (
        ClerkRule(policy=ClerkPolicy.PACED, region=REGION),
        ClerkRule(policy=ClerkPolicy.SCRIPTED, service=CHILD, region=REGION),
        ClerkRule(policy=ClerkPolicy.INSTANT, service=CHILD),
        ClerkRule(policy=ClerkPolicy.MANUAL),
    )
    for written in (given, given[::-1]):
        rules = ClerkRules(ClerkRule(policy=ClerkPolicy.INSTANT), written)
        found = [
            rules.find_rule(CHILD, REGION), rules.find_rule(CHILD, "KZ-ATY"),
            rules.find_rule("wheelchair", REGION), rules.find_rule("wheelchair", "KZ-ATY"),
        ]  # fmt: skip
        assert [rule.policy for rule in found] == ["scripted", "instant", "paced", "manual"]
    assert ClerkRules(ClerkRule(policy=ClerkPolicy.INSTANT)).find_rule(CHILD, REGION).policy is ClerkPolicy.INSTANT


BAD: tuple[tuple[str, list[dict[str, Any]]], ...] = (
    ("clerks-service-unknown", [{"policy": "paced", "service": "no-such-service"}]),
    ("clerks-region-unknown", [{"policy": "paced", "region": "KZ-XXX"}]),
    ("clerks-rule-twice", [{"policy": "paced", "region": REGION}, {"policy": "manual", "region": REGION}]),
    ("regulation-unknown", [{"policy": "scripted", "scenario": [{"when": {"regulation": "KZ-AKM.99"}}]}]),
    (
        "step-not-found",
        [
            {
                "policy": "scripted",
                "scenario": [{"when": {"regulation": "KZ-AKM.2", "channel": "con", "step": "p99"}}],
            }
        ],
    ),
    (
        "answer-needed",
        [
            {
                "policy": "scripted",
                "scenario": [
                    {"when": {"regulation": "KZ-AKM.2", "channel": "con", "step": "p6"}, "answer": "perhaps"}
                ],
            }
        ],
    ),
    ("reason-missing", [{"policy": "scripted", "scenario": [{"answer": "refused", "reason": " "}]}]),
    ("clerks-line-contradicts", [{"policy": "scripted", "scenario": [{"late": True, "never": True}]}]),
)


@pytest.mark.parametrize(("code", "written"), BAD, ids=[code for code, _ in BAD])
def test_clerk_rules_that_no_case_could_be_worked_by_are_refused(code: str, written: list[dict[str, Any]]) -> None:
    with pytest.raises(BusError) as caught:
        check_rules(WRITTEN.validate_python(written), book())
    assert caught.value.code == code


def test_clerk_rules_of_a_file_are_read_as_yaml_and_as_json(tmp_path: Path) -> None:
    as_yaml, as_json = tmp_path / "clerks.yaml", tmp_path / "clerks.json"
    as_yaml.write_text("- {policy: paced, region: KZ-AKM, late_share: 0.1}\n")
    as_json.write_text('[{"policy": "paced", "region": "KZ-AKM", "late_share": 0.1}]')
    wanted = (ClerkRule(policy=ClerkPolicy.PACED, region=REGION, late_share=0.1),)
    assert read_rules(as_yaml, book()) == read_rules(as_json, book()) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "- {policy: sleepy}",
        "policy: paced",
        "- {policy: paced, late_share: 2}",
        "- [",
        "- {policy: paced, sead: 1}",
        "- {policy: scripted, scenario: [{when: {ends: x}}]}",
    ],
)
def test_clerk_rules_file_that_holds_none_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "clerks.yaml"
    file.write_text(text)
    with pytest.raises(BusError) as caught:
        read_rules(file, book())
    assert caught.value.code == "clerks-malformed"
    with pytest.raises(BusError) as missing:
        read_rules(tmp_path / "nothing.yaml", book())
    assert missing.value.code == "file-unreadable"


def test_magic_endings_refuse_only_those_whom_registers_do_not_speak_for_anyhow() -> None:
    for ending, row in read_endings().items():
        is_odd = int(ending) % 2 == 1
        assert ("refused" in row.texts["en"]) == is_odd, ending
        assert is_odd or all(rule.effect.refusal is None for rule in row.rules)
