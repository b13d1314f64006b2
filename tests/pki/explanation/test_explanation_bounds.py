"""An explanation is bounded: no input makes it fail, fall silent, or take more than its work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509

from shared.pki.explanation.findings import MAX_BYTES, TEXTS, ExpectedSignature, Explanation, SignatureKind
from shared.pki.explanation.guess import explain_signature, guess_kind
from shared.pki.gost import GOST_512
from tests.pki.explanation.mis_signing import (
    ENVELOPE,
    EXPECTED,
    PAYLOAD,
    DocumentSigning,
    Element,
    EnvelopeSigning,
    Signer,
    TokenSigning,
    canonical,
    ec_pair,
    ec_signer,
    x509_data,
)
from tests.pki.explanation.test_cms_mistakes import CmsSigning
from tests.pki.gost_centre import citizen as gost_citizen

MOST_SECONDS = 1.0
"""Of the processor, for the worst input of the greatest size, which parsing and verification take too."""
SAMPLES: dict[SignatureKind, Callable[[], bytes]] = {
    SignatureKind.WSSE: EnvelopeSigning(signer=ec_signer()).make,
    SignatureKind.XMLDSIG: DocumentSigning(signer=ec_signer(), signed_info=lambda info: b"").make,
    SignatureKind.CMS: CmsSigning().make,
    SignatureKind.JWS: TokenSigning().make,
}
WANTED = replace(EXPECTED, certificates=(ec_pair()[1],), recipient="shep")


def expectation(kind: SignatureKind) -> ExpectedSignature:
    return replace(WANTED, content=PAYLOAD) if kind is SignatureKind.JWS else WANTED


@pytest.mark.parametrize("kind", SAMPLES)
def test_kind_of_a_signature_is_guessed_from_its_bytes(kind: SignatureKind) -> None:
    assert guess_kind(SAMPLES[kind]()) is kind


@pytest.mark.parametrize("kind", SAMPLES)
def test_any_flipped_byte_is_explained_and_never_fails(kind: SignatureKind) -> None:
    data = SAMPLES[kind]()
    for at in range(0, len(data), max(1, len(data) // 40)):
        flipped = data[:at] + bytes((data[at] ^ 0x15,)) + data[at + 1 :]
        explanation = explain_signature(flipped, expectation(kind), kind)
        assert set(explanation.codes) <= set(TEXTS)


def flood(kind: str) -> bytes:
    """A Body of nearly the greatest size that costs as much as it can, under a signature that does not hold."""
    room = MAX_BYTES - 12_000
    inside = {
        "elements": "<a/>" * 49_000,
        "texts": "x&#13;\n " * (room // 8),
        "escaped": f"<data>{'&lt;a/>' * (room // 11)}</data>",
        "prefixes": "".join(f"<p{n}:a xmlns:p{n}='urn:{'x' * 200}{n}'/>" for n in range(700)),
        "depth": "<data>" * 200 + "</data>" * 200,
        "comments": "<!---->" * (room // 7),
    }[kind]
    return EnvelopeSigning(
        signer=ec_signer(),
        envelope=ENVELOPE.replace("</requestData>", f"{inside}</requestData>"),
        content=lambda root, body: b"another",
        signed_info=lambda info: b"another",
    ).make()


@pytest.mark.parametrize("kind", ["elements", "texts", "escaped", "prefixes", "depth", "comments"])
def test_greatest_envelope_costs_no_more_than_its_work(kind: str) -> None:
    envelope = flood(kind)
    assert len(envelope) <= MAX_BYTES
    codes = within_limit(lambda: explain_signature(envelope, WANTED)).codes
    assert "content-changed" in codes


def test_many_certificates_and_many_blocks_cost_no_more() -> None:
    def many(place: Element, certificate: x509.Certificate) -> None:
        for _ in range(150):
            x509_data(place, certificate)

    envelope = EnvelopeSigning(signer=ec_signer(), key_info=many, signed_info=lambda info: b"").make()
    assert within_limit(lambda: explain_signature(envelope, WANTED)).codes


def test_gost_signature_over_much_is_not_tried_without_end() -> None:
    key, certificate = gost_citizen(GOST_512)
    signer = Signer(
        key, certificate, GOST_512.xml_signature, GOST_512.xml_digest, lambda _: b"x" * 64, lambda _: b"y" * 128
    )
    envelope = EnvelopeSigning(signer=signer, content=lambda root, body: canonical(body)).make()
    assert "key-not-of-certificate" in within_limit(lambda: explain_signature(envelope, WANTED)).codes


def test_greatest_documents_of_the_other_kinds_cost_no_more_than_their_work() -> None:
    content = b'{"a":[' + b"1," * ((MAX_BYTES - 4_000) // 2) + b"1]}"
    cms = CmsSigning(content=content, hashed=b"another").make()
    assert within_limit(lambda: explain_signature(cms, EXPECTED)).codes == ("content-changed",)
    token = TokenSigning(signed=lambda protected, payload: b"another").make()
    payload = replace(WANTED, content=b"[" * MAX_BYTES)
    assert within_limit(lambda: explain_signature(token, payload)).codes == ("key-not-of-certificate",)


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_is_too_long_is_not_read(kind: SignatureKind) -> None:
    data = b"<" + b" " * MAX_BYTES
    assert within_limit(lambda: explain_signature(data, WANTED, kind)).codes == ("too-long",)


def within_limit(explain: Callable[[], Explanation]) -> Explanation:
    before = time.thread_time()
    explanation = explain()
    assert time.thread_time() - before < MOST_SECONDS
    return explanation
