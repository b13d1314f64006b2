"""After the demo's case the decisions wait for people, and for clerks again when another demo begins."""

from __future__ import annotations

from typing import Any

import pytest

from services.tools.demo import handover
from tests.journeys.kit import RunningCountry

in_the_country = pytest.mark.asyncio(loop_scope="session")

OF_THE_OPERATOR = [{"policy": "manual", "service": "child-allowance"}]


async def rules_of(country: RunningCountry) -> Any:
    return (await country.operator("is_mio").get("/api/v1/clerks"))["rules"]


@in_the_country
async def test_decisions_are_handed_over_and_taken_back(country: RunningCountry) -> None:
    await handover.hand_over(country.deployment)
    (rule,) = await rules_of(country)
    assert (rule["policy"], sorted(rule["played_roles"])) == ("instant", sorted(handover.PLAYED_ROLES))
    await handover.hand_over(country.deployment)
    await handover.take_back(country.deployment)
    assert await rules_of(country) == []


@in_the_country
async def test_rules_of_the_operator_stay_as_they_are(country: RunningCountry) -> None:
    operator = country.operator("is_mio")
    await operator.call("PUT", "/api/v1/clerks", json={"rules": OF_THE_OPERATOR})
    await handover.hand_over(country.deployment)
    await handover.take_back(country.deployment)
    kept = await rules_of(country)
    await operator.call("PUT", "/api/v1/clerks", json={"rules": []})
    assert [(rule["policy"], rule["service"]) for rule in kept] == [("manual", "child-allowance")]


@pytest.mark.parametrize("name", ["EGOV_CLERKS", "EGOV_CLERKS_FILE", "EGOV_PLAYED_ROLES"])
def test_person_who_chose_the_clerks_keeps_them(name: str) -> None:
    assert handover.may_hand_over({})
    assert not handover.may_hand_over({name: "manual"})
