"""The status of certificates over HTTP: revocation lists, OCSP, authorities; and revocation itself."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.is_nuc import storage
from services.is_nuc.api import request_signatures
from services.is_nuc.api.http_body import DroppedResponse, read_body
from services.is_nuc.authority import ocsp_responder
from services.is_nuc.authority.ca import IssuingAuthority, RootCrl
from services.is_nuc.authority.crls import CrlKeeper, CrlPair, CrlPart
from services.is_nuc.authority.ocsp_responder import OcspFailure
from services.is_nuc.authority.ocsp_responses import OcspResponseCache, OcspSilence, PreparedOcspResponse
from services.is_nuc.authority.revocation_watch import RevocationWatch
from services.is_nuc.clock import ClockPace
from services.is_nuc.settings import NucSettings
from services.is_nuc.storage import CertificateRow
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import NotFound, Unavailable
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.media import declare_bytes, declare_raw_body
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.faults import FaultArea, PkiFault
from shared.sandbox.fault_board import FaultBoard

router = APIRouter()
CERTIFICATE, CRL = "application/pkix-cert", "application/pkix-crl"
OCSP_ANSWER = "application/ocsp-response"

CRL_CACHE_SECONDS = 30
"""How long a proxy may cache a list, in seconds; a revocation must not wait longer."""


SystemAddress = Annotated[str, Path(max_length=91, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]


class RevocationReason(StrEnum):
    """The reason of a revocation (RFC 5280, 5.3.1). A revocation is final: there is no hold."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


class RevocationRequest(RequestModel):
    """The certificate to revoke, by its thumbprint, and the reason."""

    thumbprint: Annotated[str, Field(max_length=43)]
    reason: RevocationReason = RevocationReason.UNSPECIFIED


class VouchedRevocationRequest(RequestModel):
    """The reason; ``issued_since`` spares certificates that were issued earlier; ``and_own`` also revokes the
    certificates of the system itself, which could otherwise vouch anew.
    """

    reason: RevocationReason = RevocationReason.KEY_COMPROMISE
    issued_since: AwareDatetime | None = None
    and_own: bool = False


class VouchedRevocationView(BaseModel):
    """How many certificates were revoked now; those that were revoked before are not counted."""

    revoked_count: Annotated[int, Field(ge=0)]


class CertificateStatusView(BaseModel):
    """The status of a certificate at this moment, without the name and number of a person."""

    thumbprint: str
    serial: Annotated[str, Field(description="hexadecimal, as openssl writes it")]
    kind: str
    status: Literal["good", "revoked", "expired", "not-yet-valid"]
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    reason: str | None

    @classmethod
    def from_row(cls, row: CertificateRow, now: datetime) -> CertificateStatusView:
        certificate = x509.load_der_x509_certificate(row.der)
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        in_term: Literal["good", "expired", "not-yet-valid"] = "good"
        if now < begin:
            in_term = "not-yet-valid"
        elif now > end:
            in_term = "expired"
        return cls(
            thumbprint=row.thumbprint,
            serial=f"{certificate.serial_number:X}",
            kind=row.kind,
            status="revoked" if row.revoked_at else in_term,
            not_before=begin,
            not_after=end,
            revoked_at=row.revoked_at,
            reason=row.reason,
        )


@router.post(
    "/api/v1/revocations",
    tags=["revocation"],
    status_code=204,
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="certificate-unknown"),
)
@audits_fields("thumbprint", "reason")
async def revoke_certificate(request: RevocationRequest, runtime: ServiceRuntime) -> None:
    """Revoke a certificate, as the operator; ``certificate-unknown``. A second revocation changes nothing."""
    await _write_revocation(runtime, request)


@router.post(
    "/api/v1/revocations/own",
    tags=["revocation"],
    status_code=204,
    responses=declare_errors(
        not_found="certificate-unknown",
        malformed="signature-malformed",
        untrusted="holder-unproved signature-algorithm signature-invalid",
    ),
    dependencies=[FewCalls],
)
async def revoke_own_certificate(
    http: Request, request: RevocationRequest, runtime: ServiceRuntime, x_signature: Annotated[str, Header()] = ""
) -> None:
    """Revoke one's own certificate, or an employee's as the employer's system. The body is signed (JWS) by the
    certificate's key, by the key of another valid certificate with the same name for which the same system
    vouched, or by the key of that system.

    ``holder-unproved``, ``certificate-unknown``.
    """
    body = await http.body()
    await runtime.read(
        lambda s: request_signatures.verify_owner(s, runtime.now, x_signature, body, request.thumbprint)
    )
    await _write_revocation(runtime, request)


