"""The gateway refuses the portal's own message: the citizen gets a notice, and can try again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.journeys.kit import AUTHORITY, RunningCountry, eventually, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")

RIGHT = {"sender": "portal_pep", "service_id": "unemployment-certificate", "message_type": "REQUEST"}
TEXTS = {"ru": "не доставлен", "kk": "жеткізілмеді", "en": "was not delivered"}


@asynccontextmanager
async def without_the_right(country: RunningCountry) -> AsyncIterator[None]:
    gateway = country.operator("shep_gateway")
    await gateway.call("DELETE", "/api/v1/rights", json=RIGHT)
    try:
        yield
    finally:
        await gateway.post("/api/v1/rights", RIGHT)


async def changes(country: RunningCountry) -> list[str]:
    """The changes of the register, by the journal."""
    entries = await country.operator("shep_gateway").list_journal(event="CHANGED", limit=1000)
    return [entry["recipients"] for entry in reversed(entries)]


async def test_citizen_learns_of_an_application_not_delivered_and_applies_again(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    async with without_the_right(country):
        lost = await citizen.apply()
        await citizen.sees(lost, "не доставлено")
    assert [one["kind"] for one in await citizen.portal.list_notifications()] == ["not-delivered", "sent"]
    entry = (await country.operator("shep_gateway").list_journal(correlation_id=lost, event="REFUSED"))[0]
    assert (entry["sender"], entry["code"], entry["recipients"]) == ("portal_pep", "no-right", "")
    assert (await refused((await country.clerk()).get_case(lost))).code == "case-unknown"

    case = await citizen.apply()
    await country.arrived(case)
    assert (await citizen.portal.get_application(case))["status"] == "поступившие"
    assert (await citizen.portal.get_application(lost))["status"] == "не доставлено"


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
async def test_notification_of_what_was_not_delivered_names_the_reason(
    country: RunningCountry, language: str
) -> None:
    citizen = await country.citizen()
    async with without_the_right(country):
        lost = await citizen.apply()
        await citizen.sees(lost, "не доставлено")
    headers = {"Accept-Language": language}
    told = (await citizen.portal.call("GET", "/api/v1/notifications", headers=headers)).json()
    (text,) = (one["text"] for one in told if (one["application_id"], one["kind"]) == (lost, "not-delivered"))
    assert TEXTS[language] in text
    assert "no-right" in text


async def test_rights_changes_take_effect_at_once_and_are_journaled(country: RunningCountry) -> None:
    before = await changes(country)
    async with without_the_right(country):
        rights = await country.operator("shep_gateway").get("/api/v1/rights")
        assert RIGHT not in rights
    assert RIGHT in await country.operator("shep_gateway").get("/api/v1/rights")
    made = (await changes(country))[len(before) :]
    named = "portal_pep unemployment-certificate REQUEST"
    assert made == [f"right revoked: {named}", f"right granted: {named}"]


async def test_routes_decide_whether_a_case_is_delivered(country: RunningCountry) -> None:
    citizen, gateway = await country.citizen(), country.operator("shep_gateway")
    before = await changes(country)
    route = await route_to_authority(country)
    await gateway.call("DELETE", f"/api/v1/routes/{route['id']}")
    try:
        lost = await citizen.apply()
        await citizen.sees(lost, "не доставлено")
        (entry,) = await gateway.list_journal(correlation_id=lost, event="REFUSED")
        assert entry["code"] == "no-route"
    finally:
        added = await gateway.post("/api/v1/routes", {k: v for k, v in route.items() if k != "id"})
    await country.arrived(await citizen.apply(AUTHORITY))
    made = (await changes(country))[len(before) :]
    assert [one.split(":")[0] for one in made] == [f"route {route['id']} removed", f"route {added['id']} added"]


async def test_routes_stand_in_the_register_once(country: RunningCountry) -> None:
    gateway = country.operator("shep_gateway")
    route = await route_to_authority(country)
    error = await refused(gateway.post("/api/v1/routes", {k: v for k, v in route.items() if k != "id"}))
    assert (error.status, error.code) == (409, "route-exists")
    await country.arrived(await (await country.citizen()).apply())


async def test_member_that_is_switched_off_sends_and_receives_nothing(country: RunningCountry) -> None:
    citizen, gateway = await country.citizen(), country.operator("shep_gateway")
    body = {"title": "ИС МИО", "is_regional": True, "is_active": False}
    await gateway.call("PUT", "/api/v1/members/is_mio", json=body)
    try:
        lost = await citizen.apply()
        await citizen.sees(lost, "не доставлено")
        (entry,) = await gateway.list_journal(correlation_id=lost, event="REFUSED")
        assert entry["code"] == "recipient-stopped"
    finally:
        await gateway.call("PUT", "/api/v1/members/is_mio", json={**body, "is_active": True})
    await country.arrived(await citizen.apply())


async def test_register_calls_unknown_whatever_does_not_exist_there(country: RunningCountry) -> None:
    gateway = country.operator("shep_gateway")
    route = await refused(gateway.call("DELETE", "/api/v1/routes/999999"))
    delivery = await refused(gateway.post("/api/v1/deliveries/stop?sender=nobody&message_id=none"))
    passport = await refused(gateway.get("/api/v1/regulations/KZ-YUZ.99"))
    assert (route.status, route.code) == (404, "route-unknown")
    assert (delivery.status, delivery.code) == (404, "delivery-unknown")
    assert (passport.status, passport.code) == (404, "regulation-unknown")


async def route_to_authority(country: RunningCountry) -> dict[str, Any]:
    """The route of the portal's application."""
    routes = await country.operator("shep_gateway").get("/api/v1/routes")
    (found,) = (
        one
        for one in routes
        if (one["recipient"], one["channel"], one["message_type"]) == ("is_mio", "portal", "REQUEST")
        and (one["service_id"], one["region"]) == ("unemployment-certificate", "KZ-YUZ")
    )
    return dict(found)


async def test_delivery_that_will_not_end_can_be_stopped(country: RunningCountry) -> None:
    gateway = country.operator("shep_gateway")
    case = await (await country.citizen()).apply()
    await country.arrived(case)
    request = (await gateway.list_journal(correlation_id=case))[-1]
    stopped = await gateway.post(f"/api/v1/deliveries/stop?sender=portal_pep&message_id={request['message_id']}")
    assert [row["state"] for row in stopped] == ["DELIVERED"], "what has arrived stays so"
    told = await eventually(lambda: changes(country), lambda made: str(request["message_id"]) in made[-1])
    assert told[-1].endswith("stopped")
