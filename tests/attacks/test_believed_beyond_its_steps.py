"""Threat: a member that takes part in a case speaks of steps that are not its own.

ИС ЦОН turned bad brings a well-formed application, signed by its own operator, and claims that ИС МИО has already
decided it. ИС МИО must not compose a document that no employee of the authority has decided.
"""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from shared.bus.carriers.transport import SignedBytes
from shared.bus.messages import jws
from shared.bus.messages.gate import hop_payload
from shared.bus.messages.message import MessageContract, MessageInfo, MessageType, make_properties
from shared.bus.runtime.unit_of_work import random_id
from shared.contracts import addresses
from shared.contracts.cases import (
    CHANNEL,
    REGULATION,
    STEP,
    ApplicationMessage,
    CaseResult,
    DecisionOutcome,
    DeliveryState,
    DeliveryStateChanged,
    StepDone,
)
from shared.contracts.documents import ApplicationDocument, OutputDocument
from shared.regulations.passport_book import PassportBook
from shared.workplace.people.keys import SigningKeys
from shared.workplace.records import storage
from tests.attacks.test_member_in_anothers_case import turned_bad
from tests.journeys.kit import AUTHORITY, LIVING, RunningCountry, eventually
from tests.journeys.rogue import Rogue

pytestmark = pytest.mark.asyncio(loop_scope="session")

REGULATION_ID, SERVICE, REGION = "KZ-YUZ.3", "unemployment-certificate", "KZ-YUZ"


async def sign_as(country: RunningCountry, address: str, office: str | None, content: bytes) -> bytes:
    """A document signed by an employee of the office, with the key that the system keeps for the employee."""
    rogue = turned_bad(country, address)
    keys = SigningKeys(country.folder / address / "keys", country.url("is_nuc"), rogue.identity, "ec")
    staff = await country.runtime(address).read(storage.all_employees)
    employee = next(row for row in staff if office in (None, row.authority))
    signer = await asyncio.to_thread(keys.find_signer, employee, now())
    return signer.seal_document(content, now())


async def signed_application(country: RunningCountry, case: str) -> bytes:
    """An application for a citizen who never came, signed by an operator of the centre that turned bad."""
    document = ApplicationDocument(
        application_id=case,
        regulation=REGULATION_ID,
        channel="con",
        region=REGION,
        authority=AUTHORITY,
        applicant=country.stranger().iin,
        fields={},
        made_at=now(),
    )
    return await sign_as(country, addresses.CON, None, document.model_dump_json().encode())


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the country runs on the machine's clock


async def speak(rogue: Rogue, case: str, step: str, payload: MessageContract, **changes: Any) -> MessageInfo:
    """Send a message of the case, at a step that the act gives to the rogue."""
    properties = {REGULATION: REGULATION_ID, CHANNEL: changes.pop("channel", "con"), STEP: step}
    kind, to = changes.pop("kind", payload.message_type), changes.pop("to", addresses.GATEWAY)
    info = rogue.info(SERVICE, kind, correlation_id=case, route_id=REGION, properties=make_properties(properties))
    await rogue.send(rogue.sealed(info, payload, to=to, sequence=0), to=to)
    return info


async def test_centre_that_claims_the_authoritys_steps_gets_no_document(country: RunningCountry) -> None:
    case, rogue = random_id(), turned_bad(country, addresses.CON)
    graph = PassportBook.load().get_graph(REGULATION_ID, cast(Any, "con"), "main")
    claimed = tuple(
        StepDone(step=node.id, at=now(), by=node.holder, answer=node.chooses[0] if node.chooses else None)
        for node in graph.nodes
        if node.end is None and node.op not in ("refuse", "sign") and node.id not in ("t7", "t13", "t14", "t15")
    )
    assert {"t5", "t6"} <= {step.step for step in claimed}, "the claim includes the authority's decision"
    application = ApplicationMessage(
        regulation=REGULATION_ID,
        channel="con",
        authority=AUTHORITY,
        document=base64.b64encode(await signed_application(country, case)),
        steps=claimed,
    )
    await speak(rogue, case, "t2", application)
    mio = country.operator("is_mio")
    steps = await eventually(lambda: mio.get(f"/api/v1/cases/{case}/steps"), lambda rows: bool(rows))
    assert {row["step"] for row in steps if row["by"] == "is_mio"} == {"t4"}, "the case is registered, no more"
    gateways_steps = {node.id for node in graph.nodes if node.holder == "gateways"}
    assert len(gateways_steps) > 1, "the claim includes steps of the gateways"
    assert [row["by"] for row in steps if row["step"] in gateways_steps] == [addresses.GATEWAY], (
        "as it was carried"
    )
    await (await country.clerk()).accept_case(case)  # it waits for an employee, as the act says


async def test_result_in_a_message_of_another_type_settles_nothing(country: RunningCountry) -> None:
    """ИС МИО turned bad: in t3 it may send the portal an UPDATE, and only there; it puts a refusal inside."""
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    before = await citizen.sees(case, "поступившие")
    common: dict[str, Any] = {"regulation": REGULATION_ID, "channel": "portal", "step": "t3", "steps": ()}
    result = CaseResult(**common, outcome=DecisionOutcome.NEGATIVE, reason="отказано", status="отказ")
    rogue = turned_bad(country, addresses.MIO)
    info = await speak(
        rogue, case, "t3", result, channel="portal", kind=MessageType.UPDATE, to="rshep_regional.kz-yuz"
    )
    assert (await buried(country, info))["code"] == "contract-type-mismatch"
    assert await citizen.portal.get_application(case) == before


