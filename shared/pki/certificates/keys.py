"""Private keys: made, written where only the owner reads them, and the names of their certificates."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from shared.bus.errors import Malformed, Untrusted
from shared.pki import gost

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

MINIMUM_RSA_BITS = 2048
MAXIMUM_RSA_BITS = 8192
STRONG_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


def new_rsa_key(bits: int = MINIMUM_RSA_BITS) -> rsa.RSAPrivateKey:
    """A new RSA key, as НУЦ certificates of persons carry; takes a tenth of a second and more."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def new_ec_key() -> ec.EllipticCurvePrivateKey:
    """A new P-256 key: ours, not НУЦ's; it signs ten times faster than RSA."""
    return ec.generate_private_key(ec.SECP256R1())


def to_pem(key: PrivateKey) -> bytes:
    """The key as unencrypted PKCS #8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_key(text: bytes) -> PrivateKey:
    """The RSA or elliptic-curve key in an unencrypted PEM; else Malformed key-malformed.

    An RSA key is proved consistent, which takes tens of milliseconds: load once, at start.
    """
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The reason is dropped: it may quote the key.
        raise Malformed("key-malformed", "not an unencrypted PEM private key") from None
    if not isinstance(key, PrivateKey):
        raise Malformed("key-malformed", "the key is neither RSA nor elliptic-curve")
    return key


def strong_key(certificate: x509.Certificate) -> PublicKey:
    """The certificate's key, if a signature by it still proves something; else Untrusted eds-algorithm.

    RSA of 2048 to 8192 bits (longer ones only burn the verifier's time) and the three NIST curves.
    """
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        gost.refuse_old(certificate.public_key_algorithm_oid.dotted_string)
        raise Untrusted("eds-algorithm", "the key of the certificate is not readable") from None
    if isinstance(key, rsa.RSAPublicKey) and MINIMUM_RSA_BITS <= key.key_size <= MAXIMUM_RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, STRONG_CURVES):
        return key
    raise Untrusted("eds-algorithm", "the key of the certificate is neither long RSA nor on a NIST curve")


def write_private(path: Path, content: bytes) -> None:
    """Put `content` at `path`, readable by the owner only from its first moment, whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_new(draft, content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def certificate_thumbprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, base64url without padding: `x5t#S256` of a JWS."""
    digest = certificate.fingerprint(hashes.SHA256())
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
