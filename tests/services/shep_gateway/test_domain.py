"""The rules of rights and routes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from services.shep_gateway.domain import (
    INITIATOR,
    AccessRight,
    GatewayMember,
    GatewayRoute,
    RegisterSnapshot,
)
from shared.bus.errors import BusError

PORTAL, PROVIDER = GatewayMember("portal", "ПЭП", False, True), GatewayMember("provider", "ИС МИО", True, True)
STOPPED = GatewayMember("stopped", "", False, False)
WAY_IN = "rshep_regional.kz-yuz"


def directions(*routes: GatewayRoute) -> RegisterSnapshot:
    rights = [AccessRight("portal", "certificate", "REQUEST"), AccessRight("provider", "certificate", "RESPONSE")]
    return RegisterSnapshot.from_register([PORTAL, PROVIDER, STOPPED], rights, routes)


def route(
    recipient: str, *, region: str | None = "KZ-YUZ", channel: str | None = None, step: str | None = None
) -> GatewayRoute:
    return GatewayRoute("certificate", region, "REQUEST", channel, step, recipient)


def recipients(known: RegisterSnapshot, region: str | None, channel: str | None, step: str | None) -> list[str]:
    return [leg.recipient for leg in known.find_targets("certificate", region, "REQUEST", channel, step)]


def code_of(call: Callable[[], object]) -> str | None:
    """The code with which a call is refused; None when it succeeds."""
    try:
        call()
    except BusError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("sender", "neighbour", "code"),
    [
        ("nobody", "nobody", "sender-not-registered"),
        ("stopped", "stopped", "member-stopped"),
        ("portal", "provider", "wrong-way-in"),
        ("provider", "provider", "wrong-way-in"),
        ("provider", "rshep_regional.kz-akm", "wrong-way-in"),
    ],
)
def test_sender_must_be_registered_active_and_come_its_own_way(sender: str, neighbour: str, code: str) -> None:
    assert code_of(lambda: directions().check_sender(sender, neighbour, WAY_IN)) == code


def test_member_comes_by_itself_and_a_regional_one_through_its_regions_gateway() -> None:
    known = directions()
    assert code_of(lambda: known.check_sender("portal", "portal", WAY_IN)) is None
    assert code_of(lambda: known.check_sender("provider", WAY_IN, WAY_IN)) is None


@pytest.mark.parametrize(
    ("sender", "service", "region", "kind", "code"),
    [
        ("portal", "unknown", "KZ-YUZ", "REQUEST", "service-unknown"),
        ("portal", "certificate", "KZ-AKM", "REQUEST", "service-not-in-region"),
        ("portal", "certificate", None, "REQUEST", "service-not-in-region"),
        ("portal", "certificate", "KZ-YUZ", "RESPONSE", "no-right"),
        ("provider", "certificate", "KZ-YUZ", "REQUEST", "no-right"),
    ],
)
def test_rights_that_are_not_granted_are_denied(
    sender: str, service: str, region: str | None, kind: str, code: str
) -> None:
    known = directions(route("provider"))
    assert code_of(lambda: known.check_right(sender, service, region, kind)) == code


def test_rights_that_are_granted_hold_where_the_service_is_given() -> None:
    known = directions(route("provider"))
    for sender, kind in (("portal", "REQUEST"), ("provider", "RESPONSE")):
        assert code_of(partial(known.check_right, sender, "certificate", "KZ-YUZ", kind)) is None


def test_service_without_a_region_is_given_everywhere() -> None:
    known = directions(route("register", region=None))
    for region in ("KZ-YUZ", "KZ-AKM", None):
        assert code_of(partial(known.check_right, "portal", "certificate", region, "REQUEST")) is None
        assert recipients(known, region, None, None) == ["register"]


def test_route_that_is_most_particular_wins() -> None:
    known = directions(
        route("general", region=None), route("regional"), route("of the step", channel="portal", step="t1")
    )
    assert recipients(known, "KZ-YUZ", "portal", "t1") == ["of the step"]
    assert recipients(known, "KZ-YUZ", "portal", "t2") == ["regional"]
    assert recipients(known, "KZ-AKM", "portal", "t1") == ["general"]


def test_route_may_have_several_recipients_and_one_that_is_found_out_later() -> None:
    known = directions(route("provider"), route("board"))
    assert recipients(known, "KZ-YUZ", None, None) == ["provider", "board"]
    back = directions(GatewayRoute("certificate", None, "RESPONSE", None, None, INITIATOR))
    assert [leg.recipient for leg in back.find_targets("certificate", None, "RESPONSE", None, None)] == [INITIATOR]


def test_route_that_is_missing_leaves_no_recipient() -> None:
    known = directions(route("provider", channel="portal", step="t1"))
    assert code_of(lambda: recipients(known, "KZ-YUZ", "portal", "t2")) == "no-route"
