"""Near-miss: a message that the register refuses is told the entries that would have let it pass."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.shep_gateway.api.register import AccessRightRequest, GatewayRouteRequest, MemberRequest
from services.shep_gateway.domain import AccessRight, GatewayMember, GatewayRoute, RegisterSnapshot
from services.shep_gateway.missing_entries import EXPLAINED, MOST_NAMED, TEXTS, explain_refusal, find_entries
from shared.bus.errors import BusError
from shared.bus.messages.message import MessageInfo, MessageType, make_envelope

MEMBERS = [
    GatewayMember("portal", "ПЭП", False, True),
    GatewayMember("provider", "ИС МИО", True, True),
    GatewayMember("stopped", "ИС ЦОН", False, False),
    GatewayMember("stranger", "A system of another tenant", False, True, is_at_door=True),
    GatewayMember("newcomer", "A system that joined", False, True, is_at_door=True),
]
RIGHTS = [
    AccessRight("portal", "kindergarten-queue", "REQUEST"),
    AccessRight("stranger", "kindergarten-queue", "REQUEST"),
    AccessRight("newcomer", "kindergarten-queue", "UPDATE"),
    AccessRight("newcomer", "certificate", "REQUEST"),
    AccessRight("stopped", "certificate", "REQUEST"),
]
ROUTES = [
    GatewayRoute("kindergarten-queue", "KZ-YUZ", "REQUEST", "portal", "t1", "provider", is_provider=True),
    GatewayRoute("kindergarten-queue", "KZ-AKM", "REQUEST", None, None, "provider", is_provider=True),
    GatewayRoute("certificate", None, "REQUEST", None, None, "provider", is_provider=True),
]


def register(*rights: AccessRight, routes: list[GatewayRoute] = ROUTES) -> RegisterSnapshot:
    return RegisterSnapshot.from_register(MEMBERS, [*RIGHTS, *rights], routes)


def message(sender: str, service: str, region: str | None, kind: str = "REQUEST", **where: str) -> MessageInfo:
    return make_envelope(
        message_id="m1",
        correlation_id="c1",
        service_id=service,
        message_type=MessageType(kind),
        route_id=region,
        message_date=datetime(2026, 11, 29, tzinfo=UTC),
        sender=sender,
        values=where,
    )


def refusal_of(info: MessageInfo, known: RegisterSnapshot) -> str:
    """The code with which the register refuses a message that came its right way; "" when it lets it pass."""
    sender, kind = info.sender.sender_id, info.message_type.value
    try:
        known.check_sender(sender, sender, sender)
        known.check_right(sender, info.service_id, info.route_id, kind)
        known.find_targets(info.service_id, info.route_id, kind, info.find_property("channel"), None)
    except BusError as error:
        return error.code
    return ""


def told(info: MessageInfo, known: RegisterSnapshot) -> dict[str, dict[str, str]]:
    return {entry.code: dict(entry.details) for entry in find_entries(refusal_of(info, known), info, known)}


def follow(info: MessageInfo, known: RegisterSnapshot) -> RegisterSnapshot:
    """The register after every call that the explanation names, each as its endpoint takes it."""
    members, rights, routes = list(MEMBERS), list(RIGHTS), list(ROUTES)
    for entry in find_entries(refusal_of(info, known), info, known):
        body: dict[str, Any] = dict(entry.details)
        method, _, path = body.pop("call", "").partition(" ")
        if path == "/api/v1/rights":
            rights.append(AccessRight(**AccessRightRequest(**body).model_dump()))
        elif path == "/api/v1/routes":
            routes.append(GatewayRoute(**GatewayRouteRequest(**body, recipient="provider").model_dump()))
        elif method == "PUT":
            asked = TypeAdapter(MemberRequest).validate_strings({"title": "A new system", **body}).model_dump()
            members.append(GatewayMember(path.rpartition("/")[2], **asked))
    return RegisterSnapshot.from_register(members, rights, routes)


@pytest.mark.parametrize(
    ("sender", "service"), list(product(("portal", "nobody", "stopped"), ("certificate", "no-such")))
)
@pytest.mark.parametrize(("region", "kind"), list(product(("KZ-YUZ", None), ("REQUEST", "RESPONSE"))))
def test_message_passes_once_the_operator_has_made_the_calls(
    sender: str, service: str, region: str | None, kind: str
) -> None:
    info = message(sender, service, region, kind)
    assert refusal_of(info, register()) in EXPLAINED
    assert refusal_of(info, follow(info, register())) == ""


def test_right_is_near_by_its_type_its_sender_and_its_service_and_no_stranger_is_named() -> None:
    assert told(message("newcomer", "kindergarten-queue", "KZ-AKM"), register()) == {
        "right-missing": {
            "call": "POST /api/v1/rights",
            "sender": "newcomer",
            "service_id": "kindergarten-queue",
            "message_type": "REQUEST",
        },
        "types-granted": {"entries": "UPDATE"},
        "senders-granted": {"entries": "portal"},
        "services-granted": {"entries": "certificate"},
    }


def test_service_that_is_misspelt_is_told_the_like_names() -> None:
    entries = told(message("portal", "Kindergarden-Queue", "KZ-YUZ"), register())
    assert entries["services-alike"] == entries["services-granted"] == {"entries": "kindergarten-queue"}
    assert list(entries)[:2] == ["route-missing", "right-missing"]


def test_region_that_does_not_provide_the_service_is_told_the_regions_that_do() -> None:
    entries = told(message("portal", "kindergarten-queue", "KZ-NOW"), register())
    route = {"service_id": "kindergarten-queue", "region": "KZ-NOW", "message_type": "REQUEST"}
    assert entries == {
        "route-missing": {"call": "POST /api/v1/routes", **route},
        "regions-served": {"entries": "KZ-AKM KZ-YUZ"},
    }


def test_route_of_another_step_is_named_with_its_channel() -> None:
    entries = told(message("portal", "kindergarten-queue", "KZ-YUZ", channel="con"), register())
    assert list(entries) == ["route-missing", "steps-routed"]
    assert entries["steps-routed"] == {"entries": "portal:t1"}
    other_type = told(message("newcomer", "kindergarten-queue", "KZ-AKM", "UPDATE"), register())
    assert other_type["types-routed"] == {"entries": "REQUEST"}


def test_recipient_that_is_switched_off_is_told_with_the_whole_body_of_the_call() -> None:
    known = register(routes=[GatewayRoute("certificate", None, "REQUEST", None, None, "stopped")])
    info = message("newcomer", "certificate", None)
    (entry,) = find_entries("recipient-stopped", info, known)
    body = {"title": "ИС ЦОН", "is_regional": "false", "is_active": "true"}
    assert dict(entry.details) == {"call": "PUT /api/v1/members/stopped", **body}


def test_explanation_stays_small_however_much_the_register_holds() -> None:
    services = [f"service-{n:04}-{'x' * 80}" for n in range(1_000)]
    rights = [AccessRight("newcomer", service, "REQUEST") for service in services]
    routes = [GatewayRoute(service, None, "REQUEST", None, None, "provider") for service in services]
    info = message("newcomer", f"service-xxxx-{'x' * 80}", "KZ-YUZ")
    explanation = explain_refusal("service-unknown", info, register(*rights, routes=routes))
    named = [finding["details"].get("entries", "").split() for finding in explanation["findings"]]
    assert max(map(len, named)) == MOST_NAMED
    assert len(str(explanation)) < 6_000
    assert explanation["facts"]["region"] == "KZ-YUZ"
    assert {finding["code"] for finding in explanation["findings"]} <= TEXTS.keys()
