"""The device of the signer: the keys, the simulated user, and the time-stamps."""

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
"""The storages by the real signer's names: two kinds of files and six of tokens."""

KEY_TYPES = {"SIGNATURE": profile.EKU_SIGN, "AUTHENTICATION": profile.EKU_AUTH}

CmsStamper = Callable[[bytes], bytes]
"""Adds a time-stamp to the signature of a CMS (DER), which gives CAdES-T."""


class UserCancelled(Exception):
    """The user closed the window."""


class CancelMode(StrEnum):
    """Whether the user cancels."""

    NEVER = "never"
    ONCE = "once"
    ALWAYS = "always"


class SimulatedUser:
    """The user of the device: agrees, unless the cancel mode says otherwise. Safe for threads."""

    def __init__(self, cancel: CancelMode = CancelMode.NEVER) -> None:
        self._cancel = cancel
        self._lock = Lock()

    @property
    def cancel_mode(self) -> CancelMode:
        return self._cancel

    def set_cancel_mode(self, cancel: CancelMode) -> None:
        """Set the cancel mode from now on."""
        with self._lock:
            self._cancel = cancel

    def ask_consent(self) -> None:
        """Raise UserCancelled when the user cancels; that spends the mode ``once``."""
        with self._lock:
            if self._cancel is CancelMode.NEVER:
                return
            if self._cancel is CancelMode.ONCE:
                self._cancel = CancelMode.NEVER
        raise UserCancelled


@dataclass(frozen=True)
class KeyQuery:
    """The key that a page asks for; empty fields match every key."""

    usages: frozenset[ObjectIdentifier] = frozenset()
    issuers: Sequence[x509.Certificate] | None = None
    iin: str = ""
    bin: str = ""
    serial: str = ""
    allows_expired: bool = True

    def is_met_by(self, entry: KeyEntry, at: datetime) -> bool:
        """Whether the key matches the query at the moment `at`."""
        certificate = entry.certificate
        return (
            self.usages <= entry.extended_usages
            and self.iin in ("", certificate_iin(certificate))
            and self.bin in ("", certificate_bin(certificate))
            and self.serial.lower() in ("", f"{certificate.serial_number:x}", str(certificate.serial_number))
            and (self.allows_expired or certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc)
            and (self.issuers is None or any(_is_issued_by(certificate, issuer) for issuer in self.issuers))
        )


@dataclass(frozen=True)
class SigningDevice:
    """Everything that a page can reach: the keys in one storage, the user, the clock, and НУЦ's time-stamps if
    present.
    """

    entries: Sequence[KeyEntry]
    user: SimulatedUser
    clock: Clock
    storage: str = PKCS12
    stamper: CmsStamper | None = None

    @property
    def plugged_tokens(self) -> list[str]:
        """The plugged tokens; files are not among them, as in the real signer."""
        return [] if self.storage in (PKCS12, "JKS") else [self.storage]

    def choose_key(self, storages: Sequence[str] | None, query: KeyQuery) -> KeyEntry:
        """The first matching key in one of these storages (None: in any); NotFound ncalayer-key."""
        if storages is None or self.storage in storages:
            now = self.clock.now()
            for entry in self.entries:
                if query.is_met_by(entry, now):
                    return entry
        raise NotFound("ncalayer-key", "no such key in the storage")

    def add_timestamp(self, cms: bytes) -> bytes:
        """The CMS with a time-stamp; Unavailable ncalayer-stamp when the device has no time-stamping service."""
        if self.stamper is None:
            raise Unavailable("ncalayer-stamp", "no time-stamping service: start the signer with НУЦ's address")
        return self.stamper(cms)


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