@router.get("/api/v1/systems/{address}/vouched", tags=["revocation"], dependencies=[OperatorOnly])
async def list_vouched_certificates(
    address: SystemAddress,
    runtime: ServiceRuntime,
    pager: Paging,
    before: AwareDatetime | None = None,
) -> list[CertificateStatusView]:
    """The certificates of employees for whom a system vouched, the newest first, without names and numbers of
    people; only those issued ``before`` this moment; ``cursor-malformed``.
    """
    page = await runtime.read(lambda session: storage.list_vouched(session, address, pager.place, before))
    return [CertificateStatusView.from_row(row, runtime.now) for row in pager.link_page(page)]


@router.post("/api/v1/systems/{address}/vouched/revocation", tags=["revocation"], dependencies=[OperatorOnly])
@audits_fields("reason", "issued_since", "and_own")
async def revoke_vouched_certificates(
    address: SystemAddress, request: VouchedRevocationRequest, runtime: ServiceRuntime
) -> VouchedRevocationView:
    """Revoke at once every certificate for which a system vouched: after its key was taken, say. What was signed
    and time-stamped earlier stays valid.
    """
    reason = x509.ReasonFlags(request.reason.value)
    since = request.issued_since
    count, revision = await runtime.write(
        lambda uow: storage.revoke_vouched(
            uow.session, address, reason, uow.now, since=since, and_own=request.and_own
        )
    )
    runtime.resource(RevocationWatch).note_revision(revision)
    return VouchedRevocationView(revoked_count=count)


@router.get(
    "/api/v1/certificates/{thumbprint}/status",
    tags=["certificates"],
    responses=declare_errors(not_found="certificate-unknown"),
    dependencies=[ManyCalls],
)
async def show_certificate_status(thumbprint: str, runtime: ServiceRuntime) -> CertificateStatusView:
    """The status of a certificate by its thumbprint (x5t#S256); ``certificate-unknown``."""
    row = await runtime.read(lambda session: storage.get_row(session, thumbprint))
    return CertificateStatusView.from_row(row, runtime.now)


@router.get(
    "/issuing.crt",
    tags=["authorities"],
    response_class=Response,
    responses=declare_bytes(CERTIFICATE),
    dependencies=[ManyCalls],
)
async def download_issuing_certificate(runtime: ServiceRuntime) -> Response:
    """The issuing authority's certificate, DER: the target of caIssuers in every certificate."""
    authority = runtime.resource(IssuingAuthority)
    authority.renew_when_due(runtime.now)
    return _answer_certificate(authority.certificate)


@router.get(
    "/root.crt",
    tags=["authorities"],
    response_class=Response,
    responses=declare_bytes(CERTIFICATE),
    dependencies=[ManyCalls],
)
async def download_root_certificate(runtime: ServiceRuntime) -> Response:
    """The root's certificate, DER."""
    return _answer_certificate(runtime.resource(IssuingAuthority).root)


@router.get(
    "/root.crl",
    tags=["revocation"],
    response_class=Response,
    responses=declare_bytes(CRL),
    dependencies=[ManyCalls],
)
async def download_root_crl(runtime: ServiceRuntime) -> Response:
    """The root's revocation list, DER: an empty list, for verifiers that check the authorities too."""
    return Response(runtime.resource(RootCrl).der, media_type=CRL)


@router.get(
    "/crl",
    tags=["revocation"],
    response_class=Response,
    responses={**declare_bytes(CRL), **declare_errors(not_found="crl-missing")},
    dependencies=[ManyCalls],
)
async def download_crl(runtime: ServiceRuntime) -> Response:
    """The full revocation list, DER (RFC 5280)."""
    return await _answer_crl(runtime)


@router.get(
    "/crl/delta",
    tags=["revocation"],
    response_class=Response,
    responses={**declare_bytes(CRL), **declare_errors(not_found="crl-missing")},
    dependencies=[ManyCalls],
)
async def download_delta_crl(runtime: ServiceRuntime) -> Response:
    """The revocations since the oldest full list in force, DER (RFC 5280, 5.2.4)."""
    return await _answer_crl(runtime, is_delta=True)


@router.get(
    "/crl/invented",
    tags=["revocation"],
    response_class=Response,
    dependencies=[ManyCalls],
    responses={**declare_bytes(CRL), **declare_errors(not_found="crl-missing")},
)
async def download_invented_crl(runtime: ServiceRuntime) -> Response:
    """The list of the certificates that tests have revoked on purpose, DER; they point to it. Only in a sandbox:
    ``crl-missing``.
    """
    if not runtime.resource(FaultBoard).is_on:
        raise NotFound("crl-missing", "nothing is revoked on purpose here")
    return await _answer_crl(runtime, CrlPart.INVENTED)


