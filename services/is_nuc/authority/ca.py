"""The keys of the root and the issuing authority, made at the first start and stored in НУЦ's folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from shared.pki.certificates import keys
from shared.pki.certificates.authority import AuthorityUrls, make_crl, make_issuing, make_root

AGE_AT_FOUNDING = timedelta(days=3 * 365)
"""The age of new authorities: expired certificates of the sandbox must lie within the authorities' term."""

ROOT_CRL_TERM = timedelta(days=365)
RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class IssuingAuthority:
    """The issuing authority with its root."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    root: x509.Certificate
    urls: AuthorityUrls

    @property
    def issuing_pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def root_pem(self) -> str:
        return self.root.public_bytes(Encoding.PEM).decode()


@dataclass(frozen=True)
class RootCrl:
    """The root's own revocation list, DER."""

    der: bytes


def open_authority(home: Path, now: datetime, url: str) -> IssuingAuthority:
    """The authority stored in ``home``, made there when missing; ``url`` is the public address of НУЦ."""
    files = [home / name for name in ("issuing.key", "issuing.crt", "root.crt", "root.key")]
    if not all(file.exists() for file in files):
        return _found_authority(home, now - AGE_AT_FOUNDING, url)
    key = keys.load_key(files[0].read_bytes(), is_own=True)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - we wrote it
    certificate, root = (x509.load_pem_x509_certificate(file.read_bytes()) for file in files[1:3])
    return IssuingAuthority(key, certificate, root, AuthorityUrls.for_issuing(url))


def open_root_crl(home: Path, now: datetime) -> RootCrl:
    """The root's own revocation list: empty, valid for a year, renewed a month before its end."""
    file = home / "root.crl"
    if file.exists():
        crl = x509.load_der_x509_crl(file.read_bytes())
        if crl.next_update_utc is not None and now < crl.next_update_utc - RENEW_BEFORE:
            return RootCrl(file.read_bytes())
    key = keys.load_key((home / "root.key").read_bytes(), is_own=True)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - we wrote it
    _write_root_crl(home, key, x509.load_pem_x509_certificate((home / "root.crt").read_bytes()), now)
    return RootCrl(file.read_bytes())


def _found_authority(home: Path, since: datetime, url: str) -> IssuingAuthority:
    home.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as threads:  # two keys on two cores
        root_key, key = threads.map(lambda _: keys.new_rsa_key(), range(2))
    root = make_root(root_key, since)
    issuing = make_issuing(root_key, root, key, since, urls=AuthorityUrls.for_root(url))
    keys.write_private(home / "root.key", keys.to_pem(root_key))
    keys.write_private(home / "root.crt", root.public_bytes(Encoding.PEM))
    _write_root_crl(home, root_key, root, since + AGE_AT_FOUNDING)
    keys.write_private(home / "issuing.crt", issuing.public_bytes(Encoding.PEM))
    keys.write_private(home / "issuing.key", keys.to_pem(key))
    return IssuingAuthority(key, issuing, root, AuthorityUrls.for_issuing(url))


def _write_root_crl(home: Path, key: rsa.RSAPrivateKey, root: x509.Certificate, now: datetime) -> None:
    crl = make_crl(key, root, (), int(now.timestamp()), now, now + ROOT_CRL_TERM)
    keys.write_private(home / "root.crl", crl.public_bytes(Encoding.DER))
