"""Threat: a member gets, renews or ends certificates of people and systems that are not its own.

ИС МИО turned bad, and «Е-лицензирование» beside it: each has its own key and certificate of НУЦ and may vouch for
the employees of its own organisations. With these it tries to become an operator of a ЦОН, an official of another
authority, or another system; every signature below is real.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic_core import to_json

from shared.bus.errors import BusError
from shared.bus.messages import jws
from shared.bus.messages.trust import SystemIdentity
from shared.contracts import addresses
from shared.contracts.identifiers import make_bin
from shared.contracts.organisations import FILE, Organisation, known_organisations
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.enrolment import read_enrolment
from shared.pki.cms import signed_data
from shared.pki.verification.check import SignerExpectation, certificate_bin, certificate_system
from shared.pki.verification.evidence import check_evidence, embed_evidence
from tests.attacks.test_believed_beyond_its_steps import now
from tests.docs_commands import types
from tests.journeys.kit import EMPLOYEE_PASSWORD, RunningCountry, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

EMPLOYMENT = known_organisations().get_by_office("kz-yuz.employment.15")
"""An authority of ИС МИО alone."""
COORDINATION = known_organisations().get_by_office("kz-aty.coordination.01")
"""An authority at which ИС МИО and «Е-лицензирование» both have their people."""
CENTRE = known_organisations().get_by_office("kz.con.01")
"""A service centre, which is ИС ЦОН's."""


@dataclass(frozen=True)
class KeyHolder:
    """A key with its certificate, which signs requests to НУЦ."""

    key: keys.PrivateKey
    certificate: x509.Certificate

    @property
    def thumbprint(self) -> str:
        return keys.certificate_thumbprint(self.certificate)


def turned_bad(country: RunningCountry, address: str) -> SystemIdentity:
    """A system with its key and its certificate of НУЦ."""
    enrolment = read_enrolment(country.folder / address, address)
    assert enrolment is not None
    return enrolment.identity


async def ask(
    country: RunningCountry, path: str, body: Any, signer: SystemIdentity | KeyHolder
) -> tuple[int, Any]:
    """НУЦ's answer to a request that the holder of this key signs."""
    content = body if isinstance(body, bytes) else to_json(body)
    signature = jws.sign(signer.key, signer.thumbprint, content, {"to": addresses.NUC})
    return await send(country, path, content, signature)


async def send(country: RunningCountry, path: str, content: bytes, signature: str) -> tuple[int, Any]:
    headers = {"X-Signature": signature, "Content-Type": "application/json"}
    answer = await country.answer("is_nuc", "POST", f"/api/v1/{path}", content=content, headers=headers)
    return answer.status_code, answer.json() if answer.content else {}


def request_for(country: RunningCountry, bin_: str, name: str) -> tuple[keys.PrivateKey, dict[str, str]]:
    """A new key, and the request for a certificate of an employee of this organisation."""
    key, person = keys.new_ec_key(), country.stranger()
    subject = profile.employee_subject(person.iin, person.surname, person.name, organisation=name, bin_=bin_)
    return key, {"csr": text_of(key, subject)}


def text_of(key: keys.PrivateKey, subject: x509.Name) -> str:
    return make_csr(key, subject).public_bytes(Encoding.PEM).decode()


async def employ(country: RunningCountry, system: str, organisation: Organisation) -> KeyHolder:
    """An employee of the organisation, certified on the word of this system."""
    key, body = request_for(country, organisation.bin, organisation.name)
    status, issued = await ask(country, "employees", body, turned_bad(country, system))
    assert status == 201, issued
    return KeyHolder(key, certificate_of(issued))


def certificate_of(issued: Any) -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued["certificate"].encode())


async def is_good(country: RunningCountry, holder: KeyHolder) -> bool:
    answer = await country.answer("is_nuc", "GET", f"/api/v1/certificates/{holder.thumbprint}/status")
    return bool(answer.json()["status"] == "good")


@pytest.mark.parametrize(
    ("system", "number", "name"),
    [
        (addresses.MIO, CENTRE.bin, CENTRE.name),
        (addresses.MIO, EMPLOYMENT.bin, CENTRE.name),
        (addresses.MIO, CENTRE.bin, EMPLOYMENT.name),
        (addresses.MIO, EMPLOYMENT.bin, EMPLOYMENT.name.upper()),
        (addresses.MIO, make_bin(2001, 5, serial=77) or "", "ТОО «Никто»"),
        (addresses.CON, EMPLOYMENT.bin, EMPLOYMENT.name),
        (addresses.ELICENSE, EMPLOYMENT.bin, EMPLOYMENT.name),
    ],
    ids=[
        "centre",
        "own-bin",
        "own-name",
        "other-spelling",
        "company",
        "authority-of-con",
        "authority-of-permits",
    ],
)
async def test_member_gets_no_employee_of_an_organisation_that_is_not_its_own(
    country: RunningCountry, system: str, number: str, name: str
) -> None:
    _, body = request_for(country, number, name)
    status, refusal = await ask(country, "employees", body, turned_bad(country, system))
    assert (status, refusal.get("code")) == (403, "organisation-refused")
    assert set(refusal["texts"]) == {"ru", "kk", "en"}


