"""A person's key store: a PKCS #12 file (RFC 7292) with one key, its certificate and the chain."""

from __future__ import annotations

from dataclasses import dataclass, field

from asn1crypto import pkcs12 as shapes
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import ObjectIdentifier

from shared.bus.errors import Malformed, Refused, Untrusted
from shared.pki.certificates.foreign_stores import name_foreign_store
from shared.pki.certificates.keys import PrivateKey

MOST_BYTES = 1024 * 1024
SEALS = frozenset(
    {
        "pbes2",
        "pkcs12_sha1_tripledes_3key",
        "pkcs12_sha1_rc2_40",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
    }
)
"""The algorithms by which the library opens a key store: of encryption, and of the MAC."""
OLD_SEALS = frozenset({"pkcs12_sha1_rc2_128", "pkcs12_sha1_tripledes_2key"})
"""Further algorithms of encrypted certificates; of keys the library does not know them."""


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

    Malformed pkcs12-malformed: not PKCS #12, over a megabyte, or without one key and its certificate. Refused
    pkcs12-unsupported: another kind of key store, an unsupported algorithm, or a key of GOST. Untrusted
    pkcs12-password: the password does not open the file, or the file is damaged.
    """
    foreign = name_foreign_store(content)
    if foreign is not None:
        raise Refused("pkcs12-unsupported", f"{foreign} is not supported, only PKCS #12")
    if len(content) > MOST_BYTES or not _is_pkcs12(content):
        raise Malformed("pkcs12-malformed", "not a PKCS #12 file")
    try:
        container = pkcs12.load_pkcs12(content, password.encode())
    except UnsupportedAlgorithm:
        raise _unsupported() from None
    except (ValueError, UnicodeError):
        if not _seals_of(content) <= SEALS:
            raise _unsupported() from None
        # The reason is dropped: the library has one for both, and it may quote the content.
        raise Untrusted("pkcs12-password", "the password does not open the file, or the file is damaged") from None
    if container.key is not None and not isinstance(container.key, PrivateKey):
        raise _unsupported()
    if container.key is None or container.cert is None:
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


def _unsupported() -> Refused:
    return Refused("pkcs12-unsupported", "the file has a seal or a key of an algorithm that is not supported")


def _seals_of(content: bytes) -> set[str]:
    """The algorithms of a file's MAC, of its encrypted parts and of its encrypted keys; an unknown one as its
    number. Empty for a file that cannot be read so far.
    """
    try:
        pfx = shapes.Pfx.load(content, strict=True)
        mac = pfx["mac_data"].native
        seals = {mac["mac"]["digest_algorithm"]["algorithm"]} if mac else set()
        for part in shapes.AuthenticatedSafe.load(pfx["auth_safe"]["content"].native, strict=True):
            if part["content_type"].native == "encrypted_data":
                info = part["content"]["encrypted_content_info"]
                seals |= {info["content_encryption_algorithm"]["algorithm"].native} - OLD_SEALS
                continue
            for bag in shapes.SafeContents.load(part["content"].native, strict=True):
                if bag["bag_id"].native == "pkcs8_shrouded_key_bag":
                    seals.add(bag["bag_value"]["encryption_algorithm"]["algorithm"].native)
    except (ValueError, TypeError, KeyError):
        return set()
    return seals


def _is_pkcs12(content: bytes) -> bool:
    try:
        pfx = shapes.Pfx.load(content, strict=True)
        return bool(pfx["version"].native == "v3" and pfx["auth_safe"]["content_type"].native)
    except (ValueError, TypeError, KeyError):
        return False
