"""``egov-bus can-i-deploy``: every system fits itself as it is published, and a seeded fault is found."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from services.tools.publishing.pacts.deployability import (
    BroughtFiles,
    PairVerdict,
    PublishedContracts,
    judge_deployment,
)
from shared.bus.errors import BusError
from tests.docs_commands import ROOT

PUBLISHED = PublishedContracts(ROOT / "shared" / "contracts" / "published")
PACTS = list(PUBLISHED.list_pacts())
EXAMPLES = {
    (pact["provider"]["name"], interaction["description"]): interaction["contents"]["content"]
    for pact in PACTS
    for interaction in pact["interactions"]
    if "contents" in interaction
}


def judge(system: str, *, pacts: list[Any] | None = None, messages: list[Any] | None = None) -> list[PairVerdict]:
    return judge_deployment(system, BroughtFiles(tuple(pacts or ()), tuple(messages or ())), PUBLISHED)


@pytest.mark.parametrize("system", sorted({pact["consumer"]["name"] for pact in PACTS}))
def test_system_as_it_is_published_fits_the_others(system: str) -> None:
    own = [pact for pact in PACTS if pact["consumer"]["name"] == system]
    sent = [example for (sender, _), example in EXAMPLES.items() if sender == system]
    verdicts = judge(system, pacts=own, messages=sent)
    assert verdicts
    assert [verdict for verdict in verdicts if verdict.faults] == []


def test_provider_that_drops_or_changes_a_field_is_told_which_reader_breaks() -> None:
    whole = EXAMPLES["is_mio", "result/1"]
    for change in ("dropped", "retyped"):
        message = deepcopy(whole)
        name = next(name for name, value in message["messageData"]["data"].items() if isinstance(value, str))
        if change == "dropped":
            del message["messageData"]["data"][name]
        else:
            message["messageData"]["data"][name] = 5
        others = [one for key, one in EXAMPLES.items() if key[0] == "is_mio" and key[1] != "result/1"]
        broken = [verdict for verdict in judge("is_mio", messages=[message, *others]) if verdict.faults]
        assert broken, change
        assert {verdict.subject for verdict in broken} == {"result/1"}
        assert all(name in fault for verdict in broken for fault in verdict.faults)


def test_reader_that_relies_on_a_call_which_is_not_there_does_not_fit() -> None:
    pact = deepcopy(next(pact for pact in PACTS if pact["provider"]["name"] == "is_nuc"))
    pact["interactions"][0]["request"]["path"] = "/api/v9/systems"
    verdicts = judge(pact["consumer"]["name"], pacts=[pact])
    assert any("no such operation" in fault for verdict in verdicts for fault in verdict.faults)


def test_folder_without_pacts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BusError) as refusal:
        BroughtFiles.read(tmp_path)
    assert refusal.value.code == "pacts-missing"
    (tmp_path / "any.json").write_text(json.dumps({"anything": 1}))
    with pytest.raises(BusError) as refusal:
        BroughtFiles.read(tmp_path)
    assert refusal.value.code == "pact-malformed"