@pytest.mark.parametrize("organisation", [EMPLOYMENT, COORDINATION], ids=["own", "shared"])
async def test_member_vouches_for_the_employees_of_its_own_organisations(
    country: RunningCountry, organisation: Organisation
) -> None:
    employee = await employ(country, addresses.MIO, organisation)
    assert certificate_bin(employee.certificate) == organisation.bin


async def test_members_word_for_an_employee_does_not_make_the_employee_the_member(country: RunningCountry) -> None:
    member = turned_bad(country, addresses.MIO)
    _, body = request_for(country, EMPLOYMENT.bin, EMPLOYMENT.name)
    content = to_json(body)
    overheard = jws.sign(member.key, member.thumbprint, content, {"to": addresses.NUC})
    status, refusal = await send(country, "renewals", content, overheard)
    assert (status, refusal.get("code")) == (422, "csr-subject")


async def test_member_renews_itself_under_its_own_address_only(country: RunningCountry) -> None:
    subject = profile.system_subject("2.999", addresses.PORTAL, organisation="egov-bus", bin_="000140000019")
    member, body = turned_bad(country, addresses.MIO), {"csr": text_of(keys.new_ec_key(), subject)}
    status, issued = await ask(country, "renewals", body, member)
    assert (status, certificate_system(certificate_of(issued))) == (201, addresses.MIO)
    for token in ("", "guess", member.thumbprint):
        request = {"address": addresses.PORTAL, "token": token, **body}
        status, refusal = await ask(country, "systems", request, member)
        assert (status, refusal["code"]) == (401, "enrolment-token")


async def test_member_ends_no_certificate_of_a_citizen_or_of_anothers_employee(country: RunningCountry) -> None:
    citizen = await country.certify(country.stranger())
    operator = await employ(country, addresses.CON, CENTRE)
    colleague = await employ(country, addresses.ELICENSE, COORDINATION)
    portal = turned_bad(country, addresses.PORTAL)
    strangers = (KeyHolder(citizen.key, citizen.certificate), operator, colleague)
    for thumbprint in (*(one.thumbprint for one in strangers), portal.thumbprint):
        body = {"thumbprint": thumbprint, "reason": "keyCompromise"}
        status, refusal = await ask(country, "revocations/own", body, turned_bad(country, addresses.MIO))
        assert (status, refusal["code"]) == (401, "holder-unproved")
    assert all([await is_good(country, one) for one in strangers])


async def test_member_ends_no_certificate_of_anothers_employee_through_a_namesake(country: RunningCountry) -> None:
    """Both have people at one authority; ИС МИО vouches for a namesake of an employee of «Е-лицензирование»."""
    victim = await employ(country, addresses.ELICENSE, COORDINATION)
    key = keys.new_ec_key()
    status, issued = await ask(
        country,
        "employees",
        {"csr": text_of(key, victim.certificate.subject)},
        turned_bad(country, addresses.MIO),
    )
    assert status == 201
    namesake = KeyHolder(key, certificate_of(issued))
    assert namesake.certificate.subject == victim.certificate.subject
    status, refusal = await ask(country, "revocations/own", {"thumbprint": victim.thumbprint}, namesake)
    assert (status, refusal.get("code")) == (401, "holder-unproved")
    assert await is_good(country, victim)


async def test_member_ends_the_certificate_of_its_own_employee(country: RunningCountry) -> None:
    former = await employ(country, addresses.MIO, EMPLOYMENT)
    body = {"thumbprint": former.thumbprint, "reason": "affiliationChanged"}
    assert (await ask(country, "revocations/own", body, turned_bad(country, addresses.MIO)))[0] == 204
    assert not await is_good(country, former)


async def test_member_and_its_people_read_no_list_of_anothers_employees(country: RunningCountry) -> None:
    token = (country.folder / "is_con" / "operator.token").read_text()
    own = {"iin": (await country.employee())["iin"], "password": EMPLOYEE_PASSWORD}
    session = (await country.answer("is_mio", "POST", "/api/v1/login", json=own)).json()["token"]
    for bearer in (token, session):
        headers = {"Authorization": f"Bearer {bearer}"}
        for instance in ("is_mio", "gbd_elicense"):
            answer = await country.answer(instance, "GET", "/api/v1/employees", headers=headers)
            assert answer.status_code == 401, (instance, answer.text)
    assert (await country.answer("is_con", "POST", "/api/v1/login", json=own)).status_code == 401


