"""KZ-ATY.9 in a ЦОН: the authority decides after its result is signed and issued, as the act prints the steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from shared.contracts.documents import read_output
from shared.pki.cms import signed_data
from tests.journeys.all_processes import Way, desk_of, ended, take_in
from tests.journeys.kit import RunningCountry, eventually

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


async def paid(country: RunningCountry, case: str) -> list[Any]:
    rows = await country.operator("gcvp").get("/api/v1/payments", limit=1000)
    return [one for one in rows if one["order_id"] == case]


@pytest.mark.parametrize("is_granted", [True, False], ids=["granted", "refused"])
async def test_result_that_was_decided_last_is_handed_out_and_only_a_grant_is_paid(
    brisk_country: RunningCountry, is_granted: bool
) -> None:
    way = Way("KZ-ATY.9", "con", "main", is_granted=is_granted)
    applicant = brisk_country.stranger(is_even=is_granted)
    case = await take_in(brisk_country, way, applicant)
    end, steps = await ended(brisk_country, way, case)
    assert end.end == ("completed" if is_granted else "refused")
    assert [one.step for one in steps if one.step in ("p5", "w8", "w9", "w10", "w11")][-1] == "w11"
    desk = await desk_of(brisk_country, "is_con", way)
    told = await eventually(lambda: desk.get_case(case), lambda row: row["stage"] == "completed")
    assert told["outcome"] == ("positive" if is_granted else "negative")
    signed = (await desk.call("GET", f"/api/v1/cases/{case}/output")).content
    document = read_output(signed_data.open_signed(signed).content)
    assert (document.outcome, document.reason is None) == (told["outcome"], is_granted)
    if is_granted:
        (order,) = await eventually(lambda: paid(brisk_country, case), bool)
        (decided,) = (one.at for one in steps if one.step == "w9")
        assert order["payer"] == "is_esobes"
        assert datetime.fromisoformat(order["executed_at"]) >= decided
    else:
        assert await paid(brisk_country, case) == []
