"""The routes of NCANode's v3 API (docs/reference/ncanode.md): signing with keys in the request, and checking."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter, Depends
from sqlmodel import Session

from services.is_nuc.authority.ca import IssuingAuthority
from services.is_nuc.authority.fresh_stamps import answer_timestamp_query
from services.is_nuc.authority.own_credentials import OwnCredentials
from services.is_nuc.ncanode import certificates, dialect, documents, signers, stamps, wire
from services.is_nuc.ncanode.dialect import CLOSED_CODE, decode_base64, encode_base64, encode_utf8
from services.is_nuc.ncanode.key_opening import open_entries, open_entry, read_keystore
from services.is_nuc.ncanode.revocations import CertificateExaminer
from services.is_nuc.settings import NucSettings
from shared.bus.errors import Malformed, NotFound, Unavailable
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.faults import FaultArea, PkiFault
from shared.sandbox.fault_board import FaultBoard

T = TypeVar("T")

MOST_VALUES = 1_000_000
"""The limit of commas and brackets in a request: a text to sign may be full of them."""


async def require_open(runtime: ServiceRuntime) -> None:
    """Require that the settings open the signing server (``ncanode``); NotFound ncanode-closed."""
    if not runtime.resource(NucSettings).ncanode:
        raise NotFound(CLOSED_CODE, "there is no NCANode here")


router = APIRouter(tags=["ncanode"], dependencies=[Depends(require_open), FewCalls])


@router.get("/actuator/health", responses=declare_errors(dialect.CLOSED))
async def show_health() -> wire.HealthResponse:
    """Whether the signing server works."""
    return wire.HealthResponse()


@router.post("/cms/sign", responses=declare_errors(dialect.CLOSED, dialect.KEYSTORE, dialect.STAMP))
@accepts_body(most_values=MOST_VALUES)
async def sign_cms(request: wire.CmsSignRequest, runtime: ServiceRuntime) -> wire.CmsResponse:
    """A CMS over ``data``, signed by every signer."""
    text = _require_field(request.data, "data")
    options = await _compose_signing_options(request, runtime)
    entries = await open_entries(runtime, request.signers)

    def sign_data(_: Session) -> wire.CmsResponse:
        return wire.CmsResponse(
            cms=encode_base64(signers.sign_data(decode_base64(text, "data"), entries, options))
        )

    return await _run_in_thread(runtime, sign_data)


@router.post(
    "/cms/sign/add",
    responses=declare_errors(
        dialect.CLOSED, dialect.KEYSTORE, dialect.STAMP, malformed="cms-malformed content-missing"
    ),
)
@accepts_body(most_values=MOST_VALUES)
async def add_to_cms(request: wire.CmsSignRequest, runtime: ServiceRuntime) -> wire.CmsResponse:
    """The given CMS with more signers."""
    text = _require_field(request.cms, "cms")
    options = await _compose_signing_options(request, runtime)
    entries = await open_entries(runtime, request.signers)

    def extend_cms(_: Session) -> wire.CmsResponse:
        existing_cms = decode_base64(text, "cms")
        data = None if request.data is None else decode_base64(request.data, "data")
        return wire.CmsResponse(cms=encode_base64(signers.add_signers(existing_cms, data, entries, options)))

    return await _run_in_thread(runtime, extend_cms)


@router.post(
    "/cms/verify",
    responses=declare_errors(dialect.CLOSED, malformed="base64-malformed certificate-malformed cms-malformed"),
)
@accepts_body(most_values=MOST_VALUES)
async def verify_cms(request: wire.CmsVerifyRequest, runtime: ServiceRuntime) -> wire.CmsVerificationResponse:
    """Tell whether every signature is valid and every signer trusted, and describe the signers."""
    checks = request.revocation_check
    return await _run_in_thread(
        runtime, lambda session: _check_cms(request, _make_examiner(session, runtime, checks))
    )


@router.post(
    "/cms/extract",
    responses=declare_errors(
        dialect.CLOSED, not_found="content-missing", malformed="base64-malformed cms-malformed"
    ),
)
@accepts_body(most_values=MOST_VALUES)
async def extract_from_cms(request: wire.CmsExtractRequest, runtime: ServiceRuntime) -> wire.CmsDataResponse:
    """The content of a CMS; the signers are not verified."""
    return await _run_in_thread(
        runtime,
        lambda _: wire.CmsDataResponse(
            data=encode_base64(signers.extract_content(decode_base64(request.cms, "cms")))
        ),
    )


@router.post(
    "/xml/sign",
    responses=declare_errors(dialect.CLOSED, dialect.KEYSTORE, dialect.XML, malformed="xml-reference xml-xpath"),
)
@accepts_body(most_values=MOST_VALUES)
async def sign_xml(request: wire.XmlSignRequest, runtime: ServiceRuntime) -> wire.XmlResponse:
    """The document signed by each signer, one after another; the document may have signatures already."""
    entries = await open_entries(runtime, request.signers)
    places = [signer_request.reference_uri for signer_request in request.signers]

    def sign_document(_: Session) -> wire.XmlResponse:
        keys = list(zip(entries, places, strict=True))
        signed = documents.sign_document(request.xml, keys, clear=request.clear_signatures, trim=request.trim_xml)
        return wire.XmlResponse(xml=signed)

    return await _run_in_thread(runtime, sign_document)


@router.post("/xml/verify", responses=declare_errors(dialect.CLOSED, dialect.XML_SIGNATURE))
@accepts_body(most_values=MOST_VALUES)
async def verify_xml(request: wire.XmlVerifyRequest, runtime: ServiceRuntime) -> wire.XmlVerificationResponse:
    """Tell whether every signature of the document is valid, and describe the signers, the last signer first.

    ``signed`` tells what each signature covers: a signature over a part says nothing about the rest.
    """

    def check_document(session: Session) -> wire.XmlVerificationResponse:
        return _compose_verification(
            documents.find_signers(request.xml), _make_examiner(session, runtime, request.revocation_check)
        )

    return await _run_in_thread(runtime, check_document)


@router.post(
    "/wsse/sign",
    responses=declare_errors(
        dialect.CLOSED, dialect.KEYSTORE, dialect.XML, malformed="eds-signers soap-malformed"
    ),
)
@accepts_body(most_values=MOST_VALUES)
async def sign_envelope(request: wire.WsseSignRequest, runtime: ServiceRuntime) -> wire.XmlResponse:
    """The SOAP envelope with its Body signed, as SmartBridge requires."""
    entry = await open_entry(runtime, request)
    return await _run_in_thread(
        runtime, lambda _: wire.XmlResponse(xml=documents.sign_body(request.xml, entry, trim=request.trim_xml))
    )


@router.post(
    "/wsse/verify", responses=declare_errors(dialect.CLOSED, dialect.XML_SIGNATURE, malformed="soap-malformed")
)
@accepts_body(most_values=MOST_VALUES)
async def verify_envelope(request: wire.XmlVerifyRequest, runtime: ServiceRuntime) -> wire.XmlVerificationResponse:
    """Tell whether the signature over the Body of the SOAP envelope is valid, and describe the signer."""

    def check_envelope(session: Session) -> wire.XmlVerificationResponse:
        examiner = _make_examiner(session, runtime, request.revocation_check)
        return _compose_verification(documents.find_body_signer(request.xml, examiner.find_issued), examiner)

    return await _run_in_thread(runtime, check_envelope)


@router.post(
    "/pkcs12/info", responses=declare_errors(dialect.CLOSED, dialect.KEYSTORE, malformed="certificate-malformed")
)
@accepts_body(most_values=MOST_VALUES)
async def describe_keys(request: wire.Pkcs12InfoRequest, runtime: ServiceRuntime) -> wire.VerificationResponse:
    """The certificates of keys, described as by /x509/info."""
    entries = await open_entries(runtime, request.keys)

    def describe_entries(session: Session) -> wire.VerificationResponse:
        examiner = _make_examiner(session, runtime, request.revocation_check)
        infos = [examiner.examine_certificate(entry.certificate) for entry in entries]
        return wire.VerificationResponse(valid=all(info.valid for info in infos), signers=list(infos))

    return await _run_in_thread(runtime, describe_entries)


@router.post(
    "/pkcs12/aliases",
    responses=declare_errors(
        dialect.CLOSED,
        refused="keystore-algorithm keystore-limits",
        malformed="base64-malformed keystore-malformed keystore-password",
    ),
)
@accepts_body(most_values=MOST_VALUES)
async def list_aliases(request: wire.Pkcs12InfoRequest, runtime: ServiceRuntime) -> wire.Pkcs12AliasesResponse:
    """The aliases within each key store."""
    stores = [
        await read_keystore(runtime, signer_request, f"signers[{n}]: ")
        for n, signer_request in enumerate(request.keys)
    ]
    return wire.Pkcs12AliasesResponse(aliases=[[entry.alias for entry in entries] for entries in stores])


@router.post("/x509/info", responses=declare_errors(dialect.CLOSED, malformed="certificate-malformed"))
@accepts_body(most_values=MOST_VALUES)
async def describe_certificates(
    request: wire.X509InfoRequest, runtime: ServiceRuntime
) -> wire.VerificationResponse:
    """The descriptions of certificates; an unreadable certificate gives null, and the message names its place."""
    checks = request.revocation_check
    return await _run_in_thread(
        runtime,
        lambda session: certificates.describe_certificates(
            request.certs, _make_examiner(session, runtime, checks)
        ),
    )


@router.post("/x509/sign", responses=declare_errors(dialect.CLOSED, dialect.KEYSTORE))
@accepts_body(most_values=MOST_VALUES)
async def sign_text(request: wire.X509SignRequest, runtime: ServiceRuntime) -> wire.X509SignResponse:
    """A bare signature over a text."""
    entry = await open_entry(runtime, request.signer)
    return await _run_in_thread(runtime, lambda _: certificates.sign_text(request.data, entry))


@router.post(
    "/x509/verify", responses=declare_errors(dialect.CLOSED, malformed="base64-malformed certificate-malformed")
)
@accepts_body(most_values=MOST_VALUES)
async def verify_text(request: wire.X509VerifyRequest, runtime: ServiceRuntime) -> wire.VerificationResponse:
    """Tell whether a bare signature over a text is valid, and describe the certificate."""
    checks = request.revocation_check
    return await _run_in_thread(
        runtime, lambda session: certificates.verify_text(request, _make_examiner(session, runtime, checks))
    )


@router.post("/tsp/create", responses=declare_errors(dialect.CLOSED, dialect.STAMP))
@accepts_body(most_values=MOST_VALUES)
async def stamp_text(request: wire.TspCreateRequest, runtime: ServiceRuntime) -> wire.XmlResponse:
    """A time-stamp token over a text."""
    authority, text = await _open_timestamp_authority(runtime), encode_utf8(request.xml)
    return await _run_in_thread(
        runtime, lambda _: wire.XmlResponse(xml=encode_base64(stamps.request_token(authority, text, None)))
    )


async def _run_in_thread(runtime: Runtime, query: Callable[[Session], T]) -> T:
    """Run ``query`` in a thread: cryptography takes processor time, which must not block the event loop."""
    return await runtime.read(query)


def _make_examiner(
    session: Session, runtime: Runtime, checks: list[wire.RevocationCheckSource]
) -> CertificateExaminer:
    authority = runtime.resource(IssuingAuthority)
    anchors = TrustAnchors((authority.root,), (authority.certificate,))
    return CertificateExaminer(session, anchors, runtime.now, runtime.resource(FaultBoard), checks)


async def _open_timestamp_authority(runtime: Runtime) -> stamps.TimestampAuthority:
    """НУЦ's time-stamping authority, with the faults on demand that its other clients meet."""
    await runtime.resource(OwnCredentials).renew_when_due(runtime)

    def answer_query(request: bytes) -> bytes:
        fault = runtime.resource(FaultBoard).draw_fault(FaultArea.TSA)
        if fault is PkiFault.TSA_SILENT:
            raise Unavailable("tsp-unavailable", "the time-stamping authority does not answer")
        return answer_timestamp_query(runtime, request, fault)

    return answer_query


