"""A PDF sealed by a system's certificate: PAdES (ETSI EN 319 142-1) by pyHanko.

Level B-B at least: subfilter ETSI.CAdES.detached, signingCertificateV2, the chain inside. B-T when a time-stamping
authority answers (RFC 3161), B-LT when НУЦ answers about revocation too: the answers lie in the document security
store of the same revision. The signature certifies the document: it allows no changes.

pyHanko takes half a second and 16 MiB to import: callers import this module only when they need it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import httpx
from asn1crypto import crl, keys, ocsp, tsp, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp as pyca_ocsp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from shared.bus.errors import Internal, Unavailable
from shared.bus.logs import log
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.keys import PrivateKey

LISTS = ("/crl", "/crl/delta", "/root.crl")
FIELD = "Seal"
STAMP_FIELD = "SealTime"
OCSP_REQUEST = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
STAMP_REQUEST = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


@dataclass(frozen=True)
class PdfSealer:
    """The sealing key with its certificate, and the anchors of the chain."""

    key: PrivateKey
    certificate: pyca.Certificate
    anchors: TrustAnchors


@dataclass(frozen=True)
class SealRevocationData:
    """НУЦ's answers about revocation, DER; both are empty while НУЦ does not answer."""

    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()


NO_REVOCATION_DATA = SealRevocationData()


@dataclass(frozen=True)
class SealedPdf:
    """A sealed PDF; ``is_stamped`` says whether a time-stamp proves the moment of the seal."""

    content: bytes
    is_stamped: bool


class HttpStamper(TimeStamper):
    """A pyHanko time-stamper over our HTTP client: POST ``/tsp`` of НУЦ (RFC 3161)."""

    def __init__(self, http: httpx.Client, path: str = "/tsp") -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko leaves it so
        self._http = http
        self._path = path

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """The authority's answer; TimestampRequestError when there is none.

        The call blocks: pyHanko gives each signature a loop of its own, and this one runs in a thread of its own.
        """
        try:
            answer = self._http.post(self._path, content=req.dump(), headers=STAMP_REQUEST)
        except httpx.HTTPError as error:
            raise TimestampRequestError(repr(error)) from None
        if answer.status_code != 200:
            raise TimestampRequestError(f"the authority answered {answer.status_code}")
        return tsp.TimeStampResp.load(answer.content)


def ask_revocation(http: httpx.Client, sealer: PdfSealer) -> SealRevocationData:
    """The revocation lists of НУЦ, and the OCSP answer about the sealer (POST ``/ocsp``), as far as НУЦ answers.

    The lists cover the other certificates: the authority, the time-stamping service and the OCSP responder. A
    full list that names a delta list proves nothing to a strict reader without that delta list, so this function
    asks for both.
    """
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    try:
        for path in LISTS:
            crls += _served_content(http.get(path))
        ocsps += _served_content(http.post("/ocsp", content=_ocsp_question(sealer), headers=OCSP_REQUEST))
    except httpx.HTTPError as error:  # keep the earlier answers; do not ask a silent service again
        log("seal.no-revocation", error=repr(error))
    return SealRevocationData(tuple(filter(_is_crl, crls)), tuple(filter(_is_good, ocsps)))


def seal_pdf(
    pdf: bytes,
    sealer: PdfSealer,
    *,
    at: datetime,
    revocation: SealRevocationData,
    stamper: TimeStamper | None,
    reason: str,
) -> SealedPdf:
    """The PDF with a seal that claims the moment ``at``; ``reason`` is the text in the signature's Reason.

    Every result is verified before it is returned. When НУЦ's answers make the seal invalid, the seal is made
    without revocation data, and if necessary without the time-stamp. Internal ``seal-failed`` when no seal is
    valid.
    """
    attempts: list[tuple[TimeStamper | None, SealRevocationData]] = [
        (None, revocation),
        (None, NO_REVOCATION_DATA),
    ]
    if stamper is not None:
        attempts = [(stamper, revocation), (stamper, NO_REVOCATION_DATA), *attempts]
    fault: Exception | None = None
    for attempted_stamper, attempted_revocation in attempts:
        if attempted_stamper is not None and isinstance(fault, OSError):
            continue  # the authority failed: do not ask the authority twice
        try:
            sealed = _sign_pdf(pdf, sealer, at, attempted_revocation, attempted_stamper, reason)
            _require_valid(sealed, sealer.anchors, at, attempted_revocation)
            return SealedPdf(sealed, is_stamped=attempted_stamper is not None)
        except Exception as error:  # any bytes from НУЦ, any error of pyHanko
            log(
                "seal.refused",
                error=repr(error),
                has_stamp=attempted_stamper is not None,
                has_revocation=bool(attempted_revocation.crls),
            )
            fault = error
    raise Internal("seal-failed", repr(fault))


