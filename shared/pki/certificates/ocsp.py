"""OCSP (RFC 6960): the request for the status of a certificate, and the proof of the answer.

An answer is accepted when the certificate's own issuer signed it, or a responder to whom that issuer gave a
certificate with OCSPSigning and id-pkix-ocsp-nocheck; when it concerns this very certificate; and when it is
fresh.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from types import MappingProxyType

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.bus.errors import BusError, Malformed, Unavailable, Untrusted
from shared.pki.certificates.crl import STRONG_DIGESTS
from shared.pki.certificates.keys import strong_key
from shared.pki.certificates.status import CertificateRevocation, CertificateStatus, StatusOrigin
from shared.pki.encoding.der import UNREADABLE

MAX_BYTES = 64 * 1024
CLOCKS_MAY_DIFFER = timedelta(minutes=5)
UNDATED = timedelta(minutes=10)
"""How long an answer without nextUpdate is accepted."""

_MOST_RESPONSES = 16
_STATUSES: Mapping[ocsp.OCSPResponseStatus, str] = MappingProxyType(
    {
        ocsp.OCSPResponseStatus.MALFORMED_REQUEST: "ocsp-malformed-request",
        ocsp.OCSPResponseStatus.INTERNAL_ERROR: "ocsp-internal-error",
        ocsp.OCSPResponseStatus.TRY_LATER: "ocsp-try-later",
        ocsp.OCSPResponseStatus.SIG_REQUIRED: "ocsp-signature-required",
        ocsp.OCSPResponseStatus.UNAUTHORIZED: "ocsp-unauthorized",
    }
)


@dataclass(frozen=True)
class OcspAnswer:
    """A proved answer. `revocation` is None for a good certificate; `der` is the OCSPResponse."""

    revocation: CertificateRevocation | None
    this_update: datetime
    next_update: datetime | None
    der: bytes = field(repr=False)

    def covers_moment(self, moment: datetime) -> bool:
        """Whether the answer covers `moment`: the answer was made after it, or has not run out by then."""
        end = self.next_update or self.this_update + UNDATED
        return moment < max(end, self.this_update)


def make_request(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes | None = None) -> bytes:
    """DER of an OCSPRequest for `certificate`; a `nonce` (16 to 32 bytes) makes the responder answer this request
    only.
    """
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def read_answer(
    der: bytes,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    *,
    at: datetime,
    now: datetime | None = None,
    nonce: bytes | None = None,
) -> OcspAnswer:
    """The proved answer in the OCSPResponse `der` about `certificate`, for the moment `at`.

    `now` is the server's own moment, by default `at`; for a stored answer, `at` lies in the past, and the
    responder's certificate must have been valid when the answer was made.

    Malformed: ocsp-malformed. Unavailable: ocsp-try-later, ocsp-internal-error, ocsp-malformed-request,
    ocsp-signature-required, ocsp-unauthorized (the responder gave no answer), ocsp-stale, ocsp-unknown (the
    responder does not know the certificate). Untrusted: ocsp-responder (the signer may not answer for this
    issuer), ocsp-signature-invalid, ocsp-other-certificate, ocsp-nonce.
    """
    if len(der) > MAX_BYTES:
        raise Malformed("ocsp-malformed", "too long", limit=MAX_BYTES)
    try:
        response = ocsp.load_der_ocsp_response(der)
        _check_status(response)
        _check_signature(response, issuer, at if now is None else _made_at(response))
        _check_extensions(response, nonce)
        single = _find_statement(response, certificate, issuer)
        answer = _read_statement(single, der)
        _check_time(answer, at, now or at)
        _check_known(single)
        return answer
    except UNREADABLE:
        raise Malformed("ocsp-malformed", "not a readable OCSP response") from None


class OcspAnswerCache:
    """A cache of at most `limit` answers, also of those that say revoked, each until its nextUpdate.

    The term of an answer runs by the bus's time and by the machine's `seconds`, whichever ends first: if the bus's
    clock alone counted, a clock that stands still would hide every revocation. Safe for threads.
    """

    def __init__(self, limit: int = 5_000, *, seconds: Callable[[], float] = monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._answers: OrderedDict[bytes, tuple[OcspAnswer, float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def find_answer(self, fingerprint: bytes, at: datetime) -> OcspAnswer | None:
        """The answer about the certificate with this fingerprint, while it is in force; else None."""
        with self._lock:
            answer, stored_at = self._answers.get(fingerprint, (None, 0.0))
            if answer is None or answer.next_update is None:
                return None
            if not answer.this_update - CLOCKS_MAY_DIFFER <= at < answer.next_update:
                return None
            if self._seconds() - stored_at > (answer.next_update - answer.this_update).total_seconds():
                return None
            self._answers.move_to_end(fingerprint)
            return answer

    def store_answer(self, fingerprint: bytes, answer: OcspAnswer) -> None:
        """Store an answer that has nextUpdate; the least recently used answer is dropped when the cache is
        full.
        """
        if answer.next_update is None:
            return
        with self._lock:
            self._answers[fingerprint] = (answer, self._seconds())
            self._answers.move_to_end(fingerprint)
            if len(self._answers) > self._limit:
                self._answers.popitem(last=False)


@dataclass(frozen=True)
class KeptAnswers:
    """The answers inside a document; they must cover `proved_at`, the moment of the document's time-stamp."""

    answers: Sequence[bytes]
    proved_at: datetime

    def certificate_status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> CertificateStatus:
        """The status by the first proved answer about this certificate; see `status.RevocationSource`."""
        tried: list[str] = []
        for der in self.answers:
            try:
                answer = read_answer(der, certificate, issuer, at=self.proved_at, now=at)
            except BusError as error:
                tried.append(error.code)
            else:
                return CertificateStatus(StatusOrigin.KEPT, answer.revocation, tuple(tried), der)
        raise Unavailable(
            "eds-revocation-unknown",
            "no kept answer tells",
            condition="revocation",
            tried=tried or ["ocsp-absent"],
        )


