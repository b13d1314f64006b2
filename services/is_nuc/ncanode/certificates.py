"""The descriptions of certificates, and bare signatures over a text."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from services.is_nuc.ncanode import wire
from services.is_nuc.ncanode.dialect import decode_base64, encode_base64, encode_utf8
from services.is_nuc.ncanode.information import load_certificate
from services.is_nuc.ncanode.keystore import KeystoreEntry
from services.is_nuc.ncanode.revocations import CertificateExaminer
from shared.bus.errors import Malformed, Untrusted
from shared.pki.certificates.keys import strong_key

MOST_BYTES = 64 * 1024
_DIGESTS: dict[str, Any] = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


def describe_certificates(
    encoded_certificates: list[str], examiner: CertificateExaminer
) -> wire.VerificationResponse:
    """The description of each certificate; ``valid`` only when there is one and every certificate is valid."""
    infos: list[wire.CertificateInfo | None] = []
    message = "OK"
    for n, encoded_certificate in enumerate(encoded_certificates):
        certificate = _read_certificate(encoded_certificate)
        if certificate is None:
            message = f"[{n}]: Invalid certificate given."
        infos.append(None if certificate is None else examiner.examine_certificate(certificate))
    is_valid = bool(infos) and all(
        certificate_info is not None and certificate_info.valid for certificate_info in infos
    )
    return wire.VerificationResponse(valid=is_valid, signers=infos, message=message)


def sign_text(text: str, entry: KeystoreEntry) -> wire.X509SignResponse:
    """Sign the text in UTF-8, with SHA-256 and the key's algorithm (RSA PKCS #1 v1.5 or ECDSA)."""
    data, key = encode_utf8(text), entry.key
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    else:
        signature = key.sign(data, ec.ECDSA(hashes.SHA256()))
    certificate = entry.certificate.public_bytes(Encoding.DER)
    return wire.X509SignResponse(certificate=encode_base64(certificate), signature=encode_base64(signature))


def verify_text(request: wire.X509VerifyRequest, examiner: CertificateExaminer) -> wire.VerificationResponse:
    """Tell whether the certificate's key made the signature and the certificate is trusted, and describe the
    certificate.
    """
    certificate, signature = _read_certificate(request.certificate), decode_base64(request.signature, "signature")
    if certificate is None:
        return wire.VerificationResponse(valid=False, signers=[None], message="[0]: Invalid certificate given.")
    certificate_info = examiner.examine_certificate(certificate)
    return wire.VerificationResponse(
        valid=certificate_info.valid and _is_valid_signature(certificate, signature, encode_utf8(request.data)),
        signers=[certificate_info],
    )


def _is_valid_signature(certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
    """Whether the key signed with SHA-256 or with the digest of the certificate's own signature, which NCANode
    uses.
    """
    own_digest = certificate.signature_hash_algorithm
    names = dict.fromkeys(("sha256", own_digest.name if own_digest else "sha256"))
    return any(_is_signed_with(certificate, signature, data, name) for name in names)


def _is_signed_with(certificate: x509.Certificate, signature: bytes, data: bytes, digest: str) -> bool:
    try:
        key, algorithm = strong_key(certificate), _DIGESTS[digest]()
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), algorithm)
        else:
            key.verify(signature, data, ec.ECDSA(algorithm))
    except (InvalidSignature, Untrusted, KeyError):
        return False
    return True


def _read_certificate(text: str) -> x509.Certificate | None:
    """The certificate in a text that is PEM, or base64 of DER or of PEM; None for anything else."""
    try:
        der = decode_base64(text, "certificate")
        if der.startswith(b"-----BEGIN"):
            der = decode_base64(der.decode("ascii"), "certificate")
    except (Malformed, UnicodeDecodeError):
        return None
    return load_certificate(der) if len(der) <= MOST_BYTES else None
