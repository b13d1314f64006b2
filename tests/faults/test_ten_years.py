"""Ten years of the bus's time: certificates end and are renewed, and an application goes through at any age."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509

from shared.contracts.registers import PERSON_SERVICE
from shared.pki.certificates import keys
from shared.pki.xml.wsse import open_body, sign_body
from tests.journeys.doors import JoinedSystem, certify, join
from tests.journeys.gateways.test_sync_channel import PERSONS
from tests.journeys.gateways.test_sync_channel import call as register_call
from tests.journeys.kit import LIVING, RunningCountry, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

YEAR = timedelta(days=365)
STEPS = (1, 1, 2, 2, 4)
"""Years: within every term, beyond an employee's certificate (1 year), beyond a system's (3 years)."""
SYSTEMS = ("portal_pep", "shep_gateway", "rshep_yuz", "is_mio", "is_con")
PARTICIPANT = "long-lived-asker"
NAMES = ("is_nuc", "nr_iin", *SYSTEMS)
AGED = {
    "EGOV_CLERKS": "instant",
    "EGOV_CLOCK": "sandbox",
    "EGOV_CLOCK_START": "2026-03-16T09:00:00+05:00",
    "EGOV_EMPLOYEE_KEYS": "ec",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("years"), names=NAMES, environment=AGED) as made:
        yield made


async def advance(country: RunningCountry, by: timedelta) -> datetime:
    answer = await country.operator("is_nuc").post("/api/v1/clock/advance", {"by": by.total_seconds()})
    return datetime.fromisoformat(answer["now"])


async def granted(country: RunningCountry) -> Any:
    """A new citizen's application, from the signature to the result."""
    citizen = await country.newcomer()
    told = await citizen.is_served(await citizen.apply())
    assert told["outcome"] == "positive"
    return told


def system_certificate(country: RunningCountry, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((country.folder / name / "system.crt").read_bytes())


def door_certificates(country: RunningCountry) -> list[x509.Certificate]:
    """The certificates of the door key of the participant, and of ШЭП's SOAP answers."""
    home = country.folder / "shep_gateway"
    files = (home / "doors" / PARTICIPANT / "system.crt", home / "soap.crt")
    return [x509.load_pem_x509_certificate(file.read_bytes()) for file in files]


async def read_ends(country: RunningCountry) -> list[datetime]:
    own = [system_certificate(country, name) for name in SYSTEMS]
    return [certificate.not_valid_after_utc for certificate in own + door_certificates(country)]


async def participant_is_answered(country: RunningCountry, joined: JoinedSystem) -> None:
    """A participant with a certificate in force asks a register by SOAP; so is the certificate of the answer."""
    key, certificate = await certify(country, joined.address)
    envelope = sign_body(register_call(joined, LIVING[5].iin), key, certificate)
    answer = await country.answer("shep_gateway", "POST", "/bip-sync-wss-gost/", content=envelope)
    assert answer.status_code == 200, answer.text
    signed = open_body(answer.content)
    assert signed.body.findtext(".//responseInfo/status/code") == "SCSS001"
    assert signed.certificate.not_valid_after_utc > country.runtime("shep_gateway").now


async def participant_is_answered_in_json(country: RunningCountry, joined: JoinedSystem) -> None:
    """The participant asks by REST, with the token that it got ten years ago; ШЭП's door key signs for it."""
    question = {"contract": "person-query/1", "data": {"iin": LIVING[6].iin}}
    body = {"service_id": PERSON_SERVICE, "content": question}
    path = "/api/v1/messages?wait=20"
    answer = await country.answer("shep_gateway", "POST", path, json=body, headers=joined.headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["answer"]["content"]["data"]["person"]["iin"] == LIVING[6].iin


async def nothing_was_buried(country: RunningCountry) -> None:
    for name in SYSTEMS:
        assert await country.operator(name).get("/api/v1/dead-letters") == [], name


async def test_country_serves_an_application_after_each_step_of_ten_years(country: RunningCountry) -> None:
    joined = await join(country, PARTICIPANT, asks=[PERSONS, PERSON_SERVICE])
    await participant_is_answered(country, joined)
    await participant_is_answered_in_json(country, joined)
    first, first_of_doors = system_certificate(country, "shep_gateway"), door_certificates(country)
    for years in STEPS:
        now = await advance(country, years * YEAR)
        await eventually(lambda: read_ends(country), lambda ends, now=now: min(ends) > now + YEAR)  # type: ignore[misc]
        await granted(country)
        await participant_is_answered(country, joined)
        await participant_is_answered_in_json(country, joined)
        await nothing_was_buried(country)
    old = keys.certificate_thumbprint(first)
    assert (await country.answer("is_nuc", "GET", f"/api/v1/certificates/{old}")).status_code == 200
    assert first.public_key() != system_certificate(country, "shep_gateway").public_key()
    kept = {certificate.serial_number for certificate in first_of_doors + door_certificates(country)}
    assert len(kept) == 4
