"""A document and a person's signature under it: CMS SignedData (RFC 5652) in the form CAdES-BES (RFC 5126).

What is made here is DER. What is read may be BER too, because signers built on Java write indefinite lengths;
the signed attributes must be DER in either case, as the standard asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, tsp  # tsp teaches asn1crypto the attribute signingCertificateV2
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Malformed, Untrusted
from shared.pki import der as encode
from shared.pki.keys import PrivateKey, PublicKey, strong

MAX_BYTES = 32 * 1024 * 1024
DATA = "1.2.840.113549.1.7.1"
TIME_STAMP = "1.2.840.113549.1.9.16.1.4"

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"
_SHA256 = "2.16.840.1.101.3.4.2.1"
_RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
_ECDSA_SHA256 = "1.2.840.10045.4.3.2"

_MAX_CERTIFICATES = 16
_HASHES: dict[str, hashes.HashAlgorithm] = {
    _SHA256: hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
# The key that a signature algorithm needs, and the digest that its identifier implies (None: the declared one).
_SIGNATURES: dict[str, tuple[type, str | None]] = {
    _RSA_ENCRYPTION: (rsa.RSAPublicKey, None),
    "1.2.840.113549.1.1.11": (rsa.RSAPublicKey, "sha256"),
    "1.2.840.113549.1.1.12": (rsa.RSAPublicKey, "sha384"),
    "1.2.840.113549.1.1.13": (rsa.RSAPublicKey, "sha512"),
    _ECDSA_SHA256: (ec.EllipticCurvePublicKey, "sha256"),
    "1.2.840.10045.4.3.3": (ec.EllipticCurvePublicKey, "sha384"),
    "1.2.840.10045.4.3.4": (ec.EllipticCurvePublicKey, "sha512"),
}


@dataclass(frozen=True)
class Signed:
    """What one signer signed. The signature holds; whether the signer is trusted is `chain`'s question.

    `chain` is whatever other certificates came along, unverified. `signing_time` is what the signer claims.
    """

    content: bytes
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    signing_time: datetime | None
    signature: bytes


def sign(
    content: bytes,
    key: PrivateKey,
    certificate: x509.Certificate,
    *,
    chain: Sequence[x509.Certificate] = (),
    at: datetime,
    detached: bool = False,
    content_type: str = DATA,
    with_certificate: bool = True,
) -> bytes:
    """DER of a SignedData over `content` by the owner of `certificate`, claiming the moment `at`.

    `chain` travels along for the verifier's convenience. A detached signature leaves the content out.
    `content_type` TIME_STAMP makes a time-stamp token of an encoded TSTInfo. Without the certificate the
    signature says only which one it is by: a client of a TSA may ask for that (certReq).
    """
    own, *others = (each.public_bytes(Encoding.DER) for each in (certificate, *chain))
    attributes = _written_attributes(content, content_type, own, at)
    within = b"" if detached else encode.tagged(encode.octets(content))
    signed = encode.sequence(
        encode.integer(1 if content_type == DATA else 3),
        encode.set_of(_written_algorithm(_SHA256)),
        encode.sequence(encode.oid(content_type), within),
        encode.tagged(own, *others) if with_certificate else b"",
        encode.set_of(_written_signer(certificate, attributes, key)),
    )
    return encode.sequence(encode.oid(_SIGNED_DATA), encode.tagged(signed))


def open_signed(
    der: bytes, *, content: bytes | None = None, max_bytes: int = MAX_BYTES, content_type: str = DATA
) -> Signed:
    """What is in `der`, once its digest and signature are proved; `content` is given when it is detached.

    eds-malformed (Malformed): longer than `max_bytes`, not one SignedData, something left over, no content,
        no signed attributes, or not of this `content_type`.
    eds-signers (Malformed): not exactly one signer, or not exactly one certificate of his.
    eds-algorithm (Untrusted): a digest below SHA-256, RSA below 2048 bits, an unknown algorithm.
    eds-signature-invalid (Untrusted): the content or the attributes are not what was signed, or the
        certificate is not the one that the signer named (signingCertificateV2).
    """
    if len(der) > max_bytes:
        raise Malformed("eds-malformed", "too long", limit=max_bytes)
    with _readable():
        signed = _signed_data(der, content_type)
        signer = _only_signer(signed)
        certificate, chain = _certificates(signed, signer["sid"])
        digest = _digest(signer["digest_algorithm"])
        key = _key(signer, certificate, digest)
        to_verify = _signed_bytes(signer)
        attributes = _attributes(signer)
        proved = _content(signed, content)
        _check_attributes(attributes, proved, content_type, certificate, digest)
        signature = _bytes(signer["signature"].native)
        _check_signature(key, signature, to_verify, digest)
        return Signed(proved, certificate, chain, _signing_time(attributes), signature)


def _written_attributes(content: bytes, content_type: str, certificate: bytes, at: datetime) -> list[bytes]:
    """contentType, messageDigest, signingTime and signingCertificateV2, each encoded."""
    named = encode.octets(hashlib.sha256(certificate).digest())
    values = {
        _CONTENT_TYPE: encode.oid(content_type),
        _MESSAGE_DIGEST: encode.octets(hashlib.sha256(content).digest()),
        _SIGNING_TIME: encode.moment(at),
        _SIGNING_CERTIFICATE: encode.sequence(encode.sequence(encode.sequence(named))),
    }
    return [encode.sequence(encode.oid(kind), encode.set_of(value)) for kind, value in values.items()]


def _written_signer(certificate: x509.Certificate, attributes: list[bytes], key: PrivateKey) -> bytes:
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    issuer, serial = certificate.issuer.public_bytes(), encode.integer(certificate.serial_number)
    return encode.sequence(
        encode.integer(1),
        encode.sequence(issuer, serial),
        _written_algorithm(_SHA256),
        encode.tagged(*attributes),
        _written_algorithm(_RSA_ENCRYPTION, encode.null()) if is_rsa else _written_algorithm(_ECDSA_SHA256),
        encode.octets(_signature(key, encode.set_of(*attributes))),
    )


def _written_algorithm(dotted: str, parameters: bytes = b"") -> bytes:
    return encode.sequence(encode.oid(dotted), parameters)


def _signature(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


@contextmanager
def _readable() -> Iterator[None]:
    """Whatever asn1crypto and cryptography say of bytes they cannot read becomes Malformed eds-malformed."""
    try:
        yield
    except BusError:
        raise
    except encode.UNREADABLE:
        # The reason is dropped: it quotes the bytes, and with them names and numbers of persons.
        raise Malformed("eds-malformed", "not a readable CMS SignedData") from None


def _signed_data(der: bytes, content_type: str) -> Any:
    outer = cms.ContentInfo.load(der, strict=True)
    if outer["content_type"].dotted != _SIGNED_DATA:
        raise Malformed("eds-malformed", "not a CMS SignedData")
    signed = outer["content"]
    if signed["encap_content_info"]["content_type"].dotted != content_type:
        raise Malformed("eds-malformed", "the content is of another type")
    return signed


def _only_signer(signed: Any) -> Any:
    signers = signed["signer_infos"]
    if len(signers) != 1:
        raise Malformed("eds-signers", "a document has exactly one signer", signers=len(signers))
    return signers[0]


def _certificates(signed: Any, sid: Any) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """The signer's certificate and the others."""
    present = signed["certificates"]
    if isinstance(present, core.Void) or not 1 <= len(present) <= _MAX_CERTIFICATES:
        raise Malformed("eds-signers", "the signer's certificate is absent")
    own: list[x509.Certificate] = []
    others: list[x509.Certificate] = []
    for choice in present:
        (own if _is_named(sid, choice.chosen) else others).append(_loaded(choice.chosen))
    if len(own) != 1:
        raise Malformed("eds-signers", "not exactly one certificate of the signer", certificates=len(own))
    return own[0], tuple(others)


