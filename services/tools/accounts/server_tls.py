"""Certificates of НУЦ for the servers: RabbitMQ and PostgreSQL prove themselves to the systems over TLS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import Conflict, Malformed, NotFound
from shared.pki.certificates import keys
from shared.pki.certificates.server import issue_server_certificate

KEY, CHAIN, ROOT = "server.key", "server.crt", "root.crt"
"""The private key, the server's certificate followed by the issuing one, the root that clients trust."""


@dataclass(frozen=True)
class AuthorityFiles:
    """НУЦ's issuing authority as it lies in НУЦ's folder."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    root: x509.Certificate

    @classmethod
    def read(cls, home: Path) -> AuthorityFiles:
        """The authority in ``home``; NotFound ``file-unreadable`` where НУЦ was never started."""
        try:
            key = keys.load_key((home / "issuing.key").read_bytes(), is_own=True)
            certificate, root = (
                x509.load_pem_x509_certificate((home / name).read_bytes()) for name in ("issuing.crt", "root.crt")
            )
        except OSError as error:
            raise NotFound("file-unreadable", f"{error.filename}: {error.strerror}; start is_nuc once") from None
        assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - НУЦ's issuing authority has an RSA key
        return cls(key, certificate, root)


def certify_server(
    authority: AuthorityFiles, hosts: Sequence[str], now: datetime
) -> tuple[keys.PrivateKey, tuple[x509.Certificate, x509.Certificate]]:
    """A new key for these hosts, and its certificate with the issuing one; Malformed ``host-malformed``."""
    key = keys.new_ec_key()
    try:
        certificate = issue_server_certificate(authority.key, authority.certificate, key.public_key(), hosts, now)
    except ValueError as error:
        raise Malformed("host-malformed", str(error)) from None
    return key, (certificate, authority.certificate)


def write_server_certificate(
    authority: AuthorityFiles, hosts: Sequence[str], out: Path, now: datetime, *, replaces: bool = False
) -> datetime:
    """Make a key and a certificate for these hosts in the folder ``out``; returns the end of the certificate.

    Conflict ``file-exists`` unless ``replaces``; Malformed ``host-malformed`` for a host that is no ASCII name.
    """
    if not replaces and (out / KEY).exists():
        raise Conflict("file-exists", f"{out / KEY} exists: --force replaces it")
    key, chain = certify_server(authority, hosts, now)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys.write_private(out / KEY, keys.to_pem(key))
    keys.write_private(out / CHAIN, b"".join(one.public_bytes(Encoding.PEM) for one in chain))
    keys.write_private(out / ROOT, authority.root.public_bytes(Encoding.PEM))
    return chain[0].not_valid_after_utc
