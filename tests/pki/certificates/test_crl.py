"""Revocation lists: full lists and deltas."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import Malformed, Unavailable, Untrusted
from shared.pki.certificates import authority, crl
from shared.pki.certificates.authority import AuthorityUrls
from shared.pki.certificates.crl import CrlView, DeltaView
from shared.pki.certificates.profile import CertificateKind
from shared.pki.certificates.status import StatusOrigin
from tests.pki import nuc_server
from tests.pki.nuc_server import Revoked
from tests.pki.pki_centre import LATER, NOW, centre, make_centre

UNTIL = NOW + timedelta(days=1)
COMPROMISED = (NOW, x509.ReasonFlags.key_compromise)
REMOVED = (NOW, x509.ReasonFlags.remove_from_crl)
NO_NARROWING = (None, False, False, None, False, False)
"""What an IssuingDistributionPoint may also say, left out."""


def crl_of(*extensions: tuple[x509.ExtensionType, bool], digest: hashes.HashAlgorithm | None = None) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(centre().issuing.subject)
    builder = builder.last_update(NOW).next_update(UNTIL)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    made = builder.sign(centre().issuing_key, digest or hashes.SHA256())  # type: ignore[arg-type]
    return made.public_bytes(Encoding.DER)


def full(number: int = 10, **revoked: Revoked) -> CrlView:
    entries = {int(serial[1:]): told for serial, told in revoked.items()}
    return CrlView.load(nuc_server.crl(entries, number, NOW, UNTIL), centre().issuing)


def delta(number: int = 12, base: int = 10, **revoked: Revoked) -> DeltaView:
    entries = {int(serial[1:]): told for serial, told in revoked.items()}
    return DeltaView.load(nuc_server.crl(entries, number, NOW, UNTIL, base=base), centre().issuing)


def test_crl_is_looked_up_by_serial_number() -> None:
    found = centre().crl(*range(1, 500)).find_revocation(77)
    assert found is not None
    assert (found.when, found.reason) == (NOW.replace(microsecond=0), x509.ReasonFlags.key_compromise)
    assert centre().crl(*range(1, 500)).find_revocation(500) is None


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"garbage",
        bytes(crl.MAX_BYTES + 1),
        crl_of((x509.CRLNumber(2), False), (x509.DeltaCRLIndicator(1), True)),
        crl_of((x509.IssuingDistributionPoint(None, None, True, False, None, False, False), True)),
        crl_of((x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.7"), b"\x05\x00"), True)),
    ],
    ids=["empty", "garbage", "oversized", "delta", "partial", "unknown"],
)
def test_crl_that_is_no_full_list_is_malformed(der: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        CrlView.load(der, centre().issuing)
    assert caught.value.code == "crl-malformed"


def test_crl_of_a_part_is_evidence_for_certificates_that_point_to_it_alone() -> None:
    part, other = "http://nuc.test:1/crl/part", "http://nuc.test:1/crl"
    scope = x509.IssuingDistributionPoint([x509.UniformResourceIdentifier(part)], *NO_NARROWING)
    view = CrlView.load(crl_of((scope, True)), centre().issuing)
    moved, elsewhere, pointless = (
        centre().issue(CertificateKind.INDIVIDUAL, urls=AuthorityUrls(crl))[1]
        for crl in ("http://127.0.0.1:2/crl/part", other, None)
    )
    assert view.certificate_status(moved, centre().issuing, NOW).revocation is None
    for certificate in (elsewhere, pointless):
        with pytest.raises(Unavailable) as caught:
            view.certificate_status(certificate, centre().issuing, NOW)
        assert caught.value.code == "eds-revocation-unknown"


def test_delta_crl_of_another_part_is_not_added() -> None:
    points = [x509.UniformResourceIdentifier("http://nuc.test/crl")]
    scope = x509.IssuingDistributionPoint(points, *NO_NARROWING)
    changes = crl_of((x509.CRLNumber(12), False), (x509.DeltaCRLIndicator(10), True), (scope, True))
    with pytest.raises(Malformed) as caught:
        full(number=10).apply_delta(DeltaView.load(changes, centre().issuing))
    assert caught.value.code == "crl-delta-mismatch"


def test_crl_that_is_full_is_no_delta() -> None:
    with pytest.raises(Malformed) as caught:
        DeltaView.load(crl_of((x509.CRLNumber(2), False)), centre().issuing)
    assert caught.value.code == "crl-malformed"


def test_crl_that_the_issuer_did_not_sign_or_by_a_weak_digest_is_untrusted() -> None:
    other = make_centre()
    made = authority.make_crl(other.issuing_key, other.issuing, [], 1, NOW, UNTIL)
    for der, issuer in (
        (made.public_bytes(Encoding.DER), centre().issuing),
        (made.public_bytes(Encoding.DER), centre().root),
        (crl_of(), other.issuing),
    ):
        with pytest.raises(Untrusted) as caught:
            CrlView.load(der, issuer)
        assert caught.value.code == "crl-signature-invalid"


def test_delta_crl_is_added_to_the_full_list_of_its_base() -> None:
    merged = full(s1=COMPROMISED, s2=COMPROMISED).apply_delta(delta(s3=COMPROMISED, s2=REMOVED))
    assert merged.origin is StatusOrigin.CRL_AND_DELTA
    assert merged.number == 12
    assert [serial for serial in (1, 2, 3, 4) if merged.find_revocation(serial)] == [1, 3]


def test_crl_newer_than_the_base_and_older_than_the_delta_may_be_merged() -> None:
    assert full(number=11).apply_delta(delta(s3=COMPROMISED)).find_revocation(3)
    assert full(number=12).apply_delta(delta(s3=COMPROMISED)).find_revocation(3)


@pytest.mark.parametrize("number", [9, 13], ids=["before the base", "after the changes"])
def test_delta_crl_of_another_list_is_refused(number: int) -> None:
    with pytest.raises(Malformed) as caught:
        full(number=number).apply_delta(delta())
    assert caught.value.code == "crl-delta-mismatch"


def test_crl_that_was_merged_ends_with_the_earlier_of_the_two() -> None:
    short = nuc_server.crl({}, 12, NOW, NOW + timedelta(minutes=5), base=10)
    merged = full().apply_delta(DeltaView.load(short, centre().issuing))
    assert merged.is_current(NOW)
    assert not merged.is_current(NOW + timedelta(minutes=5))


def test_crl_tells_how_a_certificate_stands_and_when_there_is_no_telling() -> None:
    certificate = centre().issue(CertificateKind.INDIVIDUAL)[1]
    assert centre().crl().certificate_status(certificate, centre().issuing, LATER).revocation is None
    for view, word in ((centre().crl(until=NOW), "crl-stale"), (of_the_root(), "crl-of-another")):
        with pytest.raises(Unavailable) as caught:
            view.certificate_status(certificate, centre().issuing, LATER)
        assert (caught.value.code, caught.value.details["tried"]) == ("eds-revocation-unknown", [word])


def of_the_root() -> CrlView:
    made = authority.make_crl(centre().root_key, centre().root, [], 1, NOW, UNTIL)
    return CrlView.load(made.public_bytes(Encoding.DER), centre().root)
