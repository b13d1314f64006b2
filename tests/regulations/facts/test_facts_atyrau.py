"""The twenty passports of Atyrau against their act: everything that can be counted in its text."""

from __future__ import annotations

import pytest

from shared.regulations.loader import load_passports
from tests.regulations.fact_tables import procedures, walk_limits, walks
from tests.regulations.graphs import passport

ONE_WINDOW = {"main": "30m 10m 9w 10m 1w"}

PROCEDURES = {
    1: {"main": "30m 30m 30m 30m 30m 4w+1c 30m 30m 30m"},
    2: {
        "employer-issue": "20m 20m 14w 1w 20m 20m 20m 20m 1w 2w 20m 1w",
        "employer-reissue": "20m 20m 4w 1w 3w today 20m 2w 20m 1w",
        "employer-extension": "20m 20m 5w 1w 3w 20m 20m",
        "worker-issue-or-extension": "20m 20m 5w 1w 3w 20m 20m 2w 20m 1w",
        "worker-reissue": "20m 20m 2w 1w 3w 20m 20m 2w 20m 1w",
    },
    3: {"main": "5m 5m 10m 5m 5m"},
    4: {"main": "10m 5m 5w 5m 3m"},
    5: {"main": "6m 2m 2m"},
    6: {"main": "15m 15m 6w(19w) 15m 15m+1w", "akim": "15m 15m 1w 1w"},
    7: {"main": "15m 15m 6w(19w) 15m 15m+1w", "akim": "15m 15m 1w 1w"},
    8: {"main": "15m 15m 9c 15m 15m+1c"},
    9: {"main": "30m 10m 9w 10m 20m+1w"},
    10: {"main": "30m 10m 13w 10m 1w"},
    11: {"main": "15m 10m 7w(19w) 10m 20m+1w", "akim": "15m 15m 30m 30m"},
    12: {"main": "30m 10m 9w(13w) 10m 20m+1w", "akim": "30m 15m 1w 1w"},
    13: {"main": "3m 3m 3m(3w) 3m 3m", "akim": "3m 3m 3m 3m 3m"},
    14: ONE_WINDOW,
    15: ONE_WINDOW,
    16: ONE_WINDOW,
    17: ONE_WINDOW,
    18: {"main": "30m 10m 16w 10m 1w"},
    19: {"decision": "30m 10m 17w 1w 20m", "card": "30m 10m 3w 1w 20m"},
    20: ONE_WINDOW,
}
"""Terms of clause 5 and, for the аким, of clause 9, by the number of the regulation."""

FULL = "- п1 у1 п2 п3 у2 п4 п5 у3 п6 п7"
PORTAL = {
    2: "- п1 у1 п2 п3 п4 у3 п5 п6 п7 у4 п8 п9",
    3: FULL,
    4: FULL,
    5: "- п1 у1 п2 п3 у2 п4 п5 п6 п7",
    8: FULL,
    9: FULL,
    11: FULL,
}

OPERATOR, CHECKED = "- п1 п2 п3 у1 п4 п5 п6 п7", "- п1 п2 п3 у1 п4 п5 п6 у2 п7 п8"
CENTRE = {
    4: (CHECKED, "2m 1m 2m 2m 1m 2m 2m 2m 5w 2m 2m"),
    5: ("п1 п2 п3", "- - 15m"),
    6: (OPERATOR, "2m 1m 2m 2m 1m 2m 2m 2m 1w"),
    7: (OPERATOR, "2m 1m 2m 2m 1m 2m 2m - -"),
    8: (OPERATOR, "2m 1m 2m 2m 1m 2m 2m 2m 1c"),
    9: (CHECKED, "2m 1m 2m 2m 1m 2m 2m - 2m 2m 2m"),
    12: (OPERATOR, "15m 5m 5m 5m 5m 5m 5m 3m 1w"),
    13: (OPERATOR, "2m 5m 5m 5m 5m 5m 5m 3m 1w"),
    19: ("п1 п2 п3 п4 п5 п6 п7", "- - - 1w - today -"),
}
"""Labels and terms of the walk through a ЦОН."""

CHANNELS = {
    "provider": [1, 10, 14, 15, 16, 17, 18, 20],
    "provider portal": [2, 3],
    "provider con portal": [4, 5, 9],
    "provider con akim": [6, 7, 12, 13],
    "con portal": [8],
    "provider portal akim": [11],
    "provider con": [19],
}


def test_atyrau_regulations_are_twenty() -> None:
    annexes = [one.annex for one in load_passports() if one.region == "KZ-ATY"]
    assert annexes == sorted(PROCEDURES) == list(range(1, 21))


@pytest.mark.parametrize("annex", PROCEDURES)
def test_atyrau_procedure_has_the_steps_and_terms_of_its_clause(annex: int) -> None:
    assert procedures(f"KZ-ATY.{annex}") == PROCEDURES[annex]


@pytest.mark.parametrize("annex", PROCEDURES)
def test_atyrau_steps_of_a_walk_bear_the_label_that_the_act_prints(annex: int) -> None:
    told = walks(f"KZ-ATY.{annex}")
    assert told.get("portal") == PORTAL.get(annex)
    assert told.get("con") == CENTRE.get(annex, (None,))[0]
    assert set(told) <= {"portal", "con"}


@pytest.mark.parametrize("annex", CENTRE)
def test_atyrau_steps_in_a_service_centre_have_the_terms_of_the_act(annex: int) -> None:
    assert walk_limits(f"KZ-ATY.{annex}", "con") == CENTRE[annex][1]


@pytest.mark.parametrize("annex", PORTAL)
def test_atyrau_steps_of_the_portals_walk_have_no_term(annex: int) -> None:
    assert set(walk_limits(f"KZ-ATY.{annex}", "portal").split()) == {"-"}


def test_atyrau_channels_are_those_of_clause_one() -> None:
    found: dict[str, list[int]] = {}
    for annex in PROCEDURES:
        found.setdefault(" ".join(passport(f"KZ-ATY.{annex}").channels.accept), []).append(annex)
    assert found == CHANNELS


def test_atyrau_unclaimed_result_waits_a_month_and_one_regulation_adds_a_month() -> None:
    extended = {one.id for one in load_passports() if one.region == "KZ-ATY" and one.extensions}
    kept = passport("KZ-ATY.19").channel_steps.con or ()
    wait = kept[-1].waits
    assert extended == {"KZ-ATY.19"}
    assert wait is not None
    assert wait.deadline is not None
    assert (wait.deadline.amount, wait.deadline.unit) == (1, "month")


def test_atyrau_papers_for_an_exit_have_twenty_working_days_in_four_variants_of_five() -> None:
    waits = {
        one.variant: [step.waits.deadline for step in one.steps if step.waits]
        for one in passport("KZ-ATY.2").procedures
    }
    told = {name: [(one.amount, one.unit) for one in found if one] for name, found in waits.items() if found}
    assert told == {
        "employer-issue": [(20, "working_day")],
        "employer-reissue": [(20, "working_day")],
        "worker-issue-or-extension": [(20, "working_day")],
        "worker-reissue": [(20, "working_day")],
    }
