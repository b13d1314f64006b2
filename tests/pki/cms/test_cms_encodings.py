"""The parts of a CMS that may be BER; certificates and signed attributes must be DER (RFC 5652, 5.3)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import core, parser
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import Malformed, Untrusted
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import cades, signed_data
from tests.pki.pki_centre import NOW, centre

CONTENT = "Өтініш".encode()


@cache
def citizen() -> tuple[PrivateKey, x509.Certificate]:
    return centre().issue(CertificateKind.INDIVIDUAL, "ec")


@cache
def signed() -> Any:
    return asn1_cms.ContentInfo.load(signed_data.sign(CONTENT, *citizen(), at=NOW))


@cache
def attributes() -> tuple[bytes, ...]:
    """The signed attributes of an honest signature, each encoded, in the order of DER."""
    return tuple(each.dump() for each in signed()["content"]["signer_infos"][0]["signed_attrs"])


def definite(tag: int, *parts: bytes) -> bytes:
    return bytes(parser.emit(tag >> 6, tag >> 5 & 1, tag & 0x1F, b"".join(parts)))


def indefinite(tag: int, *parts: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def signer_info(on_the_wire: bytes, signed_attributes: Sequence[bytes]) -> bytes:
    """A SignerInfo that carries these encoded attributes, and whose signature is over those."""
    key, _ = citizen()
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    info = signed()["content"]["signer_infos"][0]
    signature = key.sign(definite(0x31, *signed_attributes), ec.ECDSA(hashes.SHA256()))
    kept = [info[name].dump() for name in ("version", "sid", "digest_algorithm")]
    return definite(
        0x30, *kept, on_the_wire, info["signature_algorithm"].dump(), core.OctetString(signature).dump()
    )


def message(signer: bytes, *, write: Any = definite, certificate: bytes | None = None) -> bytes:
    """A SignedData around this signer, in definite or in indefinite lengths down to the content."""
    own = certificate or citizen()[1].public_bytes(Encoding.DER)
    middle = len(CONTENT) // 2
    pieces = [core.OctetString(piece).dump() for piece in (CONTENT[:middle], CONTENT[middle:])]
    content = core.OctetString(CONTENT).dump() if write is definite else write(0x24, *pieces)
    inside = signed()["content"]
    parts = (
        inside["version"].dump(),
        inside["digest_algorithms"].dump(),
        write(0x30, core.ObjectIdentifier("1.2.840.113549.1.7.1").dump(), write(0xA0, content)),
        write(0xA0, own),
        write(0x31, signer),
    )
    kind = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump()
    return bytes(write(0x30, kind, write(0xA0, write(0x30, *parts))))


def refusal(cms: bytes) -> str:
    with pytest.raises((Malformed, Untrusted)) as caught:
        signed_data.open_signed(cms)
    return caught.value.code


@pytest.mark.parametrize("write", [definite, indefinite])
def test_cms_with_attributes_in_der_is_read_whatever_is_around_them(write: Any) -> None:
    cms = message(signer_info(definite(0xA0, *attributes()), attributes()), write=write)
    opened = signed_data.open_signed(cms)
    assert (opened.content, opened.certificate) == (CONTENT, citizen()[1])
    assert cades.signature_value(cms) == opened.signature


def test_cms_mixed_of_both_kinds_of_lengths_is_read() -> None:
    """A definite length around an indefinite one: nothing that a strict reader or a shallow look would find."""
    whole = message(signer_info(definite(0xA0, *attributes()), attributes()), write=indefinite)
    inner = whole[2:-2]
    assert signed_data.open_signed(definite(0x30, inner)).content == CONTENT


@pytest.mark.parametrize("write", [definite, indefinite])
def test_cms_attributes_out_of_order_hold_when_they_were_signed_as_they_came(write: Any) -> None:
    backwards = attributes()[::-1]
    cms = message(signer_info(definite(0xA0, *backwards), backwards), write=write)
    assert signed_data.open_signed(cms).content == CONTENT


def test_cms_attributes_sorted_for_the_signature_only_do_not_hold() -> None:
    assert (
        refusal(message(signer_info(definite(0xA0, *attributes()[::-1]), attributes()))) == "eds-signature-invalid"
    )


def loosely(attribute: bytes) -> bytes:
    """The same attribute with a length of more bytes than needed."""
    return b"\x30\x81" + attribute[1:]


def in_parts(attribute: bytes) -> bytes:
    return indefinite(0x30, attribute[2:])


@pytest.mark.parametrize("write", [definite, indefinite])
@pytest.mark.parametrize("is_signed_in_der", [True, False])
@pytest.mark.parametrize("ber", [loosely, in_parts])
def test_cms_attributes_that_are_not_der_are_refused_whichever_form_was_signed(
    ber: Any, is_signed_in_der: bool, write: Any
) -> None:
    first, *rest = attributes()
    came = (ber(first), *rest)
    cms = message(signer_info(definite(0xA0, *came), attributes() if is_signed_in_der else came), write=write)
    assert refusal(cms) == "eds-malformed"


def test_cms_attributes_of_an_indefinite_length_are_refused() -> None:
    for write in (definite, indefinite):
        cms = message(signer_info(indefinite(0xA0, *attributes()), attributes()), write=write)
        assert refusal(cms) == "eds-malformed"


def test_cms_certificate_that_is_not_der_is_refused() -> None:
    signer = signer_info(definite(0xA0, *attributes()), attributes())
    own = citizen()[1].public_bytes(Encoding.DER)
    *_, content, _ = parser.parse(own)
    for write in (definite, indefinite):
        assert refusal(message(signer, write=write, certificate=indefinite(0x30, content))) == "eds-malformed"


@pytest.mark.parametrize("place", ["certificates", "signers", "attributes"])
def test_cms_of_millions_of_empty_elements_is_refused_in_a_moment(place: str) -> None:
    crowd = b"\x05\x00" * 4_000_000
    signer = signer_info(definite(0xA0, crowd) if place == "attributes" else definite(0xA0, *attributes()), ())
    cms = message(crowd if place == "signers" else signer, certificate=crowd if place == "certificates" else None)
    began = time.perf_counter()
    assert refusal(cms) in {"eds-malformed", "eds-signers"}
    assert time.perf_counter() - began < 2
