"""Certificate revocation lists (RFC 5280, 5): full lists, and the delta lists that update them.

A list may be a part of its issuer's revocations: the list then names its distribution point
(IssuingDistributionPoint) and tells nothing of certificates that point elsewhere. Points are compared by the path
of their address, because the host and port of НУЦ may change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from shared.bus.errors import Malformed, Unavailable, Untrusted
from shared.pki import gost
from shared.pki.certificates.keys import strong_key
from shared.pki.certificates.status import CertificateRevocation, CertificateStatus, StatusOrigin
from shared.pki.encoding.der import UNREADABLE

MAX_BYTES = 16 * 1024 * 1024
STRONG_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

RevokedEntries = Mapping[int, CertificateRevocation]
ListPoints = frozenset[str]
"""The paths of the addresses at which a revocation list is."""


@dataclass(frozen=True)
class DeltaView:
    """The changes since the full list with the number `base`; the signature is proved."""

    issuer: x509.Name
    base: int
    number: int
    this_update: datetime
    next_update: datetime
    entries: RevokedEntries = field(repr=False)
    points: ListPoints | None = None

    @classmethod
    def load(cls, der: bytes, issuer: x509.Certificate) -> DeltaView:
        """The delta list in `der`, made by `issuer`; raises as `CrlView.load` does."""
        crl, number, entries = _load_list(der, issuer)
        base = _find_extension(crl, x509.DeltaCRLIndicator)
        if base is None or number is None:
            raise Malformed("crl-malformed", "not a list of changes")
        return cls(crl.issuer, base.crl_number, number, *_update_term(crl), entries, _scope_of(crl))


@dataclass(frozen=True)
class CrlView:
    """A full revocation list whose signature is proved; looking up a certificate takes constant time."""

    issuer: x509.Name
    number: int | None
    this_update: datetime
    next_update: datetime
    _revoked: RevokedEntries = field(repr=False)
    origin: StatusOrigin = StatusOrigin.CRL
    points: ListPoints | None = None
    """The distribution points that the list covers; None for all certificates of the issuer."""

    @classmethod
    def load(cls, der: bytes, issuer: x509.Certificate) -> CrlView:
        """The list in `der`, made by `issuer`.

        Raises Malformed crl-malformed (longer than `MAX_BYTES`, unreadable, without nextUpdate, or not a full
        list: a delta list, or a part that is told by anything but addresses) and Untrusted crl-signature-invalid
        (not made by this issuer, or with a digest below SHA-256).
        """
        crl, number, entries = _load_list(der, issuer)
        if _find_extension(crl, x509.DeltaCRLIndicator) is not None:
            raise Malformed("crl-malformed", "not a full list of revoked certificates")
        return cls(crl.issuer, number, *_update_term(crl), entries, points=_scope_of(crl))

    def apply_delta(self, delta: DeltaView) -> CrlView:
        """This list with the changes of `delta`; Malformed crl-delta-mismatch when the two do not belong together.

        RFC 5280, 5.2.4: one issuer and one scope; this list is not older than the base of the delta and not newer
        than the delta.
        """
        number = self.number
        is_alike = delta.issuer == self.issuer and delta.points == self.points
        if number is None or not is_alike or not delta.base <= number <= delta.number:
            raise Malformed("crl-delta-mismatch", "the changes are those of another list")
        revoked = dict(self._revoked)
        for serial, change in delta.entries.items():
            if change.reason is x509.ReasonFlags.remove_from_crl:
                revoked.pop(serial, None)
            else:
                revoked[serial] = change
        term = (delta.this_update, min(delta.next_update, self.next_update))
        entries, origin = MappingProxyType(revoked), StatusOrigin.CRL_AND_DELTA
        return CrlView(self.issuer, delta.number, *term, entries, origin, self.points)

    def covers(self, points: ListPoints) -> bool:
        """Whether the list tells of certificates of its issuer that have these distribution points."""
        return self.points is None or not self.points.isdisjoint(points)

    def find_revocation(self, serial: int) -> CertificateRevocation | None:
        """The revocation of the certificate with this serial number; None for a certificate that is not
        revoked.
        """
        return self._revoked.get(serial)

    def is_current(self, at: datetime) -> bool:
        """Whether the list is in force at `at`: the next update is still to come."""
        return at < self.next_update

    def certificate_status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> CertificateStatus:
        """The status of the certificate by this list; see `status.RevocationSource`.

        A revocation stays true when the list is out of date; the absence of a revocation does not.
        """
        is_covered = self.issuer == certificate.issuer and self.covers(list_points(certificate))
        revocation = self.find_revocation(certificate.serial_number) if is_covered else None
        if revocation is None and not (is_covered and self.is_current(at)):
            raise Unavailable(
                "eds-revocation-unknown",
                "the list of the revoked is out of date, another issuer's, or of other certificates",
                condition="revocation",
                tried=["crl-stale" if is_covered else "crl-of-another"],
            )
        return CertificateStatus(self.origin, revocation)


def list_points(certificate: x509.Certificate) -> ListPoints:
    """The distribution points of the certificate's revocation list; none where the certificate names none."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    except x509.ExtensionNotFound:
        return frozenset()
    return _read_points(name for point in extension.value for name in point.full_name or ())


