"""Systems that break the rules of the bus: the gateway journals each attempt, and none has an effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from services.shep_gateway.storage import JournalRow
from shared.bus.carriers.transport import SignedBytes
from shared.bus.messages import jws
from shared.bus.messages.gate import hop_payload
from shared.bus.messages.message import MessageType
from shared.bus.persistence.tables import bus_tables
from shared.contracts.cases import ApplicationMessage, DeliveryStateChanged, StepDone
from shared.contracts.registers import PERSON_SERVICE, PersonQuery
from tests.journeys.kit import AUTHORITY, LIVING, MOST_BYTES, SERVICE, RunningCountry, eventually, refused
from tests.journeys.rogue import Rogue, carrier, enrolled, member, stranger

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = PersonQuery(iin=LIVING[0].iin)
SERVICE_TYPE = "unemployment-certificate"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def outsider(country: RunningCountry) -> Rogue:
    """A system certified by НУЦ and unknown to the gateway."""
    return await enrolled(country, "outsider")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def insider(country: RunningCountry) -> Rogue:
    """A registered system with the right to query НР ИИН and no other right."""
    return await member(country, "insider", PERSON_SERVICE)


async def journaled(country: RunningCountry, code: str, **wanted: Any) -> Any:
    """The last entry of the journal with this code."""
    entries = await country.operator("shep_gateway").list_journal(code=code, limit=1000, **wanted)
    assert entries, f"nothing was journaled as {code}"
    return entries[0]


async def count(country: RunningCountry, code: str) -> int:
    return len(await country.operator("shep_gateway").list_journal(code=code, limit=1000))


async def test_body_changed_after_signing_is_refused(country: RunningCountry, insider: Rogue) -> None:
    info = insider.info(PERSON_SERVICE, MessageType.REQUEST)
    raw = insider.sealed(info, QUESTION)
    before = await count(country, "signature-invalid")
    await insider.send(replace(raw, body=raw.body.replace(QUESTION.iin.encode(), LIVING[1].iin.encode())))
    assert await count(country, "signature-invalid") == before + 1
    entry = await journaled(country, "signature-invalid")
    assert (entry["event"], entry["sender"]) == ("REFUSED", None), "what is not proved is not believed"
    assert await country.operator("shep_gateway").list_journal(correlation_id=info.correlation_id) == []


async def test_signature_by_another_system_is_refused(
    country: RunningCountry, insider: Rogue, outsider: Rogue
) -> None:
    info = insider.info(PERSON_SERVICE, MessageType.REQUEST)
    await outsider.send(outsider.sealed(info, QUESTION))
    entry = await journaled(country, "sender-mismatch")
    assert (entry["event"], entry["sender"]) == ("REFUSED", "outsider")
    assert entry["message_id"] == info.message_id
    assert await country.operator("shep_gateway").list_deliveries(correlation_id=info.correlation_id) == []


async def test_sender_that_is_unknown_is_refused(country: RunningCountry) -> None:
    rogue = stranger(country)
    before = await count(country, "sender-unknown")
    await rogue.send(rogue.sealed(rogue.info(PERSON_SERVICE, MessageType.REQUEST), QUESTION))
    assert await count(country, "sender-unknown") == before + 1


@pytest.mark.parametrize("signature", ["", "a.b.c", "x" * 5000, "..", "é..é"])
async def test_message_without_a_readable_signature_is_refused(country: RunningCountry, signature: str) -> None:
    rogue = stranger(country)
    before = await count(country, "signature-malformed")
    await rogue.send(SignedBytes(b"{}", signature))
    assert await count(country, "signature-malformed") == before + 1


async def test_message_that_is_oversized_is_refused(country: RunningCountry, insider: Rogue) -> None:
    before = await count(country, "message-too-large")
    info = insider.info(PERSON_SERVICE, MessageType.REQUEST)
    await insider.send(insider.sealed(info, b" " * (MOST_BYTES + 1)))
    assert await count(country, "message-too-large") == before + 1


@pytest.mark.parametrize(
    "body", [b"", b"not JSON", b"\xff\xfe", b"[]", b'{"messageInfo": {}}', b'{"messageInfo":' * 500]
)
async def test_message_that_is_malformed_is_refused(country: RunningCountry, insider: Rogue, body: bytes) -> None:
    before = await count(country, "message-malformed")
    await insider.send(insider.sealed(insider.info(PERSON_SERVICE, MessageType.REQUEST), body))
    assert await count(country, "message-malformed") == before + 1


async def test_system_outside_the_register_is_refused(country: RunningCountry, outsider: Rogue) -> None:
    info = await outsider.ask(PERSON_SERVICE, QUESTION)
    entry = await journaled(country, "sender-not-registered", correlation_id=info.correlation_id)
    assert (entry["event"], entry["sender"], entry["recipients"]) == ("REFUSED", "outsider", "")


async def test_system_that_is_revoked_is_refused(wary_country: RunningCountry) -> None:
    assert wary_country.ousted is not None
    ousted = Rogue(carrier(wary_country), wary_country.ousted.identity)
    before = await count(wary_country, "sender-certificate-revoked")

    async def count_after_asking() -> int:
        await ousted.ask(PERSON_SERVICE, QUESTION)
        return await count(wary_country, "sender-certificate-revoked")

    await eventually(count_after_asking, lambda counted: counted > before)  # the list may be half a minute old


@pytest.mark.parametrize(
    ("service", "kind", "region", "code"),
    [
        ("no-such-service", MessageType.REQUEST, None, "service-unknown"),
        ("kindergarten-queue", MessageType.REQUEST, "KZ-AKM", "service-not-in-region"),
        (SERVICE_TYPE, MessageType.REQUEST, "KZ-NOWHERE", "region-unknown"),
        (SERVICE_TYPE, MessageType.REQUEST, None, "service-not-in-region"),
        (SERVICE_TYPE, MessageType.REQUEST, "KZ-YUZ", "no-right"),
        (PERSON_SERVICE, MessageType.RESPONSE, None, "no-right"),
        ("enis-power-of-attorney", MessageType.REQUEST, None, "no-right"),
    ],
)
async def test_member_may_do_only_what_the_register_allows_and_is_told_so(
    country: RunningCountry, insider: Rogue, service: str, kind: MessageType, region: str | None, code: str
) -> None:
    info = insider.info(service, kind, route_id=region)
    await insider.send(insider.sealed(info, QUESTION))
    entry = await journaled(country, code, correlation_id=info.correlation_id)
    assert (entry["event"], entry["sender"], entry["service_id"]) == ("REFUSED", "insider", service)
    assert await country.operator("shep_gateway").list_deliveries(correlation_id=info.correlation_id) == []
    _, told = await insider.receive(DeliveryStateChanged, lambda _, data: data.message_id == info.message_id)
    assert (told.state, told.error_code) == ("NOT_DELIVERED", code)


@pytest.mark.parametrize(
    ("shift", "code"),
    [(timedelta(days=-31), "message-stale"), (timedelta(minutes=6), "message-from-the-future")],
)
async def test_message_of_another_time_is_refused(
    country: RunningCountry, insider: Rogue, shift: timedelta, code: str
) -> None:
    now = insider.info(PERSON_SERVICE, MessageType.REQUEST).message_date
    info = await insider.ask(PERSON_SERVICE, QUESTION, message_date=now + shift)
    assert (await journaled(country, code, correlation_id=info.correlation_id))["event"] == "REFUSED"


async def test_forged_application_reaches_no_authority(country: RunningCountry, insider: Rogue) -> None:
    citizen = await country.citizen()
    signed = citizen.sign(await citizen.draft())
    at = insider.info(SERVICE_TYPE, MessageType.REQUEST).message_date
    forged = ApplicationMessage(
        regulation=SERVICE,
        channel="portal",
        authority=AUTHORITY,
        document=b"",
        steps=(StepDone(step="t1", at=at, by="portal_pep"),),
    ).model_copy(update={"document": signed})
    info = insider.info(SERVICE_TYPE, MessageType.REQUEST, route_id="KZ-YUZ")
    before = await died_of(country, "is_mio", "neighbour-not-accepted")
    for to in ("is_mio", "rshep_regional.kz-yuz"):
        await insider.send(insider.sealed(info, forged, to=to), to)
    assert (await refused((await country.clerk()).get_case(info.correlation_id))).code == "case-unknown"
    assert await died_of(country, "is_mio", "neighbour-not-accepted") == before + 1
    passages = await country.operator("rshep_yuz").get("/api/v1/passages", correlation_id=info.correlation_id)
    assert [(row["sender"], row["to"], row["code"]) for row in passages] == [
        ("insider", None, "not-of-this-region")
    ]


async def died_of(country: RunningCountry, instance: str, code: str) -> int:
    """The number of a system's dead letters with this code."""
    dead = bus_tables(country.deployment.nodes[instance].service.tables).dead
    query = select(func.count()).select_from(dead).where(dead.c.code == code)
    found: int = await country.runtime(instance).read(lambda session: session.execute(query).scalar_one())
    return found


