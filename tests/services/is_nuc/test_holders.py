"""The requests of a certificate's holder: the pair, renewal, revocation, status."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs12
from pydantic_core import to_json

from services.is_nuc import storage
from services.is_nuc.authority.ca import IssuingAuthority
from services.is_nuc.authority.own_credentials import OwnCredentials
from shared.bus.messages import jws
from shared.client import CertifiedPerson
from shared.contracts.identifiers import make_bin
from shared.contracts.organisations import known_organisations
from shared.contracts.population import make_population
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import issue_certificate, make_csr
from shared.pki.certificates.chain import TrustAnchors, verify_chain
from shared.pki.certificates.profile import CertificateKind, CertificateUsage, OrganisationRole
from shared.pki.client.enrolment import SystemEnrolment, enrol_system
from shared.pki.verification.check import certificate_system
from tests.journeys.kit import LIVING, RunningCountry, running
from tests.services.is_nuc.outsiders import Outsider, operator_headers, person, thumbprint, told

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

BIN = make_bin(1999, 1, serial=1) or ""
PASSWORD = "pass-word"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",)) as made:
        yield made


def csr(key: keys.PrivateKey, subject: x509.Name | None = None) -> str:
    empty = x509.Name([])
    return make_csr(key, empty if subject is None else subject).public_bytes(Encoding.PEM).decode()


async def signed(
    nuc: RunningCountry,
    path: str,
    body: Any,
    key: keys.PrivateKey,
    thumb: str,
    *,
    to: str = "is_nuc",
    tail: bytes = b"",
) -> tuple[int, Any]:
    """НУЦ's answer to a request signed by this key; ``tail`` is added after the signature."""
    content = to_json(body)
    headers = {"X-Signature": jws.sign(key, thumb, content, {"to": to}), "Content-Type": "application/json"}
    answer = await nuc.answer("is_nuc", "POST", f"/api/v1/{path}", content=content + tail, headers=headers)
    return answer.status_code, answer.json() if answer.content else None


async def renewal(
    nuc: RunningCountry, old: CertifiedPerson, *, supersede: bool = False, **how: Any
) -> tuple[int, Any]:
    body = {"csr": csr(keys.new_ec_key()), "supersede": supersede}
    return await signed(nuc, "renewals", body, old.key, thumbprint(old), **how)


async def status(nuc: RunningCountry, certificate: x509.Certificate) -> Any:
    answer = await nuc.answer(
        "is_nuc", "GET", f"/api/v1/certificates/{keys.certificate_thumbprint(certificate)}/status"
    )
    assert answer.status_code == 200
    return answer.json()


def usages(certificate: x509.Certificate) -> tuple[str, ...]:
    found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return tuple(one.dotted_string for one in found)


async def test_renewal_gives_the_old_key_a_certificate_of_the_same_name_for_a_new_one(nuc: RunningCountry) -> None:
    old = await person(nuc)
    code, issued = await renewal(nuc, old)
    assert code == 201
    new = x509.load_pem_x509_certificate(issued["certificate"].encode())
    assert (new.subject, usages(new)) == (old.certificate.subject, usages(old.certificate))
    assert new.public_key() != old.certificate.public_key()
    assert (await status(nuc, new))["status"] == "good"
    assert (await status(nuc, old.certificate))["status"] == "good", "it lives on to its end"


async def test_renewal_supersedes_the_old_certificate_if_wished(nuc: RunningCountry) -> None:
    old = await person(nuc)
    assert (await renewal(nuc, old, supersede=True))[0] == 201
    found = await status(nuc, old.certificate)
    assert (found["status"], found["reason"]) == ("revoked", "superseded")
    code, refusal = await renewal(nuc, old)
    assert (code, refusal["code"]) == (401, "holder-unproved")
    assert set(refusal["texts"]) == {"ru", "kk", "en"}


async def test_renewal_is_for_a_new_key_only(nuc: RunningCountry) -> None:
    old = await person(nuc)
    body = {"csr": csr(old.key), "supersede": True}
    code, refusal = await signed(nuc, "renewals", body, old.key, thumbprint(old))
    assert (code, refusal["code"]) == (409, "key-already-certified")
    assert (await status(nuc, old.certificate))["status"] == "good", "nothing was done"


async def test_renewal_needs_the_signature_of_the_old_key_over_these_bytes_for_nuc(nuc: RunningCountry) -> None:
    old, other = await person(nuc), await person(nuc)
    body = {"csr": csr(keys.new_ec_key())}
    for how, expected in (
        (renewal(nuc, old, to="is_mio"), (401, "holder-unproved")),
        (renewal(nuc, old, tail=b" "), (401, "signature-invalid")),
        (signed(nuc, "renewals", body, other.key, thumbprint(old)), (401, "signature-invalid")),
        (signed(nuc, "renewals", body, other.key, "A" * 43), (404, "certificate-unknown")),
        (told(nuc, "renewals", body), (422, "signature-malformed")),
    ):
        code, refusal = await how
        assert (code, refusal["code"]) == expected


