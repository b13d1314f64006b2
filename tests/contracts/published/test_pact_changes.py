"""What breaks a pair of systems: a member relied on anew, another rule, an interaction that is gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.tools.publishing.pacts.pact_changes import list_pact_changes

FOLDER = Path(__file__).parents[3] / "shared/contracts/published/pacts"
TEXT = (FOLDER / "portal_pep-is_mio.json").read_text(encoding="utf-8")
NUC = (FOLDER / "portal_pep-is_nuc.json").read_text(encoding="utf-8")
RELIED_ON = "$.messageData.data.authority"


def rules_of(pact: Any, description: str) -> Any:
    interaction = next(one for one in pact["interactions"] if one["description"] == description)
    return interaction["matchingRules"]["body"]


def lose_result(pact: Any) -> None:
    pact["interactions"] = [one for one in pact["interactions"] if one["description"] != "result/1"]


def rely_on_more(pact: Any) -> None:
    rules_of(pact, "notice/1")["$.messageData.data.text"] = {"combine": "AND", "matchers": [{"match": "type"}]}


def match_otherwise(pact: Any) -> None:
    rules_of(pact, "notice/1")[RELIED_ON]["matchers"] = [{"match": "integer"}]


def rely_on_less(pact: Any) -> None:
    del rules_of(pact, "notice/1")[RELIED_ON]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lose_result, ["result/1: removed"]),
        (rely_on_more, ["notice/1: $.messageData.data.text is relied on anew"]),
        (match_otherwise, [f"notice/1: {RELIED_ON} is matched by another rule"]),
        (rely_on_less, []),
    ],
)
def test_change_of_a_pact_breaks_senders_or_not(change: Callable[[Any], None], told: list[str]) -> None:
    old, new = json.loads(TEXT), json.loads(TEXT)
    change(new)
    assert list(list_pact_changes(old, new)) == told


def test_answer_of_nuc_that_changes_breaks_its_readers() -> None:
    old, new = json.loads(NUC), json.loads(NUC)
    new["interactions"][1]["response"]["status"] = 204
    assert list(list_pact_changes(old, new)) == ["the root certificate: changed"]