@pytest.mark.parametrize(
    ("office", "change", "code"),
    [
        ("kz-akm.employment.01", {}, "eds-bin-mismatch"),
        (AUTHORITY, {"applicant": LIVING[-1].iin}, "envelope-mismatch"),
        (AUTHORITY, {"regulation": "KZ-YUZ.4"}, "envelope-mismatch"),
    ],
)
async def test_result_of_another_authority_or_for_another_citizen_settles_nothing(
    country: RunningCountry, office: str, change: dict[str, str], code: str
) -> None:
    """ИС МИО turned bad: it has the keys of every authority's employees, and signs what the case is not about."""
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    before = await citizen.sees(case, "поступившие")
    names: dict[str, Any] = {"regulation": REGULATION_ID, "applicant": citizen.person.iin, **change}
    document = OutputDocument(
        application_id=case,
        number="KZ-YUZ-2026-0000001",
        service="Услуга",
        authority="Отдел",
        outcome=DecisionOutcome.POSITIVE,
        text="Решено",
        issued_at=now(),
        **names,
    )
    signed = await sign_as(country, addresses.MIO, office, document.model_dump_json().encode())
    common: dict[str, Any] = {"regulation": REGULATION_ID, "channel": "portal", "step": "t12", "steps": ()}
    result = CaseResult(**common, outcome=DecisionOutcome.POSITIVE, document=base64.b64encode(signed))
    way = {"channel": "portal", "to": addresses.regional_gateway(REGION), "kind": MessageType.RESPONSE}
    info = await speak(turned_bad(country, addresses.MIO), case, "t12", result, **way)
    assert (await buried(country, info))["code"] == code
    assert await citizen.portal.get_application(case) == before


async def test_gateway_that_brings_a_strangers_word_is_not_enough(country: RunningCountry) -> None:
    """ШЭП itself errs: it brings the portal «Е-лицензирование»'s message about an ИС МИО case."""
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    before = await citizen.sees(case, "поступившие")
    gateway, author = turned_bad(country, addresses.GATEWAY), turned_bad(country, addresses.ELICENSE)
    common: dict[str, Any] = {"regulation": REGULATION_ID, "channel": "portal", "step": "t12", "steps": ()}
    result = CaseResult(**common, outcome=DecisionOutcome.NEGATIVE, reason="отказано", status="отказ")
    for service, differs in ((SERVICE, "not-a-participant"), ("foreign-labour-permit", "case-mismatch")):
        properties = {REGULATION: REGULATION_ID, CHANNEL: "portal", STEP: "t12"}
        info = author.info(
            service,
            MessageType.RESPONSE,
            correlation_id=case,
            route_id=REGION,
            properties=make_properties(properties),
        )
        await gateway.send(carried(gateway, author.sealed(info, result), info), to=addresses.PORTAL)
        letter = await buried(country, info)
        assert letter["code"] == differs
    assert await citizen.portal.get_application(case) == before


async def test_notice_of_delivery_comes_from_the_gateway_alone(country: RunningCountry) -> None:
    """«Е-лицензирование» tells the portal, through an erring ШЭП, that the citizen's application was lost."""
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    before = await citizen.sees(case, "поступившие")
    sent = (await country.operator("shep_gateway").list_journal(correlation_id=case, sender="portal_pep"))[-1]
    gateway, author = turned_bad(country, addresses.GATEWAY), turned_bad(country, addresses.ELICENSE)
    change = DeliveryStateChanged(
        message_id=sent["message_id"], recipient=addresses.MIO, state=DeliveryState.NOT_DELIVERED, error_code="x"
    )
    info = author.info("delivery-state", MessageType.NOTIFICATION)
    await gateway.send(carried(gateway, author.sealed(info, change), info), to=addresses.PORTAL)
    assert (await buried(country, info))["code"] == "not-a-participant"
    assert await citizen.portal.get_application(case) == before


async def buried(country: RunningCountry, info: MessageInfo) -> Any:
    """The portal's dead letter of the message."""
    portal = country.operator("portal_pep")
    letters = await eventually(
        lambda: portal.get("/api/v1/dead-letters", correlation_id=info.correlation_id),
        lambda rows: any(row["message_id"] == info.message_id for row in rows),
    )
    return next(row for row in letters if row["message_id"] == info.message_id)


def carried(gateway: Rogue, raw: SignedBytes, info: MessageInfo) -> SignedBytes:
    """The message with ШЭП's true attestation, outside the order of the case."""
    claims = {"to": addresses.PORTAL, "seq": 0, "at": now().isoformat()}
    payload = hop_payload(raw.signature, raw.body)
    hop = jws.sign(gateway.identity.key, gateway.identity.thumbprint, payload, claims)
    return SignedBytes(raw.body, raw.signature, hop)