async def test_renewal_keeps_the_old_subject_whatever_the_request_says(nuc: RunningCountry) -> None:
    old = await person(nuc)
    body = {"csr": csr(keys.new_ec_key(), profile.person_subject(LIVING[5].iin, "Чужой", "Чужак"))}
    code, issued = await signed(nuc, "renewals", body, old.key, thumbprint(old))
    assert code == 201
    assert x509.load_pem_x509_certificate(issued["certificate"].encode()).subject == old.certificate.subject


async def enrolled(nuc: RunningCountry, address: str) -> SystemEnrolment:
    file = nuc.folder / f"{address}.json"
    file.write_text(json.dumps(await nuc.operator("is_nuc").post(f"/api/v1/invitations/{address}")))
    return await enrol_system(nuc.folder / address, address, nuc.url("is_nuc"), file)


async def test_renewal_of_a_system_is_under_its_address(nuc: RunningCountry) -> None:
    old = (await enrolled(nuc, "newcomer")).identity
    code, issued = await signed(nuc, "renewals", {"csr": csr(keys.new_rsa_key())}, old.key, old.thumbprint)
    assert code == 201
    new = x509.load_pem_x509_certificate(issued["certificate"].encode())
    assert certificate_system(new) == "newcomer"
    assert isinstance(new.public_key(), rsa.RSAPublicKey), "RSA by choice"


async def test_renewal_of_nucs_own_services_is_not_given_to_a_holder_of_their_key(nuc: RunningCountry) -> None:
    home = nuc.folder / "is_nuc"
    key = keys.load_key((home / "tsa.key").read_bytes())
    own = x509.load_pem_x509_certificate((home / "tsa.crt").read_bytes())
    body = {"csr": csr(keys.new_ec_key())}
    code, refusal = await signed(nuc, "renewals", body, key, keys.certificate_thumbprint(own))
    assert (code, refusal["code"]) == (403, "role-refused")


@pytest.mark.parametrize("reason", ["keyCompromise", "cessationOfOperation", "unspecified"])
async def test_revocation_by_the_owner_says_why(nuc: RunningCountry, reason: str) -> None:
    own = await person(nuc)
    body = {"thumbprint": thumbprint(own), "reason": reason}
    assert (await signed(nuc, "revocations/own", body, own.key, thumbprint(own)))[0] == 204
    found = await status(nuc, own.certificate)
    assert (found["status"], found["reason"]) == ("revoked", reason)
    assert found["revoked_at"] is not None


async def test_certificate_of_a_pair_ends_the_other_and_nobody_elses(nuc: RunningCountry) -> None:
    someone, other = nuc.stranger(), await person(nuc)
    pair = {}
    for usage in CertificateUsage:
        key = keys.new_ec_key()
        subject = profile.person_subject(someone.iin, someone.surname, someone.name, someone.patronymic)
        _, issued = await told(nuc, "people", {"csr": csr(key, subject), "usage": usage.value})
        pair[usage] = CertifiedPerson(
            someone.iin, key, x509.load_pem_x509_certificate(issued["certificate"].encode())
        )
    login = pair[CertificateUsage.AUTH]
    assert usages(login.certificate)[0] == "1.3.6.1.5.5.7.3.2"
    for meant, expected in ((other, 401), (pair[CertificateUsage.SIGN], 204)):
        body = {"thumbprint": thumbprint(meant)}
        assert (await signed(nuc, "revocations/own", body, login.key, thumbprint(login)))[0] == expected
    states = [
        (await status(nuc, one.certificate))["status"] for one in (other, pair[CertificateUsage.SIGN], login)
    ]
    assert states == ["good", "revoked", "good"]


@pytest.mark.parametrize("reason", ["removeFromCRL", "certificateHold", "cACompromise", "because"])
async def test_revocation_is_for_ever_and_has_a_reason_of_a_holder(nuc: RunningCountry, reason: str) -> None:
    own = await person(nuc)
    body = {"thumbprint": thumbprint(own), "reason": reason}
    code, refusal = await told(nuc, "revocations", body, headers=operator_headers(nuc))
    assert (code, refusal["code"]) == (422, "request-malformed")
    assert (await status(nuc, own.certificate))["status"] == "good"