def _read_points(names: Iterable[x509.GeneralName]) -> ListPoints:
    return frozenset(
        urlsplit(name.value).path for name in names if isinstance(name, x509.UniformResourceIdentifier)
    )


def _scope_of(crl: x509.CertificateRevocationList) -> ListPoints | None:
    """The distribution points of a list that is a part; None for a list of all certificates of the issuer."""
    scope = _find_extension(crl, x509.IssuingDistributionPoint)
    return None if scope is None else _read_points(scope.full_name)


def _load_list(
    der: bytes, issuer: x509.Certificate
) -> tuple[x509.CertificateRevocationList, int | None, RevokedEntries]:
    """A list whose signature is valid, the list's number and its entries."""
    if len(der) > MAX_BYTES:
        raise Malformed("crl-malformed", "too long", limit=MAX_BYTES)
    try:
        crl = x509.load_der_x509_crl(der)
        _check_issuer(crl, issuer)
        _check_whole(crl)
        number = _find_extension(crl, x509.CRLNumber)
        return crl, number.crl_number if number else None, _read_entries(crl)
    except UNREADABLE:
        raise Malformed("crl-malformed", "not a readable list of revoked certificates") from None


def _check_issuer(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    if crl.issuer != issuer.subject or not _is_made_by(crl, issuer):
        raise Untrusted("crl-signature-invalid", "the list of the revoked is not made by this issuer")


def _is_made_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    if gost.is_gost(issuer):
        return gost.is_signed_by(crl, issuer)
    key: Any = strong_key(issuer)
    return isinstance(crl.signature_hash_algorithm, STRONG_DIGESTS) and crl.is_signature_valid(key)


def _check_whole(crl: x509.CertificateRevocationList) -> None:
    """Refuse a list for a part of the certificates that addresses alone do not tell, which would hide the others,
    and unknown critical extensions.
    """
    if any(_is_odd_scope(extension.value) or _is_unknown(extension) for extension in crl.extensions):
        raise Malformed("crl-malformed", "not a full list of revoked certificates")


def _is_odd_scope(value: x509.ExtensionType) -> bool:
    if not isinstance(value, x509.IssuingDistributionPoint):
        return False
    is_narrowed = (
        value.only_contains_user_certs
        or value.only_contains_ca_certs
        or value.only_contains_attribute_certs
        or value.only_some_reasons is not None
        or value.indirect_crl
    )
    return is_narrowed or not value.full_name or not _read_points(value.full_name)


def _is_unknown(extension: x509.Extension[x509.ExtensionType]) -> bool:
    return extension.critical and isinstance(extension.value, x509.UnrecognizedExtension)


def _find_extension(crl: x509.CertificateRevocationList, kind: type[Any]) -> Any:
    return next((extension.value for extension in crl.extensions if isinstance(extension.value, kind)), None)


def _update_term(crl: x509.CertificateRevocationList) -> tuple[datetime, datetime]:
    if crl.next_update_utc is None:
        raise Malformed("crl-malformed", "the list does not say when the next one comes")
    return crl.last_update_utc, crl.next_update_utc


def _read_entries(crl: x509.CertificateRevocationList) -> RevokedEntries:
    return MappingProxyType(
        {
            entry.serial_number: CertificateRevocation(entry.revocation_date_utc, _revocation_reason(entry))
            for entry in crl
        }
    )


def _revocation_reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return x509.ReasonFlags.unspecified
