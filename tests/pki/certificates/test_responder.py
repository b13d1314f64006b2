"""OCSP responses, read by another library, and malformed requests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from services.is_nuc.authority import ocsp_responder
from services.is_nuc.authority.ocsp_responder import CertId, OcspFailure, OcspSigner, OcspStatus
from shared.bus.errors import Malformed, Refused
from shared.pki.certificates.profile import CertificateKind
from shared.pki.encoding import der
from tests.pki.pki_centre import NOW, centre

UNTIL = NOW + timedelta(minutes=1)
KNOWN: dict[type[hashes.HashAlgorithm], hashes.HashAlgorithm] = {
    kind: kind() for kind in (hashes.SHA1, hashes.SHA256, hashes.SHA384, hashes.SHA512)
}


@cache
def signer() -> OcspSigner:
    key, certificate = centre().issue(CertificateKind.OCSP)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return OcspSigner(key, certificate)


@cache
def leaf() -> x509.Certificate:
    return centre().issue(CertificateKind.INDIVIDUAL)[1]


def ids() -> ocsp_responder.IssuerDigests:
    return ocsp_responder.issuer_ids(centre().issuing)


def builder(digest: hashes.HashAlgorithm | None = None) -> ocsp.OCSPRequestBuilder:
    return ocsp.OCSPRequestBuilder().add_certificate(leaf(), centre().issuing, digest or KNOWN[hashes.SHA1])


def request(*, nonce: bytes | None = None) -> bytes:
    made = builder() if nonce is None else builder().add_extension(x509.OCSPNonce(nonce), critical=False)
    return made.build().public_bytes(Encoding.DER)


def several(*serials: int) -> bytes:
    """A request about several certificates, which the library cannot make."""
    name, key = ids()[der.oid("1.3.14.3.2.26")]
    algorithm = der.sequence(der.oid("1.3.14.3.2.26"), der.null())
    single = [
        der.sequence(der.sequence(algorithm, der.octet_string(name), der.octet_string(key), der.integer(serial)))
        for serial in serials
    ]
    return der.sequence(der.sequence(der.sequence(*single)))


def answer(*answers: tuple[CertId, OcspStatus], nonce: bytes | None = None) -> ocsp.OCSPResponse:
    made = ocsp_responder.sign_response(
        answers, signer(), now=NOW, this_update=NOW, next_update=UNTIL, nonce=nonce
    )
    return ocsp.load_der_ocsp_response(made)


def asked(data: bytes) -> Sequence[CertId]:
    return ocsp_responder.read_request(data, ids()).ids


@pytest.mark.parametrize("digest", KNOWN.values(), ids=lambda one: str(one.name))
def test_ocsp_request_names_the_certificate_by_any_digest_that_clients_use(digest: hashes.HashAlgorithm) -> None:
    (one,) = asked(builder(digest).build().public_bytes(Encoding.DER))
    assert one.serial == leaf().serial_number


def test_ocsp_good_answer_repeats_what_was_asked_and_is_signed_by_the_delegate() -> None:
    (one,) = asked(request())
    told = answer((one, OcspStatus()))
    assert told.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    assert told.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert told.serial_number == leaf().serial_number
    assert told.issuer_key_hash == ids()[der.oid("1.3.14.3.2.26")][1]
    second = NOW.replace(microsecond=0)
    assert (told.produced_at_utc, told.this_update_utc) == (second, second)
    assert told.next_update_utc == UNTIL.replace(microsecond=0)
    assert told.certificates == [signer().certificate]
    key = signer().certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(told.signature, told.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))
    point = signer().key_id[-20:]
    assert told.responder_key_hash == point
    key_id = signer().certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert point == key_id, "both are SHA-1 of the key's bits"


@pytest.mark.parametrize("reason", [one for one in x509.ReasonFlags if one is not x509.ReasonFlags.unspecified])
def test_ocsp_revoked_answer_says_when_and_why(reason: x509.ReasonFlags) -> None:
    (one,) = asked(request())
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    told = answer((one, OcspStatus(revoked_at=when, reason=reason)))
    assert told.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert (told.revocation_time_utc, told.revocation_reason) == (when, reason)


def test_ocsp_answer_tells_no_reason_without_one_and_says_unknown_of_the_unknown() -> None:
    (one,) = asked(request())
    assert answer((one, OcspStatus(revoked_at=NOW))).revocation_reason is None
    assert answer((one, OcspStatus(is_known=False))).certificate_status is ocsp.OCSPCertStatus.UNKNOWN


@pytest.mark.parametrize("length", [1, 8, 16, 32, 128])
def test_ocsp_nonce_is_read_and_repeated(length: int) -> None:
    nonce = b"n" * length
    read = ocsp_responder.read_request(request(nonce=nonce), ids())
    assert read.nonce == nonce
    told = answer((read.ids[0], OcspStatus()), nonce=nonce)
    assert told.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce


@pytest.mark.parametrize("length", [0, 129, 4000])
def test_ocsp_nonce_of_an_impossible_length_is_malformed(length: int) -> None:
    with pytest.raises(Malformed):
        ocsp_responder.read_request(request(nonce=b"n" * length), ids())


def test_ocsp_answers_several_certificates_in_their_order() -> None:
    many = asked(several(5, 6, 7))
    assert [one.serial for one in many] == [5, 6, 7]
    told = answer(*((one, OcspStatus(is_known=one.serial != 6)) for one in many))
    states = [(each.serial_number, each.certificate_status) for each in told.responses]
    good, unknown = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.UNKNOWN
    assert states == [(5, good), (6, unknown), (7, good)]


def test_ocsp_request_about_none_or_too_many_is_malformed() -> None:
    for serials in ((), tuple(range(1, ocsp_responder.MOST_ASKED + 2))):
        with pytest.raises(Malformed):
            asked(several(*serials))
    assert len(asked(several(*range(1, ocsp_responder.MOST_ASKED + 1)))) == ocsp_responder.MOST_ASKED


def test_ocsp_request_about_another_issuers_certificate_is_refused_even_among_ours() -> None:
    strange = (
        ocsp.OCSPRequestBuilder().add_certificate(centre().issuing, centre().root, KNOWN[hashes.SHA1]).build()
    )
    with pytest.raises(Refused) as caught:
        asked(strange.public_bytes(Encoding.DER))
    assert caught.value.code == "ocsp-unauthorized"


@pytest.mark.parametrize("critical", [True, False])
def test_ocsp_request_extension_that_is_unknown_is_passed_over_unless_critical(critical: bool) -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.1"), b"\x05\x00")
    data = builder().add_extension(unknown, critical=critical).build().public_bytes(Encoding.DER)
    if critical:
        with pytest.raises(Malformed):
            asked(data)
    else:
        assert len(asked(data)) == 1


@pytest.mark.parametrize("kind", OcspFailure)
def test_ocsp_failure_is_an_answer_of_five_bytes(kind: OcspFailure) -> None:
    made = ocsp_responder.encode_failure(kind)
    assert len(made) == 5
    assert ocsp.load_der_ocsp_response(made).response_status.value == kind


def read(data: bytes) -> None:
    """A reader raises only the promised errors."""
    try:
        count = len(ocsp_responder.read_request(data, ids()).ids)
    except (Malformed, Refused):
        return
    assert 1 <= count <= ocsp_responder.MOST_ASKED


@given(st.binary(max_size=200))
def test_ocsp_request_of_garbage_is_malformed(data: bytes) -> None:
    read(data)


@settings(max_examples=300)
@given(st.integers(0, 10_000), st.integers(0, 255), st.integers(0, 10_000))
def test_ocsp_request_that_is_damaged_is_read_or_refused(at: int, value: int, cut: int) -> None:
    data = bytearray(request(nonce=b"0123456789abcdef"))
    data[at % len(data)] = value
    read(bytes(data[: len(data) - cut % 8]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30" * 9_999,
        b"\x30\x82\x00\x01\x00",
        b"\x1f\x81\x01\x00",
        b"x" * (ocsp_responder.MOST_BYTES + 1),
    ],
    ids=["nothing", "a tag", "indefinite", "endless", "nested", "a long length", "a long tag", "too long"],
)
def test_ocsp_bytes_that_are_no_request_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        ocsp_responder.read_request(data, ids())


def test_ocsp_request_cut_short_anywhere_is_malformed() -> None:
    whole = request(nonce=b"0123456789abcdef")
    for end in range(len(whole)):
        with pytest.raises(Malformed):
            ocsp_responder.read_request(whole[:end], ids())
    with pytest.raises(Malformed):
        ocsp_responder.read_request(whole + b"\x00", ids())


def test_ocsp_issuer_key_is_hashed_as_in_the_certificate() -> None:
    key_id = centre().issuing.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    name, key = ids()[der.oid("1.3.14.3.2.26")]
    assert key == key_id
    assert name == hashlib.sha1(centre().issuing.subject.public_bytes()).digest()  # noqa: S324 - as RFC 6960 does