async def _compose_signing_options(request: wire.CmsSignRequest, runtime: Runtime) -> signers.SigningOptions:
    if not request.with_tsp:
        return signers.SigningOptions(runtime.now, request.detached)
    authority = await _open_timestamp_authority(runtime)
    policy = request.tsa_policy
    return signers.SigningOptions(
        runtime.now, request.detached, lambda signed: stamps.request_token(authority, signed, policy)
    )


def _check_cms(request: wire.CmsVerifyRequest, examiner: CertificateExaminer) -> wire.CmsVerificationResponse:
    data = None if request.data is None else decode_base64(request.data, "data")
    checked_signers = signers.find_signers(decode_base64(request.cms, "cms"), data)
    signer_infos = [_describe_signer(signer, examiner) for signer in checked_signers]
    is_valid = bool(checked_signers) and all(signer.is_genuine for signer in checked_signers)
    is_trusted = all(info.certificates and info.certificates[0].valid for info in signer_infos)
    is_stamped = all(
        (info.tsp is None) == (signer.token is None)
        for info, signer in zip(signer_infos, checked_signers, strict=True)
    )
    return wire.CmsVerificationResponse(valid=is_valid and is_trusted and is_stamped, signers=signer_infos)


def _describe_signer(signer: signers.CheckedSigner, examiner: CertificateExaminer) -> wire.CmsSignerInfo:
    certificate_infos = [] if signer.certificate is None else [examiner.examine_certificate(signer.certificate)]
    stamp = None if signer.token is None else stamps.read_token(signer.token, signer.signature, examiner.anchors)
    return wire.CmsSignerInfo(certificates=certificate_infos, tsp=stamp)


def _compose_verification(
    check: documents.XmlSignatureCheck, examiner: CertificateExaminer
) -> wire.XmlVerificationResponse:
    infos = [
        None if certificate is None else examiner.examine_certificate(certificate)
        for certificate in check.certificates
    ]
    is_trusted = all(info is not None and info.valid for info in infos)
    parts = [
        wire.SignedPartInfo(reference=part.reference, element=part.path, whole_document=part.is_whole)
        for part in check.parts
    ]
    return wire.XmlVerificationResponse(valid=check.is_genuine and is_trusted, signers=infos, signed=parts)


def _require_field(value: str | None, name: str) -> str:
    if not value:
        raise Malformed("request-malformed", f"{name} is required")
    return value
