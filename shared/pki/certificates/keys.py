"""Private keys: generation, files that only the owner can read, and certificate thumbprints."""

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
    """A new RSA key, as in НУЦ's certificates of persons; takes 0.1 s and more."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def new_ec_key() -> ec.EllipticCurvePrivateKey:
    """A new P-256 key (ours, not in НУЦ's profile); signs ten times faster than RSA."""
    return ec.generate_private_key(ec.SECP256R1())


def fetch_draft_key(path: Path) -> PrivateKey:
    """The key in `path`, made and written there at the first call: a request that is repeated has the same key."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, to_pem(new_ec_key()))
    return load_key(path.read_bytes(), is_own=True)


def to_pem(key: PrivateKey) -> bytes:
    """The key as unencrypted PKCS #8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_key(text: bytes, *, is_own: bool = False) -> PrivateKey:
    """The RSA or elliptic-curve key in an unencrypted PEM; Malformed key-malformed for anything else.

    Checking an RSA key takes tens of milliseconds: load a key once, at start. A key that ``is_own``, made by this
    system and kept where only this system writes, is not checked.
    """
    try:
        key = load_pem_private_key(text, password=None, unsafe_skip_rsa_key_validation=is_own)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The reason is dropped: it may quote the key.
        raise Malformed("key-malformed", "not an unencrypted PEM private key") from None
    if not isinstance(key, PrivateKey):
        raise Malformed("key-malformed", "the key is neither RSA nor elliptic-curve")
    return key


def strong_key(certificate: x509.Certificate) -> PublicKey:
    """The public key of the certificate; Untrusted eds-algorithm for a weak or unreadable key.

    Accepted: RSA of 2048 to 8192 bits (longer keys only cost the verifier time) and the curves P-256, P-384,
    P-521.
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
    """Write `content` to `path` atomically; only the owner can read the file, from its first moment on."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_new(draft, content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def certificate_thumbprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate in base64url without padding, 43 characters: `x5t#S256` of a JWS (RFC 7515,
    4.1.8).
    """
    digest = certificate.fingerprint(hashes.SHA256())
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Sync the folder, so that the new file name survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
