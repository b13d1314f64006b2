"""«Условие 2» of the acts: the check of an electronic signature, one for all systems.

Before a request goes on, the acts require that the certificate's term has not run out, that the certificate is not
in the list of revoked certificates, that the ИИН of the request is the ИИН in the certificate, and that the
signature is genuine; else «отказ в запрашиваемой услуге в связи с не подтверждением подлинности ЭЦП».

Term and revocation are judged at the moment of the document's time-stamp, if there is one (CAdES-T, RFC 5126,
4.4.1): the time-stamp proves that the signature existed then. Without a time-stamp they are judged at the server's
own moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from shared.bus.errors import BusError, Malformed, Refused, Unavailable, Untrusted
from shared.pki.certificates import profile
from shared.pki.certificates.chain import Chain, ChainCache, TrustAnchors, verify_chain
from shared.pki.certificates.ocsp import KeptAnswers
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.certificates.status import STATUS_UNASKED, CertificateStatus, RevocationSource
from shared.pki.cms import cades, signed_data, tsp
from shared.pki.cms.signed_data import SignedCms
from shared.pki.cms.tsp import TimeStamp
from shared.pki.verification.verdict import (
    CONDITIONS,
    ConditionMark,
    SignatureCondition,
    mark_conditions,
    texts_of,
)

__all__ = ["CONDITIONS", "ConditionMark", "SignatureCondition", "check_document", "check_signer"]

_TWELVE_DIGITS = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class SignerInfo:
    """The owner of a certificate, by the certificate; absent attributes are None, `system` is an address on the
    bus.
    """

    common_name: str
    iin: str | None = field(default=None, repr=False)
    bin: str | None = None
    surname: str | None = None
    patronymic: str | None = None
    organisation: str | None = None
    system: str | None = None


@dataclass(frozen=True)
class CheckedCertificate:
    """A certificate that passed «условие 2», its chain, and the source of its revocation status."""

    signer: SignerInfo
    chain: Chain
    status: CertificateStatus


@dataclass(frozen=True)
class CheckedDocument:
    """A document that passed «условие 2».

    `signing_time` is the signer's own claim and proves nothing; `stamp` proves that the signature existed at the
    moment of the time-stamp.
    """

    content: bytes
    signer: SignerInfo
    certificate: x509.Certificate
    signing_time: datetime | None
    chain: Chain = ()
    status: CertificateStatus = STATUS_UNASKED
    stamp: TimeStamp | None = None


@dataclass(frozen=True)
class SignerExpectation:
    """What a signature must prove besides being genuine; None accepts any ИИН or БИН."""

    purpose: SignaturePurpose
    iin: str | None = None
    bin: str | None = None


@dataclass(frozen=True)
class SignatureVerdict:
    """The result of «условие 2»: the document, or the error with the failed condition."""

    document: CheckedDocument | None
    error: Refused | Unavailable | None
    judged_conditions: frozenset[SignatureCondition]

    @property
    def code(self) -> str:
        """eds-valid, or the code of the error."""
        return self.error.code if self.error else "eds-valid"

    @property
    def failed_condition(self) -> SignatureCondition | None:
        """The condition that failed; None when all held."""
        return CONDITIONS[self.error.code] if self.error else None

    @property
    def condition_marks(self) -> dict[SignatureCondition, ConditionMark]:
        """The result of each condition, in the order of judgement."""
        return mark_conditions(self.judged_conditions, self.failed_condition)

    @property
    def texts(self) -> dict[str, str]:
        """The text of the code in Russian, Kazakh and English."""
        return texts_of(self.code)

    def require_document(self) -> CheckedDocument:
        """The document; raises the error of a failed verdict."""
        if self.error is not None:
            raise self.error
        assert self.document is not None  # noqa: S101 - one of the two is there
        return self.document


def check_document(
    der: bytes,
    *,
    anchors: TrustAnchors,
    revocation: RevocationSource | None,
    at: datetime,
    expected_iin: str | None,
    purpose: SignaturePurpose,
    expected_bin: str | None = None,
    content: bytes | None = None,
    max_bytes: int = signed_data.MAX_BYTES,
    cache: ChainCache | None = None,
) -> CheckedDocument:
    """The document that `der` signs, when «условие 2» holds; `at` is the server's own moment.

    Judged in this order: one readable, genuine signature; its time-stamp, if present; a chain to the anchors; the
    term; the purpose; revocation; the person `expected_iin`; the organisation `expected_bin` (None accepts any).
    `content` is the content of a detached signature. `revocation` None skips the revocation check.

    Raises Refused with a code of `CONDITIONS` and `details["condition"]`, and Unavailable eds-revocation-unknown
    when the status cannot be told now, with the codes of the failed sources in `details["tried"]`.
    """
    expectation = SignerExpectation(purpose, expected_iin, expected_bin)
    checking = SignatureCheck(anchors, revocation, at, cache)
    return checking.judge_document(der, expectation, content=content, max_bytes=max_bytes).require_document()


@dataclass(frozen=True)
class SignatureCheck:
    """The means of a check: the anchors, the revocation source, the server's own moment.

    `is_offline`: no source is asked; the time-stamp and the OCSP answers inside the document must suffice.
    """

    anchors: TrustAnchors
    revocation: RevocationSource | None
    at: datetime
    cache: ChainCache | None = None
    is_offline: bool = False

    def judge_document(
        self,
        der: bytes,
        expectation: SignerExpectation,
        *,
        content: bytes | None = None,
        max_bytes: int = signed_data.MAX_BYTES,
    ) -> SignatureVerdict:
        """`check_document` as a verdict that holds the result of every condition."""
        stamp: TimeStamp | None = None
        try:
            signed = signed_data.open_signed(der, content=content, max_bytes=max_bytes)
            stamp = self._open_stamp(signed)
            checked = self._check_certificate(
                signed.certificate, expectation, stamp, cades.ocsp_answers(signed) if stamp else ()
            )
        except BusError as error:
            return SignatureVerdict(None, _public_error(error), self._judged_conditions(expectation, stamp))
        signed_parts = (signed.content, checked.signer, signed.certificate, signed.signing_time)
        document = CheckedDocument(*signed_parts, checked.chain, checked.status, stamp)
        return SignatureVerdict(document, None, self._judged_conditions(expectation, stamp))

    def check_certificate(
        self, certificate: x509.Certificate, expectation: SignerExpectation
    ) -> CheckedCertificate:
        """«Условие 2» without the signature, which was proved elsewhere (XML, a JWS); raises as `check_document`
        does.
        """
        try:
            return self._check_certificate(certificate, expectation, None, ())
        except BusError as error:
            raise _public_error(error) from None

    def _open_stamp(self, signed: SignedCms) -> TimeStamp | None:
        token = cades.read_time_stamp(signed)
        if token is None and self.is_offline:
            raise Untrusted("eds-timestamp", "the document has no time-stamp", why="absent")
        if token is None:
            return None
        stamp = tsp.open_token(token, signed.signature, anchors=self.anchors, at=self.at, cache=self.cache)
        tsp.check_stamp_status(stamp, self.revocation, self.at)
        return stamp

    def _check_certificate(
        self,
        certificate: x509.Certificate,
        expectation: SignerExpectation,
        stamp: TimeStamp | None,
        kept_answers: tuple[bytes, ...],
    ) -> CheckedCertificate:
        moment = stamp.moment if stamp else self.at
        chain = verify_chain(certificate, self.anchors, moment, cache=self.cache)
        if not profile.serves_purpose(certificate, expectation.purpose):
            message = "the certificate is not made for this purpose"
            raise Untrusted("eds-purpose", message, purpose=expectation.purpose.value)
        status = self._certificate_status(certificate, chain, stamp, kept_answers)
        _check_revocation(status, stamp)
        signer = signer_info(certificate)
        if expectation.iin is not None and signer.iin != expectation.iin:
            raise Untrusted("eds-iin-mismatch", "the certificate is another person's")
        if expectation.bin is not None and signer.bin != expectation.bin:
            raise Untrusted("eds-bin-mismatch", "the certificate is another organisation's")
        return CheckedCertificate(signer, chain, status)

    def _certificate_status(
        self, certificate: x509.Certificate, chain: Chain, stamp: TimeStamp | None, kept_answers: tuple[bytes, ...]
    ) -> CertificateStatus:
        """The status by НУЦ; where НУЦ cannot tell, by the answers in the document for the moment of the
        time-stamp.
        """
        in_document = KeptAnswers(kept_answers, stamp.moment) if stamp else None
        if self.is_offline and in_document is not None:
            return in_document.certificate_status(certificate, chain[1], self.at)
        if self.revocation is None:
            return STATUS_UNASKED
        try:
            return self.revocation.certificate_status(certificate, chain[1], self.at)
        except Unavailable:
            if in_document is None or not kept_answers:
                raise
            return in_document.certificate_status(certificate, chain[1], self.at)

    def _judged_conditions(
        self, expectation: SignerExpectation, stamp: TimeStamp | None
    ) -> frozenset[SignatureCondition]:
        optional = {
            SignatureCondition.TIME_STAMP: stamp is not None,
            SignatureCondition.REVOCATION: self.is_offline or self.revocation is not None,
            SignatureCondition.IIN: expectation.iin is not None,
            SignatureCondition.BIN: expectation.bin is not None,
        }
        return frozenset(condition for condition in SignatureCondition if optional.get(condition, True))


def check_signer(
    certificate: x509.Certificate,
    *,
    anchors: TrustAnchors,
    revocation: RevocationSource | None,
    at: datetime,
    expected_iin: str | None,
    purpose: SignaturePurpose,
    expected_bin: str | None = None,
    cache: ChainCache | None = None,
) -> SignerInfo:
    """The owner of the certificate, when «условие 2» holds apart from the signature, which is not judged here.

    Raises as `check_document` does.
    """
    expectation = SignerExpectation(purpose, expected_iin, expected_bin)
    return SignatureCheck(anchors, revocation, at, cache).check_certificate(certificate, expectation).signer


@lru_cache(maxsize=profile.REMEMBERED)
def signer_info(certificate: x509.Certificate) -> SignerInfo:
    """The owner's data in the certificate; trustworthy only once the chain is verified."""
    subject = certificate.subject
    return SignerInfo(
        common_name=_only_value(subject, NameOID.COMMON_NAME) or "",
        iin=_prefixed_number(subject, NameOID.SERIAL_NUMBER, profile.IIN_PREFIX),
        bin=_prefixed_number(subject, NameOID.ORGANIZATIONAL_UNIT_NAME, profile.BIN_PREFIX),
        surname=_only_value(subject, NameOID.SURNAME),
        patronymic=_only_value(subject, NameOID.GIVEN_NAME),
        organisation=_only_value(subject, NameOID.ORGANIZATION_NAME),
        system=certificate_system(certificate),
    )


