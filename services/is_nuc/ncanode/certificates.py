"""Certificates on their own: what they say, bare signatures by their keys."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from services.is_nuc.ncanode import wire
from services.is_nuc.ncanode.dialect import decoded, encoded, utf8
from services.is_nuc.ncanode.information import load
from services.is_nuc.ncanode.keystore import Entry
from services.is_nuc.ncanode.revocations import Examiner
from shared.bus.errors import Malformed, Untrusted
from shared.pki.certificates.keys import strong

MOST_BYTES = 64 * 1024
_DIGESTS: dict[str, Any] = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


def info(given: list[str], examiner: Examiner) -> wire.Verified:
    """What each certificate says; none at all is not valid, and one that cannot be read neither."""
    told: list[wire.CertificateInfo | None] = []
    message = "OK"
    for n, one in enumerate(given):
        certificate = _read(one)
        if certificate is None:
            message = f"[{n}]: Invalid certificate given."
        told.append(None if certificate is None else examiner.examine(certificate))
    is_valid = bool(told) and all(one is not None and one.valid for one in told)
    return wire.Verified(valid=is_valid, signers=told, message=message)


def sign(text: str, entry: Entry) -> wire.X509Signed:
    """SHA-256 with the key's own algorithm over the text in UTF-8."""
    data, key = utf8(text), entry.key
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    else:
        signature = key.sign(data, ec.ECDSA(hashes.SHA256()))
    certificate = entry.certificate.public_bytes(Encoding.DER)
    return wire.X509Signed(certificate=encoded(certificate), signature=encoded(signature))


def verify(request: wire.X509Verify, examiner: Examiner) -> wire.Verified:
    """Whether the signature is by the certificate's key, and the certificate to be trusted."""
    certificate, signature = _read(request.certificate), decoded(request.signature, "signature")
    if certificate is None:
        return wire.Verified(valid=False, signers=[None], message="[0]: Invalid certificate given.")
    told = examiner.examine(certificate)
    return wire.Verified(valid=told.valid and _holds(certificate, signature, utf8(request.data)), signers=[told])


def _holds(certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
    """By SHA-256, or by the digest under the certificate itself: NCANode signs with that one."""
    own = certificate.signature_hash_algorithm
    names = dict.fromkeys(("sha256", own.name if own else "sha256"))
    return any(_is_signed(certificate, signature, data, name) for name in names)


def _is_signed(certificate: x509.Certificate, signature: bytes, data: bytes, digest: str) -> bool:
    try:
        key, algorithm = strong(certificate), _DIGESTS[digest]()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), algorithm)
        else:
            key.verify(signature, data, ec.ECDSA(algorithm))
    except (InvalidSignature, Untrusted, KeyError):
        return False
    return True


def _read(text: str) -> x509.Certificate | None:
    """A certificate in base64: of DER, of PEM, or PEM itself."""
    try:
        der = decoded(text, "certificate")
        if der.startswith(b"-----BEGIN"):
            der = decoded(der.decode("ascii"), "certificate")
    except (Malformed, UnicodeDecodeError):
        return None
    return load(der) if len(der) <= MOST_BYTES else None
