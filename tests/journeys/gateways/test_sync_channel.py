"""SyncChannel v10: an integrator's system asks a register of the bus by SOAP, with WS-Security."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from lxml import etree

from shared.pki.certificates.profile import CertificateKind
from shared.pki.xml.wsse import THUMBPRINT_SHA1, KeyInfoForm, open_body, sign_body
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry
from tests.pki.pki_centre import centre as new_centre
from tests.pki.several_references import sign_with_headers

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSONS, POWERS = "GBDFL_UniversalServiceSync", "enis-power-of-attorney"
PATHS = ("/bip-sync-wss-gost/", "/SmartBridgeService/")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    yield await join(country, "soap-asker", asks=[PERSONS, POWERS])


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


@pytest.mark.parametrize("form", KeyInfoForm)
async def test_question_is_answered_however_its_signature_names_the_certificate(
    country: RunningCountry, asker: JoinedSystem, form: KeyInfoForm
) -> None:
    envelope = sign_body(call(asker, LIVING[5].iin), asker.key, asker.certificate, key_info=form)
    response = await country.answer("shep_gateway", "POST", PATHS[0], content=envelope)
    assert response.status_code == 200, response.text
    assert etree.fromstring(response.content).findtext(".//person/iin") == LIVING[5].iin


def named_by_sha1(envelope: bytes, certificate: x509.Certificate) -> bytes:
    """The envelope with its KeyIdentifier (which is not signed) as ThumbprintSHA1."""
    digest = b64encode(certificate.fingerprint(hashes.SHA1())).decode()  # noqa: S303 - the profile's own digest
    named = re.sub(rb'ValueType="[^"]*#X509v3"(.*?)>[^<]*<', rb'ValueType="%s"\1>%s<', envelope, count=1)
    return named % (THUMBPRINT_SHA1.encode(), digest.encode())


async def test_thumbprint_names_a_certificate_and_is_named_as_a_deviation(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    signed = sign_body(call(asker, LIVING[5].iin), asker.key, asker.certificate)
    envelope = named_by_sha1(signed, asker.certificate)
    response = await country.answer("shep_gateway", "POST", PATHS[0], content=envelope)
    assert response.status_code == 200, response.text
    assert etree.fromstring(response.content).findtext(".//person/iin") == LIVING[5].iin
    exchange = await country.operator("shep_gateway").get(f"/api/v1/exchanges/{response.headers['x-exchange-id']}")
    assert {"code": "certificate-by-thumbprint", "element": "KeyIdentifier"} in exchange["deviations"]
    strict = {"X-Strict": "true", "Content-Type": "text/xml"}
    refused = await country.answer("shep_gateway", "POST", PATHS[0], content=envelope, headers=strict)
    assert "certificate-by-thumbprint" in refused.text
    other = named_by_sha1(signed, new_centre().issue(CertificateKind.INDIVIDUAL, "ec")[1])
    unknown = await country.answer("shep_gateway", "POST", PATHS[0], content=other)
    assert (unknown.status_code, "eds-certificate-unknown" in unknown.text) == (500, True)


async def test_signature_over_the_header_too_is_proved_and_is_named_as_a_deviation(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    envelope = sign_with_headers(call(asker, LIVING[5].iin), asker.key, asker.certificate)
    response = await country.answer("shep_gateway", "POST", PATHS[0], content=envelope)
    assert response.status_code == 200, response.text
    assert etree.fromstring(response.content).findtext(".//person/iin") == LIVING[5].iin
    exchange = await country.operator("shep_gateway").get(f"/api/v1/exchanges/{response.headers['x-exchange-id']}")
    named = [each["element"] for each in exchange["deviations"] if each["code"] == "signature-over-header"]
    assert named == ["Timestamp", "BinarySecurityToken"]
    strict = {"X-Strict": "true", "Content-Type": "text/xml"}
    refused = await country.answer("shep_gateway", "POST", PATHS[0], content=envelope, headers=strict)
    assert (refused.status_code, "signature-over-header" in refused.text) == (500, True)
    later = envelope.replace(b"2026-11-29T10:00:00Z", b"2027-11-29T10:00:00Z")
    changed = await country.answer("shep_gateway", "POST", PATHS[0], content=later)
    assert "eds-signature-invalid" in changed.text


async def test_certificate_that_is_only_named_and_that_nuc_did_not_issue_is_refused(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    certificate = new_centre().issue(CertificateKind.INDIVIDUAL, "ec")
    envelope = sign_body(call(asker, LIVING[5].iin), *certificate, key_info=KeyInfoForm.ISSUER_SERIAL)
    response = await country.answer("shep_gateway", "POST", PATHS[0], content=envelope)
    root = etree.fromstring(response.content)
    assert root.findtext(".//errorCode") == "SCE006"
    code, explanation = (root.findtext(".//errorData") or "").splitlines()
    assert (code, explanation.partition(":")[0]) == ("eds-certificate-unknown", "certificate-only-named")


async def test_named_certificate_does_not_hide_which_variant_would_verify(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    form = KeyInfoForm.ISSUER_SERIAL
    envelope = sign_body(call(asker, LIVING[5].iin), asker.key, asker.certificate, key_info=form)
    broken = envelope.replace(b"<requestData>", b"\n  <requestData>")
    response = await country.answer("shep_gateway", "POST", PATHS[0], content=broken)
    lines = (etree.fromstring(response.content).findtext(".//errorData") or "").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["eds-signature-invalid", "pretty-printed-after-signing"]


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
    headers = {"Accept-Language": "en"}
    response = await country.answer("shep_gateway", "POST", PATHS[0], content=envelope, headers=headers)
    code, missing, *nearest = (etree.fromstring(response.content).findtext(".//errorData") or "").splitlines()
    assert code == "no-right"
    assert missing.startswith("right-missing: The register lacks this right; ")
    right = f"sender={asker.address}, service_id=is-cgo-citizen, message_type=REQUEST"
    assert missing.endswith(f" (call=POST /api/v1/rights, {right})")
    assert [line.partition(":")[0] for line in nearest] == ["senders-granted", "services-granted"]
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


async def test_question_that_its_recipient_refuses_is_a_fault_at_once(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    envelope = sign_body(call(asker, LIVING[5].iin, POWERS), asker.key, asker.certificate)
    headers = {"Accept-Language": "en"}
    async with asyncio.timeout(20):  # without the news of the refusal the call takes thirty seconds
        response = await country.answer("shep_gateway", "POST", PATHS[0], content=envelope, headers=headers)
    root = etree.fromstring(response.content)
    assert root.findtext(".//errorCode") == "SCE008"
    assert (root.findtext(".//errorData") or "").splitlines()[0] == "question-refused"
    assert root.findtext(".//errorMessage") == "enis refused the question: contract-unknown"
