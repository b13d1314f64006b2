"""A person's key store: a PKCS #12 file (RFC 7292) with one key, its certificate and the chain."""

from __future__ import annotations

from dataclasses import dataclass, field

from asn1crypto import pkcs12 as shapes
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import ObjectIdentifier

from shared.bus.errors import Malformed, Untrusted
from shared.pki.certificates.keys import PrivateKey

MOST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class KeyEntry:
    """A key, the certificate of its owner, and the certificates of the authorities in the file."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def extended_usages(self) -> frozenset[ObjectIdentifier]:
        """The extended key usages of the certificate; empty when the certificate has none."""
        try:
            return frozenset(self.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        except x509.ExtensionNotFound:
            return frozenset()

    @property
    def chain_pem(self) -> bytes:
        """The certificate and its chain as PEM, the owner's certificate first."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in (self.certificate, *self.chain))


def read_pkcs12(content: bytes, password: str) -> KeyEntry:
    """The entry of a PKCS #12 file.

    Reading takes as many iterations as the file asks for: read trusted files only.

    Malformed pkcs12-malformed: not PKCS #12, over a megabyte, or without one RSA or elliptic-curve key and its
    certificate. Untrusted pkcs12-password: the password does not open the file, or the file is damaged.
    """
    if len(content) > MOST_BYTES or not _is_pkcs12(content):
        raise Malformed("pkcs12-malformed", "not a PKCS #12 file")
    try:
        container = pkcs12.load_pkcs12(content, password.encode())
    except UnsupportedAlgorithm:
        raise Malformed("pkcs12-malformed", "the file is sealed by an algorithm that is not supported") from None
    except (ValueError, UnicodeError):
        # The reason is dropped: the library has one for both, and it may quote the content.
        raise Untrusted("pkcs12-password", "the password does not open the file, or the file is damaged") from None
    if not isinstance(container.key, PrivateKey) or container.cert is None:
        raise Malformed("pkcs12-malformed", "the file holds no RSA or elliptic-curve key with its certificate")
    return KeyEntry(
        container.key,
        container.cert.certificate,
        tuple(authority.certificate for authority in container.additional_certs),
    )


def write_pkcs12(entry: KeyEntry, password: str, name: str) -> bytes:
    """The entry as PKCS #12 with the friendly name `name`; Malformed password-missing for an empty password."""
    if not password:
        raise Malformed("password-missing", "a PKCS #12 file needs a password")
    seal = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), entry.key, entry.certificate, entry.chain, seal)


def _is_pkcs12(content: bytes) -> bool:
    try:
        pfx = shapes.Pfx.load(content, strict=True)
        return bool(pfx["version"].native == "v3" and pfx["auth_safe"]["content_type"].native)
    except (ValueError, TypeError, KeyError):
        return False
