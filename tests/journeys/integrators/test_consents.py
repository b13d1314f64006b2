"""Two calls as real clients make them: КДП for a person's consent, then the register of persons with its code."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from joserfc import jws
from joserfc.jwk import ECKey

from shared.client import ApiError
from shared.pki.certificates import keys
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.integrators.calls import ProviderAnswer, ask, post, write_envelope, write_fields
from tests.journeys.integrators.consents import (
    BIN,
    KDP,
    PERSON,
    PERSONS,
    consent_fields,
    organisation_token,
    person_fields,
)
from tests.journeys.kit import LIVING, RunningCountry, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    yield await join(country, "consent-asker", asks=[KDP, PERSONS, "GBDFL_UniversalServiceSync"])


async def test_code_of_kdp_opens_the_register_of_persons_once(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    consent = await ask(country, asker, KDP, consent_fields(asker))
    assert (consent.code, consent.data[0].tag) == ("SCSS001", "{http://service.2fa-chain.kz/ns/kdp}code")
    fields = person_fields(consent)
    found = await ask(country, asker, PERSONS, fields)
    assert (found.code, found.find("iin"), found.find("surname")) == ("SCSS001", PERSON.iin, PERSON.surname)
    again = await ask(country, asker, PERSONS, fields)
    assert (again.code, again.reason, again.find("person")) == ("SCSE001", "consent-used", None)


async def test_code_is_proved_by_its_public_key_without_kdp(country: RunningCountry, asker: JoinedSystem) -> None:
    fields = person_fields(await ask(country, asker, KDP, consent_fields(asker)))
    key = ECKey.import_key(b64decode("".join(fields["publicKey"].split())))
    token = jws.deserialize_compact("".join(fields["kdpToken"].split()), key)
    claims = json.loads(token.payload)
    assert (claims["uin"], claims["cbin"], claims["access_name"]) == (PERSON.iin, BIN, PERSONS)


async def test_code_of_another_person_system_or_key_opens_nothing(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    fields = person_fields(await ask(country, asker, KDP, consent_fields(asker)))
    thief = await join(country, "consent-thief", asks=[PERSONS])
    stolen = await ask(country, thief, PERSONS, fields)
    other_person = await ask(country, asker, PERSONS, {**fields, "iin": LIVING[8].iin})
    other_key = await ask(country, asker, PERSONS, {**fields, "publicKey": "A" * 100})
    without = await ask(country, asker, PERSONS, {"messageId": "1", "iin": PERSON.iin})
    refusals = [(answer.code, answer.reason) for answer in (stolen, other_person, other_key, without)]
    assert refusals == [
        ("SCSE001", reason)
        for reason in ("consent-foreign", "consent-foreign", "consent-unknown", "consent-missing")
    ]
    assert (await ask(country, asker, PERSONS, fields)).code == "SCSS001", "no refusal used the consent up"


async def test_consent_that_ended_or_was_revoked_opens_nothing(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    short = person_fields(await ask(country, asker, KDP, consent_fields(asker, expiresIn="1")))
    assert (await ask(country, asker, PERSONS, short)).reason == "consent-expired"
    revoked = person_fields(await ask(country, asker, KDP, consent_fields(asker)))
    operator = country.operator("kdp")
    rows = await operator.get("/api/v1/consents", iin=PERSON.iin, state="granted", limit=1)
    await operator.post(f"/api/v1/consents/{rows[0]['id']}/revoke")
    assert (await ask(country, asker, PERSONS, revoked)).reason == "consent-revoked"


@pytest.mark.parametrize(
    ("changed", "code", "reason"),
    [
        ({"uin": "850101100022"}, "SCSE001", "iin-unknown"),
        ({"uin": "850101100014"}, "SCSE002", "iin-check-digit"),
        ({"expiresIn": "soon"}, "SCSE002", "consent-request-malformed"),
        ({"omit-sms": "perhaps"}, "SCSE002", "consent-request-malformed"),
        ({"access_name": ""}, "SCSE002", "consent-request-malformed"),
        ({"company": "bank \u202eknab"}, "SCSE002", "consent-request-malformed"),
        ({"company_bin": "990140000017"}, "SCSE001", "organisation-token-company"),
        ({"ovt": "a.b.c"}, "SCSE002", "organisation-token-malformed"),
    ],
)
async def test_faulty_request_for_consent_is_answered_with_its_reason(
    country: RunningCountry, asker: JoinedSystem, changed: dict[str, str], code: str, reason: str
) -> None:
    answer = await ask(country, asker, KDP, consent_fields(asker, **changed))
    assert (answer.code, answer.reason, answer.find("code")) == (code, reason, None)


async def test_token_of_another_key_or_time_gets_no_consent(country: RunningCountry, asker: JoinedSystem) -> None:
    forged = organisation_token(asker, await asyncio.to_thread(keys.new_rsa_key))
    stale = organisation_token(asker, exp=1)
    unsigned = organisation_token(asker).rpartition(".")[0] + "."
    answers = [await ask(country, asker, KDP, consent_fields(asker, ovt=ovt)) for ovt in (forged, stale, unsigned)]
    assert [answer.reason for answer in answers] == [
        "organisation-token-signature",
        "organisation-token-expired",
        "organisation-token-signature",
    ]


async def answer_sms(country: RunningCountry, iin: str, *, is_agreed: bool) -> str:
    """Answer the newest SMS of a person as soon as the SMS comes; returns its text."""
    operator = country.operator("kdp")
    (sms, *_) = await eventually(
        lambda: operator.get("/api/v1/messages", iin=iin), lambda rows: rows and rows[0]["state"] == "waiting"
    )
    await operator.post(f"/api/v1/messages/{sms['id']}/answer", {"is_agreed": is_agreed})
    with pytest.raises(ApiError) as late:
        await operator.post(f"/api/v1/messages/{sms['id']}/answer", {"is_agreed": True})
    assert late.value.code == "consent-answered"
    return f"{sms['sent_by']}: {sms['sms_text']}"


@pytest.mark.parametrize(
    ("is_agreed", "code", "reason"), [(True, "SCSS001", None), (False, "SCSE001", "consent-refused")]
)
async def test_citizen_decides_by_sms_while_the_call_waits(
    country: RunningCountry, asker: JoinedSystem, *, is_agreed: bool, code: str, reason: str | None
) -> None:
    iin = LIVING[9].iin
    call = ask(country, asker, KDP, consent_fields(asker, uin=iin, **{"omit-sms": "false"}))
    answer, sms = await asyncio.gather(call, answer_sms(country, iin, is_agreed=is_agreed))
    assert sms.startswith("1414: LLP & Co")
    assert answer.code == code
    assert reason is None or answer.reason == reason
    if is_agreed:
        found = await ask(country, asker, PERSONS, person_fields(answer, iin))
        assert found.find("surname") == LIVING[9].surname


async def test_sms_that_nobody_answers_ends_the_call(country: RunningCountry, asker: JoinedSystem) -> None:
    answer = await ask(country, asker, KDP, consent_fields(asker, expiresIn="50", **{"omit-sms": "false"}))
    assert (answer.code, answer.reason) == ("SCSE001", "consent-unanswered")


@pytest.mark.parametrize("service", [PERSONS, "GBDFL_UniversalServiceSync"])
async def test_request_without_a_person_is_faulty_and_an_unknown_person_is_nothing(
    country: RunningCountry, asker: JoinedSystem, service: str
) -> None:
    nobody = await ask(country, asker, service, {"messageId": "1", "surname": "x"})
    assert (nobody.code, nobody.reason) == ("SCSE002", "person-request-malformed")
    if service != PERSONS:
        unknown = await ask(country, asker, service, {"messageId": "1", "iin": "850101100022"})
        assert (unknown.code, unknown.reason) == ("SCSE001", "iin-unknown")
        assert unknown.data.findtext(".//messageResult/code") == "00001"


async def test_client_that_signs_at_the_signing_server_gets_the_person_in_two_calls(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    store = serialize_key_and_certificates(b"1", asker.key, asker.certificate, None, BestAvailableEncryption(b"p"))

    async def ask_signed(service: str, fields: dict[str, str]) -> ProviderAnswer:
        xml = write_envelope(asker, service, write_fields(fields)).decode()
        signer = {"key": b64encode(store).decode(), "password": "p"}
        signed = await country.answer("is_nuc", "POST", "/wsse/sign", json={"xml": xml, **signer})
        return await post(country, signed.json()["xml"].encode())

    consent = await ask_signed(KDP, consent_fields(asker))
    found = await ask_signed(PERSONS, person_fields(consent))
    assert (found.code, found.find("surname")) == ("SCSS001", PERSON.surname)
