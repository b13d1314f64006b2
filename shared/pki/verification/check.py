"""«Условие 2» of the acts: the check of an electronic signature, the same for every system that makes it.

The acts ask, before a request goes on, that the term of the certificate has not run out, that it is not in the
list of the revoked, that the ИИН of the request is the one in the certificate, and that the signature is
genuine; else «отказ в запрашиваемой услуге в связи с не подтверждением подлинности ЭЦП».

The moment at which term and revocation are judged is that of the document's time-stamp, when it carries one
(CAdES-T, RFC 5126, 4.4.1): the signature is proved to have been there then. Without one it is the server's own.
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
    """What the certificate says of its owner; absent attributes are None, `system` is an address on the bus."""

    common_name: str
    iin: str | None = field(default=None, repr=False)
    bin: str | None = None
    surname: str | None = None
    patronymic: str | None = None
    organisation: str | None = None
    system: str | None = None


@dataclass(frozen=True)
class CheckedCertificate:
    """A certificate that met «условие 2», its chain, and how it became known that it is not revoked."""

    signer: SignerInfo
    chain: Chain
    status: CertificateStatus


@dataclass(frozen=True)
class CheckedDocument:
    """A document that met «условие 2».

    `signing_time` is the signer's own claim and proves nothing; `stamp` proves that the signature was there at
    its moment.
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
    """What a signature is to prove beside itself; None: whoever signed."""

    purpose: SignaturePurpose
    iin: str | None = None
    bin: str | None = None


@dataclass(frozen=True)
class SignatureVerdict:
    """What «условие 2» came to: the document, or the error and so the condition that failed."""

    document: CheckedDocument | None
    error: Refused | Unavailable | None
    judged_conditions: frozenset[SignatureCondition]

    @property
    def code(self) -> str:
        """eds-valid, or the code of the error."""
        return self.error.code if self.error else "eds-valid"

    @property
    def failed_condition(self) -> SignatureCondition | None:
        """The condition that did not hold."""
        return CONDITIONS[self.error.code] if self.error else None

    @property
    def condition_marks(self) -> dict[SignatureCondition, ConditionMark]:
        """What became of each condition, in the order in which they are judged."""
        return mark_conditions(self.judged_conditions, self.failed_condition)

    @property
    def texts(self) -> dict[str, str]:
        """The code in Russian, Kazakh and English."""
        return texts_of(self.code)

    def require_document(self) -> CheckedDocument:
        """The document; else the error is raised."""
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

    In this order: one readable signature, genuine, its time-stamp (if it has one) proved, by a certificate that
    leads to the anchors, in its term, made for this purpose, not revoked, of the person `expected_iin`, of the
    organisation `expected_bin` (None: whoever signed). `content` is given when the signature is detached.
    `revocation` None leaves revocation unasked.

    Raises Refused with a code of `CONDITIONS` and `details["condition"]`; only what cannot be told now is
    Unavailable eds-revocation-unknown, with the codes of what could not tell in `details["tried"]`.
    """
    expectation = SignerExpectation(purpose, expected_iin, expected_bin)
    checking = SignatureCheck(anchors, revocation, at, cache)
    return checking.judge_document(der, expectation, content=content, max_bytes=max_bytes).require_document()


@dataclass(frozen=True)
class SignatureCheck:
    """By what a check is made: the anchors, who tells of revocation, and the server's own moment.

    `is_offline`: nobody is asked; a time-stamp and the answers inside the document must tell.
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
        """`check_document` as a value that tells every condition."""
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
        """All of «условие 2» but the signature itself, for one that was proved elsewhere (XML, a JWS)."""
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
        """What НУЦ says; where it cannot tell, what the document carries for the moment of its time-stamp."""
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
    """The owner of the certificate, when all of «условие 2» but the signature itself holds; the errors are those
    of `check_document`."""
    expectation = SignerExpectation(purpose, expected_iin, expected_bin)
    return SignatureCheck(anchors, revocation, at, cache).check_certificate(certificate, expectation).signer


@lru_cache(maxsize=profile.REMEMBERED)
def signer_info(certificate: x509.Certificate) -> SignerInfo:
    """What the certificate says of its owner; believe it once the chain is verified."""
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
    """The twelve digits of the owner's ИИН, not judged further: НУЦ's own tests use IIN123456789011."""
    return _prefixed_number(certificate.subject, NameOID.SERIAL_NUMBER, profile.IIN_PREFIX)


def certificate_bin(certificate: x509.Certificate) -> str | None:
    """The twelve digits of the organisation's БИН, not judged further."""
    return _prefixed_number(certificate.subject, NameOID.ORGANIZATIONAL_UNIT_NAME, profile.BIN_PREFIX)


def certificate_system(certificate: x509.Certificate) -> str | None:
    """The address on the bus in the certificate of a system; None when it names none, or several."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return _single_value(
        uri.removeprefix(profile.SYSTEM_URI) for uri in uris if uri.startswith(profile.SYSTEM_URI)
    )


def _check_revocation(status: CertificateStatus, stamp: TimeStamp | None) -> None:
    """A revocation after the moment of the time-stamp does not touch what was signed before."""
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
    """The error as whoever asked is told: a refusal with its condition, or a request to try again."""
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
    """The one value; nothing when there is none, and nothing rather than a guess when there are several."""
    first, *extras = (*values, None)
    return first if len(extras) == 1 else None
