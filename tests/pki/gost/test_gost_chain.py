"""GOST chains: which lead to a root, which do not, and «условие 2» over a GOST signature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Refused, Unavailable, Untrusted
from shared.pki import gost
from shared.pki.certificates import profile
from shared.pki.certificates.chain import Chain, ChainCache, TrustAnchors, verify_chain
from shared.pki.certificates.crl import CrlView
from shared.pki.certificates.profile import CertificateKind, SignaturePurpose
from shared.pki.cms import signed_data
from shared.pki.gost import authority
from shared.pki.verification.check import CheckedDocument, check_document
from tests.pki.gost_centre import QUICK, SUITES, citizen, gost_centre, gost_crl, size
from tests.pki.pki_centre import IIN, LATER, NOW, OTHER_IIN, centre, subject

CONTENT = "Өтініш".encode()


def refusal(certificate: x509.Certificate, anchors: TrustAnchors | None = None, at: datetime = LATER) -> BusError:
    with pytest.raises(Untrusted) as caught:
        verify_chain(certificate, anchors or gost_centre(QUICK).anchors, at)
    return caught.value


def edited(certificate: x509.Certificate, old: bytes, new: bytes) -> x509.Certificate:
    der = certificate.public_bytes(Encoding.DER)
    assert old in der
    return x509.load_der_x509_certificate(der.replace(old, new))


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_certificate_leads_to_its_root_through_the_issuing_centre(suite: gost.GostSuite) -> None:
    made, (_, certificate) = gost_centre(suite), citizen(suite)
    assert verify_chain(certificate, made.anchors, LATER) == (certificate, made.issuing, made.root)


def test_gost_chain_that_was_proved_is_remembered_and_costs_no_arithmetic() -> None:
    cache, made, (_, certificate) = ChainCache(), gost_centre(QUICK), citizen(QUICK)
    anchors = made.anchors
    first = verify_chain(certificate, anchors, LATER, cache=cache)
    assert cache.find_chain(certificate.fingerprint(SHA256()), anchors, LATER) == first


def test_gost_and_ordinary_centres_may_be_trusted_at_once() -> None:
    ordinary, made = centre(), gost_centre(QUICK)
    both = TrustAnchors((ordinary.root, made.root), (ordinary.issuing, made.issuing))
    _, plain = ordinary.issue(CertificateKind.INDIVIDUAL)
    assert verify_chain(plain, both, LATER)[-1] == ordinary.root
    assert verify_chain(citizen(QUICK)[1], both, LATER)[-1] == made.root


def test_gost_certificate_of_a_centre_that_we_do_not_trust_is_refused() -> None:
    assert refusal(citizen(QUICK)[1], centre().anchors).code == "eds-chain"
    stranger = TrustAnchors((gost_centre(SUITES[0]).root,), (gost_centre(QUICK).issuing,))
    assert refusal(citizen(QUICK)[1], stranger).code == "eds-chain"


def test_gost_centre_of_the_same_names_is_not_the_same_centre() -> None:
    root_key, issuing_key, key = (gost.new_key(QUICK) for _ in range(3))
    root = authority.make_root(root_key, NOW)
    issuing = authority.make_issuing(root_key, root, issuing_key, NOW)
    assert (root.subject, issuing.subject) == (gost_centre(QUICK).root.subject, gost_centre(QUICK).issuing.subject)
    forged = authority.issue_certificate(
        issuing_key,
        issuing,
        key.public_key(),
        subject(CertificateKind.INDIVIDUAL),
        CertificateKind.INDIVIDUAL,
        NOW,
    )
    assert refusal(forged).code == "eds-chain"


def test_gost_forger_who_names_the_right_key_fails_at_the_signature() -> None:
    true = gost_centre(QUICK).issuing
    identifier = true.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    thief, key = gost.new_key(QUICK), gost.new_key(QUICK)
    made = authority.issue_certificate(
        thief, true, key.public_key(), subject(CertificateKind.INDIVIDUAL), CertificateKind.INDIVIDUAL, NOW
    )
    named = made.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert named is not None
    assert refusal(edited(made, named, identifier)).code == "eds-chain"


def test_gost_certificate_that_was_changed_is_refused() -> None:
    _, certificate = citizen(QUICK)
    changed = edited(certificate, IIN.encode(), OTHER_IIN.encode())
    assert refusal(changed).code == "eds-chain"


def test_gost_certificate_not_yet_valid_is_told_apart_from_an_expired_one() -> None:
    _, certificate = citizen(QUICK)
    assert refusal(certificate, at=NOW - timedelta(seconds=2)).code == "eds-not-yet-valid"
    assert refusal(certificate, at=certificate.not_valid_after_utc + timedelta(seconds=1)).code == "eds-expired"


def test_gost_authority_out_of_its_term_leads_nowhere() -> None:
    made, late = gost_centre(QUICK), NOW + timedelta(days=11 * 365)
    _, certificate = made.issue(not_before=late, not_after=late + timedelta(days=1))
    assert refusal(certificate, at=late).code == "eds-chain"


def test_gost_authority_and_citizen_cannot_stand_in_each_others_place() -> None:
    made, (key, certificate) = gost_centre(QUICK), citizen(QUICK)
    assert refusal(made.issuing).code == "eds-chain"
    owner = gost.new_key(QUICK).public_key()
    below = authority.issue_certificate(
        key, certificate, owner, subject(CertificateKind.INDIVIDUAL), CertificateKind.INDIVIDUAL, NOW
    )
    anchors = TrustAnchors((made.root,), (made.issuing, certificate))
    assert refusal(below, anchors).code == "eds-chain"


def test_gost_chain_longer_than_the_centres_own_is_refused_before_being_walked() -> None:
    made, key, owner = gost_centre(QUICK), gost.new_key(QUICK), gost.new_key(QUICK)
    name_of_another_year = NOW.replace(year=NOW.year - 1)
    below = authority.make_issuing(made.issuing_key, made.issuing, key, name_of_another_year)
    long = authority.issue_certificate(
        key, below, owner.public_key(), subject(CertificateKind.INDIVIDUAL), CertificateKind.INDIVIDUAL, NOW
    )
    assert refusal(long, TrustAnchors((made.root,), (made.issuing, below))).code == "eds-chain"
    assert verify_chain(long, TrustAnchors((below,)), LATER) == (long, below)


@pytest.mark.parametrize(
    "change",
    [
        lambda der: der.replace(bytes.fromhex("2a830e030a01010203"), bytes.fromhex("2a830e030a01010204"), 1),
        lambda der: der.replace(bytes.fromhex("0603551d0e"), bytes.fromhex("0603551d7f"), 1),
    ],
    ids=["algorithm-inside-differs", "no-key-identifier"],
)
def test_gost_certificate_that_says_two_things_is_refused(change: Callable[[bytes], bytes]) -> None:
    der = citizen(QUICK)[1].public_bytes(Encoding.DER)
    changed = change(der)
    assert changed != der
    assert refusal(x509.load_der_x509_certificate(changed)).code == "eds-chain"


def test_gost_key_off_the_curve_is_refused_before_any_signature() -> None:
    key, certificate = citizen(QUICK)
    y = key.public_key().y
    other = edited(certificate, y.to_bytes(32, "little"), (y ^ 1).to_bytes(32, "little"))
    assert refusal(other).code == "eds-algorithm"


@pytest.mark.parametrize("number", [b"\x02\x01", b"\x02\x03\x01"], ids=["key", "signature"])
def test_gost_certificate_of_the_old_algorithm_is_refused_by_name(number: bytes) -> None:
    arc = bytes.fromhex("2a830e030a0101")
    old = b"\x01" + number[1:]
    certificate = edited(citizen(QUICK)[1], arc + number, arc + old)
    assert refusal(certificate).code == "eds-algorithm-gost34310"


def test_gost_certificate_usage_is_judged_as_for_every_other_certificate() -> None:
    _, certificate = gost_centre(QUICK).issue(CertificateKind.EMPLOYEE)
    assert profile.serves_purpose(certificate, SignaturePurpose.EMPLOYEE)
    assert not profile.serves_purpose(certificate, SignaturePurpose.PERSON)
    _, login = gost_centre(QUICK).issue(CertificateKind.INDIVIDUAL_AUTH)
    assert profile.serves_purpose(login, SignaturePurpose.LOGIN)
    assert not profile.serves_purpose(login, SignaturePurpose.PERSON)


def checked(**options: Any) -> CheckedDocument:
    der = signed_data.sign(CONTENT, *citizen(QUICK), at=NOW)
    usual = {"anchors": gost_centre(QUICK).anchors, "revocation": gost_crl(), "at": LATER}
    given: dict[str, Any] = {**usual, "expected_iin": IIN, "purpose": SignaturePurpose.PERSON, **options}
    return check_document(der, **given)


def test_gost_document_meets_condition_two() -> None:
    document = checked()
    assert (document.content, document.signer.iin, document.certificate) == (CONTENT, IIN, citizen(QUICK)[1])


def test_gost_document_is_refused_for_the_right_reason() -> None:
    _, certificate = citizen(QUICK)
    for options, code in (
        ({"revocation": gost_crl(certificate.serial_number)}, "eds-revoked"),
        ({"expected_iin": OTHER_IIN}, "eds-iin-mismatch"),
        ({"purpose": SignaturePurpose.EMPLOYEE}, "eds-purpose"),
        ({"anchors": centre().anchors}, "eds-chain"),
        ({"at": NOW + timedelta(days=366)}, "eds-expired"),
    ):
        with pytest.raises(Refused) as caught:
            checked(**options)
        assert caught.value.code == code
    with pytest.raises(Unavailable):
        checked(revocation=gost_crl(until=LATER))


def test_gost_crl_is_only_its_own_issuers() -> None:
    made = gost_centre(QUICK)
    stranger = gost.new_key(QUICK)
    for key, issuer in ((stranger, made.issuing), (made.issuing_key, made.root)):
        der = authority.make_crl(key, issuer, [], 1, NOW, LATER).public_bytes(Encoding.DER)
        with pytest.raises(Untrusted) as caught:
            CrlView.load(der, made.issuing)
        assert caught.value.code == "crl-signature-invalid"


def test_gost_certificate_keeps_the_profile_of_the_centre() -> None:
    made, (_, certificate) = gost_centre(QUICK), citizen(QUICK)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.digital_signature, usage.value.content_commitment, usage.value.key_agreement) == (
        True,
    ) * 3
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [policy.policy_identifier.dotted_string for policy in policies] == ["1.2.398.3.3.2.1"]
    assert "(GOST)" in made.issuing.subject.rfc4514_string()
    assert "(GOST)" in made.root.subject.rfc4514_string()
    path: Chain = gost.build_path(certificate, [made.root], [made.issuing], LATER)
    assert len(path) == 3
