"""A revocation list of НУЦ as a verifier keeps it: read again after half a minute, updated by its delta list.

The bus's time decides whether a list is in force. The machine's time decides how often НУЦ is asked: otherwise
nothing would be asked again while the bus's clock stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from cryptography import x509

from shared.bus.errors import BusError, Malformed, Unavailable, Untrusted
from shared.bus.logs import log
from shared.pki.certificates import crl as lists
from shared.pki.certificates.crl import CrlView, DeltaView
from shared.pki.client.wire import NucConnection

FRESH_CRL = timedelta(seconds=30)
UNREAD_CRL = timedelta(seconds=1)

Seconds = Callable[[], float]
"""The machine's monotonic seconds, which the bus's clock neither stops nor moves."""


class RevocationLists:
    """The full list at one path of НУЦ, and the delta list that updates the full list. Safe for threads."""

    def __init__(
        self, wire: NucConnection, issuer: x509.Certificate, path: str, delta_path: str | None, seconds: Seconds
    ) -> None:
        self._wire = wire
        self._issuer = issuer
        self._path = path
        self._delta_path = delta_path
        self._seconds = seconds
        self._full: CrlView | None = None
        self._current: CrlView | None = None
        self._read_at: datetime | None = None
        self._read_when = 0.0
        self._fault = ""
        self._lock = Lock()

    def replace_issuer(self, issuer: x509.Certificate) -> None:
        """Prove lists by the renewed issuing authority, which has the key and name of the known one."""
        self._issuer = issuer

    def current_crl(self, at: datetime) -> CrlView:
        """The list with its delta applied, as `RevocationInquiry.current_crl` says."""
        with self._lock:
            if not self._is_fresh(at):
                self._refresh_lists(at)
            if self._current is None or not self._current.is_current(at):
                fault = self._fault or "crl-stale"
                raise Unavailable("directory-unavailable", f"no list of the revoked: {fault}", tried=[fault])
            return self._current

    def _is_fresh(self, at: datetime) -> bool:
        """Whether the list was read recently; the interval is shorter while there is no list in force.

        A list that was in force when it was read and has since run out by the bus's time is read again at once.
        """
        if self._read_at is None:
            return False
        was_current, is_current = (
            self._current is not None and self._current.is_current(on) for on in (self._read_at, at)
        )
        pause = FRESH_CRL if is_current else UNREAD_CRL
        return (is_current or not was_current) and self._seconds() - self._read_when < pause.total_seconds()

    def _refresh_lists(self, at: datetime) -> None:
        """Read new lists; the old list stays when reading fails."""
        self._read_at, self._read_when, self._fault = at, self._seconds(), ""
        try:
            if self._full is None or not self._full.is_current(at) or not self._read_delta(self._full):
                self._read_full()
        except BusError as error:
            self._fault = "crl-silent" if error.code == "directory-unavailable" else error.code
            log("crl.failed", code=self._fault, error=error.message)

    def _read_full(self) -> None:
        content = self._wire.get(self._path, lists.MAX_BYTES)
        if content is None:
            raise Unavailable("crl-missing", "НУЦ has no list of the revoked")
        full = CrlView.load(content, self._issuer)
        self._full = self._current = full
        self._read_delta(full)

    def _read_delta(self, full: CrlView) -> bool:
        """Apply the delta list; False when there is none for this list, Unavailable when НУЦ does not answer."""
        content = None if self._delta_path is None else self._wire.get(self._delta_path, lists.MAX_BYTES)
        if content is None:
            return False
        try:
            self._current = full.apply_delta(DeltaView.load(content, self._issuer))
        except (Malformed, Untrusted) as error:
            log("crl.failed", code=error.code, error=error.message)
            return False
        return True
