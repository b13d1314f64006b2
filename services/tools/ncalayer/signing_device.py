"""The desk of the signer: whose keys there are, and what the user does when he is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Lock

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ObjectIdentifier

from shared.bus.clocks.clock import Clock
from shared.bus.errors import NotFound, Unavailable
from shared.client.keystore import KeyEntry
from shared.pki.certificates import profile
from shared.pki.verification.check import certificate_bin, certificate_iin

PKCS12 = "PKCS12"
STORAGES = (
    PKCS12,
    "JKS",
    "AKKaztokenStore",
    "AKKZIDCardStore",
    "AKEToken72KStore",
    "AKEToken5110Store",
    "AKJaCartaStore",
    "AKAKEYStore",
)
"""As the real signer names them: two kinds of files and six of tokens."""

KEY_TYPES = {"SIGNATURE": profile.EKU_SIGN, "AUTHENTICATION": profile.EKU_AUTH}

Stamp = Callable[[bytes], bytes]
"""A CMS (DER) in, the same with a time-stamp of its signature out (CAdES-T)."""


class Cancelled(Exception):
    """The user closed the window."""


class Cancel(StrEnum):
    """Whether the user cancels."""

    NEVER = "never"
    ONCE = "once"
    ALWAYS = "always"


class User:
    """Who sits at the desk: he agrees, unless he was told to cancel. Safe for threads."""

    def __init__(self, cancel: Cancel = Cancel.NEVER) -> None:
        self._cancel = cancel
        self._lock = Lock()

    @property
    def cancel(self) -> Cancel:
        return self._cancel

    def tell(self, cancel: Cancel) -> None:
        """From now on."""
        with self._lock:
            self._cancel = cancel

    def ask(self) -> None:
        """Raises Cancelled when he cancels; ``once`` is spent by it."""
        with self._lock:
            if self._cancel is Cancel.NEVER:
                return
            if self._cancel is Cancel.ONCE:
                self._cancel = Cancel.NEVER
        raise Cancelled


@dataclass(frozen=True)
class Wanted:
    """Which key a page asks for; what is empty does not matter."""

    usages: frozenset[ObjectIdentifier] = frozenset()
    issuers: Sequence[x509.Certificate] | None = None
    iin: str = ""
    bin: str = ""
    serial: str = ""
    allows_expired: bool = True

    def fits(self, entry: KeyEntry, at: datetime) -> bool:
        """Whether this key is one of those."""
        found = entry.certificate
        return (
            self.usages <= entry.usages
            and self.iin in ("", certificate_iin(found))
            and self.bin in ("", certificate_bin(found))
            and self.serial.lower() in ("", f"{found.serial_number:x}", str(found.serial_number))
            and (self.allows_expired or found.not_valid_before_utc <= at <= found.not_valid_after_utc)
            and (self.issuers is None or any(_is_issued_by(found, one) for one in self.issuers))
        )


@dataclass(frozen=True)
class Desk:
    """All that a page can reach: the keys in one storage, the user, the clock, НУЦ's time-stamps if there are."""

    entries: Sequence[KeyEntry]
    user: User
    clock: Clock
    storage: str = PKCS12
    stamper: Stamp | None = None

    @property
    def tokens(self) -> list[str]:
        """The tokens that are plugged in: files are not among them, as at the real signer."""
        return [] if self.storage in (PKCS12, "JKS") else [self.storage]

    def choose(self, storages: Sequence[str] | None, wanted: Wanted) -> KeyEntry:
        """The first key in one of these storages (None: in any) that is wanted; NotFound ncalayer-key."""
        if storages is None or self.storage in storages:
            now = self.clock.now()
            for entry in self.entries:
                if wanted.fits(entry, now):
                    return entry
        raise NotFound("ncalayer-key", "no such key in the storage")

    def stamp(self, cms: bytes) -> bytes:
        """The CMS with a time-stamp; Unavailable ncalayer-stamp when nobody makes time-stamps here."""
        if self.stamper is None:
            raise Unavailable("ncalayer-stamp", "no time-stamping service: start the signer with НУЦ's address")
        return self.stamper(cms)


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
