"""A sealed PDF, validated by pyHanko and openssl, with НУЦ available and unavailable."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fpdf import FPDF
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from shared.bus.errors import Internal, Unavailable
from shared.pki.certificates.authority import make_root
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.keys import new_rsa_key, to_pem
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import pades
from shared.pki.cms.pades import NO_REVOCATION_DATA, HttpStamper, PdfSealer, SealedPdf, SealRevocationData
from tests.journeys.kit import RunningCountry, running
from tests.journeys.rogue import certified
from tests.pki.pki_centre import NOW, centre
from tests.services.is_nuc.outsiders import Outsider, end_faults, order_fault

pytestmark = pytest.mark.asyncio(loop_scope="module")

REASON = "Удостоверение"


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """A page with some content."""
    made = FPDF()
    made.set_creation_date(NOW)
    made.add_page()
    made.rect(10, 10, 50, 50)
    return bytes(made.output())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("pades"), names=("is_nuc",)) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sealer(nuc: RunningCountry) -> PdfSealer:
    """A system enrolled at НУЦ, which seals PDFs."""
    enrolled = await certified(nuc, "sealer")
    return PdfSealer(enrolled.identity.key, enrolled.certificate, enrolled.anchors)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - НУЦ runs on the machine's clock


async def sealed_by_nuc(nuc: RunningCountry, sealer: PdfSealer, pdf: bytes) -> SealedPdf:
    """Seal in a thread, as the portal does, while НУЦ answers in this loop."""

    def seal() -> SealedPdf:
        with httpx.Client(base_url=nuc.url("is_nuc"), timeout=3) as http:
            revocation = pades.ask_revocation(http, sealer)
            stamper = HttpStamper(http)
            return pades.seal_pdf(pdf, sealer, at=now(), revocation=revocation, stamper=stamper, reason=REASON)

    return await asyncio.to_thread(seal)


async def sealed_without(sealer: PdfSealer, pdf: bytes, at: datetime) -> SealedPdf:
    """Seal while НУЦ is unavailable."""
    return await asyncio.to_thread(
        lambda: pades.seal_pdf(pdf, sealer, at=at, revocation=NO_REVOCATION_DATA, stamper=None, reason=REASON)
    )


def loaded(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


async def judged(content: bytes, anchors: TrustAnchors, at: datetime | None = None) -> PdfSignatureStatus:
    """The status of the seal for a validator that trusts only the root of НУЦ."""

    def judge() -> PdfSignatureStatus:
        reader = PdfFileReader(BytesIO(content))
        known = DocumentSecurityStore.read_dss(reader)
        roots = [loaded(root) for root in anchors.roots]

        def context() -> ValidationContext:
            return known.as_validation_context({"trust_roots": roots, "moment": at or now()})

        return validate_pdf_signature(reader.embedded_regular_signatures[0], context(), context())

    return await asyncio.to_thread(judge)


async def test_pades_seal_is_whole_and_its_moment_proved_to_a_stranger_who_trusts_the_root(
    nuc: RunningCountry, sealer: PdfSealer, pdf: bytes
) -> None:
    sealed = await sealed_by_nuc(nuc, sealer, pdf)
    found = await judged(sealed.content, sealer.anchors)
    assert sealed.is_stamped
    assert (found.intact, found.valid, found.trusted, found.bottom_line) == (True, True, True, True)
    assert found.modification_level is ModificationLevel.NONE
    assert found.docmdp_ok
    assert found.timestamp_validity is not None
    assert found.timestamp_validity.valid
    assert found.timestamp_validity.trusted
    assert abs(found.timestamp_validity.timestamp - now()) < timedelta(minutes=1)


async def test_pades_document_holds_what_is_needed_to_check_the_seal_long_after(
    nuc: RunningCountry, sealer: PdfSealer, pdf: bytes
) -> None:
    sealed = await sealed_by_nuc(nuc, sealer, pdf)
    known = DocumentSecurityStore.read_dss(PdfFileReader(BytesIO(sealed.content)))
    assert len(known.certs) >= 2
    assert (len(known.crls), len(known.ocsps)) == (3, 1)
    reader = PdfFileReader(BytesIO(sealed.content))
    strict = known.as_validation_context(
        {"trust_roots": [loaded(sealer.anchors.roots[0])], "moment": now(), "revocation_mode": "require"}
    )
    found = await asyncio.to_thread(validate_pdf_signature, reader.embedded_regular_signatures[0], strict, strict)
    assert found.bottom_line, found.summary()


async def test_pades_seal_over_the_signed_bytes_is_verified_by_openssl(
    nuc: RunningCountry, sealer: PdfSealer, pdf: bytes, tmp_path: Path
) -> None:
    content = (await sealed_by_nuc(nuc, sealer, pdf)).content
    signature = PdfFileReader(BytesIO(content)).embedded_regular_signatures[0]
    start, length, start_after, length_after = (int(part) for part in signature.byte_range)
    assert start_after + length_after == len(content)
    outsider = Outsider(nuc, tmp_path)
    outsider.keep("seal.der", bytes(signature.pkcs7_content))
    command = "cms -verify -binary -inform DER -in seal.der -content signed -CAfile anchors.pem -out opened"
    outsider.keep("signed", content[start:length] + content[start_after:])
    await outsider.says(command)
    outsider.keep("signed", content[start:length] + content[start_after:-1] + b"?")
    await outsider.refuses(command)


@pytest.mark.parametrize("fault", ["tsa-refusing", "tsa-wrong-imprint"])
async def test_pades_seal_is_set_without_a_sound_time_stamp_all_the_same(
    nuc: RunningCountry, sealer: PdfSealer, pdf: bytes, fault: str
) -> None:
    await order_fault(nuc, fault)
    try:
        sealed = await sealed_by_nuc(nuc, sealer, pdf)
    finally:
        await end_faults(nuc)
    found = await judged(sealed.content, sealer.anchors)
    assert not sealed.is_stamped
    assert found.bottom_line
    assert found.timestamp_validity is None


@pytest.mark.parametrize("fault", ["crl-missing", "crl-stale", "crl-malformed", "ocsp-try-later", "ocsp-stale"])
async def test_pades_seal_is_not_spoiled_by_bad_news_of_revocation(
    nuc: RunningCountry, sealer: PdfSealer, pdf: bytes, fault: str
) -> None:
    await order_fault(nuc, fault)
    try:
        sealed = await sealed_by_nuc(nuc, sealer, pdf)
    finally:
        await end_faults(nuc)
    reader = PdfFileReader(BytesIO(sealed.content))
    roots = [loaded(root) for root in sealer.anchors.roots]
    context = ValidationContext(trust_roots=roots, other_certs=map(loaded, sealer.anchors.intermediates))
    found = await asyncio.to_thread(
        validate_pdf_signature, reader.embedded_regular_signatures[0], context, context
    )
    assert sealed.is_stamped
    assert found.bottom_line


async def test_pades_time_stamp_is_added_later_and_what_was_served_stays_the_beginning(
    nuc: RunningCountry, sealer: PdfSealer, pdf: bytes
) -> None:
    bare = await sealed_without(sealer, pdf, now())

    def add() -> SealedPdf:
        with httpx.Client(base_url=nuc.url("is_nuc"), timeout=3) as http:
            revocation = pades.ask_revocation(http, sealer)
            return pades.stamp_pdf(
                bare.content, sealer, at=now(), revocation=revocation, stamper=HttpStamper(http)
            )

    stamped = await asyncio.to_thread(add)
    found = await judged(stamped.content, sealer.anchors)
    (time_stamp,) = PdfFileReader(BytesIO(stamped.content)).embedded_timestamp_signatures
    assert stamped.content.startswith(bare.content)
    assert (bare.is_stamped, stamped.is_stamped) == (False, True)
    assert found.bottom_line
    assert found.modification_level is ModificationLevel.LTA_UPDATES
    assert time_stamp.compute_integrity_info() is None
    assert time_stamp.coverage.name == "ENTIRE_FILE"


async def test_pades_later_time_stamp_waits_for_an_authority_that_answers(sealer: PdfSealer, pdf: bytes) -> None:
    bare = await sealed_without(sealer, pdf, now())
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(503)), base_url="http://nuc") as http:
        with pytest.raises(Unavailable) as caught:
            await asyncio.to_thread(
                lambda: pades.stamp_pdf(
                    bare.content, sealer, at=now(), revocation=NO_REVOCATION_DATA, stamper=HttpStamper(http)
                )
            )
        assert pades.ask_revocation(http, sealer) == SealRevocationData()
    assert caught.value.code == "stamp-unavailable"


@pytest.mark.parametrize("marker", [b"%PDF-1.", b"stream\n", b"/CreationDate (D:", b"/ByteRange ["])
async def test_pades_changed_byte_is_seen(
    nuc: RunningCountry, sealer: PdfSealer, pdf: bytes, marker: bytes
) -> None:
    sealed = await sealed_by_nuc(nuc, sealer, pdf)
    changed = bytearray(sealed.content)
    changed[changed.index(marker) + len(marker)] ^= 1
    found = await judged(bytes(changed), sealer.anchors)
    assert not found.intact
    assert not found.bottom_line


async def test_pades_page_added_afterwards_is_seen(nuc: RunningCountry, sealer: PdfSealer, pdf: bytes) -> None:
    sealed = await sealed_by_nuc(nuc, sealer, pdf)
    writer = IncrementalPdfFileWriter(BytesIO(sealed.content))
    page = writer.root["/Pages"]["/Kids"][0]
    stream = writer.add_object(writer.root["/Pages"]["/Kids"][0]["/Contents"])
    page["/Contents"] = stream
    page["/Rotate"] = writer.root["/Pages"]["/Count"]
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0))
    changed = BytesIO()
    writer.write(changed)  # type: ignore[no-untyped-call]  # pyHanko leaves it so
    found = await asyncio.to_thread(lambda: asyncio.run(judged(changed.getvalue(), sealer.anchors)))
    assert found.intact  # of the revision that was signed …
    assert found.modification_level is ModificationLevel.OTHER
    assert not found.bottom_line


async def test_pades_seal_is_not_trusted_by_a_stranger_who_trusts_another_root(
    nuc: RunningCountry, sealer: PdfSealer, pdf: bytes
) -> None:
    sealed = await sealed_by_nuc(nuc, sealer, pdf)
    other = TrustAnchors((make_root(new_rsa_key(), now() - timedelta(days=1)),))
    found = await judged(sealed.content, other)
    assert found.intact
    assert not found.trusted


async def test_pades_certificate_out_of_its_term_seals_nothing(pdf: bytes) -> None:
    key, certificate = centre().issue(CertificateKind.SYSTEM)
    late = certificate.not_valid_after_utc + timedelta(days=1)
    expired = PdfSealer(key, certificate, centre().anchors)
    with pytest.raises(Internal) as caught:
        await sealed_without(expired, pdf, late)
    assert caught.value.code == "seal-failed"


async def test_pades_time_stamp_of_openssl_is_as_good_as_nucs(pdf: bytes, tmp_path: Path) -> None:
    made = centre()
    key, certificate = made.issue(CertificateKind.SYSTEM)
    tsa_key, tsa = made.issue(CertificateKind.TSA, "rsa", now=now() - timedelta(hours=1))
    files = {"tsa.key": to_pem(tsa_key), "tsa.pem": tsa.public_bytes(Encoding.PEM)}
    files["chain.pem"] = made.issuing.public_bytes(Encoding.PEM)
    files["serial"] = b"01"
    files["tsa.cnf"] = (
        b"[tsa]\ndefault_tsa=own\n[own]\nserial=serial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\ncerts=chain.pem\n"
        b"signer_digest=sha256\ndefault_policy=2.999.1\ndigests=sha256\ness_cert_id_chain=no\n"
    )
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    def answer(request: httpx.Request) -> httpx.Response:
        (tmp_path / "query").write_bytes(request.content)
        command = "openssl ts -reply -config tsa.cnf -section own -queryfile query -out reply"
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
        return httpx.Response(200, content=(tmp_path / "reply").read_bytes())

    sealer = PdfSealer(key, certificate, made.anchors)
    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://tsa") as http:
        stamper = HttpStamper(http)
        at = now()
        sealed = await asyncio.to_thread(
            lambda: pades.seal_pdf(
                pdf, sealer, at=at, revocation=NO_REVOCATION_DATA, stamper=stamper, reason=REASON
            )
        )
    found = await judged(sealed.content, made.anchors)
    assert sealed.is_stamped
    assert found.timestamp_validity is not None
    assert found.timestamp_validity.trusted
