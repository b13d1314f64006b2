"""The nineteen passports of Akmola against their act: everything that can be counted in its text."""

from __future__ import annotations

import re

import pytest

from shared.regulations.loader import load_passports
from tests.regulations.fact_tables import procedures, walk_limits, walks
from tests.regulations.graphs import passport

ONE_WINDOW = {"main": "15m 15m 9w 15m 15m", "interaction": "15m 15m 9w 15m 15m"}

PROCEDURES = {
    1: {
        "employer-issue": "20m 30m 40w 30m 20m",
        "employer-reissue": "20m 30m 30w 30m 20m",
        "employer-extension": "20m 30m 7w 30m 20m",
        "worker-issue-or-extension": "20m 30m 30w 30m 20m",
        "worker-reissue": "20m 30m 2w 30m 20m",
        "interaction": "20m 30m 40w(30w)(7w)(30w)(2w) 30m 20m",
    },
    2: {"main": "20m 20m 1w 1w 15w 5w 20m 15m 20m", "interaction": "20m 20m 1w 1w 20m 15m"},
    3: ONE_WINDOW,
    4: ONE_WINDOW,
    5: ONE_WINDOW,
    6: {"main": "15m 15m 16w 15m 15m", "interaction": "15m 15m 16w 15m 15m"},
    7: {"main": "15m 15m 3w 2w 10w 1w 15m 15m 15m", "interaction": "15m 15m 3w 2w 10w 1w 15m"},
    8: {"main": "5m 20m 5m", "interaction": "5m 20m 5m"},
    9: {"main": "15m 15m 13w 15m 15m", "interaction": "15m 15m 13w 15m 15m"},
    10: {"main": "10m 20m 4w 20m 10m", "interaction": "10m 20m 4w 20m 10m"},
    11: ONE_WINDOW,
    12: {"main": "5m 10m 4w 5m 15m", "interaction": "5m 10m 4w 5m 15m"},
    13: {
        "decision": "20m 30m 20w 30m 20m",
        "card": "20m 30m 5w 30m 20m",
        "interaction": "20m 30m 20w(5w) 30m 20m",
    },
    14: ONE_WINDOW,
    15: {"main": "15m 15m 7w(20w) 15m 15m", "akim": "15m 1w 15m", "interaction": "15m 1w 15m 6w 15m 15m"},
    16: {"main": "5m 5m 5m", "interaction": "5m 5m 5m"},
    17: {"main": "3m 5m 2m", "interaction": "3m 5m 2m"},
    18: ONE_WINDOW,
    19: {"main": "15m 15m 4w 8w 15m 15m 15m", "interaction": "15m 15m 8w 15m 15m"},
}
"""Terms of clause 5 (each variant) and of clause 7 («interaction»), by the number of the regulation."""

FULL, SHORT = "- п1 у1 п2 п3 у2 п4 п5 у3 п6 п7", "- п1 у1 п2 п3 у2 п4 п5 у3 п6"

PORTAL = {1: FULL, 5: FULL, 8: SHORT, 12: FULL, 15: FULL, 17: SHORT}
"""Labels of the portal's walk; the act numbers 8 and 17 to процесс 6 only."""

CENTRES = {2: 15, 5: 14, 7: 15, 12: 13, 13: 15, 16: 15, 17: 13, 19: 15}
"""Regulations that a ЦОН serves, and the last clause on it; the first is 9."""

CHANNELS = {
    "provider": [3, 4, 6, 9, 10, 11, 14, 18],
    "provider portal": [1, 8],
    "provider con akim": [2, 7, 19],
    "provider con portal": [5, 12, 17],
    "provider con": [13],
    "provider akim portal": [15],
    "provider akim con": [16],
}

RECEIPTS = {
    "con accepted": [2, 5, 7, 12, 13, 16, 17, 19],
    "con missing": [2, 7, 12, 13],
    "con refused": [2, 5, 13, 16, 17, 19],
    "provider accepted": [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 18, 18, 19],
    "akim accepted": [2, 7, 15, 19],
}
"""Receipts and tickets that are handed out; AKM.18 hands two at the window."""


def test_akmola_regulations_are_nineteen() -> None:
    annexes = [one.annex for one in load_passports() if one.region == "KZ-AKM"]
    assert annexes == sorted(PROCEDURES) == list(range(1, 20))


@pytest.mark.parametrize("annex", PROCEDURES)
def test_akmola_tellings_both_have_the_steps_and_terms_of_clauses_five_and_seven(annex: int) -> None:
    assert procedures(f"KZ-AKM.{annex}") == PROCEDURES[annex]


@pytest.mark.parametrize("annex", PROCEDURES)
def test_akmola_portals_walk_alone_has_labels_and_none_of_its_steps_has_a_term(annex: int) -> None:
    told = walks(f"KZ-AKM.{annex}")
    assert told.get("portal") == PORTAL.get(annex)
    assert set(told.get("con", "").split()) <= {"-"}
    assert set(walk_limits(f"KZ-AKM.{annex}", "portal").split()) <= {"-"}


@pytest.mark.parametrize("annex", CENTRES)
def test_akmola_clauses_on_the_service_centre_are_all_told(annex: int) -> None:
    one = passport(f"KZ-AKM.{annex}")
    walk = one.channel_steps.con or ()
    clauses = " ".join([*(step.clause for step in walk), *(item.clause or "" for item in one.refusals)])
    told = {int(n) for n in re.findall(r"п\. (\d+)", clauses)}
    assert told >= set(range(9, CENTRES[annex] + 1))


def test_akmola_refusal_is_told_within_a_day_and_an_unfetched_result_kept_a_month() -> None:
    told = {annex: passport(f"KZ-AKM.{annex}").channel_steps.con or () for annex in CENTRES}
    waits = [step.waits for walk in told.values() for step in walk if step.waits]
    assert [(one.deadline.amount, one.deadline.unit) for one in waits if one.deadline] == [(1, "month")] * 8
    days = {annex for annex, walk in told.items() if walk_limits(f"KZ-AKM.{annex}", "con").endswith("1c")}
    assert days == {2, 5, 7, 12, 13, 16, 19}


def test_akmola_archive_is_named_in_three_regulations() -> None:
    named = {
        annex
        for annex in CENTRES
        for step in passport(f"KZ-AKM.{annex}").channel_steps.con or ()
        if step.waits and step.waits.otherwise and "архив" in step.waits.otherwise
    }
    assert named == {5, 12, 17}


def test_akmola_channels_are_those_of_clause_one() -> None:
    found: dict[str, list[int]] = {}
    for annex in PROCEDURES:
        found.setdefault(" ".join(passport(f"KZ-AKM.{annex}").channels.accept), []).append(annex)
    assert found == CHANNELS


def test_akmola_receipts_and_tickets_are_all_listed() -> None:
    found: dict[str, list[int]] = {}
    for annex in PROCEDURES:
        for receipt in passport(f"KZ-AKM.{annex}").receipts:
            found.setdefault(f"{receipt.channel} {receipt.kind}", []).append(annex)
    assert found == RECEIPTS
