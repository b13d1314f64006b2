"""The keys of the root and the issuing authority, made at the first start and stored in НУЦ's folder."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.logs import log
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import (
    AGE_AT_FOUNDING,
    AuthorityUrls,
    make_crl,
    make_issuing,
    make_root,
    renew_issuing,
)

ROOT_CRL_TERM = timedelta(days=365)
RENEW_BEFORE = timedelta(days=30)
RENEW_ISSUING_BEFORE = profile.SYSTEM_TERM + timedelta(days=365)
"""A year before the end of the issuing authority would cut the longest certificate short."""


class IssuingAuthority:
    """The issuing authority with its root.

    A renewal gives the authority a certificate with a later end: name, key and beginning stay, so every
    certificate and list that the key has signed is proved by the new certificate as well as by the old one.
    """

    def __init__(
        self,
        key: rsa.RSAPrivateKey,
        certificate: x509.Certificate,
        root: x509.Certificate,
        urls: AuthorityUrls,
        home: Path | None = None,
    ) -> None:
        self.key = key
        self.certificate = certificate
        self.root = root
        self.urls = urls
        self._home = home
        """The folder with the root's key; None for an authority that is never renewed."""

    @property
    def issuing_pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def root_pem(self) -> str:
        return self.root.public_bytes(Encoding.PEM).decode()

    def renew_when_due(self, now: datetime) -> None:
        """Renew the certificate when it would soon cut others short, but never beyond the end of the root."""
        if self._home is None or not self.is_renewal_due(now):
            return
        stored = x509.load_pem_x509_certificate((self._home / "issuing.crt").read_bytes())
        if stored.not_valid_after_utc > self.certificate.not_valid_after_utc:  # another process of НУЦ was first
            self.certificate = stored
        if self.is_renewal_due(now):
            root_key = _load_rsa_key(self._home / "root.key")
            urls = AuthorityUrls.for_root(self.urls.base)
            self.certificate = renew_issuing(root_key, self.root, self.certificate, now, urls=urls)
            keys.write_private(self._home / "issuing.crt", self.certificate.public_bytes(Encoding.PEM))
            log("certificate.renewed", owner="issuing", until=self.certificate.not_valid_after_utc.isoformat())

    def is_renewal_due(self, now: datetime) -> bool:
        """Whether the end is near, and a renewal would move it."""
        end = self.certificate.not_valid_after_utc
        return self._home is not None and now > end - RENEW_ISSUING_BEFORE and end < self.root.not_valid_after_utc


class RootCrl:
    """The root's own revocation list: empty, valid for a year, renewed a month before its end."""

    def __init__(self, home: Path, now: datetime) -> None:
        self._home = home
        self._der, self._next_update = b"", now
        if (home / "root.crl").exists():
            self._read_file()
        self.renew_when_due(now)

    @property
    def der(self) -> bytes:
        """The list, DER."""
        return self._der

    def renew_when_due(self, now: datetime) -> None:
        """Make a new list when the present one nears its end."""
        if now >= self._next_update - RENEW_BEFORE:
            root = x509.load_pem_x509_certificate((self._home / "root.crt").read_bytes())
            _write_root_crl(self._home, _load_rsa_key(self._home / "root.key"), root, now)
            self._read_file()

    def _read_file(self) -> None:
        self._der = (self._home / "root.crl").read_bytes()
        next_update = x509.load_der_x509_crl(self._der).next_update_utc
        assert next_update is not None  # noqa: S101 - we wrote it
        self._next_update = next_update


def open_authority(
    home: Path, now: datetime, url: str, prepared: Mapping[str, str] | None = None
) -> IssuingAuthority:
    """The authority stored in ``home``; ``url`` is the public address of НУЦ.

    A missing authority is taken over from ``prepared``, the text of each of its files, or made here.
    """
    if prepared is not None and not any((home / name).exists() for name in prepared):
        _take_over(home, prepared)
    files = [home / name for name in ("issuing.key", "issuing.crt", "root.crt", "root.key")]
    if not all(file.exists() for file in files):
        return _found_authority(home, now - AGE_AT_FOUNDING, url)
    certificate, root = (x509.load_pem_x509_certificate(file.read_bytes()) for file in files[1:3])
    authority = IssuingAuthority(_load_rsa_key(files[0]), certificate, root, AuthorityUrls.for_issuing(url), home)
    authority.renew_when_due(now)
    return authority


def _take_over(home: Path, prepared: Mapping[str, str]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    for name, text in prepared.items():
        keys.write_private(home / name, text.encode())
    log("authority.taken-over", owner="root")


def _load_rsa_key(file: Path) -> rsa.RSAPrivateKey:
    key = keys.load_key(file.read_bytes(), is_own=True)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - we wrote it
    return key


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
    return IssuingAuthority(key, issuing, root, AuthorityUrls.for_issuing(url), home)


def _write_root_crl(home: Path, key: rsa.RSAPrivateKey, root: x509.Certificate, now: datetime) -> None:
    crl = make_crl(key, root, (), int(now.timestamp()), now, now + ROOT_CRL_TERM)
    keys.write_private(home / "root.crl", crl.public_bytes(Encoding.DER))
