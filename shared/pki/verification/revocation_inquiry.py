"""The inquiry at НУЦ whether a certificate is revoked: by OCSP, and by the revocation list where OCSP cannot tell.

Answers are cached: an OCSP answer as long as it allows, a list for half a minute. A service that did not answer is
not asked for `PAUSE`, so that a batch of messages does not wait for each inquiry.

Two clocks meet here. The bus's time decides whether an answer or a list is in force. The machine's time decides
how often a service is asked: otherwise nothing would be asked again while the bus's clock stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from shared.bus.errors import BusError, Malformed, Unavailable, Untrusted
from shared.bus.logs import log
from shared.pki.certificates import crl as lists
from shared.pki.certificates import ocsp
from shared.pki.certificates.crl import CrlView, DeltaView
from shared.pki.certificates.ocsp import OcspAnswer, OcspAnswerCache
from shared.pki.certificates.status import CertificateStatus, RevocationMode, StatusOrigin
from shared.pki.client.wire import NucConnection

FRESH_CRL = timedelta(seconds=30)
UNREAD_CRL = timedelta(seconds=1)
PAUSE = timedelta(seconds=5)
OCSP_SECONDS = 1.5
OCSP_PATH, CRL_PATH, DELTA_PATH = "/ocsp", "/crl", "/crl/delta"
OCSP_REQUEST = "application/ocsp-request"

Seconds = Callable[[], float]
"""The machine's monotonic seconds, which the bus's clock neither stops nor moves."""


class CircuitBreaker:
    """A circuit breaker: a service that did not answer is not asked for `pause`. Safe for threads."""

    def __init__(self, pause: timedelta = PAUSE, seconds: Seconds = monotonic) -> None:
        self._pause = pause.total_seconds()
        self._seconds = seconds
        self._failed_at: float | None = None
        self._code = ""

    def ask_service(self, ask: Callable[[], bytes]) -> bytes:
        """The result of `ask`; Unavailable with the last code, without asking, while the pause lasts."""
        failed_at = self._failed_at
        if failed_at is not None and self._seconds() - failed_at < self._pause:
            raise Unavailable(self._code, "it did not answer a moment ago")
        try:
            answer = ask()
        except Unavailable as error:
            self.start_pause(error.code)
            raise
        self._failed_at = None
        return answer

    def start_pause(self, code: str) -> None:
        """Start a pause; `code` says why."""
        self._code, self._failed_at = code, self._seconds()


class RevocationInquiry:
    """A `status.RevocationSource` over НУЦ's services, for certificates of the one issuing authority."""

    def __init__(
        self, wire: NucConnection, issuer: x509.Certificate, mode: RevocationMode, seconds: Seconds = monotonic
    ) -> None:
        self._wire = wire
        self._issuer = issuer
        self._mode = mode
        self._seconds = seconds
        self._answers = OcspAnswerCache(seconds=seconds)
        self._responder = CircuitBreaker(seconds=seconds)
        self._full: CrlView | None = None
        self._current: CrlView | None = None
        self._read_at: datetime | None = None
        self._read_when = 0.0
        self._fault = ""
        self._lock = Lock()

    def replace_issuer(self, issuer: x509.Certificate) -> None:
        """Ask about certificates of the renewed issuing authority, which has the key and name of the known one."""
        self._issuer = issuer

    def certificate_status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> CertificateStatus:
        """The status by OCSP, then by the list with its delta, then by the mode; see `status.RevocationSource`."""
        tried: list[str] = []
        for ask in (self._by_ocsp, self._by_list):
            try:
                return ask(certificate, issuer, at, tuple(tried))
            except BusError as error:
                tried += error.details.get("tried", (error.code,))
        if self._mode is RevocationMode.SOFT:
            log("revocation.untold", tried=tried)
            return CertificateStatus(StatusOrigin.NONE_SOFT, None, tuple(tried))
        raise Unavailable(
            "eds-revocation-unknown",
            "neither OCSP nor a list of the revoked can tell now",
            condition="revocation",
            tried=tried,
        )

    def ocsp_answer(self, certificate: x509.Certificate, at: datetime) -> OcspAnswer:
        """A proved OCSP answer, cached or new; raises as `ocsp.read_answer` does, and Unavailable ocsp-silent."""
        fingerprint = certificate.fingerprint(hashes.SHA256())
        answer = self._answers.find_answer(fingerprint, at)
        if answer is None:
            answer = self._ask_responder(certificate, at)
            self._answers.store_answer(fingerprint, answer)
        return answer

    def current_crl(self, at: datetime) -> CrlView:
        """The revocation list with its delta applied: at most half a minute old while НУЦ answers, else until
        nextUpdate.

        Raises Unavailable directory-unavailable when there is no list in force.
        """
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

    def _by_ocsp(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, tried: tuple[str, ...]
    ) -> CertificateStatus:
        if issuer != self._issuer:
            raise Unavailable("ocsp-other-issuer", "another authority's certificate")
        answer = self.ocsp_answer(certificate, at)
        return CertificateStatus(StatusOrigin.OCSP, answer.revocation, tried, answer.der)

    def _by_list(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, tried: tuple[str, ...]
    ) -> CertificateStatus:
        status = self.current_crl(at).certificate_status(certificate, issuer, at)
        return CertificateStatus(status.origin, status.revocation, tried)

    def _ask_responder(self, certificate: x509.Certificate, at: datetime) -> OcspAnswer:
        question = ocsp.make_request(certificate, self._issuer)
        answer = self._responder.ask_service(lambda: self._post_question(question))
        try:
            return ocsp.read_answer(answer, certificate, self._issuer, at=at)
        except BusError as error:
            log("ocsp.failed", code=error.code)
            if error.code != "ocsp-unknown":  # any other fault of this answer would recur with the next
                self._responder.start_pause(error.code)
            raise

    def _post_question(self, question: bytes) -> bytes:
        try:
            return self._wire.post(OCSP_PATH, question, OCSP_REQUEST, ocsp.MAX_BYTES, OCSP_SECONDS)
        except Unavailable as error:
            log("ocsp.failed", code="ocsp-silent", error=error.message)
            raise Unavailable("ocsp-silent", error.message) from None

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
        content = self._wire.get(CRL_PATH, lists.MAX_BYTES)
        if content is None:
            raise Unavailable("crl-missing", "НУЦ has no list of the revoked")
        full = CrlView.load(content, self._issuer)
        self._full = self._current = full
        self._read_delta(full)

    def _read_delta(self, full: CrlView) -> bool:
        """Apply the delta list; False when there is none for this list, Unavailable when НУЦ does not answer."""
        content = self._wire.get(DELTA_PATH, lists.MAX_BYTES)
        if content is None:
            return False
        try:
            self._current = full.apply_delta(DeltaView.load(content, self._issuer))
        except (Malformed, Untrusted) as error:
            log("crl.failed", code=error.code, error=error.message)
            return False
        return True
