"""The client of НУЦ against a real server: time-stamps, and the certificates of other systems."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import Unavailable, Untrusted
from shared.pki.certificates import keys
from shared.pki.certificates.profile import CertificateKind
from shared.pki.certificates.status import RevocationMode
from shared.pki.client.nuc import CertificationCentre
from tests.pki.nuc_server import Nuc
from tests.pki.pki_centre import LATER, NOW, centre


def directory_entry(certificate: x509.Certificate) -> tuple[bytes, str]:
    """A certificate as НУЦ's directory returns it, and its name there."""
    return certificate.public_bytes(Encoding.PEM), keys.certificate_thumbprint(certificate)


def test_tsp_stamp_is_asked_for_and_proved(nuc: Nuc, client: CertificationCentre) -> None:
    stamp = client.request_time_stamp(b"data", LATER)
    assert stamp.moment == LATER.replace(microsecond=0)
    assert nuc.asked == {"/tsp": 1}


@pytest.mark.parametrize(
    ("status", "content", "kind", "code"),
    [
        (200, b"\x30\x09\x30\x07\x02\x01\x02\x03\x02\x07\x80", Unavailable, "tsa-refused"),
        (503, b"", Unavailable, "tsa-silent"),
        (404, b"", Unavailable, "tsa-silent"),
    ],
)
def test_tsp_service_that_refuses_to_stamp_is_told_apart_and_left_alone_for_a_while(
    nuc: Nuc, client: CertificationCentre, status: int, content: bytes, kind: type[Exception], code: str
) -> None:
    nuc.says("/tsp", content, status)
    with pytest.raises(kind) as caught:
        client.request_time_stamp(b"data", LATER)
    assert getattr(caught.value, "code", "") == code


def test_system_is_not_let_in_while_the_crl_is_missing_unless_softly(nuc: Nuc) -> None:
    nuc.says("/crl", b"", 503)
    _, certificate = centre().issue(CertificateKind.SYSTEM)
    pem, name = directory_entry(certificate)
    nuc.says(f"/api/v1/certificates/{name}", pem)
    strict, soft = (
        CertificationCentre(nuc.url, centre().anchors),
        CertificationCentre(nuc.url, centre().anchors, revocation=RevocationMode.SOFT),
    )
    with pytest.raises(Unavailable) as caught:
        strict.find_peer(name, LATER)
    assert caught.value.code == "directory-unavailable"
    assert soft.find_peer(name, LATER).address == "is_mio"
    strict.close()
    soft.close()


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        (CertificateKind.SYSTEM, {"not_after": NOW + timedelta(minutes=1)}, "sender-certificate-expired"),
        (CertificateKind.INDIVIDUAL, {}, "sender-certificate-untrusted"),
    ],
)
def test_system_is_let_in_by_the_same_conditions(
    nuc: Nuc, client: CertificationCentre, kind: CertificateKind, options: dict[str, Any], code: str
) -> None:
    pem, name = directory_entry(centre().issue(kind, **options)[1])
    nuc.says(f"/api/v1/certificates/{name}", pem)
    with pytest.raises(Untrusted) as caught:
        client.find_peer(name, LATER)
    assert caught.value.code == code
