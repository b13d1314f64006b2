"""The provider of a service is changed at run time: at ШЭП, and in a region."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.bus.messages.message import MessageInfo, MessageType
from shared.contracts.cases import TELL_CARRIED, DeliveryState, DeliveryStateChanged
from shared.contracts.registers import CITIZEN_SERVICE, CitizenAnswer, CitizenKind, CitizenQuery
from tests.journeys.gateway_pairs import Ends, gateways
from tests.journeys.kit import LIVING, eventually, refused
from tests.journeys.providers import in_case, way_of

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

REQUEST, UPDATE, RESPONSE = MessageType.REQUEST, MessageType.UPDATE, MessageType.RESPONSE
QUEUE, CERTIFICATE = "kindergarten-queue", "unemployment-certificate"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ends(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ends]:
    async with gateways(tmp_path_factory.mktemp("gateways")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def changed(ends: Ends) -> AsyncIterator[Ends]:
    """АРМ ШЭП provides the queue for kindergartens in the portal's channel."""
    await ends.put("KZ-YUZ", QUEUE, {"channel": "portal", "recipient": "arm_shep"})
    yield ends
    await ends.reset("KZ-YUZ", QUEUE)


async def journaled(ends: Ends, event: str = "ROUTE_CHANGED") -> list[dict[str, Any]]:
    """The entries of an event, the oldest first."""
    rows = await ends.country.operator("shep_gateway").list_journal(event=event, limit=1000)
    return [dict(row) for row in reversed(rows)]


async def test_case_goes_and_comes_as_its_passport_says(ends: Ends) -> None:
    request = await ends.send("portal_pep", REQUEST, "t1")
    assert await ends.comes("is_mio", request)
    accepted = await ends.send("is_mio", UPDATE, "t3", case=request.correlation_id)
    assert await ends.comes("portal_pep", accepted)
    chosen = await ends.send("portal_pep", UPDATE, "w11", case=request.correlation_id)
    assert await ends.comes("is_mio", chosen)


async def test_gateways_tell_the_steps_that_they_did(ends: Ends) -> None:
    request = await ends.send("portal_pep", REQUEST, "t1")
    assert await ends.comes("is_mio", request)
    accepted = await ends.send("is_mio", UPDATE, "t7", case=request.correlation_id)
    assert await ends.comes("portal_pep", accepted)
    path = f"/api/v1/cases/{request.correlation_id}/steps"
    central = await ends.country.operator("shep_gateway").get(path)
    regional = await ends.country.operator("rshep_yuz").get(path)
    assert [(one["step"], one["by"]) for one in central] == [("t2", "shep_gateway"), ("t8", "shep_gateway")]
    assert [one["step"] for one in regional] == ["t2", "t8"]
    assert {one["by"] for one in regional} == {"rshep_regional.kz-yuz"}
    assert await ends.country.operator("rshep_akm").get(path) == []


async def test_step_that_the_passport_does_not_give_is_not_carried(ends: Ends) -> None:
    for step, kind in (("t5", REQUEST), ("t99", REQUEST), ("t1", UPDATE), ("t1; drop", REQUEST)):
        assert await ends.refusal(await ends.send("portal_pep", kind, step)) == "no-route"


async def test_regions_workplace_gets_what_the_passports_bring_to_it(ends: Ends) -> None:
    request = await ends.send("portal_pep", REQUEST, "t1", service=CERTIFICATE, region="KZ-AKM")
    assert await ends.refusal(request) == "no-route", "Akmola's act has no table"
    routes = await ends.country.operator("shep_gateway").get("/api/v1/routes")
    step = next(
        one["step"]
        for one in routes
        if (one["service_id"], one["region"], one["recipient"]) == (CERTIFICATE, "KZ-AKM", "arm_rshep")
    )
    request = await ends.send("portal_pep", REQUEST, step, service=CERTIFICATE, region="KZ-AKM")
    assert await ends.comes("arm_rshep", request)


