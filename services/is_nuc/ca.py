"""The centre's keys, made at the first start and kept in its own folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from shared.pki import keys
from shared.pki.authority import make_issuing, make_root


@dataclass(frozen=True)
class Authority:
    """The issuing authority with the root above it."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    root: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def root_pem(self) -> str:
        return self.root.public_bytes(Encoding.PEM).decode()


def open_authority(home: Path, now: datetime) -> Authority:
    """The authority of ``home``; a new one when there is none yet."""
    files = [home / name for name in ("issuing.key", "issuing.crt", "root.crt", "root.key")]
    if not all(file.exists() for file in files):
        _found(home, now)
    key = keys.load_key(files[0].read_bytes())
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - we wrote it
    certificate, root = (x509.load_pem_x509_certificate(file.read_bytes()) for file in files[1:3])
    return Authority(key, certificate, root)


def _found(home: Path, now: datetime) -> None:
    home.mkdir(parents=True, exist_ok=True)
    root_key, key = keys.new_rsa_key(), keys.new_rsa_key()
    root = make_root(root_key, now)
    issuing = make_issuing(root_key, root, key, now)
    keys.write_private(home / "root.key", keys.pem(root_key))
    keys.write_private(home / "root.crt", root.public_bytes(Encoding.PEM))
    keys.write_private(home / "issuing.crt", issuing.public_bytes(Encoding.PEM))
    keys.write_private(home / "issuing.key", keys.pem(key))