def _loaded(certificate: Any) -> x509.Certificate:
    if certificate["tbs_certificate"]["serial_number"].native <= 0:  # RFC 5280, 4.1.2.2
        raise Malformed("eds-malformed", "the serial number of a certificate is not positive")
    return x509.load_der_x509_certificate(certificate.dump())


def _is_named(sid: Any, certificate: Any) -> bool:
    if sid.name == "subject_key_identifier":
        return bool(sid.chosen.native == certificate.key_identifier)
    name = sid.chosen
    body = certificate["tbs_certificate"]
    is_same_number = name["serial_number"].native == body["serial_number"].native
    return bool(is_same_number and name["issuer"].dump() == body["issuer"].dump())


def _digest(declared: Any) -> hashes.HashAlgorithm:
    digest = _HASHES.get(declared["algorithm"].dotted)
    if digest is None:
        raise Untrusted("eds-algorithm", "the digest is not SHA-256, SHA-384 or SHA-512")
    return digest


def _key(signer: Any, certificate: x509.Certificate, digest: hashes.HashAlgorithm) -> PublicKey:
    """The signer's key, when it is strong and fits the algorithms that the signature declares."""
    key = strong(certificate)
    kind, implied = _SIGNATURES.get(signer["signature_algorithm"]["algorithm"].dotted, (type(None), None))
    if not isinstance(key, kind) or implied not in (None, digest.name):
        raise Untrusted("eds-algorithm", "the signature algorithm is unknown or does not fit the key")
    return key