async def test_route_that_is_changed_takes_new_cases_elsewhere_and_brings_back_theirs(changed: Ends) -> None:
    request = await changed.send("portal_pep", REQUEST, "t1")
    assert await changed.comes("arm_shep", request)
    accepted = await changed.send("arm_shep", UPDATE, "t3", case=request.correlation_id)
    assert await changed.comes("portal_pep", accepted)
    chosen = await changed.send("portal_pep", UPDATE, "w11", case=request.correlation_id)
    assert await changed.comes("arm_shep", chosen)
    settled = await changed.send("arm_shep", RESPONSE, "t12", case=request.correlation_id)
    assert await changed.comes("portal_pep", settled)


async def test_stand_in_has_the_providers_rights_in_its_own_cases_and_no_others(changed: Ends) -> None:
    own = await changed.send("portal_pep", REQUEST, "t1")
    assert await changed.comes("arm_shep", own)
    request = await changed.send("arm_shep", REQUEST, "t1", case=own.correlation_id)
    assert await changed.refusal(request) == "no-right", "the provider sends no requests"
    await changed.reset("KZ-YUZ", QUEUE)
    other = await changed.send("portal_pep", REQUEST, "t1")
    assert await changed.comes("is_mio", other)
    stolen = await changed.send("arm_shep", UPDATE, "t3", case=other.correlation_id)
    assert await changed.refusal(stolen) == "no-right"
    nobodys = await changed.send("arm_shep", RESPONSE, "t12")
    assert await changed.refusal(nobodys) == "no-right"


async def test_case_stays_with_the_system_that_took_it(ends: Ends) -> None:
    before = await ends.send("portal_pep", REQUEST, "t1")
    assert await ends.comes("is_mio", before)
    await ends.put("KZ-YUZ", QUEUE, {"recipient": "arm_shep"})
    during = await ends.send("portal_pep", REQUEST, "t1")
    assert await ends.comes("arm_shep", during)
    assert await ends.comes("is_mio", await ends.send("portal_pep", UPDATE, "w11", case=before.correlation_id))
    await ends.reset("KZ-YUZ", QUEUE)
    assert await ends.comes("arm_shep", await ends.send("portal_pep", UPDATE, "w11", case=during.correlation_id))
    settled = await ends.send("arm_shep", RESPONSE, "t12", case=during.correlation_id)
    assert await ends.comes("portal_pep", settled)


async def test_route_changes_stand_in_the_journal_with_what_was_before(ends: Ends) -> None:
    count = len(await journaled(ends))
    told = await ends.put("KZ-YUZ", QUEUE, {"channel": "portal", "recipient": "arm_shep"})
    assert [(one["passport"], one["recipient"], one["is_changed"]) for one in told] == [
        ("is_mio", "arm_shep", True)
    ]
    await ends.put("KZ-YUZ", QUEUE, {"channel": "portal", "recipient": "arm_shep"})
    await ends.reset("KZ-YUZ", QUEUE)
    await ends.reset("KZ-YUZ", QUEUE)
    entries = (await journaled(ends))[count:]
    assert [(one["service_id"], one["region"], one["channel"], one["sender"]) for one in entries] == [
        (QUEUE, "KZ-YUZ", "portal", "operator")
    ] * 2
    assert [one["recipients"] for one in entries] == [
        "is_mio (passport) -> arm_shep",
        "arm_shep -> is_mio (passport)",
    ]
    assert (await ends.country.operator("shep_gateway").get("/api/v1/journal/verification"))["is_whole"]


async def test_route_change_without_a_channel_is_a_change_of_all_channels(ends: Ends) -> None:
    told = await ends.put("KZ-YUZ", QUEUE, {"recipient": "arm_rshep"})
    try:
        assert {(one["channel"], one["recipient"]) for one in told} == {
            ("con", "arm_rshep"),
            ("portal", "arm_rshep"),
        }
        listed = await ends.country.operator("shep_gateway").get("/api/v1/service-routes", region="KZ-YUZ")
        assert {one["service_type"] for one in listed if one["is_changed"]} == {QUEUE}
        request = await ends.send("portal_pep", REQUEST, "t1")
        assert await ends.comes("arm_rshep", request), "the region's gateway obeys"
    finally:
        await ends.reset("KZ-YUZ", QUEUE)