async def request_of(country: RunningCountry, case: str) -> SignedBytes:
    """The portal's own bytes and signature of an application, as an eavesdropper could record them."""
    query = select(JournalRow).where(
        JournalRow.case_id == case,  # type: ignore[arg-type]
        JournalRow.message_type == "REQUEST",  # type: ignore[arg-type]
    )
    row = await country.runtime("shep_gateway").read(lambda session: session.execute(query).scalar())
    return SignedBytes(row.body, row.signature, row.hop)


async def test_recorded_message_that_is_sent_again_changes_nothing(country: RunningCountry) -> None:
    citizen, rogue = await country.citizen(), stranger(country)
    case = await citizen.apply()
    await country.arrived(case)
    recorded = await request_of(country, case)
    noted = len(await citizen.portal.list_notifications())
    for _ in range(2):
        await rogue.send(recorded)
    replayed = await country.operator("shep_gateway").list_journal(correlation_id=case, event="REPLAYED")
    assert [entry["code"] for entry in replayed] == ["message-replayed"] * 2
    assert [entry["sender"] for entry in replayed] == ["portal_pep"] * 2
    deliveries = await country.operator("shep_gateway").list_deliveries(correlation_id=case)
    assert [row["recipient"] for row in deliveries].count("is_mio") == 1
    assert (await citizen.portal.get_application(case))["status"] == "поступившие"
    assert len(await citizen.portal.list_notifications()) == noted