def stamp_pdf(
    sealed: bytes, sealer: PdfSealer, *, at: datetime, revocation: SealRevocationData, stamper: TimeStamper
) -> SealedPdf:
    """A sealed PDF with an added time-stamp over the whole document; the earlier bytes stay unchanged at the
    beginning.

    Unavailable ``stamp-unavailable`` when the authority still fails.
    """
    fault: Exception | None = None
    for attempted_revocation in (revocation, NO_REVOCATION_DATA):
        try:
            writer = IncrementalPdfFileWriter(BytesIO(sealed))
            _write_security_store(writer, sealer.anchors, attempted_revocation)
            content = PdfTimeStamper(stamper, field_name=STAMP_FIELD).timestamp_pdf(writer, "sha256").getvalue()
            _require_valid(content, sealer.anchors, at, attempted_revocation)
            return SealedPdf(content, is_stamped=True)
        except OSError as error:
            fault = error
            break
        except Exception as error:  # as in `seal_pdf`
            fault = error
    raise Unavailable("stamp-unavailable", repr(fault))


class _FixedTimePdfSigner(PdfSigner):
    """A signer with a given time in place of the machine's clock."""

    def __init__(self, at: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at = at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> PdfSigningSession:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._at
        return session


def _sign_pdf(
    pdf: bytes,
    sealer: PdfSealer,
    at: datetime,
    revocation: SealRevocationData,
    stamper: TimeStamper | None,
    reason: str,
) -> bytes:
    chain = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko leaves it so
    chain.register_multiple([_asn1_certificate(certificate) for certificate in sealer.anchors.intermediates])
    signer = SimpleSigner(
        signing_cert=_asn1_certificate(sealer.certificate), signing_key=_asn1_key(sealer.key), cert_registry=chain
    )
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
    )
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    _write_security_store(writer, sealer.anchors, revocation)
    output: BytesIO = _FixedTimePdfSigner(at, metadata, signer, timestamper=stamper).sign_pdf(writer)
    return output.getvalue()


def _write_security_store(
    writer: IncrementalPdfFileWriter, anchors: TrustAnchors, revocation: SealRevocationData
) -> None:
    """Put chain and revocation into the document security store of the current revision."""
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        sig_contents=None,
        certs=[_asn1_certificate(certificate) for certificate in (*anchors.intermediates, *anchors.roots)],
        ocsps=[ocsp.OCSPResponse.load(der) for der in revocation.ocsps],
        crls=[crl.CertificateList.load(der) for der in revocation.crls],
    )


def _require_valid(content: bytes, anchors: TrustAnchors, at: datetime, revocation: SealRevocationData) -> None:
    """Verify as an independent reader; ValueError when the seal or the time-stamp is not valid."""

    def validation_context() -> ValidationContext:
        return ValidationContext(
            trust_roots=[_asn1_certificate(certificate) for certificate in anchors.roots],
            other_certs=[_asn1_certificate(certificate) for certificate in anchors.intermediates],
            moment=at,
            allow_fetching=False,
            crls=list(revocation.crls),
            ocsps=list(revocation.ocsps),
        )

    reader = PdfFileReader(BytesIO(content))
    for signature in reader.embedded_regular_signatures:
        status = validate_pdf_signature(signature, validation_context(), validation_context())
        if not status.bottom_line:
            raise ValueError(f"a reader would refuse it: {status.summary()}")
    for signature in reader.embedded_timestamp_signatures:
        if not validate_pdf_timestamp(signature, validation_context()).trusted:
            raise ValueError("the time-stamp is not trusted")


def _ocsp_question(sealer: PdfSealer) -> bytes:
    """The OCSP request (DER) about the sealer; SHA-1 names the issuer (RFC 5019, 2.1.1) and proves nothing."""
    builder = pyca_ocsp.OCSPRequestBuilder()
    issuer = sealer.anchors.intermediates[0]
    request = builder.add_certificate(sealer.certificate, issuer, hashes.SHA1())  # noqa: S303 - see above
    return request.build().public_bytes(Encoding.DER)


def _served_content(answer: httpx.Response) -> tuple[bytes, ...]:
    """The content of an answer; empty for a failure."""
    return (answer.content,) if answer.status_code == 200 else ()


def _is_crl(der: bytes) -> bool:
    try:
        pyca.load_der_x509_crl(der)
    except ValueError:
        return False
    return True


def _is_good(der: bytes) -> bool:
    """Whether the response says «good»: tryLater and other failures prove nothing to a later reader."""
    try:
        answer = pyca_ocsp.load_der_ocsp_response(der)
        is_successful = answer.response_status is pyca_ocsp.OCSPResponseStatus.SUCCESSFUL
        return is_successful and answer.certificate_status is pyca_ocsp.OCSPCertStatus.GOOD
    except ValueError:
        return False


def _asn1_certificate(certificate: pyca.Certificate) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _asn1_key(key: PrivateKey) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