@pytest.mark.parametrize(
    ("service", "region", "body", "status", "code"),
    [
        (QUEUE, "KZ-YUZ", {"recipient": "nr_iin"}, 403, "recipient-cannot-serve"),
        (QUEUE, "KZ-YUZ", {"recipient": "is_cgo"}, 403, "recipient-cannot-serve"),
        (QUEUE, "KZ-YUZ", {"recipient": "portal_pep"}, 403, "recipient-cannot-serve"),
        (QUEUE, "KZ-YUZ", {"recipient": "is_con"}, 403, "recipient-cannot-serve"),
        (QUEUE, "KZ-YUZ", {"recipient": "nobody"}, 404, "recipient-unknown"),
        (QUEUE, "KZ-YUZ", {"recipient": "@initiator"}, 404, "recipient-unknown"),
        (QUEUE, "KZ-AKM", {"recipient": "arm_shep"}, 404, "service-not-in-region"),
        (QUEUE, "KZ-NOWHERE", {"recipient": "arm_shep"}, 404, "service-not-in-region"),
        ("no-such", "KZ-YUZ", {"recipient": "arm_shep"}, 404, "service-unknown"),
        ("nr-iin-person", "KZ-YUZ", {"recipient": "arm_shep"}, 404, "channel-not-found"),
        (QUEUE, "KZ-YUZ", {"channel": "provider", "recipient": "arm_shep"}, 404, "channel-not-found"),
        ("home-taught-children-support", "KZ-ATY", {"recipient": "arm_shep"}, 409, "recipient-takes-part"),
        (QUEUE, "KZ-YUZ", {"channel": "fax", "recipient": "arm_shep"}, 422, "request-malformed"),
        (QUEUE, "KZ-YUZ", {"recipient": ""}, 422, "request-malformed"),
        (QUEUE, "KZ-YUZ", {"recipient": "arm_shep", "step": "t1"}, 422, "request-malformed"),
    ],
)
async def test_route_change_that_makes_no_sense_changes_nothing(
    ends: Ends, service: str, region: str, body: dict[str, Any], status: int, code: str
) -> None:
    count = len(await journaled(ends))
    error = await refused(ends.put(region, service, body))
    assert (error.status, error.code) == (status, code)
    listed = await ends.country.operator("shep_gateway").get("/api/v1/service-routes")
    assert not any(one["is_changed"] for one in listed)
    assert len(await journaled(ends)) == count


async def test_system_that_is_switched_off_provides_nothing(ends: Ends) -> None:
    gateway, body = ends.country.operator("shep_gateway"), {"title": "АРМ ШЭП", "is_active": False}
    await gateway.call("PUT", "/api/v1/members/arm_shep", json=body)
    try:
        error = await refused(ends.put("KZ-YUZ", QUEUE, {"recipient": "arm_shep"}))
        assert (error.status, error.code) == (404, "recipient-stopped")
    finally:
        await gateway.call("PUT", "/api/v1/members/arm_shep", json={**body, "is_active": True})


async def test_operator_alone_sees_and_changes_which_system_provides_a_service(ends: Ends) -> None:
    path = f"/api/v1/service-routes/{QUEUE}/KZ-YUZ"
    answers = [
        await ends.country.answer("shep_gateway", "GET", "/api/v1/service-routes"),
        await ends.country.answer("shep_gateway", "PUT", path, json={"recipient": "arm_shep"}),
        await ends.country.answer("shep_gateway", "DELETE", path),
        await ends.country.answer("rshep_yuz", "DELETE", f"/api/v1/routes/{QUEUE}"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "operator-only")] * 4


@pytest.mark.parametrize(
    ("service", "body", "status", "code"),
    [
        (QUEUE, {"system": "portal_pep"}, 403, "system-not-regional"),
        (QUEUE, {"system": "arm_shep"}, 403, "system-not-regional"),
        (CERTIFICATE + "-of-nothing", {"system": "is_mio"}, 404, "service-unknown"),
        (QUEUE, {"channel": "fax", "system": "is_mio"}, 422, "request-malformed"),
        (QUEUE, {"system": ""}, 422, "request-malformed"),
        ("x" * 101, {"system": "is_mio"}, 422, "request-malformed"),
    ],
)
async def test_regional_routes_refuse_nonsense(
    ends: Ends, service: str, body: dict[str, Any], status: int, code: str
) -> None:
    region = ends.country.operator("rshep_yuz")
    before = await region.get("/api/v1/routes")
    error = await refused(region.call("PUT", f"/api/v1/routes/{service}", json=body))
    assert (error.status, error.code) == (status, code)
    assert await region.get("/api/v1/routes") == before


