"""НУЦ alone in its process: who gets a certificate, and at whose request."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic_core import to_json

from services.is_nuc.settings import NucSettings
from shared.bus.errors import Throttled, Unavailable, Untrusted
from shared.bus.http.requests.call_limits import CallLimits
from shared.bus.messages import jws
from shared.bus.messages.trust import SystemIdentity
from shared.contracts.organisations import known_organisations
from shared.contracts.population import SyntheticPerson
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.client.enrolment import SystemEnrolment, enrol_system
from tests.journeys.kit import RunningCountry, openssl, pem, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

EMPLOYER = known_organisations().get_by_office("kz-yuz.employment.15")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",)) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def employer(nuc: RunningCountry) -> SystemEnrolment:
    """A system that may request certificates of employees."""
    return await enrolled(nuc, "is_mio")


async def enrolled(nuc: RunningCountry, address: str) -> SystemEnrolment:
    file = nuc.folder / f"{address}.json"
    file.write_text(json.dumps(await nuc.operator("is_nuc").post(f"/api/v1/invitations/{address}")))
    return await enrol_system(nuc.folder / address, address, nuc.url("is_nuc"), file)


def csr_of(person: SyntheticPerson, key: keys.PrivateKey | None = None, **organisation: str) -> str:
    names = (person.iin, person.surname, person.name, person.patronymic)
    subject = (
        profile.employee_subject(*names, organisation=EMPLOYER.name, bin_=EMPLOYER.bin)
        if organisation
        else profile.person_subject(*names)
    )
    return text_of(make_csr(key or keys.new_ec_key(), subject))


def weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused


def text_of(csr: x509.CertificateSigningRequest) -> str:
    return csr.public_bytes(Encoding.PEM).decode()


async def told(nuc: RunningCountry, path: str, body: Any, **how: Any) -> tuple[int, Any]:
    answer = await nuc.answer("is_nuc", "POST", f"/api/v1/{path}", json=body, **how)
    return answer.status_code, answer.json()


async def test_enrolment_token_is_good_once_and_for_its_own_address(nuc: RunningCountry) -> None:
    invitation = await nuc.operator("is_nuc").post("/api/v1/invitations/newcomer")
    request = {"address": "newcomer", "token": invitation["token"], "csr": csr_of(nuc.stranger())}
    other = await told(nuc, "systems", {**request, "address": "portal_pep"})
    assert (other[0], other[1]["code"]) == (401, "enrolment-token")
    status, issued = await told(nuc, "systems", request)
    assert (status, issued["thumbprint"]) == (201, keys.certificate_thumbprint(certificate_of(issued)))
    again = await told(nuc, "systems", {**request, "csr": csr_of(nuc.stranger())})
    assert (again[0], again[1]["code"]) == (401, "enrolment-token")
    assert set(again[1]["texts"]) == {"ru", "kk", "en"}


async def test_enrolment_whose_answer_was_lost_is_repeated_with_its_key(nuc: RunningCountry) -> None:
    invitation = await nuc.operator("is_nuc").post("/api/v1/invitations/unlucky")
    request = {"address": "unlucky", "token": invitation["token"], "csr": csr_of(nuc.stranger())}
    first, again = [await told(nuc, "systems", request) for _ in range(2)]
    assert first == again
    assert first[0] == 201


async def test_enrolment_that_comes_too_often_is_to_be_repeated_later(nuc: RunningCountry) -> None:
    limits = nuc.runtime("is_nuc").resource(CallLimits)
    with suppress(Throttled):
        while True:
            limits.count_identity("systems", "crowded")
    with pytest.raises(Unavailable):  # the launcher tries again after this error, and after no other
        await enrolled(nuc, "crowded")


async def test_enrolment_token_stays_good_after_a_request_that_fails(nuc: RunningCountry) -> None:
    invitation = await nuc.operator("is_nuc").post("/api/v1/invitations/clumsy")
    request = {"address": "clumsy", "token": invitation["token"]}
    weak = csr_of(nuc.stranger(), weak_key())
    assert (await told(nuc, "systems", {**request, "csr": weak}))[1]["code"] == "csr-key"
    assert (await told(nuc, "systems", {**request, "csr": csr_of(nuc.stranger())}))[0] == 201


async def test_invitation_makes_the_older_one_void(nuc: RunningCountry) -> None:
    first, second = [await nuc.operator("is_nuc").post("/api/v1/invitations/twice") for _ in range(2)]
    request = {"address": "twice", "csr": csr_of(nuc.stranger())}
    assert (await told(nuc, "systems", {**request, "token": first["token"]}))[0] == 401
    assert (await told(nuc, "systems", {**request, "token": second["token"]}))[0] == 201


async def test_system_is_certified_for_its_address_whatever_name_the_request_gives(nuc: RunningCountry) -> None:
    own = (await enrolled(nuc, "impostor")).certificate
    uris = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert uris.get_values_for_type(x509.UniformResourceIdentifier) == [profile.system_uri("impostor")]
    (nuc.folder / "void.json").write_text(json.dumps({"token": "void", "root": ""}))
    with pytest.raises(Untrusted):
        await enrol_system(nuc.folder / "void", "impostor", nuc.url("is_nuc"), nuc.folder / "void.json")


async def test_employee_is_certified_only_on_the_employers_word(
    nuc: RunningCountry, employer: SystemEnrolment
) -> None:
    body = to_json({"csr": csr_of(nuc.stranger(), organisation="Отдел")})
    citizen = await nuc.certify(nuc.stranger())
    bystander = await enrolled(nuc, "bystander")
    unknown = SystemIdentity("unknown", keys.new_ec_key(), "A" * 43)
    as_citizen = SystemIdentity("citizen", citizen.key, keys.certificate_thumbprint(citizen.certificate))
    for signature, status, code in (
        ("", 422, "signature-malformed"),
        (signed(unknown, body), 404, "certificate-unknown"),
        (signed(as_citizen, body), 401, "employer-unknown"),
        (signed(bystander.identity, body), 401, "employer-unknown"),
        (signed(employer.identity, body, to="is_mio"), 401, "employer-unknown"),
        (signed(employer.identity, body + b" "), 401, "signature-invalid"),
    ):
        assert await asked(nuc, body, signature) == (status, code)
    assert await asked(nuc, body, signed(employer.identity, body)) == (201, None)


async def test_employer_that_was_revoked_certifies_nobody(nuc: RunningCountry) -> None:
    former = await enrolled(nuc, "is_con")
    await nuc.revoke(former.certificate)
    body = to_json({"csr": csr_of(nuc.stranger(), organisation="Отдел")})
    assert await asked(nuc, body, signed(former.identity, body)) == (401, "employer-unknown")


async def test_employee_csr_names_the_organisation(nuc: RunningCountry, employer: SystemEnrolment) -> None:
    body = to_json({"csr": csr_of(nuc.stranger())})
    assert await asked(nuc, body, signed(employer.identity, body)) == (422, "csr-subject")


def signed(identity: SystemIdentity, body: bytes, to: str = "is_nuc") -> str:
    return jws.sign(identity.key, identity.thumbprint, body, {"to": to})


async def asked(nuc: RunningCountry, body: bytes, signature: str) -> tuple[int, str | None]:
    """НУЦ's answer to a request for an employee's certificate."""
    headers = {"X-Signature": signature, "Content-Type": "application/json"}
    answer = await nuc.answer("is_nuc", "POST", "/api/v1/employees", content=body, headers=headers)
    return answer.status_code, answer.json().get("code")


def broken(person: SyntheticPerson) -> str:
    """A request changed after it was signed."""
    der = bytearray(x509.load_pem_x509_csr(csr_of(person).encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    return text_of(x509.load_der_x509_csr(bytes(der)))


@pytest.mark.parametrize(
    "csr", ["garbage", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", ""]
)
async def test_csr_that_is_no_request_is_refused(nuc: RunningCountry, csr: str) -> None:
    status, body = await told(nuc, "people", {"csr": csr})
    assert (status, body["code"]) == (422, "csr-malformed" if csr else "request-malformed")


async def test_csr_must_prove_its_key_and_the_key_must_be_strong(nuc: RunningCountry) -> None:
    person = nuc.stranger()
    for csr, code in (
        (broken(person), "csr-malformed"),
        (csr_of(person, ec.generate_private_key(ec.SECP384R1())), "csr-key"),
        (csr_of(person, weak_key()), "csr-key"),
    ):
        status, body = await told(nuc, "people", {"csr": csr})
        assert (status, body["code"]) == (422, code)


@pytest.mark.parametrize(
    ("iin", "common_name", "code"),
    [
        ("850101100023", "ИВАНОВ ИВАН", "iin-check-digit"),
        ("850101100022", "ИВАНОВ", "csr-subject"),
        ("850101100022", "ПЕТРОВ ИВАН", "csr-subject"),
        (None, "ИВАНОВ ИВАН", "csr-subject"),
    ],
)
async def test_csr_must_name_a_person(nuc: RunningCountry, iin: str | None, common_name: str, code: str) -> None:
    names = [(x509.NameOID.COMMON_NAME, common_name), (x509.NameOID.SURNAME, "ИВАНОВ")]
    names += [(x509.NameOID.SERIAL_NUMBER, f"IIN{iin}")] if iin else []
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in names])
    status, body = await told(nuc, "people", {"csr": text_of(make_csr(keys.new_ec_key(), subject))})
    assert (status, body["code"]) == (422, code)


async def test_key_is_certified_once(nuc: RunningCountry) -> None:
    key, person, other = keys.new_ec_key(), nuc.stranger(), nuc.stranger()
    first = await nuc.certify(person, key)
    for again in (person, other):
        status, body = await told(nuc, "people", {"csr": csr_of(again, key)})
        assert (status, body["code"]) == (409, "key-already-certified")
    thumbprint = keys.certificate_thumbprint(first.certificate)
    kept = await nuc.answer("is_nuc", "GET", f"/api/v1/certificates/{thumbprint}")
    assert x509.load_pem_x509_certificate(kept.content) == first.certificate
    unknown = await nuc.answer("is_nuc", "GET", f"/api/v1/certificates/{'A' * 43}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "certificate-unknown")


async def test_crl_shows_openssl_the_revoked_and_the_others_in_order(nuc: RunningCountry, tmp_path: Path) -> None:
    good, bad = await nuc.certify(nuc.stranger()), await nuc.certify(nuc.stranger())
    await nuc.revoke(bad.certificate)
    (tmp_path / "crl.der").write_bytes((await nuc.answer("is_nuc", "GET", "/crl")).content)
    (tmp_path / "anchors.pem").write_bytes(nuc.anchors())
    (tmp_path / "good.pem").write_bytes(pem(good.certificate))
    (tmp_path / "bad.pem").write_bytes(pem(bad.certificate))
    assert openssl(tmp_path, "crl -inform DER -in crl.der -out crl.pem").returncode == 0
    verify = "verify -crl_check -CAfile anchors.pem -CRLfile crl.pem"
    in_order, revoked = (openssl(tmp_path, f"{verify} {name}.pem") for name in ("good", "bad"))
    assert (in_order.returncode, in_order.stdout) == (0, "good.pem: OK\n")
    assert revoked.returncode != 0
    assert "certificate revoked" in revoked.stderr


async def test_revocation_is_for_ever_and_its_first_moment_counts(nuc: RunningCountry) -> None:
    certificate = (await nuc.certify(nuc.stranger())).certificate
    await nuc.revoke(certificate)
    first = await entry_of(nuc, certificate)
    await nuc.revoke(certificate)
    again = await entry_of(nuc, certificate)
    assert first is not None
    assert again is not None
    assert first.revocation_date_utc == again.revocation_date_utc
    reason = first.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.key_compromise


async def entry_of(nuc: RunningCountry, certificate: x509.Certificate) -> x509.RevokedCertificate | None:
    crl = x509.load_der_x509_crl((await nuc.answer("is_nuc", "GET", "/crl")).content)
    return crl.get_revoked_certificate_by_serial_number(certificate.serial_number)


async def test_revocation_is_only_by_the_operator_and_only_of_what_was_issued(nuc: RunningCountry) -> None:
    certificate = (await nuc.certify(nuc.stranger())).certificate
    body = {"thumbprint": keys.certificate_thumbprint(certificate)}
    assert (await told(nuc, "revocations", body))[0] == 401
    assert await entry_of(nuc, certificate) is None
    headers = {"Authorization": f"Bearer {(nuc.folder / 'is_nuc' / 'operator.token').read_text()}"}
    status, refusal = await told(nuc, "revocations", {"thumbprint": "A" * 43}, headers=headers)
    assert (status, refusal["code"]) == (404, "certificate-unknown")


async def test_counter_that_is_closed_certifies_no_citizen(tmp_path: Path) -> None:
    closed = {"EGOV_ISSUES_TO_PEOPLE": "false"}
    async with running(tmp_path, names=("is_nuc",), environment=closed) as country:
        status, body = await told(country, "people", {"csr": csr_of(country.stranger())})
        assert (status, body["code"]) == (403, "counter-closed")
        assert set(body["texts"]) == {"ru", "kk", "en"}
        assert (await enrolled(country, "system")).identity.address == "system", "systems are still enrolled"


def certificate_of(issued: Any) -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued["certificate"].encode())


async def test_register_of_organisations_is_checked_before_nuc_starts(tmp_path: Path) -> None:
    file = tmp_path / "register.yaml"
    file.write_text(
        'kz-yuz.employment.15: {bin: "990140000018", name: "Отдел", systems: [is_mio]}', encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"kz-yuz\.employment\.15: bin-check-digit"):
        NucSettings(organisations_file=file)
