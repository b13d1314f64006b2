"""The passports of 2012, South Kazakhstan and the district, against their acts: everything that can be counted."""

from __future__ import annotations

import pytest

from tests.regulations.fact_tables import tables, walks
from tests.regulations.graphs import passport

DESK = "- п1 у1 п2 п3 п4 у2 п5 п6 п7 п8"
CABINET = "- п1 у1 п2 п3 п4 у2 п5 п6 п7"
CENTRE = DESK.removeprefix("- ")

WALKS = {
    "KZ-SEV.1": {"provider": DESK, "portal": CABINET},
    "KZ-YUZ.1": {
        "provider": "- п1 у1 п2 п3 п4 у2 п5 п6 п7 у3 п8 п9 п10",
        "con": "п1 у1 п2 п3 п4 у2 п5 п6 п7 у3 п8 п9 п10",
        "portal": "- п1 у1 п2 п3 п4 у2 п5 п6 п7 у3 п8 п9",
    },
    "KZ-YUZ.2": {"provider": DESK, "con": CENTRE, "portal": CABINET},
    "KZ-YUZ.3": {"provider": DESK, "con": CENTRE, "portal": CABINET},
    "KZ-YUZ.4": {"provider": DESK, "portal": CABINET},
}

TABLES = {
    "KZ-SEV.1": {
        "provider": "15m 1m 1m 7w(22w) 1m - 1m 1m -",
        "portal": "1m 1m 1m 15m 10c 1m 1m 1m 1m 1m 1m 1m",
    },
    "KZ-YUZ.1": {
        "provider": "10m 1m 1m 1m 15m 1m 1m 1m 5m 1m 1m 1m",
        "con": "30m 1m 1m 1m 10m 3c 1m 1m 1m - 1m 1m 1m 1m 15m",
        "portal": "1m 1m 1m 1m 10m 15m 1m 1m 1m 1m 1m 1m 1m 1m 1m",
    },
    "KZ-YUZ.2": {
        "provider": "15m 1m 1m 1m 15-30c(6M) 1m 1m 1m 1m 1m 1m 1m",
        "con": "15m 1m 1m 1m 15m 15-30c(6M) 1m 1m 1m - 1m 1m 1m 1m 15m",
        "portal": "1m 1m 1m 1m 15m 15-30c(6M) 1m 1m 1m 1m 1m 1m 1m 1m 1m",
    },
    "KZ-YUZ.3": {
        "provider": "10m 1m 1m 1m 10m 1m 1m 1m 1m 1m 1m 1m",
        "con": "10m 1m 1m 1m 10m 3w 1m 1m 1m - 1m 1m 1m 1m 10m",
        "portal": "1m 1m 1m 1m 10m 10m 1m 1m 1m 1m 1m 1m 1m 1m 1m",
    },
    "KZ-YUZ.4": {
        "provider": "15m 1m 1m 10w 1m - 1m(-) 1m -",
        "portal": "1m 1m 1m 15m 10w 1m 1m 1m 1m 1m 1m 1m",
    },
}
"""Terms of the rows; ``-`` is a row that the act leaves empty."""

COUNTED = {"KZ-YUZ.1": (15, 21, 5), "KZ-YUZ.2": (19, 21, 0), "KZ-YUZ.3": (15, 21, 5), "KZ-YUZ.4": (15, 0, 8)}
"""Departments or archives, offices of ЦОН, rows of format-logic control."""

UNITS = {"KZ-YUZ.1": 5, "KZ-YUZ.2": 6, "KZ-YUZ.3": 6, "KZ-YUZ.4": 4}
"""Units and systems that take part, by the act's own list."""


@pytest.mark.parametrize("passport_id", WALKS)
def test_south_steps_of_a_walk_bear_the_label_that_the_act_prints(passport_id: str) -> None:
    assert walks(passport_id) == WALKS[passport_id]


@pytest.mark.parametrize("passport_id", TABLES)
def test_south_rows_all_have_the_term_of_the_act(passport_id: str) -> None:
    assert tables(passport_id) == TABLES[passport_id]


@pytest.mark.parametrize("passport_id", COUNTED)
def test_south_directories_and_the_fields_that_are_checked_are_complete(passport_id: str) -> None:
    one = passport(passport_id)
    counted = (len(one.directories.departments), len(one.directories.con_offices), len(one.flk))
    assert counted == COUNTED[passport_id]
    assert len(one.participants) == UNITS[passport_id]


def test_south_kindergartens_index_is_a_number_and_its_phone_a_text_unlike_elsewhere() -> None:
    formats = {
        name: {rule.key: rule.format for rule in passport(name).flk if rule.key in ("postal_index", "phone")}
        for name in ("KZ-YUZ.1", "KZ-YUZ.3", "KZ-YUZ.4")
    }
    assert formats["KZ-YUZ.1"] == {"postal_index": "numeric", "phone": "text"}
    assert formats["KZ-YUZ.3"] == formats["KZ-YUZ.4"] == {"postal_index": "text", "phone": "numeric"}


def test_south_sub_points_keep_the_numbers_that_are_misprinted() -> None:
    walk = passport("KZ-YUZ.1").channel_steps
    items = [[int(step.item.rstrip(")")) for step in steps or ()] for steps in (walk.con, walk.portal)]
    assert items == [
        [1, 2, 3, 4, 6, 6, 7, 8, 11, 12, 13, 14, 15],
        [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14],
    ]


def test_south_district_leaves_two_rows_empty_and_has_no_fields_to_check() -> None:
    table = passport("KZ-SEV.1").step_tables.provider
    assert table is not None
    assert [row.n for row in table.rows if row.performs.op == "nothing"] == [6, 9]
    assert passport("KZ-SEV.1").flk == ()