def _made_at(response: ocsp.OCSPResponse) -> datetime:
    """When the answer was made, by its own word: thisUpdate, because producedAt only says when the bytes were
    written.
    """
    first = next(iter(response.responses), None)
    if first is None:
        raise ValueError("an answer that says nothing")
    return first.this_update_utc


def _check_status(response: ocsp.OCSPResponse) -> None:
    code = _STATUSES.get(response.response_status)
    if code is not None:
        raise Unavailable(code, "the responder did not answer the question")


def _check_signature(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> None:
    digest = response.signature_hash_algorithm
    if not isinstance(digest, STRONG_DIGESTS):
        raise Untrusted("ocsp-signature-invalid", "the digest is not SHA-256, SHA-384 or SHA-512")
    key = strong_key(_find_responder(response, issuer, at))
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), digest)
        else:
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(digest))
    except InvalidSignature:
        raise Untrusted("ocsp-signature-invalid", "the signature of the answer does not hold") from None


def _find_responder(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> x509.Certificate:
    """The certificate of the answer's signer: the issuer, or a responder that the issuer authorised."""
    if _is_named(response, issuer):
        return issuer
    for certificate in response.certificates[:_MOST_RESPONSES]:
        if _is_named(response, certificate) and _may_answer(certificate, issuer, at):
            return certificate
    raise Untrusted("ocsp-responder", "the answer is signed by nobody who may answer for this issuer")


def _is_named(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    own = x509.SubjectKeyIdentifier.from_public_key(strong_key(certificate))
    return response.responder_key_hash == own.digest


def _may_answer(certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    """Whether the issuer authorised this responder: issued directly, for OCSPSigning (RFC 6960, 4.2.2.2), with
    nocheck (4.2.2.2.1).
    """
    try:
        certificate.verify_directly_issued_by(issuer)
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except (InvalidSignature, x509.ExtensionNotFound, *UNREADABLE):
        return False
    is_in_term = (
        certificate.not_valid_before_utc <= at + CLOCKS_MAY_DIFFER and at <= certificate.not_valid_after_utc
    )
    return is_in_term and ExtendedKeyUsageOID.OCSP_SIGNING in usage


def _check_extensions(response: ocsp.OCSPResponse, nonce: bytes | None) -> None:
    for extension in response.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            if nonce is not None and extension.value.nonce != nonce:
                raise Untrusted("ocsp-nonce", "the answer is to another question")
        elif extension.critical:
            raise Malformed("ocsp-malformed", "a critical extension that nobody here understands")


def _find_statement(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> ocsp.OCSPSingleResponse:
    """The only statement about this certificate."""
    statements: list[ocsp.OCSPSingleResponse] = []
    for count, single in enumerate(response.responses, 1):
        if count > _MOST_RESPONSES:
            raise Malformed("ocsp-malformed", "too many statements in one answer")
        if single.serial_number == certificate.serial_number and _is_of(single, certificate, issuer):
            statements.append(single)
    if not statements:
        raise Untrusted("ocsp-other-certificate", "the answer is about another certificate")
    if len(statements) > 1:
        raise Malformed("ocsp-malformed", "the answer speaks twice of one certificate")
    return statements[0]


def _is_of(single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the hashes of CertID are those of this issuer; SHA-1 is allowed here, because CertID proves
    nothing.
    """
    expected_id = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm).build()
    return (single.issuer_name_hash, single.issuer_key_hash) == (
        expected_id.issuer_name_hash,
        expected_id.issuer_key_hash,
    )


def _read_statement(single: ocsp.OCSPSingleResponse, der: bytes) -> OcspAnswer:
    revocation = None
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        when = single.revocation_time_utc
        if when is None:
            raise ValueError("revoked at no time")
        revocation = CertificateRevocation(when, single.revocation_reason or x509.ReasonFlags.unspecified)
    return OcspAnswer(revocation, single.this_update_utc, single.next_update_utc, der)


def _check_time(answer: OcspAnswer, at: datetime, now: datetime) -> None:
    if answer.this_update > now + CLOCKS_MAY_DIFFER:
        raise Unavailable("ocsp-stale", "the answer is of the future")
    if not answer.covers_moment(at):
        raise Unavailable("ocsp-stale", "the answer is too old", this_update=answer.this_update.isoformat())


def _check_known(single: ocsp.OCSPSingleResponse) -> None:
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise Unavailable("ocsp-unknown", "the responder does not know this certificate")