async def test_regional_route_has_another_system_of_the_region_provide_a_service(ends: Ends) -> None:
    region, gateway = ends.country.operator("rshep_yuz"), ends.country.operator("shep_gateway")
    before = await ends.send("portal_pep", REQUEST, "t1")
    assert await ends.comes("is_mio", before)
    await region.call("PUT", f"/api/v1/routes/{QUEUE}", json={"channel": "portal", "system": "arm_rshep"})
    try:
        during = await ends.send("portal_pep", REQUEST, "t1")
        assert await ends.comes("arm_rshep", during)
        await ends.acknowledge("arm_rshep", during)
        await eventually(
            lambda: gateway.list_deliveries(correlation_id=during.correlation_id),
            lambda rows: [(row["recipient"], row["state"]) for row in rows] == [("is_mio", "DELIVERED")],
        )
        accepted = await ends.send("arm_rshep", UPDATE, "t3", case=during.correlation_id)
        assert await ends.comes("portal_pep", accepted)
        chosen = await ends.send("portal_pep", UPDATE, "w11", case=before.correlation_id)
        assert await ends.comes("is_mio", chosen), "what ИС МИО has taken stays there"
    finally:
        await region.call("DELETE", f"/api/v1/routes/{QUEUE}")
    chosen = await ends.send("portal_pep", UPDATE, "w11", case=during.correlation_id)
    assert await ends.comes("arm_rshep", chosen)
    made = [row for row in await region.get("/api/v1/passages", limit=1000) if row["event"] == "ROUTE_CHANGED"]
    assert [(row["sender"], row["to"]) for row in made][:2] == [
        ("operator", "portal=arm_rshep -> -"),
        ("operator", "- -> portal=arm_rshep"),
    ]


async def test_system_of_the_region_speaks_only_in_the_cases_that_the_regions_routes_brought_to_it(
    ends: Ends,
) -> None:
    """Each of the two systems of Южно-Казахстанская область turned bad in a case of the other."""
    region = ends.country.operator("rshep_yuz")
    of_mio = await ends.send("portal_pep", REQUEST, "t1")
    assert await ends.comes("is_mio", of_mio)
    stolen = await ends.send("arm_rshep", UPDATE, "t3", case=of_mio.correlation_id)
    assert await ends.refusal(stolen) in ("no-right", "not-a-participant")
    info = await ask_register(ends, "arm_rshep", "KZ-YUZ.1", of_mio.correlation_id, "portal")
    assert await ends.refusal(info) == "not-a-participant"
    await region.call("PUT", f"/api/v1/routes/{QUEUE}", json={"channel": "portal", "system": "arm_rshep"})
    try:
        of_workplace = await ends.send("portal_pep", REQUEST, "t1")
        assert await ends.comes("arm_rshep", of_workplace)
        late = await ends.send("arm_rshep", UPDATE, "t3", case=of_mio.correlation_id)
        assert await ends.refusal(late) in ("no-right", "not-a-participant"), "the route is for new cases"
    finally:
        await region.call("DELETE", f"/api/v1/routes/{QUEUE}")
    stolen = await ends.send("is_mio", UPDATE, "t3", case=of_workplace.correlation_id)
    assert await ends.refusal(stolen) == "not-a-participant", "the passport's own system took no part"
    accepted = await ends.send("arm_rshep", UPDATE, "t3", case=of_workplace.correlation_id)
    assert await ends.comes("portal_pep", accepted)
    answer = await answer_of_register(ends, "arm_rshep", "KZ-YUZ.1", of_workplace.correlation_id, "portal")
    assert answer.residence is not None


