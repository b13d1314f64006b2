"""The inquiry at НУЦ whether a certificate is revoked: by OCSP, and by the revocation list where OCSP cannot tell.

Answers are cached: an OCSP answer as long as it allows, a list for half a minute. A service that did not answer is
not asked for `PAUSE`, so that a batch of messages does not wait for each inquiry.

Two clocks meet here. The bus's time decides whether an answer or a list is in force. The machine's time decides
how often a service is asked: otherwise nothing would be asked again while the bus's clock stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from shared.bus.errors import BusError, Unavailable
from shared.bus.logs import log
from shared.pki.certificates import ocsp
from shared.pki.certificates.crl import CrlView, list_points
from shared.pki.certificates.ocsp import OcspAnswer, OcspAnswerCache
from shared.pki.certificates.status import CertificateStatus, RevocationMode, StatusOrigin
from shared.pki.client.wire import NucConnection
from shared.pki.verification.revocation_lists import RevocationLists, Seconds

PAUSE = timedelta(seconds=5)
OCSP_SECONDS = 1.5
OCSP_PATH, CRL_PATH, DELTA_PATH = "/ocsp", "/crl", "/crl/delta"
INVENTED_PATH = "/crl/invented"
"""The list of the certificates that tests have revoked in a sandbox; they point to it."""
OCSP_REQUEST = "application/ocsp-request"


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
        self._lists = RevocationLists(wire, issuer, CRL_PATH, DELTA_PATH, seconds)
        self._invented = RevocationLists(wire, issuer, INVENTED_PATH, None, seconds)

    def replace_issuer(self, issuer: x509.Certificate) -> None:
        """Ask about certificates of the renewed issuing authority, which has the key and name of the known one."""
        self._issuer = issuer
        for lists in (self._lists, self._invented):
            lists.replace_issuer(issuer)

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
        return self._lists.current_crl(at)

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
        is_invented = any(path.endswith(INVENTED_PATH) for path in list_points(certificate))
        crl = (self._invented if is_invented else self._lists).current_crl(at)
        status = crl.certificate_status(certificate, issuer, at)
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
