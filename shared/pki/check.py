"""«Условие 2» of the acts: the check of an electronic signature, the same for every system that makes it.

The acts ask, before a request goes on, that the term of the certificate has not run out, that it is not in the
list of the revoked, that the ИИН of the request is the one in the certificate, and that the signature is
genuine; else «отказ в запрашиваемой услуге в связи с не подтверждением подлинности ЭЦП».
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from shared.bus.errors import BusError, Malformed, Refused, Unavailable, Untrusted
from shared.pki import cms, profile
from shared.pki.chain import ChainCache, TrustAnchors, verify_chain
from shared.pki.der import UNREADABLE
from shared.pki.profile import Purpose

_TWELVE_DIGITS = re.compile(r"[0-9]{12}")


class Condition(StrEnum):
    """Which part of «условие 2» did not hold: `details["condition"]` of a refusal."""

    FORM = "form"
    SIGNATURE = "signature"
    CHAIN = "chain"
    TERM = "term"
    PURPOSE = "purpose"
    REVOCATION = "revocation"
    IIN = "iin"


CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        "eds-malformed": Condition.FORM,
        "eds-missing": Condition.FORM,
        "soap-malformed": Condition.FORM,
        "xml-dtd": Condition.FORM,
        "xml-malformed": Condition.FORM,
        "xml-too-large": Condition.FORM,
        "eds-signers": Condition.FORM,
        "eds-signature-invalid": Condition.SIGNATURE,
        "eds-algorithm": Condition.SIGNATURE,
        "eds-chain": Condition.CHAIN,
        "eds-certificate-unknown": Condition.CHAIN,
        "eds-expired": Condition.TERM,
        "eds-not-yet-valid": Condition.TERM,
        "eds-purpose": Condition.PURPOSE,
        "eds-revoked": Condition.REVOCATION,
        "eds-revocation-unknown": Condition.REVOCATION,
        "eds-iin-mismatch": Condition.IIN,
    }
)


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
class CheckedDocument:
    """A document that met «условие 2». `signing_time` is the signer's own claim and proves nothing."""

    content: bytes
    signer: SignerInfo
    certificate: x509.Certificate
    signing_time: datetime | None


@dataclass(frozen=True)
class Revocation:
    """When and why a certificate was revoked."""

    when: datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True)
class CrlView:
    """A full list of the revoked, its signature proved once; looking a certificate up takes constant time."""

    issuer: x509.Name
    next_update: datetime
    _revoked: Mapping[int, Revocation] = field(repr=False)

    @classmethod
    def load(cls, der: bytes, issuer: x509.Certificate) -> CrlView:
        """The list in `der`, made by `issuer`.

        Raises Malformed crl-malformed (unreadable, without nextUpdate, or not a full list: a delta list or one
        of a part of the certificates) and Untrusted crl-signature-invalid (not made by this issuer).
        """
        try:
            crl = x509.load_der_x509_crl(der)
            return cls(_proved_issuer(crl, issuer), _full_until(crl), _entries(crl))
        except UNREADABLE:
            raise Malformed("crl-malformed", "not a readable list of revoked certificates") from None

    def revocation(self, serial: int) -> Revocation | None:
        """When and why the certificate of this serial number was revoked, or None."""
        return self._revoked.get(serial)

    def is_current(self, at: datetime) -> bool:
        """Whether the centre has not promised a newer list by `at`."""
        return at < self.next_update


def check_document(
    der: bytes,
    *,
    anchors: TrustAnchors,
    crl: CrlView | None,
    at: datetime,
    expected_iin: str | None,
    purpose: Purpose,
    content: bytes | None = None,
    max_bytes: int = cms.MAX_BYTES,
    cache: ChainCache | None = None,
) -> CheckedDocument:
    """The document that `der` signs, when «условие 2» holds at the moment `at`, the server's own.

    In this order: one readable signature, genuine, by a certificate that leads to the anchors, in its term, made
    for this purpose, not revoked, of the person `expected_iin` (None: whoever signed). `content` is given when
    the signature is detached. `crl` None leaves revocation unchecked: the caller has asked OCSP.

    Raises Refused with a code of `CONDITIONS` and `details["condition"]`; only what cannot be told now is
    Unavailable eds-revocation-unknown: the list is out of date, or another issuer's.
    """
    try:
        signed = cms.open_signed(der, content=content, max_bytes=max_bytes)
        signer = check_signer(
            signed.certificate,
            anchors=anchors,
            crl=crl,
            at=at,
            expected_iin=expected_iin,
            purpose=purpose,
            cache=cache,
        )
    except (Malformed, Untrusted) as error:
        raise _refusal(error) from None
    return CheckedDocument(signed.content, signer, signed.certificate, signed.signing_time)


def check_signer(
    certificate: x509.Certificate,
    *,
    anchors: TrustAnchors,
    crl: CrlView | None,
    at: datetime,
    expected_iin: str | None,
    purpose: Purpose,
    cache: ChainCache | None = None,
) -> SignerInfo:
    """The owner of the certificate, when all of «условие 2» but the signature itself holds; see `check_document`.

    Raises Untrusted (see `verify_chain`), Refused and Unavailable.
    """
    verify_chain(certificate, anchors, at, cache=cache)
    if not profile.serves(certificate, purpose):
        raise _refused("eds-purpose", "the certificate is not made for this purpose", purpose=purpose.value)
    if crl is not None:
        _check_revocation(certificate, crl, at)
    signer = signer_info(certificate)
    if expected_iin is not None and signer.iin != expected_iin:
        raise _refused("eds-iin-mismatch", "the certificate is another person's")
    return signer


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


def _check_revocation(certificate: x509.Certificate, crl: CrlView, at: datetime) -> None:
    is_covered = crl.issuer == certificate.issuer
    found = crl.revocation(certificate.serial_number) if is_covered else None
    if found is not None:
        raise _refused(
            "eds-revoked",
            "the certificate is revoked",
            revoked_at=found.when.isoformat(),
            reason=found.reason.value,
        )
    if not is_covered or not crl.is_current(at):
        raise Unavailable(
            "eds-revocation-unknown",
            "the list of the revoked is out of date or another issuer's",
            condition=CONDITIONS["eds-revocation-unknown"].value,
        )


def _refused(code: str, message: str, **details: Any) -> Refused:
    return Refused(code, message, condition=CONDITIONS[code].value, **details)


def _refusal(error: BusError) -> Refused:
    return _refused(error.code, error.message, **error.details)


def _proved_issuer(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> x509.Name:
    key: Any = issuer.public_key()
    if crl.issuer != issuer.subject or not crl.is_signature_valid(key):
        raise Untrusted("crl-signature-invalid", "the list of the revoked is not made by this issuer")
    return crl.issuer


def _full_until(crl: x509.CertificateRevocationList) -> datetime:
    partial = (x509.DeltaCRLIndicator, x509.IssuingDistributionPoint)
    if any(isinstance(extension.value, partial) or _is_unknown(extension) for extension in crl.extensions):
        raise Malformed("crl-malformed", "not a full list of revoked certificates")
    if crl.next_update_utc is None:
        raise Malformed("crl-malformed", "the list does not say when the next one comes")
    return crl.next_update_utc


def _is_unknown(extension: x509.Extension[x509.ExtensionType]) -> bool:
    return extension.critical and isinstance(extension.value, x509.UnrecognizedExtension)


def _entries(crl: x509.CertificateRevocationList) -> Mapping[int, Revocation]:
    return MappingProxyType(
        {entry.serial_number: Revocation(entry.revocation_date_utc, _reason(entry)) for entry in crl}
    )


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return x509.ReasonFlags.unspecified


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
