"""НУЦ for the other systems: anchors, certificates by thumbprint, revocation, time-stamps."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from shared.bus.errors import BusError, Malformed, NotFound, Refused, Unavailable, Untrusted
from shared.bus.logs import log
from shared.bus.messages.trust import PeerSystem
from shared.pki.certificates import crl as lists
from shared.pki.certificates import keys, profile
from shared.pki.certificates.chain import ChainCache, TrustAnchors
from shared.pki.certificates.crl import CrlView, ListPoints, list_points
from shared.pki.certificates.ocsp import OcspAnswer
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.certificates.status import RevocationMode
from shared.pki.client.named_certificates import MOST_CERTIFICATE, NamedCertificates, UnknownNames
from shared.pki.client.wire import NucConnection
from shared.pki.cms import tsp
from shared.pki.cms.tsp import TimeStamp
from shared.pki.explanation.findings import ExpectedSignature, SignatureExplainer
from shared.pki.verification.check import (
    CheckedCertificate,
    CheckedDocument,
    SignatureCheck,
    SignatureVerdict,
    SignerExpectation,
    certificate_system,
)
from shared.pki.verification.evidence import SignatureEvidence, gather_evidence
from shared.pki.verification.revocation_inquiry import PAUSE, CircuitBreaker, RevocationInquiry
from shared.pki.verification.revocation_lists import Seconds

TSA_SECONDS = 3.0
TSP_PATH, TSP_REQUEST = "/tsp", "application/timestamp-query"
THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
NEWS_OF_ISSUING_PAUSE = 600.0
"""Seconds of the machine between two questions for a renewed issuing authority while the known one is in force."""
_PEER_CODES = {
    "eds-expired": "sender-certificate-expired",
    "eds-revoked": "sender-certificate-revoked",
}


@dataclass(frozen=True)
class _KnownPeer:
    peer: PeerSystem
    certificate: x509.Certificate
    points: ListPoints


class CertificationCentre:
    """A caching client of НУЦ: certificates until they expire, OCSP answers as long as they allow, the revocation
    list for half a minute.

    Synchronous and safe for threads; blocks only when something must be fetched. `revocation` decides about a
    signature whose status neither OCSP nor a list can tell; `timeout` is in seconds. `at` is always the bus's
    time, `seconds` the machine's: how often НУЦ is asked must not depend on a clock that can stand or jump.
    """

    def __init__(
        self,
        url: str,
        anchors: TrustAnchors,
        timeout: float = 5.0,
        *,
        revocation: RevocationMode = RevocationMode.HARD,
        seconds: Seconds = monotonic,
        explain: SignatureExplainer | None = None,
    ) -> None:
        self._anchors = anchors
        self._anchors_lock = Lock()
        self._issuing_end = anchors.intermediates[0].not_valid_after_utc
        self._issuing_asked_at = -NEWS_OF_ISSUING_PAUSE
        self._wire = NucConnection(url, timeout)
        self._mode = revocation
        self._explain = explain
        self._seconds = seconds
        self._inquiry = RevocationInquiry(self._wire, anchors.intermediates[0], revocation, seconds)
        self._stamper = CircuitBreaker(seconds=seconds)
        self._chains = ChainCache()
        self._peers: dict[str, _KnownPeer] = {}
        self._unknown = UnknownNames(seconds)
        self.find_named = NamedCertificates(self._wire, self._unknown)

    @property
    def anchors(self) -> TrustAnchors:
        """The root, and the issuing authority's certificate as last learnt from НУЦ."""
        return self._anchors

    def follow_issuing(self, at: datetime) -> None:
        """Learn the issuing authority's renewed certificate when the known one nears its end.

        The renewed certificate has the name and the key of the known one, is signed by the same root and ends
        later; anything else is ignored. Unavailable ``directory-unavailable`` when the known one has ended and
        НУЦ gives no other.
        """
        if at <= self._issuing_end - profile.SYSTEM_TERM:
            return
        with self._anchors_lock:
            pause = PAUSE.total_seconds() if at > self._issuing_end else NEWS_OF_ISSUING_PAUSE
            if self._seconds() - self._issuing_asked_at >= pause:
                self._issuing_asked_at = self._seconds()
                self._fetch_issuing()
        if at > self._issuing_end:
            raise Unavailable("directory-unavailable", "the issuing authority's certificate has ended")

    def fetch_root(self) -> x509.Certificate:
        """The root that НУЦ has now; Unavailable ``directory-unavailable``."""
        try:
            return x509.load_der_x509_certificate(self._wire.get("/root.crt", MOST_CERTIFICATE) or b"")
        except ValueError:
            raise Unavailable("directory-unavailable", "НУЦ's root is not a certificate") from None

    def is_known(self, thumbprint: str) -> bool:
        """Whether НУЦ's register has the certificate with this thumbprint; Unavailable
        ``directory-unavailable``.
        """
        return self._wire.get(f"/api/v1/certificates/{thumbprint}", MOST_CERTIFICATE) is not None

    def _fetch_issuing(self) -> None:
        """Take a renewed certificate of the issuing authority; without an answer, the known one stays."""
        root, known = self._anchors.roots[0], self._anchors.intermediates[0]
        try:
            renewed = x509.load_der_x509_certificate(self._wire.get("/issuing.crt", MOST_CERTIFICATE) or b"")
            renewed.verify_directly_issued_by(root)
        except (BusError, ValueError, TypeError, InvalidSignature) as error:
            log("issuing.failed", error=repr(error))
            return
        is_same = renewed.subject == known.subject and renewed.public_key() == known.public_key()
        if is_same and renewed.not_valid_after_utc > known.not_valid_after_utc:
            self._anchors = TrustAnchors(self._anchors.roots, (renewed, *self._anchors.intermediates[1:]))
            self._inquiry.replace_issuer(renewed)
            self._issuing_end = renewed.not_valid_after_utc

    def find_peer(self, thumbprint: str, at: datetime) -> PeerSystem:
        """The system whose certificate has this thumbprint; see `shared.bus.messages.trust`.

        Revocation is looked up in the list, not asked by OCSP, because a few systems send all messages. Untrusted
        sender-unknown, sender-certificate-expired, sender-certificate-revoked, sender-certificate-untrusted;
        Malformed signature-malformed for a thumbprint of another form.
        """
        self.follow_issuing(at)
        known_peer = self._peers.get(thumbprint) or self._fetch_peer(thumbprint, at)
        if at >= known_peer.peer.not_after:
            raise Untrusted("sender-certificate-expired", "the sender's certificate has expired")
        if self._is_revoked(known_peer, at):
            raise Untrusted("sender-certificate-revoked", "the sender's certificate is revoked")
        return known_peer.peer

    def check_document(
        self,
        der: bytes,
        *,
        at: datetime,
        expected_iin: str | None,
        purpose: SignaturePurpose,
        expected_bin: str | None = None,
        content: bytes | None = None,
    ) -> CheckedDocument:
        """«Условие 2» over a CMS, with the anchors and services of НУЦ; see
        `verification.check.check_document`. A centre with `explain` adds the explanation of a refused signature
        to the error's details, as `explanation`.
        """
        expectation = SignerExpectation(purpose, expected_iin, expected_bin)
        verdict = self.judge_document(der, expectation, at=at, content=content)
        if self._explain is not None and isinstance(verdict.error, Refused):
            expected = ExpectedSignature(content, at, purpose, self.anchors, expected_iin, accepts_gost=True)
            explanation = self._explain(der, expected)
            if explanation.findings:
                verdict.error.details["explanation"] = explanation.as_json()
        return verdict.require_document()

    def judge_document(
        self, der: bytes, expectation: SignerExpectation, *, at: datetime, content: bytes | None = None
    ) -> SignatureVerdict:
        """`check_document` as a verdict that holds the result of every condition."""
        return self._signature_check(at).judge_document(der, expectation, content=content)

    def check_certificate(
        self, certificate: x509.Certificate, expectation: SignerExpectation, *, at: datetime
    ) -> CheckedCertificate:
        """«Условие 2» without the signature, which was proved elsewhere (XML, WS-Security, a JWS)."""
        return self._signature_check(at).check_certificate(certificate, expectation)

    def current_crl(self, at: datetime) -> CrlView:
        """The revocation list with its delta; see `RevocationInquiry.current_crl`."""
        return self._inquiry.current_crl(at)

    def fetch_certificate(self, thumbprint: str) -> x509.Certificate:
        """The certificate with this thumbprint in НУЦ's register, whatever its term and status; NotFound
        ``sender-unknown``, Unavailable ``directory-unavailable``.
        """
        answer = self._wire.get(f"/api/v1/certificates/{thumbprint}", MOST_CERTIFICATE)
        if answer is None:
            raise NotFound("sender-unknown", "no certificate with this thumbprint is known")
        return x509.load_pem_x509_certificate(answer)

    def fetch_list(self, path: str) -> bytes | None:
        """A revocation list of НУЦ as DER, unverified; None when НУЦ has none at this path."""
        return self._wire.get(path, lists.MAX_BYTES)

    def ask_ocsp(self, certificate: x509.Certificate, at: datetime) -> OcspAnswer:
        """A proved OCSP answer; raises as `RevocationInquiry.ocsp_answer` does."""
        return self._inquiry.ocsp_answer(certificate, at)

    def request_time_stamp(self, data: bytes, at: datetime) -> TimeStamp:
        """A proved time-stamp over `data`; Unavailable tsa-silent, and the errors of `tsp.read_response`."""
        self.follow_issuing(at)
        nonce = secrets.randbits(63)
        question = tsp.make_request(data, nonce)
        answer = self._stamper.ask_service(lambda: self._post_stamp(question))
        return tsp.read_response(answer, data, nonce, anchors=self.anchors, at=at, cache=self._chains)

    def collect_evidence(self, der: bytes, at: datetime) -> SignatureEvidence:
        """The evidence that keeps the CMS in `der` provable: a time-stamp over its signature, and an OCSP answer
        about its signer that covers the moment of the time-stamp.

        Raises as `request_time_stamp` and `RevocationInquiry.ocsp_answer` do.
        """
        return gather_evidence(der, self.request_time_stamp, self._inquiry.ocsp_answer, at)

    def _signature_check(self, at: datetime) -> SignatureCheck:
        self.follow_issuing(at)
        return SignatureCheck(self.anchors, self._inquiry, at, self._chains)

    def _post_stamp(self, question: bytes) -> bytes:
        try:
            return self._wire.post(TSP_PATH, question, TSP_REQUEST, tsp.MAX_BYTES, TSA_SECONDS)
        except Unavailable as error:
            raise Unavailable("tsa-silent", error.message) from None

    def _is_revoked(self, known_peer: _KnownPeer, at: datetime) -> bool:
        try:
            crl = self.current_crl(at)
            if not crl.covers(known_peer.points):
                raise Unavailable("directory-unavailable", "the list of the revoked is of other certificates")
            return crl.find_revocation(known_peer.certificate.serial_number) is not None
        except Unavailable:
            if self._mode is RevocationMode.SOFT:
                return False
            raise

    def _fetch_peer(self, thumbprint: str, at: datetime) -> _KnownPeer:
        if not THUMBPRINT.fullmatch(thumbprint):  # a stranger's text that becomes part of a URL
            raise Malformed("signature-malformed", "a thumbprint is SHA-256 in base64url")
        if thumbprint in self._unknown:
            raise Untrusted("sender-unknown", "no certificate with this thumbprint is known")
        answer = self._wire.get(f"/api/v1/certificates/{thumbprint}", MOST_CERTIFICATE)
        if answer is None:
            self._unknown.add(thumbprint)
            raise Untrusted("sender-unknown", "no certificate with this thumbprint is known")
        fetched_peer = self._verified_peer(x509.load_pem_x509_certificate(answer), thumbprint, at)
        self._peers[thumbprint] = fetched_peer
        return fetched_peer

    def _verified_peer(self, certificate: x509.Certificate, thumbprint: str, at: datetime) -> _KnownPeer:
        if keys.certificate_thumbprint(certificate) != thumbprint:
            raise Untrusted("sender-certificate-untrusted", "the directory gave another certificate")
        try:
            SignatureCheck(self.anchors, None, at, self._chains).check_certificate(
                certificate, SignerExpectation(SignaturePurpose.SYSTEM)
            )
        except Refused as error:
            code = _PEER_CODES.get(error.code, "sender-certificate-untrusted")
            raise Untrusted(code, error.message) from None
        address = certificate_system(certificate)
        if address is None:
            raise Untrusted("sender-certificate-untrusted", "not the certificate of a system")
        peer = PeerSystem(address, keys.strong_key(certificate), thumbprint, certificate.not_valid_after_utc)
        return _KnownPeer(peer, certificate, list_points(certificate))

    def close(self) -> None:
        self._wire.close()
