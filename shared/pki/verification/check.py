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
from shared.pki.certificates.profile import Purpose
from shared.pki.certificates.status import UNASKED, Revocations, Standing
from shared.pki.cms import cades, signed_data, tsp
from shared.pki.cms.signed_data import Signed
from shared.pki.cms.tsp import Stamp
from shared.pki.verification.verdict import CONDITIONS, Condition, Mark, marks, texts_of

__all__ = ["CONDITIONS", "Condition", "Mark", "check_document", "check_signer"]

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
    standing: Standing


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
    standing: Standing = UNASKED
    stamp: Stamp | None = None


@dataclass(frozen=True)
class Asked:
    """What a signature is to prove beside itself; None: whoever signed."""

    purpose: Purpose
    iin: str | None = None
    bin: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What «условие 2» came to: the document, or the error and so the condition that failed."""

    document: CheckedDocument | None
    error: Refused | Unavailable | None
    asked: frozenset[Condition]

    @property
    def code(self) -> str:
        """eds-valid, or the code of the error."""
        return self.error.code if self.error else "eds-valid"

    @property
    def failed(self) -> Condition | None:
        """The condition that did not hold."""
        return CONDITIONS[self.error.code] if self.error else None

    @property
    def marks(self) -> dict[Condition, Mark]:
        """What became of each condition, in the order in which they are judged."""
        return marks(self.asked, self.failed)

    @property
    def texts(self) -> dict[str, str]:
        """The code in Russian, Kazakh and English."""
        return texts_of(self.code)

    def accepted(self) -> CheckedDocument:
        """The document; else the error is raised."""
        if self.error is not None:
            raise self.error
        assert self.document is not None  # noqa: S101 - one of the two is there
        return self.document


def check_document(
    der: bytes,
    *,
    anchors: TrustAnchors,
    revocation: Revocations | None,
    at: datetime,
    expected_iin: str | None,
    purpose: Purpose,
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
    asked = Asked(purpose, expected_iin, expected_bin)
    checking = Checking(anchors, revocation, at, cache)
    return checking.judge(der, asked, content=content, max_bytes=max_bytes).accepted()


@dataclass(frozen=True)
class Checking:
    """By what a check is made: the anchors, who tells of revocation, and the server's own moment.

    `is_offline`: nobody is asked; a time-stamp and the answers inside the document must tell.
    """

    anchors: TrustAnchors
    revocation: Revocations | None
    at: datetime
    cache: ChainCache | None = None
    is_offline: bool = False

    def judge(
        self, der: bytes, asked: Asked, *, content: bytes | None = None, max_bytes: int = signed_data.MAX_BYTES
    ) -> Verdict:
        """`check_document` as a value that tells every condition."""
        stamp: Stamp | None = None
        try:
            signed = signed_data.open_signed(der, content=content, max_bytes=max_bytes)
            stamp = self._stamp(signed)
            found = self._certificate(signed.certificate, asked, stamp, cades.answers(signed) if stamp else ())
        except BusError as error:
            return Verdict(None, _told(error), self._asked(asked, stamp))
        who = (signed.content, found.signer, signed.certificate, signed.signing_time)
        document = CheckedDocument(*who, found.chain, found.standing, stamp)
        return Verdict(document, None, self._asked(asked, stamp))

    def certificate(self, certificate: x509.Certificate, asked: Asked) -> CheckedCertificate:
        """All of «условие 2» but the signature itself, for one that was proved elsewhere (XML, a JWS)."""
        try:
            return self._certificate(certificate, asked, None, ())
        except BusError as error:
            raise _told(error) from None

    def _stamp(self, signed: Signed) -> Stamp | None:
        token = cades.time_stamp(signed)
        if token is None and self.is_offline:
            raise Untrusted("eds-timestamp", "the document has no time-stamp", why="absent")
        if token is None:
            return None
        stamp = tsp.open_token(token, signed.signature, anchors=self.anchors, at=self.at, cache=self.cache)
        tsp.check_standing(stamp, self.revocation, self.at)
        return stamp

    def _certificate(
        self, certificate: x509.Certificate, asked: Asked, stamp: Stamp | None, kept: tuple[bytes, ...]
    ) -> CheckedCertificate:
        moment = stamp.moment if stamp else self.at
        chain = verify_chain(certificate, self.anchors, moment, cache=self.cache)
        if not profile.serves(certificate, asked.purpose):
            message = "the certificate is not made for this purpose"
            raise Untrusted("eds-purpose", message, purpose=asked.purpose.value)
        standing = self._standing(certificate, chain, stamp, kept)
        _check_standing(standing, stamp)
        signer = signer_info(certificate)
        if asked.iin is not None and signer.iin != asked.iin:
            raise Untrusted("eds-iin-mismatch", "the certificate is another person's")
        if asked.bin is not None and signer.bin != asked.bin:
            raise Untrusted("eds-bin-mismatch", "the certificate is another organisation's")
        return CheckedCertificate(signer, chain, standing)

    def _standing(
        self, certificate: x509.Certificate, chain: Chain, stamp: Stamp | None, kept: tuple[bytes, ...]
    ) -> Standing:
        """What НУЦ says; where it cannot tell, what the document carries for the moment of its time-stamp."""
        in_document = KeptAnswers(kept, stamp.moment) if stamp else None
        if self.is_offline and in_document is not None:
            return in_document.standing(certificate, chain[1], self.at)
        if self.revocation is None:
            return UNASKED
        try:
            return self.revocation.standing(certificate, chain[1], self.at)
        except Unavailable:
            if in_document is None or not kept:
                raise
            return in_document.standing(certificate, chain[1], self.at)

    def _asked(self, asked: Asked, stamp: Stamp | None) -> frozenset[Condition]:
        optional = {
            Condition.TIME_STAMP: stamp is not None,
            Condition.REVOCATION: self.is_offline or self.revocation is not None,
            Condition.IIN: asked.iin is not None,
            Condition.BIN: asked.bin is not None,
        }
        return frozenset(each for each in Condition if optional.get(each, True))


def check_signer(
    certificate: x509.Certificate,
    *,
    anchors: TrustAnchors,
    revocation: Revocations | None,
    at: datetime,
    expected_iin: str | None,
    purpose: Purpose,
    expected_bin: str | None = None,
    cache: ChainCache | None = None,
) -> SignerInfo:
    """The owner of the certificate, when all of «условие 2» but the signature itself holds; the errors are those
    of `check_document`."""
    asked = Asked(purpose, expected_iin, expected_bin)
    return Checking(anchors, revocation, at, cache).certificate(certificate, asked).signer


@lru_cache(maxsize=profile.REMEMBERED)
def signer_info(certificate: x509.Certificate) -> SignerInfo:
    """What the certificate says of its owner; believe it once the chain is verified."""
    subject = certificate.subject
    return SignerInfo(
        common_name=_only(subject, NameOID.COMMON_NAME) or "",
        iin=_number(subject, NameOID.SERIAL_NUMBER, profile.IIN_PREFIX),
        bin=_number(subject, NameOID.ORGANIZATIONAL_UNIT_NAME, profile.BIN_PREFIX),
        surname=_only(subject, NameOID.SURNAME),
        patronymic=_only(subject, NameOID.GIVEN_NAME),
        organisation=_only(subject, NameOID.ORGANIZATION_NAME),
        system=certificate_system(certificate),
    )


def certificate_iin(certificate: x509.Certificate) -> str | None:
    """The twelve digits of the owner's ИИН, not judged further: НУЦ's own tests use IIN123456789011."""
    return _number(certificate.subject, NameOID.SERIAL_NUMBER, profile.IIN_PREFIX)


def certificate_bin(certificate: x509.Certificate) -> str | None:
    """The twelve digits of the organisation's БИН, not judged further."""
    return _number(certificate.subject, NameOID.ORGANIZATIONAL_UNIT_NAME, profile.BIN_PREFIX)