@router.post(
    "/ocsp",
    tags=["revocation"],
    response_class=Response,
    responses=declare_bytes(OCSP_ANSWER),
    openapi_extra=declare_raw_body("application/ocsp-request", "An OCSPRequest in DER (RFC 6960)."),
    dependencies=[ManyCalls],
)
@accepts_body()
async def query_ocsp(request: Request, runtime: ServiceRuntime) -> Response:
    """OCSP (RFC 6960): an OCSPRequest in DER, answered by an OCSPResponse."""
    body = await read_body(request, ocsp_responder.MOST_BYTES)
    return await _answer_ocsp(runtime, body)


@router.get(
    "/ocsp/{request:path}",
    tags=["revocation"],
    response_class=Response,
    responses={
        **declare_bytes(OCSP_ANSWER),
        304: {"description": "The answer that the caller has still stands (ETag)."},
    },
    dependencies=[ManyCalls],
)
async def query_ocsp_by_get(http: Request, request: str, runtime: ServiceRuntime) -> Response:
    """OCSP for a request in base64 (RFC 6960, A.1; RFC 5019, 5), with headers for caches."""
    try:
        body = base64.b64decode(request, validate=True)
    except (binascii.Error, ValueError):
        body = b""
    response = await _answer_ocsp(runtime, body)
    etag = response.headers.get("etag")
    if etag is not None and etag == http.headers.get("if-none-match"):
        return Response(
            status_code=304, headers={"ETag": etag, "Cache-Control": response.headers["cache-control"]}
        )
    return response


async def _write_revocation(runtime: Runtime, request: RevocationRequest) -> None:
    reason = x509.ReasonFlags(request.reason.value)
    revision = await runtime.write(
        lambda uow: storage.revoke_certificate(uow.session, request.thumbprint, reason, uow.now)
    )
    runtime.resource(RevocationWatch).note_revision(revision)


async def _answer_ocsp(runtime: Runtime, body: bytes | None) -> Response:
    if body is None:
        answer = PreparedOcspResponse(ocsp_responder.encode_failure(OcspFailure.MALFORMED_REQUEST))
    else:
        try:
            answer = await runtime.resource(OcspResponseCache).answer_request(runtime, body)
        except OcspSilence:
            return DroppedResponse(runtime.resource(NucSettings).silent_seconds)
        except Unavailable:  # the database is unavailable: OCSP answers tryLater
            answer = PreparedOcspResponse(ocsp_responder.encode_failure(OcspFailure.TRY_LATER))
    headers = {"Cache-Control": "no-store"}
    if answer.this_update is not None and answer.next_update is not None:
        seconds_left = int(
            runtime.resource(ClockPace).machine_span(answer.next_update - runtime.now).total_seconds()
        )
        headers = _cache_headers(
            answer.body, answer.this_update, f"max-age={max(seconds_left, 0)}, public, no-transform"
        )
        headers["Expires"] = format_datetime(answer.next_update, usegmt=True)
    return Response(answer.body, headers=headers, media_type=OCSP_ANSWER)


async def _answer_crl(runtime: Runtime, part: CrlPart = CrlPart.REAL, *, is_delta: bool = False) -> Response:
    fault = runtime.resource(FaultBoard).draw_fault(FaultArea.CRL)
    if fault is PkiFault.CRL_MISSING:
        raise NotFound("crl-missing", "a fault on demand: there is no list")
    keeper = runtime.resource(CrlKeeper)
    crls: CrlPair = await (
        keeper.make_stale_crls(runtime)
        if fault is PkiFault.CRL_STALE and part is CrlPart.REAL
        else keeper.current_crls(runtime, part)
    )
    der = crls.delta if is_delta else crls.full
    if fault is PkiFault.CRL_MALFORMED:
        der = der[: len(der) // 2]
    headers = _cache_headers(der, crls.made_at, f"max-age={CRL_CACHE_SECONDS}, public, no-transform")
    return Response(der, headers=headers, media_type=CRL)


def _cache_headers(body: bytes, since: datetime, cache_control: str) -> dict[str, str]:
    """The headers by which a cache recognises the answer."""
    return {
        "Cache-Control": cache_control,
        "ETag": f'"{sha256(body).hexdigest()}"',
        "Last-Modified": format_datetime(since.replace(microsecond=0), usegmt=True),
    }


def _answer_certificate(certificate: x509.Certificate, headers: Mapping[str, str] | None = None) -> Response:
    return Response(certificate.public_bytes(Encoding.DER), headers=headers, media_type=CERTIFICATE)