def certificate_iin(certificate: x509.Certificate) -> str | None:
    """The twelve digits of the owner's ИИН, not validated: НУЦ's own tests use IIN123456789011."""
    return _prefixed_number(certificate.subject, NameOID.SERIAL_NUMBER, profile.IIN_PREFIX)


def certificate_bin(certificate: x509.Certificate) -> str | None:
    """The twelve digits of the organisation's БИН, not validated."""
    return _prefixed_number(certificate.subject, NameOID.ORGANIZATIONAL_UNIT_NAME, profile.BIN_PREFIX)


def certificate_system(certificate: x509.Certificate) -> str | None:
    """The bus address in a system's certificate; None when the certificate names none or several."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return _single_value(
        uri.removeprefix(profile.SYSTEM_URI) for uri in uris if uri.startswith(profile.SYSTEM_URI)
    )


def _check_revocation(status: CertificateStatus, stamp: TimeStamp | None) -> None:
    """Raise eds-revoked; a revocation after the moment of the time-stamp does not count."""
    revocation = status.revocation
    if revocation is not None and (stamp is None or revocation.when <= stamp.moment):
        raise Untrusted(
            "eds-revoked",
            "the certificate is revoked",
            revoked_at=revocation.when.isoformat(),
            reason=revocation.reason.value,
            established=status.origin.value,
        )


def _public_error(error: BusError) -> Refused | Unavailable:
    """The error in its public form: a refusal with its condition, or a request to try again."""
    details = {**error.details, "condition": CONDITIONS[error.code].value} if error.code in CONDITIONS else {}
    if isinstance(error, Malformed | Untrusted | Refused) and details:
        return Refused(error.code, error.message, **details)
    if isinstance(error, Unavailable) and details:
        return Unavailable(error.code, error.message, **details)
    raise error


def _prefixed_number(subject: x509.Name, oid: ObjectIdentifier, prefix: str) -> str | None:
    digits = [text.removeprefix(prefix) for text in _attribute_values(subject, oid) if text.startswith(prefix)]
    return _single_value(text for text in digits if _TWELVE_DIGITS.fullmatch(text))


def _only_value(subject: x509.Name, oid: ObjectIdentifier) -> str | None:
    return _single_value(_attribute_values(subject, oid))


def _attribute_values(subject: x509.Name, oid: ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in subject.get_attributes_for_oid(oid)]


def _single_value(values: Iterable[str]) -> str | None:
    """The only value; None for no value, and None rather than a guess for several."""
    first, *extras = (*values, None)
    return first if len(extras) == 1 else None