def certificate_system(certificate: x509.Certificate) -> str | None:
    """The address on the bus in the certificate of a system; None when it names none, or several."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return _single(uri.removeprefix(profile.SYSTEM_URI) for uri in uris if uri.startswith(profile.SYSTEM_URI))


def _check_standing(standing: Standing, stamp: Stamp | None) -> None:
    """A revocation after the moment of the time-stamp does not touch what was signed before."""
    found = standing.revocation
    if found is not None and (stamp is None or found.when <= stamp.moment):
        raise Untrusted(
            "eds-revoked",
            "the certificate is revoked",
            revoked_at=found.when.isoformat(),
            reason=found.reason.value,
            established=standing.how.value,
        )


def _told(error: BusError) -> Refused | Unavailable:
    """The error as whoever asked is told: a refusal with its condition, or a request to try again."""
    details = {**error.details, "condition": CONDITIONS[error.code].value} if error.code in CONDITIONS else {}
    if isinstance(error, Malformed | Untrusted | Refused) and details:
        return Refused(error.code, error.message, **details)
    if isinstance(error, Unavailable) and details:
        return Unavailable(error.code, error.message, **details)
    raise error


def _number(subject: x509.Name, oid: ObjectIdentifier, prefix: str) -> str | None:
    digits = [text.removeprefix(prefix) for text in _values(subject, oid) if text.startswith(prefix)]
    return _single(text for text in digits if _TWELVE_DIGITS.fullmatch(text))


def _only(subject: x509.Name, oid: ObjectIdentifier) -> str | None:
    return _single(_values(subject, oid))


def _values(subject: x509.Name, oid: ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in subject.get_attributes_for_oid(oid)]


def _single(values: Iterable[str]) -> str | None:
    """The one value; nothing when there is none, and nothing rather than a guess when there are several."""
    first, *others = (*values, None)
    return first if len(others) == 1 else None
