"""GOST chains with one fault each, although every signature is valid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from asn1crypto import parser
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier

from shared.bus.errors import Untrusted
from shared.pki import gost
from shared.pki.certificates import profile
from shared.pki.certificates.profile import CertificateKind
from shared.pki.encoding import der as encode
from shared.pki.gost import PrivateKey, authority
from shared.pki.gost.authority import CertificateExtension
from tests.pki.gost_centre import QUICK, gost_centre
from tests.pki.pki_centre import LATER, NOW, subject

TERM = (NOW, NOW + timedelta(days=100))
OWN = profile.authority_subject("ОРТАЛЫҚ")
CENTRE = x509.BasicConstraints(ca=True, path_length=None)
SIGNS: CertificateExtension = (profile.USAGE_AUTHORITY, True)
OWNER: CertificateExtension = (profile.USAGE_SIGN, True)
NOBODYS = "1.2.398.3.10.1.1.2.3.9"  # as long as the right one
UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("2.999.1"), b"\x05\x00")


def leads(
    certificate: x509.Certificate, roots: Sequence[x509.Certificate], others: Sequence[x509.Certificate] = ()
) -> bool:
    try:
        return gost.build_path(certificate, roots, others, LATER)[-1] in roots
    except Untrusted as error:
        assert error.code == "eds-chain"  # noqa: PT017 (the other outcome is the answer too)
        return False


def root(key: PrivateKey, *extensions: CertificateExtension) -> x509.Certificate:
    return authority.write_certificate(key, OWN, key.public_key(), OWN, TERM, extensions)


def owned(
    key: PrivateKey, *extensions: CertificateExtension, issuer: x509.Name = OWN, owner: PrivateKey | None = None
) -> x509.Certificate:
    owner = owner or gost.new_key(QUICK)
    name = subject(CertificateKind.INDIVIDUAL)
    return authority.write_certificate(key, issuer, owner.public_key(), name, TERM, extensions)


@pytest.mark.parametrize(
    ("extensions", "is_authority"),
    [
        (((CENTRE, True), SIGNS), True),
        (((CENTRE, False), SIGNS), True),
        ((SIGNS,), False),
        (((x509.BasicConstraints(ca=False, path_length=None), True), SIGNS), False),
        (((CENTRE, True),), False),
        (((CENTRE, True), OWNER), False),
        (((CENTRE, True), SIGNS, (UNKNOWN, True)), False),
        (((CENTRE, True), SIGNS, (UNKNOWN, False)), True),
    ],
    ids=["right", "not-critical", "bare", "no-ca", "no-usage", "usage-of-owner", "unknown-critical", "unknown"],
)
def test_gost_authority_is_one_by_its_extensions(
    extensions: tuple[CertificateExtension, ...], is_authority: bool
) -> None:
    key = gost.new_key(QUICK)
    assert leads(owned(key, OWNER), [root(key, *extensions)]) is is_authority


@pytest.mark.parametrize(
    ("extensions", "is_owner"),
    [
        ((OWNER,), True),
        ((), False),
        ((OWNER, (x509.BasicConstraints(ca=False, path_length=None), True)), True),
        ((OWNER, (CENTRE, True)), False),
        ((OWNER, (UNKNOWN, True)), False),
        ((OWNER, (x509.ExtendedKeyUsage([profile.EKU_SIGN]), True)), True),
    ],
    ids=["right", "no-usage", "said-no-authority", "authority", "unknown-critical", "extended-usage"],
)
def test_gost_owner_is_one_by_its_extensions(extensions: tuple[CertificateExtension, ...], is_owner: bool) -> None:
    key = gost.new_key(QUICK)
    assert leads(owned(key, *extensions), [root(key, (CENTRE, True), SIGNS)]) is is_owner


def test_gost_issuer_must_have_the_name_that_the_owners_certificate_gives() -> None:
    key = gost.new_key(QUICK)
    other = profile.authority_subject("БАСҚА ОРТАЛЫҚ")
    assert not leads(owned(key, OWNER, issuer=other), [root(key, (CENTRE, True), SIGNS)])


def test_gost_issuer_must_have_the_key_that_the_owners_certificate_names() -> None:
    key = gost.new_key(QUICK)
    named = [(x509.AuthorityKeyIdentifier(each * 20, None, None), False) for each in (b"a", b"b")]
    issuer = root(key, (CENTRE, True), SIGNS, (x509.SubjectKeyIdentifier(b"a" * 20), False))
    assert leads(owned(key, OWNER, named[0]), [issuer])
    assert leads(owned(key, OWNER), [issuer])
    assert not leads(owned(key, OWNER, named[1]), [issuer])


def test_gost_path_is_not_longer_than_its_authority_allows() -> None:
    made, key = gost_centre(QUICK), gost.new_key(QUICK)
    below = authority.make_issuing(made.issuing_key, made.issuing, key, NOW.replace(year=NOW.year - 1))
    last = owned(key, OWNER, issuer=below.subject)
    assert leads(last, [below])
    assert not leads(last, [made.issuing], [below])  # which allows no authority below itself


def test_gost_chain_of_four_is_not_walked_even_if_allowed_by_all() -> None:
    keys = [gost.new_key(QUICK) for _ in range(3)]
    names = [OWN, *(profile.authority_subject(f"ОРТАЛЫҚ {n}") for n in (1, 2))]
    allowed = ((CENTRE, True), SIGNS)
    top = root(keys[0], *allowed)
    middle, low = (
        authority.write_certificate(keys[n], names[n], keys[n + 1].public_key(), names[n + 1], TERM, allowed)
        for n in (0, 1)
    )
    assert leads(owned(keys[1], OWNER, issuer=names[1]), [top], [middle])
    assert not leads(owned(keys[2], OWNER, issuer=names[2]), [top], [middle, low])


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        (QUICK.signature, QUICK.signature),
        (NOBODYS, QUICK.signature),
        (NOBODYS,) * 2,
    ],
    ids=["right", "two-names", "another-name"],
)
def test_gost_algorithm_is_named_alike_inside_and_outside(inside: str, outside: str) -> None:
    key = gost.new_key(QUICK)
    own, given = encode.oid(QUICK.signature), encode.oid(inside)
    body = owned(key, OWNER).tbs_certificate_bytes.replace(own, given, 1)
    bits = parser.emit(0, 0, 3, b"\x00" + key.sign(body))
    algorithm = encode.sequence(encode.oid(outside), encode.null())
    certificate = x509.load_der_x509_certificate(encode.sequence(body, algorithm, bits))
    assert leads(certificate, [root(key, (CENTRE, True), SIGNS)]) is (inside == outside == QUICK.signature)


def test_gost_certificate_too_long_to_be_hashed_leads_nowhere() -> None:
    key = gost.new_key(QUICK)
    for length, is_short in ((1000, True), (20_000, False)):
        padding: CertificateExtension = (
            x509.UnrecognizedExtension(ObjectIdentifier("2.999.1"), bytes(length)),
            False,
        )
        certificate = owned(key, OWNER, padding)
        assert len(certificate.public_bytes(Encoding.DER)) > length
        assert leads(certificate, [root(key, (CENTRE, True), SIGNS)]) is is_short
