"""The objects that the authority signs: certificates, requests, revocation lists."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.pki.certificates import authority, keys, profile
from shared.pki.certificates.authority import AuthorityUrls
from shared.pki.certificates.profile import CertificateKind
from tests.pki.pki_centre import ALGORITHMS, IIN, NOW, centre, new_key, pem, subject

T = TypeVar("T", bound=x509.ExtensionType)


def extension(certificate: x509.Certificate, kind: type[T]) -> x509.Extension[T]:
    return certificate.extensions.get_extension_for_class(kind)


def openssl_verify(folder: Path, certificate: x509.Certificate, *options: str) -> str:
    (folder / "root.pem").write_bytes(pem(centre().root))
    (folder / "issuing.pem").write_bytes(pem(centre().issuing))
    (folder / "leaf.pem").write_bytes(pem(certificate))
    moment = str(int((NOW + timedelta(hours=1)).timestamp()))
    trusted = ("-CAfile", "root.pem", "-untrusted", "issuing.pem", "-attime", moment)
    command = ("openssl", "verify", "-x509_strict", *trusted, *options, "leaf.pem")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_authorities_carry_the_names_of_nuc_and_our_own_mark() -> None:
    names = [each.subject.rfc4514_string() for each in (centre().root, centre().issuing)]
    assert names == [
        "C=KZ,O=egov-bus,CN=НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ 2026",
        "C=KZ,O=egov-bus,CN=ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA) 2026",
    ]


def test_root_authority_signs_itself_and_the_issuing_authority() -> None:
    centre().root.verify_directly_issued_by(centre().root)
    centre().issuing.verify_directly_issued_by(centre().root)


@pytest.mark.parametrize("made", [centre().root, centre().issuing], ids=["root", "issuing"])
def test_authority_may_sign_certificates_and_lists_and_nothing_else(made: x509.Certificate) -> None:
    usage = extension(made, x509.KeyUsage)
    assert usage.critical
    assert usage.value == profile.USAGE_AUTHORITY
    assert extension(made, x509.BasicConstraints).critical
    assert extension(made, x509.BasicConstraints).value.ca


@pytest.mark.parametrize("kind", CertificateKind)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_certificate_has_the_profile_of_its_kind(kind: CertificateKind, algorithm: str) -> None:
    key, made = centre().issue(kind, algorithm)
    kept = profile.PROFILES[kind]
    assert made.public_key() == key.public_key()
    assert made.subject == subject(kind)
    assert tuple(extension(made, x509.ExtendedKeyUsage).value) == kept.extended_usage
    assert extension(made, x509.KeyUsage).value == kept.usage
    assert isinstance(made.signature_hash_algorithm, hashes.SHA256)
    assert made.not_valid_before_utc == NOW.replace(microsecond=0)
    assert made.not_valid_after_utc - made.not_valid_before_utc == kept.term


def test_certificate_of_a_person_has_a_year_and_of_a_system_three() -> None:
    assert profile.PROFILES[CertificateKind.INDIVIDUAL].term == timedelta(days=365)
    assert profile.PROFILES[CertificateKind.SYSTEM].term == timedelta(days=1095)


def test_certificate_policies_are_those_of_nuc() -> None:
    policies = {}
    for kind in (CertificateKind.INDIVIDUAL, CertificateKind.INDIVIDUAL_AUTH, CertificateKind.EMPLOYEE):
        made = centre().issue(kind)[1]
        (policy,) = extension(made, x509.CertificatePolicies).value
        policies[kind] = policy.policy_identifier.dotted_string
    assert policies == {
        CertificateKind.INDIVIDUAL: "1.2.398.3.3.2.3",
        CertificateKind.INDIVIDUAL_AUTH: "1.2.398.3.3.2.4",
        CertificateKind.EMPLOYEE: "1.2.398.3.3.2.1",
    }


def test_serial_number_is_the_key_identifier_without_its_top_bit() -> None:
    for made in (
        centre().root,
        centre().issuing,
        *(centre().issue(CertificateKind.INDIVIDUAL)[1] for _ in range(20)),
    ):
        digest = extension(made, x509.SubjectKeyIdentifier).value.digest
        assert len(digest) == 20
        assert made.serial_number == int.from_bytes(digest, "big") % 2**159
        assert made.serial_number > 0


def test_serial_number_is_one_per_key_so_a_second_certificate_needs_a_new_key() -> None:
    key = keys.new_ec_key()
    first, second = (
        centre().certify(key, kind) for kind in (CertificateKind.INDIVIDUAL, CertificateKind.EMPLOYEE)
    )
    assert first.serial_number == second.serial_number


def test_certificate_points_to_its_issuer_and_to_where_its_status_is_asked() -> None:
    urls = AuthorityUrls(crl="http://nuc.test/crl", ocsp="http://nuc.test/ocsp", issuer="http://nuc.test/ca")
    made = centre().issue(CertificateKind.INDIVIDUAL, urls=urls)[1]
    (point,) = extension(made, x509.CRLDistributionPoints).value
    assert point.full_name == [x509.UniformResourceIdentifier("http://nuc.test/crl")]
    places = [each.access_location.value for each in extension(made, x509.AuthorityInformationAccess).value]
    assert places == ["http://nuc.test/ocsp", "http://nuc.test/ca"]
    issuer_key = extension(centre().issuing, x509.SubjectKeyIdentifier).value.digest
    assert extension(made, x509.AuthorityKeyIdentifier).value.key_identifier == issuer_key


def test_certificate_without_urls_has_no_pointers() -> None:
    kinds = {type(each.value) for each in centre().issue(CertificateKind.INDIVIDUAL)[1].extensions}
    assert not kinds & {x509.CRLDistributionPoints, x509.AuthorityInformationAccess}


def test_certificate_of_a_system_carries_its_address_and_is_not_issued_without_one() -> None:
    made = centre().issue(CertificateKind.SYSTEM)[1]
    names = extension(made, x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["urn:egov-bus:system:is_mio"]
    with pytest.raises(ValueError, match="address"):
        centre().issue(CertificateKind.SYSTEM, san_uri=None)


def test_tsa_certificate_has_one_critical_usage_and_the_ocsp_one_is_not_asked_about() -> None:
    stamper = extension(centre().issue(CertificateKind.TSA)[1], x509.ExtendedKeyUsage)
    assert stamper.critical
    assert list(stamper.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    assert extension(centre().issue(CertificateKind.OCSP)[1], x509.OCSPNoCheck)


def test_certificate_term_may_be_given_and_otherwise_never_outlives_the_issuer() -> None:
    past, future = NOW - timedelta(days=9), NOW + timedelta(days=50_000)
    given = centre().issue(CertificateKind.INDIVIDUAL, not_before=past, not_after=NOW)[1]
    assert (given.not_valid_before_utc, given.not_valid_after_utc) == (
        past.replace(microsecond=0),
        NOW.replace(microsecond=0),
    )
    late = centre().issue(CertificateKind.SYSTEM, now=centre().issuing.not_valid_after_utc - timedelta(days=2))[1]
    assert late.not_valid_after_utc == centre().issuing.not_valid_after_utc
    assert centre().issue(CertificateKind.INDIVIDUAL, not_after=future)[1].not_valid_after_utc.year > 2100


@pytest.mark.parametrize("kind", CertificateKind)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_certificate_of_every_kind_is_accepted_by_openssl(
    kind: CertificateKind, algorithm: str, tmp_path: Path
) -> None:
    made = centre().issue(kind, algorithm, urls=AuthorityUrls("http://nuc.test/crl", "http://nuc.test/ocsp"))[1]
    assert openssl_verify(tmp_path, made) == "leaf.pem: OK\n"


def test_crl_of_ours_shows_openssl_a_revoked_certificate(tmp_path: Path) -> None:
    good, bad = (centre().issue(CertificateKind.INDIVIDUAL)[1] for _ in range(2))
    revoked = [(bad.serial_number, NOW, x509.ReasonFlags.key_compromise)]
    made = authority.make_crl(centre().issuing_key, centre().issuing, revoked, 1, NOW, NOW + timedelta(days=1))
    (tmp_path / "crl.pem").write_bytes(made.public_bytes(Encoding.PEM))
    options = ("-crl_check", "-CRLfile", "crl.pem")
    assert openssl_verify(tmp_path, good, *options) == "leaf.pem: OK\n"
    assert "certificate revoked" in openssl_verify(tmp_path, bad, *options)


def test_crl_names_its_number_term_entries_and_reasons() -> None:
    revoked = [(5, NOW, x509.ReasonFlags.key_compromise), (6, NOW, x509.ReasonFlags.unspecified)]
    until = NOW + timedelta(days=1)
    made = authority.make_crl(centre().issuing_key, centre().issuing, revoked, 42, NOW, until)
    assert made.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 42
    assert (made.last_update_utc, made.next_update_utc) == (
        NOW.replace(microsecond=0),
        until.replace(microsecond=0),
    )
    first, second = made
    assert (first.serial_number, second.serial_number) == (5, 6)
    assert first.extensions.get_extension_for_class(x509.CRLReason).value.reason.value == "keyCompromise"
    assert len(second.extensions) == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_csr_proves_that_its_sender_holds_the_key(algorithm: str) -> None:
    key = new_key(algorithm)
    request = authority.make_csr(key, profile.person_subject(IIN, "Ахметов", "Нұрлан"))
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()
    assert request.subject == profile.person_subject(IIN, "Ахметов", "Нұрлан")