async def test_employee_vouched_for_by_a_compromised_member_renews_nothing(country: RunningCountry) -> None:
    accomplice, bystander = [await employ(country, system, COORDINATION) for system in ("is_mio", "gbd_elicense")]
    enrolment = read_enrolment(country.folder / "is_mio", "is_mio")
    assert enrolment is not None
    await country.revoke(enrolment.certificate)
    body = {"csr": text_of(keys.new_ec_key(), x509.Name([]))}
    status, refusal = await ask(country, "renewals", body, accomplice)
    assert (status, refusal.get("code")) == (403, "organisation-refused")
    assert (await ask(country, "renewals", body, bystander))[0] == 201


async def test_compromised_members_word_is_found_and_taken_back_at_once(country: RunningCountry) -> None:
    """«Е-лицензирование» was taken over: the list shows whom it made officials, and all their certificates end
    together.
    """
    system, nuc = addresses.ELICENSE, country.operator("is_nuc")
    centre: Any = country.deployment.nodes["portal_pep"].dependencies.directory
    honest = await employ(country, addresses.CON, CENTRE)
    earlier = await employ(country, system, COORDINATION)
    paper = signed_data.sign(b"permit", earlier.key, earlier.certificate, at=now())
    kept = embed_evidence(paper, await asyncio.to_thread(centre.collect_evidence, paper, now()))
    later = await employ(country, system, COORDINATION)

    latest, *rest = await nuc.get(f"/api/v1/systems/{system}/vouched")
    assert (latest["thumbprint"], latest["status"]) == (later.thumbprint, "good")
    assert earlier.thumbprint in {row["thumbprint"] for row in rest}
    assert honest.thumbprint not in {row["thumbprint"] for row in rest}
    (only,) = await nuc.get(f"/api/v1/systems/{system}/vouched", limit=1)
    assert only == latest
    before = await nuc.get(f"/api/v1/systems/{system}/vouched", before=latest["not_before"])
    assert later.thumbprint not in {row["thumbprint"] for row in before}

    body = {"reason": "keyCompromise", "and_own": True}
    path = f"/api/v1/systems/{system}/vouched/revocation"
    assert (await nuc.post(path, body))["revoked_count"] >= len([latest, *rest]) - 1
    assert (await nuc.post(path, body))["revoked_count"] == 0
    assert (await nuc.list_audit_entries(limit=1))[0]["operation"] == "revoke_vouched_certificates"
    assert not await is_good(country, earlier)
    assert await is_good(country, honest)
    forged = signed_data.sign(b"permit", later.key, later.certificate, at=now())
    with pytest.raises(BusError) as refusal:
        await asyncio.to_thread(
            centre.check_document, forged, at=now(), expected_iin=None, purpose=SignaturePurpose.EMPLOYEE
        )
    assert refusal.value.code == "eds-revoked"
    expected = SignerExpectation(SignaturePurpose.EMPLOYEE)
    assert check_evidence(kept, expected, anchors=centre.anchors, at=now()).require_document().content == b"permit"
    request = request_for(country, COORDINATION.bin, COORDINATION.name)[1]
    status, refused = await ask(country, "employees", request, turned_bad(country, system))
    assert (status, refused["code"]) == (401, "employer-unknown"), "the system itself vouches for nobody any more"


async def test_operator_types_who_may_vouch_and_who_was_vouched_for(
    country: RunningCountry, tmp_path: Path
) -> None:
    settings = {"EGOV_NUC_URL": country.url("is_nuc"), "EGOV_DATA_DIR": str(country.folder)}
    script = f"""
        .venv/bin/egov-bus vouching allow {EMPLOYMENT.office} arm_shep --json
        .venv/bin/egov-bus vouching list {addresses.ELICENSE} --limit 1 --json
        .venv/bin/egov-bus vouching revoke {addresses.CGO} --json
    """
    done = await asyncio.to_thread(types, tmp_path, script, **settings)
    assert done.returncode == 0, done.stderr
    allowed, vouched, revoked = map(json.loads, done.stdout.splitlines())
    assert allowed["added_systems"] == ["arm_shep"]
    assert [row["status"] for row in vouched] == ["revoked"]
    assert revoked == {"revoked_count": 0}, "ИС ЦГО vouched for nobody"


async def test_employee_renews_nothing_when_the_organisation_is_no_longer_the_members(tmp_path: Path) -> None:
    instances = ("is_nuc", "gbd_elicense")
    async with running(tmp_path, names=instances) as country:
        employee = await employ(country, addresses.ELICENSE, COORDINATION)
    register = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    register[COORDINATION.office]["systems"] = [addresses.MIO]
    (tmp_path / "register.yaml").write_text(yaml.safe_dump(register, allow_unicode=True), encoding="utf-8")
    environment = {"EGOV_ORGANISATIONS_FILE": str(tmp_path / "register.yaml")}
    async with running(tmp_path, names=instances, environment=environment) as country:
        body = {"csr": text_of(keys.new_ec_key(), x509.Name([]))}
        status, refusal = await ask(country, "renewals", body, employee)
        assert (status, refusal.get("code")) == (403, "organisation-refused")