def _signed_bytes(signer: Any) -> bytes:
    """What the signature is over: the attributes as they came, under the tag of SET OF instead of [0]."""
    encoded = _bytes(signer["signed_attrs"].dump())
    if encoded[1:2] in (b"", b"\x80"):
        raise Malformed("eds-malformed", "the signed attributes are absent or of an indefinite length")
    return b"\x31" + encoded[1:]


def _attributes(signer: Any) -> dict[str, Any]:
    """The signed attributes by type. Without them the bytes of attributes could pass for a signed content."""
    attributes: dict[str, Any] = {}
    for attribute in signer["signed_attrs"]:
        kind, values = attribute["type"].dotted, attribute["values"]
        if kind in attributes or len(values) != 1:
            raise Malformed("eds-malformed", "a signed attribute has several values")
        attributes[kind] = values[0]
    if not {_CONTENT_TYPE, _MESSAGE_DIGEST} <= attributes.keys():
        raise Malformed("eds-malformed", "the signed attributes lack the content's type or digest")
    return attributes


def _content(signed: Any, given: bytes | None) -> bytes:
    within = signed["encap_content_info"]["content"]
    if isinstance(within, core.Void):
        if given is None:
            raise Malformed("eds-malformed", "the signature is detached and its content was not given")
        return given
    content = bytes(within)
    if given is not None and given != content:
        raise Untrusted("eds-signature-invalid", "the signed content is not the given one")
    return content


def _check_attributes(
    attributes: dict[str, Any],
    content: bytes,
    content_type: str,
    certificate: x509.Certificate,
    digest: hashes.HashAlgorithm,
) -> None:
    if attributes[_CONTENT_TYPE].dotted != content_type:
        raise Malformed("eds-malformed", "the signed attributes name another type of content")
    actual = hashlib.new(digest.name, content).digest()
    if actual != _bytes(attributes[_MESSAGE_DIGEST].native):
        raise Untrusted("eds-signature-invalid", "the content is not what was signed")
    named = attributes.get(_SIGNING_CERTIFICATE)
    if named is not None and not _is_certificate_named(named, certificate):
        raise Untrusted("eds-signature-invalid", "the signer named another certificate")


def _is_certificate_named(named: tsp.SigningCertificateV2, certificate: x509.Certificate) -> bool:
    first = named["certs"][0]  # RFC 5035, 4: the first one is the signer's
    actual = certificate.fingerprint(_digest(first["hash_algorithm"]))
    return actual == _bytes(first["cert_hash"].native)


def _signing_time(attributes: dict[str, Any]) -> datetime | None:
    claimed = attributes.get(_SIGNING_TIME)
    if claimed is None:
        return None
    moment = claimed.native
    if not isinstance(moment, datetime):  # asn1crypto has a type of its own for the year 0
        raise Malformed("eds-malformed", "the signing time is not a moment")
    return moment


def _check_signature(key: PublicKey, signature: bytes, data: bytes, digest: hashes.HashAlgorithm) -> None:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), digest)
        else:
            key.verify(signature, data, ec.ECDSA(digest))
    except InvalidSignature:
        raise Untrusted("eds-signature-invalid", "the signature does not hold") from None


def _bytes(value: Any) -> bytes:
    """asn1crypto is untyped: what should be bytes is proved to be."""
    if not isinstance(value, bytes):
        raise TypeError("not an octet string")
    return value
