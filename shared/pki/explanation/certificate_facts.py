"""Findings about the signer's certificate: term, purpose, issuer, owner, key."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509

from shared.bus.errors import BusError, Untrusted
from shared.pki import gost
from shared.pki.certificates import profile
from shared.pki.certificates.chain import verify_chain
from shared.pki.certificates.keys import PublicKey, strong_key
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.encoding.der import UNREADABLE
from shared.pki.explanation.findings import ExpectedSignature, Notes
from shared.pki.verification.check import certificate_iin

_CLOCK_DIFFERENCE = timedelta(days=1)


def note_certificate(notes: Notes, certificate: x509.Certificate, expected: ExpectedSignature) -> None:
    """Note what is wrong with the certificate, by what is expected of the signature."""
    try:
        _note_term(notes, certificate, expected)
        _note_issuer(notes, certificate, expected)
        _note_purpose(notes, certificate, expected.purpose)
        if expected.iin is not None and certificate_iin(certificate) != expected.iin:
            notes.add("certificate-of-another-person")
    except UNREADABLE:  # a certificate is read part by part, when a part is asked for
        notes.add("certificate-unreadable")
    if gost_key(certificate) is not None and not expected.accepts_gost:
        notes.add("gost-not-accepted")


def note_signing_time(notes: Notes, claimed_seconds_ahead: float) -> None:
    """Note a claimed moment of signing that lies in the verifier's future."""
    if claimed_seconds_ahead > 60:
        notes.add("signing-time-ahead", seconds=round(claimed_seconds_ahead))


def key_of(certificate: x509.Certificate, notes: Notes) -> PublicKey | gost.PublicKey | None:
    """The key of a certificate; None for a weak or unreadable one, which is noted."""
    try:
        return gost_key(certificate) or strong_key(certificate)
    except Untrusted as error:
        notes.add("gost-34310" if error.code == gost.OLD else "key-weak")
        return None


def gost_key(certificate: x509.Certificate) -> gost.PublicKey | None:
    """The GOST key of a certificate; None for another key or an unreadable one."""
    try:
        return gost.public_key(certificate) if gost.is_gost(certificate) else None
    except BusError:
        return None


def _note_term(notes: Notes, certificate: x509.Certificate, expected: ExpectedSignature) -> None:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if expected.at is None or begin <= expected.at <= end:
        return
    is_early = expected.at < begin
    difference = begin - expected.at if is_early else expected.at - end
    code = "certificate-not-yet-valid" if is_early else "certificate-expired"
    moment = expected.at.isoformat(timespec="seconds")
    if is_early and difference <= _CLOCK_DIFFERENCE:
        code = "clock-behind"
    notes.add(code, begin=begin.isoformat(), end=end.isoformat(), judged_at=moment)


def _note_issuer(notes: Notes, certificate: x509.Certificate, expected: ExpectedSignature) -> None:
    if expected.anchors is None:
        return
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    moment = min(max(expected.at, begin), end) if expected.at else begin
    try:
        verify_chain(certificate, expected.anchors, moment)
    except BusError as error:
        if error.code == "eds-algorithm":
            notes.add("key-weak")
            return
        known = {one.subject for one in (*expected.anchors.roots, *expected.anchors.intermediates)}
        if certificate.issuer == certificate.subject:
            notes.add("certificate-self-signed")
        elif certificate.issuer in known:
            notes.add("certificate-of-false-issuer")
        else:
            notes.add("certificate-of-other-centre")


def _note_purpose(notes: Notes, certificate: x509.Certificate, purpose: SignaturePurpose | None) -> None:
    if purpose is None or profile.serves_purpose(certificate, purpose):
        return
    is_auth = _has_usage(certificate, profile.EKU_AUTH)
    if is_auth and purpose is not SignaturePurpose.LOGIN:
        notes.add("certificate-for-login", purpose=purpose.value)
    elif purpose is SignaturePurpose.LOGIN:
        notes.add("certificate-for-signing", purpose=purpose.value)
    else:
        notes.add("certificate-of-other-owner", purpose=purpose.value)


def _has_usage(certificate: x509.Certificate, usage: x509.ObjectIdentifier) -> bool:
    try:
        return usage in certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False