async def test_recorded_message_is_worth_nothing_at_another_address(country: RunningCountry) -> None:
    citizen, rogue = await country.citizen(), stranger(country)
    case = await citizen.apply()
    await country.arrived(case)
    recorded = await request_of(country, case)
    before, steps = (
        await died_of(country, "is_mio", "wrong-addressee"),
        await country.operator("is_mio").list_steps(case),
    )
    await rogue.send(recorded, "is_mio")
    assert await died_of(country, "is_mio", "wrong-addressee") == before + 1
    assert await country.operator("is_mio").list_steps(case) == steps


async def test_recorded_message_gains_nothing_by_an_attackers_own_attestation(
    country: RunningCountry, insider: Rogue
) -> None:
    citizen = await country.citizen()
    case = await citizen.apply()
    await country.arrived(case)
    recorded = await request_of(country, case)
    identity = insider.identity
    claims = {"to": "shep_gateway", "seq": 1}
    hop = jws.sign(identity.key, identity.thumbprint, hop_payload(recorded.signature, recorded.body), claims)
    await insider.send(replace(recorded, hop=hop))
    entries = await eventually(
        lambda: country.operator("shep_gateway").list_journal(correlation_id=case), lambda told: len(told) > 2
    )
    assert {entry["code"] for entry in entries if entry["event"] != "ACCEPTED"} <= {"message-replayed"}
    deliveries = await country.operator("shep_gateway").list_deliveries(correlation_id=case)
    assert [row["recipient"] for row in deliveries].count("is_mio") == 1


async def test_message_id_used_again_for_other_bytes_is_refused(country: RunningCountry, insider: Rogue) -> None:
    info = await insider.ask(PERSON_SERVICE, QUESTION)
    other = insider.sealed(info, PersonQuery(iin=LIVING[1].iin), sequence=2)
    await insider.send(other)
    entry = await journaled(country, "message-id-reused", correlation_id=info.correlation_id)
    assert (entry["event"], entry["sender"]) == ("REFUSED", "insider")


async def test_journal_is_whole_after_all_attacks(country: RunningCountry) -> None:
    told = await country.operator("shep_gateway").get("/api/v1/journal/verification")
    assert told["is_whole"], told
