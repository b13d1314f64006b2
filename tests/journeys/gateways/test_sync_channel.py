"""SyncChannel v10: an integrator's system asks a register of the bus by SOAP, with WS-Security."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lxml import etree

from shared.pki.xml.wsse import open_body, sign_body
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSONS = "GBDFL_UniversalServiceSync"
PATHS = ("/bip-sync-wss-gost/", "/SmartBridgeService/")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    yield await join(country, "soap-asker", asks=[PERSONS])


def call(asker: JoinedSystem, iin: str, service: str = PERSONS) -> bytes:
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:typ="http://bip.bee.kz/SyncChannel/v10/Types"><soapenv:Header/><soapenv:Body>'
        "<typ:SendMessage><request><requestInfo><messageId>1</messageId>"
        f"<serviceId>{service}</serviceId><messageDate>2026-11-29T10:00:00+05:00</messageDate>"
        f"<sender><senderId>{asker.address}</senderId></sender></requestInfo>"
        f"<requestData><data><iin>{iin}</iin><messageId>2</messageId></data></requestData>"
        "</request></typ:SendMessage></soapenv:Body></soapenv:Envelope>"
    ).encode()


@pytest.mark.parametrize("path", PATHS)
async def test_register_answers_a_signed_question_with_the_person(
    country: RunningCountry, asker: JoinedSystem, path: str
) -> None:
    person = LIVING[5]
    envelope = sign_body(call(asker, person.iin), asker.key, asker.certificate)
    response = await country.answer(
        "shep_gateway", "POST", path, content=envelope, headers={"Content-Type": "text/xml", "SOAPAction": '""'}
    )
    assert response.status_code == 200, response.text
    body = open_body(response.content).body  # WSS4J clients refuse an answer without a signature
    assert body.findtext(".//responseInfo/status/code") == "SCSS001"
    found = body.find(".//responseData/data//person")
    assert found is not None, response.text
    assert (found.findtext("iin"), found.findtext("surname")) == (person.iin, person.surname)


async def test_unsigned_question_gets_the_code_of_an_absent_signature(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    response = await country.answer("shep_gateway", "POST", PATHS[0], content=call(asker, LIVING[5].iin))
    assert response.status_code == 500
    root = etree.fromstring(response.content)
    assert root.findtext(".//errorCode") == "SCE007"
    code, explanation = (root.findtext(".//errorData") or "").splitlines()
    assert code == "eds-missing"
    assert explanation.startswith("signature-absent: ")


async def test_question_changed_on_its_way_is_told_which_variant_would_verify(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    envelope = sign_body(call(asker, LIVING[5].iin), asker.key, asker.certificate)
    broken = envelope.replace(b"<requestData>", b"\n  <requestData>")
    for language, words in (("en", "Whitespace appeared between"), ("kk", "элементтер арасында")):
        headers = {"Accept-Language": language}
        response = await country.answer("shep_gateway", "POST", PATHS[0], content=broken, headers=headers)
        root = etree.fromstring(response.content)
        assert root.findtext(".//errorCode") == "SCE006"
        code, explanation = (root.findtext(".//errorData") or "").splitlines()
        assert code == "eds-signature-invalid"
        assert explanation.startswith("pretty-printed-after-signing: ")
        assert words in explanation


async def test_question_of_a_system_without_the_right_is_refused_and_journaled(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    envelope = sign_body(call(asker, LIVING[5].iin, "is-cgo-citizen"), asker.key, asker.certificate)
    response = await country.answer("shep_gateway", "POST", PATHS[0], content=envelope)
    assert etree.fromstring(response.content).findtext(".//errorData") == "no-right"
    rows = await country.operator("shep_gateway").get("/api/v1/journal", sender=asker.address, event="REFUSED")
    assert [row["code"] for row in rows] == ["no-right"]


async def test_question_signed_by_a_key_that_nuc_does_not_know_is_refused(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    citizen = await country.newcomer()
    stranger = citizen.signer
    envelope = sign_body(call(asker, LIVING[5].iin), stranger.key, stranger.certificate)
    response = await country.answer("shep_gateway", "POST", PATHS[0], content=envelope)
    assert etree.fromstring(response.content).findtext(".//errorCode") == "SCE006"