async def of_fate(ends: Ends, sender: str, sent: MessageInfo) -> tuple[MessageInfo, DeliveryStateChanged]:
    """The notice of ШЭП to a sender about its message."""
    system = ends.systems[sender]
    return await system.receive(DeliveryStateChanged, lambda _, told: told.message_id == sent.message_id)


async def test_sender_that_asks_for_it_is_told_that_its_message_was_carried(ends: Ends) -> None:
    request = await ends.send("portal_pep", REQUEST, "t1")
    assert await ends.comes("is_mio", request)
    for sender, step, kind in (("is_mio", "t3", UPDATE), ("portal_pep", "w11", UPDATE)):
        sent = await ends.send(sender, kind, step, case=request.correlation_id, values={TELL_CARRIED: "yes"})
        envelope, told = await of_fate(ends, sender, sent)
        assert (told.state, told.error_code) == (DeliveryState.ON_DELIVERY, None)
        assert told.recipient == ("portal_pep" if sender == "is_mio" else "is_mio")
        assert envelope.sender.sender_id == "shep_gateway"


async def test_refusal_comes_back_to_the_system_of_the_region_that_sent_the_message(ends: Ends) -> None:
    lost = await ends.send("arm_rshep", UPDATE, "t3")
    _, told = await of_fate(ends, "arm_rshep", lost)
    assert (told.state, told.error_code) == (DeliveryState.NOT_DELIVERED, "no-right")


@pytest.mark.parametrize(
    ("asker", "regulation", "service"),
    [
        ("arm_rshep", "KZ-AKM.5", "home-taught-children-support"),
        ("arm_shep", "KZ-AKM.15", "needy-citizens-assistance"),
    ],
)
async def test_registers_answer_comes_to_the_provider_of_a_case_through_the_region_too(
    ends: Ends, asker: str, regulation: str, service: str
) -> None:
    """The provider asks once the portal's application has come, in the case of that application alone."""
    routes = await ends.country.operator("shep_gateway").get("/api/v1/routes")
    way = (service, "KZ-AKM", "REQUEST", "portal", asker)
    names = ("service_id", "region", "message_type", "channel", "recipient")
    step = next(route["step"] for route in routes if tuple(route[name] for name in names) == way)
    request = await ends.send("portal_pep", REQUEST, step, service=service, region="KZ-AKM")
    assert await ends.comes(asker, request)
    answer = await answer_of_register(ends, asker, regulation, request.correlation_id, "portal")
    assert answer.residence is not None


async def test_registers_answer_comes_to_the_authority_that_takes_a_case_in(ends: Ends) -> None:
    answer = await answer_of_register(ends, "is_mio", "KZ-AKM.2", "case-at-a-window", "provider")
    assert answer.residence is not None


async def test_stand_in_asks_in_the_cases_that_it_took_and_the_provider_does_not(changed: Ends) -> None:
    request = await changed.send("portal_pep", REQUEST, "t1")
    assert await changed.comes("arm_shep", request)
    answer = await answer_of_register(changed, "arm_shep", "KZ-YUZ.1", request.correlation_id, "portal")
    assert answer.residence is not None
    info = await ask_register(changed, "is_mio", "KZ-YUZ.1", request.correlation_id, "portal")
    assert await changed.refusal(info) == "not-a-participant"


async def ask_register(ends: Ends, asker: str, regulation: str, case: str, channel: str) -> MessageInfo:
    query = CitizenQuery(iin=LIVING[-1].iin, kinds=(CitizenKind.RESIDENCE,), regulation=regulation, case=case)
    to, envelope = way_of(asker, regulation), in_case(case, regulation, channel)
    return await ends.systems[asker].ask(CITIZEN_SERVICE, query, to=to, **envelope)


async def answer_of_register(ends: Ends, asker: str, regulation: str, case: str, channel: str) -> CitizenAnswer:
    """Ask ИС ЦГО for a case; returns the answer that the asking system received."""
    info = await ask_register(ends, asker, regulation, case, channel)
    system = ends.systems[asker]
    _, answer = await system.receive(CitizenAnswer, lambda told, _: told.correlation_id == info.correlation_id)
    return answer