async def test_certificate_status_tells_no_name_and_no_number_of_the_person(nuc: RunningCountry) -> None:
    own = await person(nuc)
    found = await status(nuc, own.certificate)
    assert found["serial"] == f"{own.certificate.serial_number:X}"
    assert found["kind"] == "individual"
    assert own.iin not in json.dumps(found)
    unknown = await nuc.answer("is_nuc", "GET", f"/api/v1/certificates/{'A' * 43}/status")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "certificate-unknown")


@pytest.mark.parametrize(
    ("iin", "expected"), [("010101100018", "expired"), ("010102200024", "not-yet-valid")], ids=["old", "early"]
)
async def test_certificate_out_of_its_term_has_no_word(nuc: RunningCountry, iin: str, expected: str) -> None:
    subject, key = profile.person_subject(iin, "Испытатель", "Проба"), keys.new_ec_key()
    _, issued = await told(nuc, "people", {"csr": csr(key, subject)})
    own = CertifiedPerson(iin, key, x509.load_pem_x509_certificate(issued["certificate"].encode()))
    assert (await status(nuc, own.certificate))["status"] == expected
    code, refusal = await renewal(nuc, own)
    assert (code, refusal["code"]) == (401, "holder-unproved")


@pytest.mark.parametrize("role", OrganisationRole)
@pytest.mark.parametrize("usage", CertificateUsage)
async def test_employee_is_certified_in_any_role_and_for_both_purposes(
    nuc: RunningCountry, role: OrganisationRole, usage: CertificateUsage
) -> None:
    address = "is_con" if role is OrganisationRole.CON_OPERATOR else "is_mio"
    employer = (await enrolled(nuc, address)).identity
    someone, key = nuc.stranger(), keys.new_ec_key()
    place = known_organisations().get_by_office("kz.con.01" if address == "is_con" else "kz-yuz.employment.15")
    names = (someone.iin, someone.surname, someone.name)
    subject = profile.employee_subject(*names, organisation=place.name, bin_=place.bin)
    body = {"csr": csr(key, subject), "role": role.value, "usage": usage.value}
    code, issued = await signed(nuc, "employees", body, employer.key, employer.thumbprint)
    assert code == 201
    own = x509.load_pem_x509_certificate(issued["certificate"].encode())
    kept = profile.PROFILES[profile.kind_of(role, usage)]
    assert usages(own) == tuple(one.dotted_string for one in kept.extended_usage)


async def test_operators_of_service_centres_are_certified_only_on_the_word_of_their_system(
    nuc: RunningCountry,
) -> None:
    employer = (await enrolled(nuc, "is_mio")).identity
    someone = nuc.stranger()
    subject = profile.employee_subject(someone.iin, someone.surname, someone.name, organisation="Отдел", bin_=BIN)
    body = {"csr": csr(keys.new_ec_key(), subject), "role": "con-operator"}
    code, refusal = await signed(nuc, "employees", body, employer.key, employer.thumbprint)
    assert (code, refusal["code"]) == (403, "role-refused")


async def container(nuc: RunningCountry, path: str = "people", **body: Any) -> Any:
    whole = {"iin": LIVING[7].iin, "password": PASSWORD, "key": "ec", **body}
    return await nuc.answer(
        "is_nuc", "POST", f"/api/v1/containers/{path}", json=whole, headers=operator_headers(nuc)
    )


async def test_pkcs12_holds_key_certificate_and_chain_of_a_person_of_the_register(nuc: RunningCountry) -> None:
    answer = await container(nuc, usage="auth", key="rsa")
    assert answer.headers["content-disposition"] == 'attachment; filename="auth.p12"'
    opened = pkcs12.load_pkcs12(answer.content, PASSWORD.encode())
    assert opened.cert is not None
    own = opened.cert.certificate
    assert isinstance(opened.key, rsa.RSAPrivateKey)
    assert opened.key.public_key() == own.public_key()
    assert keys.certificate_thumbprint(own) == answer.headers["x-thumbprint"]
    key_id = own.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert opened.cert.friendly_name == key_id.hex().encode()
    someone = LIVING[7]
    assert own.subject == profile.person_subject(someone.iin, someone.surname, someone.name, someone.patronymic)
    issuing, root = (one.certificate for one in opened.additional_certs)
    own.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(root)
    assert (await status(nuc, own))["status"] == "good"


async def test_pkcs12_of_an_employee_names_organisation_and_role(nuc: RunningCountry) -> None:
    answer = await container(nuc, "employees", form="pem", organisation="Отдел", bin=BIN, role="hr")
    own, *_ = x509.load_pem_x509_certificates(answer.content)
    assert "1.2.398.3.3.4.1.2.4" in usages(own)
    assert f"BIN{BIN}" in own.subject.rfc4514_string()
    key = load_pem_private_key(answer.content, PASSWORD.encode())
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    with pytest.raises(ValueError, match="password"):
        load_pem_private_key(answer.content, b"wrong")


