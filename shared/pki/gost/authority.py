"""Signs as a GOST certification centre: root, issuing certificate, certificates of people and systems, revocation
lists.

The counterpart of `shared.pki.certificates.authority` for keys that `cryptography` cannot hold: `cryptography`
writes the extensions, and this module writes the rest. Names, usages, terms and serial numbers follow
`shared.pki.certificates.profile`; as in НУЦ's own certificates, a signing key has the usage keyAgreement too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ObjectIdentifier

from shared.pki.certificates import profile
from shared.pki.certificates.authority import AuthorityUrls, RevokedEntry
from shared.pki.certificates.profile import CertificateKind
from shared.pki.encoding import der as encode
from shared.pki.gost.keys import PrivateKey, PublicKey

ROOT_NAME = "НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (GOST)"  # without НУЦ's year: a CN of 64 bytes holds no more
ISSUING_NAME = "ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (GOST) {year}"
POLICY_SIGN = ObjectIdentifier("1.2.398.3.3.2.1")  # НУЦ: GOST, signing

_NO_URLS = AuthorityUrls()
_TOP_BIT = 1 << 159
_TRUE = b"\x01\x01\xff"
_VERSION_3, _EXTENSIONS, _CRL_EXTENSIONS = 0, 3, 0
_WITH_AGREEMENT = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_agreement=True,
    key_encipherment=False,
    data_encipherment=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)

CertificateExtension = tuple[x509.ExtensionType, bool]
"""An extension, and whether it is critical."""


def make_root(key: PrivateKey, now: datetime) -> x509.Certificate:
    """A self-signed GOST root, valid for twenty years from `now`."""
    name = profile.authority_subject(ROOT_NAME)
    term = (now, now + profile.ROOT_TERM)
    return write_certificate(key, name, key.public_key(), name, term, _as_authority(1, key.public_key(), key))


def make_issuing(root_key: PrivateKey, root: x509.Certificate, key: PrivateKey, now: datetime) -> x509.Certificate:
    """The certificate of the GOST centre that issues to people and systems, signed by the root, for ten years."""
    name = profile.authority_subject(ISSUING_NAME.format(year=now.year))
    term = (now, min(now + profile.ISSUING_TERM, root.not_valid_after_utc))
    extensions = _as_authority(0, key.public_key(), root_key)
    return write_certificate(root_key, root.subject, key.public_key(), name, term, extensions)


def issue_certificate(
    issuer_key: PrivateKey,
    issuer: x509.Certificate,
    public_key: PublicKey,
    subject: x509.Name,
    kind: CertificateKind,
    now: datetime,
    *,
    urls: AuthorityUrls = _NO_URLS,
    san_uri: str | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> x509.Certificate:
    """A certificate of this kind for the owner of `public_key`; takes about 5 ms. See
    `shared.pki.certificates.authority.issue_certificate`.
    """
    if kind is CertificateKind.SYSTEM and san_uri is None:
        raise ValueError("the certificate of a system names its address")
    begin = not_before or now
    end = not_after or min(begin + profile.PROFILES[kind].term, issuer.not_valid_after_utc)
    extensions = [*_key_names(public_key, issuer_key), *_as_owner(kind), *_url_extensions(urls)]
    if san_uri is not None:
        extensions.append((x509.SubjectAlternativeName([x509.UniformResourceIdentifier(san_uri)]), False))
    return write_certificate(issuer_key, issuer.subject, public_key, subject, (begin, end), extensions)


def make_crl(
    issuer_key: PrivateKey,
    issuer: x509.Certificate,
    revoked: Iterable[RevokedEntry],
    number: int,
    now: datetime,
    next_update: datetime,
) -> x509.CertificateRevocationList:
    """The full revocation list of this issuer; `revoked` gives serial number, moment and reason of each
    revocation.
    """
    _, authority = _key_names(issuer_key.public_key(), issuer_key)
    entries = [_encode_entry(entry) for entry in revoked]
    body = encode.sequence(
        encode.integer(1),
        _signature_algorithm(issuer_key),
        issuer.subject.public_bytes(),
        encode.cms_time(now),
        encode.cms_time(next_update),
        encode.sequence(*entries) if entries else b"",
        encode.explicit(_CRL_EXTENSIONS, _encode_extensions([authority, (x509.CRLNumber(number), False)])),
    )
    return x509.load_der_x509_crl(_sign_body(body, issuer_key))


def write_certificate(
    issuer_key: PrivateKey,
    issuer: x509.Name,
    public_key: PublicKey,
    subject: x509.Name,
    term: tuple[datetime, datetime],
    extensions: Sequence[CertificateExtension],
) -> x509.Certificate:
    """A certificate with these extensions and no checks; the serial number follows from the key, as at НУЦ."""
    serial = int.from_bytes(_key_id(public_key), "big") & ~_TOP_BIT
    body = encode.sequence(
        encode.explicit(_VERSION_3, encode.integer(2)),
        encode.integer(serial),
        _signature_algorithm(issuer_key),
        issuer.public_bytes(),
        encode.sequence(*(encode.cms_time(moment) for moment in term)),
        subject.public_bytes(),
        public_key.encode_spki(),
        encode.explicit(_EXTENSIONS, _encode_extensions(extensions)),
    )
    return x509.load_der_x509_certificate(_sign_body(body, issuer_key))


def _sign_body(body: bytes, key: PrivateKey) -> bytes:
    return encode.sequence(body, _signature_algorithm(key), encode.bit_string(key.sign(body)))


def _signature_algorithm(key: PrivateKey) -> bytes:
    return encode.sequence(encode.oid(key.suite.signature), encode.null())


def _key_id(key: PublicKey) -> bytes:
    """The key identifier as НУЦ computes it (RFC 5280, 4.2.1.2, method 1)."""
    return hashlib.sha1(key.bit_string, usedforsecurity=False).digest()


def _key_names(own: PublicKey, issuer: PrivateKey) -> tuple[CertificateExtension, CertificateExtension]:
    authority_key = x509.AuthorityKeyIdentifier(_key_id(issuer.public_key()), None, None)
    return (x509.SubjectKeyIdentifier(_key_id(own)), False), (authority_key, False)


def _as_authority(path_length: int, own: PublicKey, issuer: PrivateKey) -> list[CertificateExtension]:
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    return [(constraints, True), (profile.USAGE_AUTHORITY, True), *_key_names(own, issuer)]


def _as_owner(kind: CertificateKind) -> list[CertificateExtension]:
    certificate_profile = profile.PROFILES[kind]
    is_signer = certificate_profile.policy is not None and certificate_profile.usage == profile.USAGE_SIGN
    extensions: list[CertificateExtension] = [
        (_WITH_AGREEMENT if is_signer else certificate_profile.usage, True),
        (x509.ExtendedKeyUsage(certificate_profile.extended_usage), certificate_profile.is_usage_critical),
    ]
    policy = POLICY_SIGN if is_signer else certificate_profile.policy
    if policy is not None:
        extensions.append((x509.CertificatePolicies([x509.PolicyInformation(policy, None)]), False))
    return extensions


def _url_extensions(urls: AuthorityUrls) -> list[CertificateExtension]:
    extensions: list[CertificateExtension] = []
    if urls.crl is not None:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(urls.crl)], None, None, None)
        extensions.append((x509.CRLDistributionPoints([point]), False))
    methods = {
        AuthorityInformationAccessOID.OCSP: urls.ocsp,
        AuthorityInformationAccessOID.CA_ISSUERS: urls.issuer,
    }
    pointers = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
        for method, url in methods.items()
        if url is not None
    ]
    if pointers:
        extensions.append((x509.AuthorityInformationAccess(pointers), False))
    return extensions


def _encode_extensions(extensions: Sequence[CertificateExtension]) -> bytes:
    return encode.sequence(
        *(
            encode.sequence(
                encode.oid(value.oid.dotted_string),
                _TRUE if is_critical else b"",
                encode.octet_string(value.public_bytes()),
            )
            for value, is_critical in extensions
        )
    )


def _encode_entry(revoked: RevokedEntry) -> bytes:
    serial, when, reason = revoked
    reason_extension: list[CertificateExtension] = [(x509.CRLReason(reason), False)]
    why = (
        b"" if reason is x509.ReasonFlags.unspecified else _encode_extensions(reason_extension)
    )  # RFC 5280, 5.3.1
    return encode.sequence(encode.integer(serial), encode.cms_time(when), why)
