"""Threat: a member with a right for one service speaks in a case of another.

«Е-лицензирование» turned bad: it has its own key, its own certificate, its own rights for permits of foreign
labour, and the identifier of a citizen's application at ИС МИО. Every message below is well-formed, signed and
within its rights by type; none may have any effect in a case that is not its own.
"""

from __future__ import annotations

from typing import Any

import pytest

from shared.bus.messages.message import MessageContract, MessageInfo, MessageType, make_properties
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, REGULATION, STEP, VARIANT, CaseResult, DecisionOutcome, StatusChanged
from shared.contracts.documents import read_output
from shared.pki.client.enrolment import read_enrolment
from shared.pki.cms import signed_data
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import MessageRoute, ProcessGraph
from tests.journeys.kit import AUTHORITY, RunningCountry, eventually
from tests.journeys.rogue import Rogue, carrier

pytestmark = pytest.mark.asyncio(loop_scope="session")

OWN_SERVICE = "foreign-labour-permit"
OWN_REGULATION = "KZ-ATY.2"
VICTIM = {"service": "unemployment-certificate", "region": "KZ-YUZ", "regulation": "KZ-YUZ.3"}


def turned_bad(country: RunningCountry, address: str = addresses.ELICENSE) -> Rogue:
    """A system with its key and its certificate of НУЦ."""
    enrolment = read_enrolment(country.folder / address, address)
    assert enrolment is not None
    return Rogue(carrier(country), enrolment.identity)


def own_route(kind: MessageType) -> tuple[ProcessGraph, MessageRoute]:
    """A message that the act lets «Е-лицензирование» send to the portal."""
    for passport, graph in PassportBook.load().all_graphs():
        for route in graph.message_routes():
            if (passport.id, route.kind, route.sender, route.recipient) == (
                OWN_REGULATION,
                kind.value,
                addresses.ELICENSE,
                addresses.PORTAL,
            ):
                return graph, route
    raise AssertionError(f"the act gives it no {kind.value}")


async def speak_in(rogue: Rogue, case: str, kind: MessageType, **claims: str) -> MessageInfo:
    """Send a message of the rogue's own service with another's case in its envelope, or as ``claims`` says."""
    graph, route = own_route(kind)
    names = {
        "service": OWN_SERVICE,
        "region": "KZ-ATY",
        "regulation": OWN_REGULATION,
        "channel": graph.channel,
        "variant": graph.variant,
        "step": route.step,
        **claims,
    }
    properties = {
        REGULATION: names["regulation"],
        CHANNEL: names["channel"],
        STEP: names["step"],
        **({VARIANT: names["variant"]} if names["variant"] != "main" else {}),
    }
    info = rogue.info(
        names["service"],
        kind,
        correlation_id=case,
        route_id=names["region"],
        properties=make_properties(properties),
    )
    await rogue.send(rogue.sealed(info, payload_of(kind, names)))
    return info


def payload_of(kind: MessageType, names: dict[str, str]) -> MessageContract:
    common: dict[str, Any] = {
        "regulation": names["regulation"],
        "channel": names["channel"],
        "variant": names["variant"],
        "step": names["step"],
        "steps": (),
    }
    if kind is MessageType.RESPONSE:
        return CaseResult(**common, outcome=DecisionOutcome.NEGATIVE, reason="отказано", status="отказ")
    return StatusChanged(**common, authority=AUTHORITY, status="отказ", number="666")


@pytest.mark.parametrize("kind", [MessageType.UPDATE, MessageType.RESPONSE])
async def test_member_with_a_right_for_its_service_changes_no_case_of_another(
    country: RunningCountry, kind: MessageType
) -> None:
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    before = await citizen.sees(case, "поступившие")
    info = await speak_in(turned_bad(country), case, kind)
    await is_refused(country, info, "case-mismatch")
    assert await citizen.portal.get_application(case) == before


async def test_member_that_names_the_case_truly_has_no_right_in_it(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    before = await citizen.sees(case, "поступившие")
    info = await speak_in(turned_bad(country), case, MessageType.UPDATE, **VICTIM, channel="portal", step="t7")
    await is_refused(country, info, "no-right")
    assert await citizen.portal.get_application(case) == before


async def test_case_that_was_attacked_is_still_granted_and_the_citizen_holds_the_certificate(
    country: RunningCountry,
) -> None:
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    rogue = turned_bad(country)
    for kind in (MessageType.UPDATE, MessageType.RESPONSE):
        await speak_in(rogue, case, kind)
    clerk = await country.clerk()
    await clerk.accept_case(case)
    await clerk.decide_case(case, "positive")
    await clerk.sign_decision(case)
    assert (await citizen.is_served(case))["outcome"] == "positive"
    document = read_output(signed_data.open_signed(await citizen.portal.get_output_cms(case)).content)
    assert (document.application_id, document.applicant) == (case, citizen.person.iin)


async def is_refused(country: RunningCountry, info: MessageInfo, code: str) -> None:
    """ШЭП refused the message, and its journal has the reason and the sender."""
    gateway = country.operator("shep_gateway")
    (entry,) = await eventually(
        lambda: gateway.list_journal(correlation_id=info.correlation_id, event="REFUSED"),
        lambda entries: any(entry["message_id"] == info.message_id for entry in entries),
    )
    assert (entry["code"], entry["sender"]) == (code, info.sender.sender_id)