@pytest.mark.parametrize(
    ("body", "status_", "code"),
    [
        ({"iin": "850101100022"}, 404, "person-unknown"),
        ({"iin": "850101100023"}, 422, "iin-check-digit"),
        ({"iin": next(one.iin for one in make_population(1, 1000) if not one.is_alive)}, 403, "person-deceased"),
        ({"password": ""}, 422, "request-malformed"),
        ({"password": "x" * 201}, 422, "request-malformed"),
        ({"key": "gost"}, 422, "request-malformed"),
    ],
)
async def test_pkcs12_is_for_the_living_of_the_register_and_has_a_password(
    nuc: RunningCountry, body: dict[str, str], status_: int, code: str
) -> None:
    answer = await container(nuc, **body)
    assert (answer.status_code, answer.json()["code"]) == (status_, code)
    assert "xxx" not in answer.text


async def test_pkcs12_of_employees_is_the_operators_and_a_closed_counter_gives_none(
    nuc: RunningCountry, tmp_path: Path
) -> None:
    body = {"iin": LIVING[7].iin, "password": PASSWORD, "organisation": "Отдел", "bin": BIN}
    assert (await told(nuc, "containers/employees", body))[1]["code"] == "operator-only"
    async with running(tmp_path, names=("is_nuc",), environment={"EGOV_ISSUES_TO_PEOPLE": "false"}) as closed:
        code, refusal = await told(closed, "containers/people", {"iin": LIVING[7].iin, "password": PASSWORD})
        assert (code, refusal["code"]) == (403, "counter-closed")


async def test_certificate_of_before_is_as_good_as_ever(tmp_path: Path) -> None:
    """A folder and a certificate of НУЦ from a version without OCSP and time-stamps."""
    async with running(tmp_path, names=("is_nuc",)) as before:
        authority = before.runtime("is_nuc").resource(IssuingAuthority)
        key, someone = keys.new_ec_key(), LIVING[9]
        subject = profile.person_subject(someone.iin, someone.surname, someone.name)
        now = before.runtime("is_nuc").now
        pair = (authority.key, authority.certificate)
        old = issue_certificate(*pair, key.public_key(), subject, CertificateKind.INDIVIDUAL, now)
        assert not {x509.AuthorityInformationAccess, x509.FreshestCRL} & {
            type(one.value) for one in old.extensions
        }
        await before.runtime("is_nuc").write(lambda uow: _keep(uow, old))
    home = tmp_path / "is_nuc"
    for name in ("ocsp.key", "ocsp.crt", "tsa.key", "tsa.crt", "root.crl"):
        (home / name).unlink()
    outside = tmp_path / "outside"
    outside.mkdir()
    async with running(tmp_path, names=("is_nuc",)) as after:
        outsider = Outsider(after, outside)
        outsider.keep("old.pem", old)
        ask = f"ocsp -issuer issuing.pem -CAfile anchors.pem -url {outsider.url}/ocsp -cert old.pem"
        assert "old.pem: good" in await outsider.says(ask)
        await after.revoke(old)
        assert "old.pem: revoked" in await outsider.says(ask)
        verify_chain(old, TrustAnchors((authority.root,), (authority.certificate,)), now)


def _keep(work: Any, certificate: x509.Certificate) -> None:
    storage.add_certificate(work.session, certificate, CertificateKind.INDIVIDUAL.value, work.now)


async def test_ocsp_and_tsp_keys_are_kept_and_renewed_before_their_end(
    nuc: RunningCountry, tmp_path: Path
) -> None:
    runtime = nuc.runtime("is_nuc")
    authority, now = runtime.resource(IssuingAuthority), runtime.now
    old = now - timedelta(days=1070)
    first = OwnCredentials(tmp_path, authority, old)
    kept = OwnCredentials(tmp_path, authority, old + timedelta(days=1000))
    assert kept.ocsp_signer.certificate == first.ocsp_signer.certificate
    (tmp_path / "tsa.key").write_bytes(keys.to_pem(keys.new_ec_key()))  # a renewal that a crash interrupted
    mended = OwnCredentials(tmp_path, authority, old)
    assert mended.tsa_signer.key.public_key() == mended.tsa_signer.certificate.public_key()
    await mended.renew_when_due(runtime)
    assert mended.ocsp_signer.certificate != first.ocsp_signer.certificate
    for one in (mended.ocsp_signer.certificate, mended.tsa_signer.certificate):
        assert (await status(nuc, one))["status"] == "good"
        assert one.not_valid_after_utc > now + timedelta(days=1000)
    before = mended.ocsp_signer
    await mended.renew_when_due(runtime)
    assert mended.ocsp_signer == before, "nothing is renewed twice"
