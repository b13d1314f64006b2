"""What others ask about certificates: lists of the revoked, OCSP, authorities; and revocation itself."""

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
from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.is_nuc import storage
from services.is_nuc.api import request_signatures
from services.is_nuc.api.http_body import Cut, read_body
from services.is_nuc.authority import ocsp_responder
from services.is_nuc.authority.ca import Authority, RootList
from services.is_nuc.authority.crls import ListKeeper, Lists
from services.is_nuc.authority.ocsp_responder import Failure
from services.is_nuc.authority.ocsp_responses import Answer, Answers, Silence
from services.is_nuc.authority.revocation_watch import Watch
from services.is_nuc.clock import Pace
from services.is_nuc.settings import NucSettings
from services.is_nuc.storage import CertificateRow
from shared.bus.errors import NotFound, Unavailable
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.faults import Area, Board, Fault

router = APIRouter()

LIST_SECONDS = 30
"""For how long a proxy may keep a list: a revocation must not wait for it."""


class Reason(StrEnum):
    """Why a certificate is revoked (RFC 5280, 5.3.1). A revocation is for ever: there is no hold."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


class Revocation(BaseModel):
    """A certificate to revoke, by its thumbprint, and why."""

    model_config = ConfigDict(extra="forbid")

    thumbprint: Annotated[str, Field(max_length=43)]
    reason: Reason = Reason.UNSPECIFIED


class Standing(BaseModel):
    """What the register says of a certificate at this moment; no name and no number of a person."""

    thumbprint: str
    serial: Annotated[str, Field(description="hexadecimal, as openssl writes it")]
    kind: str
    status: Literal["good", "revoked", "expired", "not-yet-valid"]
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, row: CertificateRow, now: datetime) -> Standing:
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


@router.post("/api/v1/revocations", tags=["revocation"], status_code=204, dependencies=[OperatorOnly])
async def revoke(request: Revocation, bus: Bus) -> None:
    """Revoke a certificate, by the operator; ``certificate-unknown``. A second revocation changes nothing."""
    await _revoke(bus, request)


@router.post("/api/v1/revocations/own", tags=["revocation"], status_code=204)
async def revoke_own(
    http: Request, request: Revocation, bus: Bus, x_signature: Annotated[str, Header()] = ""
) -> None:
    """Revoke one's own certificate: the request's body is signed (JWS) by its key, or by that of another valid
    certificate with the same name. ``holder-unproved``, ``certificate-unknown``."""
    body = await http.body()
    await bus.read(lambda s: request_signatures.owner_of(s, bus.now, x_signature, body, request.thumbprint))
    await _revoke(bus, request)


@router.get("/api/v1/certificates/{thumbprint}/status", tags=["certificates"])
async def standing(thumbprint: str, bus: Bus) -> Standing:
    """Whether a certificate is good now, by its thumbprint (x5t#S256); ``certificate-unknown``."""
    row = await bus.read(lambda session: storage.get_row(session, thumbprint))
    return Standing.of(row, bus.now)


@router.get("/issuing.crt", tags=["authorities"], response_class=Response)
async def issuing(bus: Bus) -> Response:
    """The issuing authority's certificate, DER: where every certificate's caIssuers points."""
    return _der(bus.use(Authority).certificate)


@router.get("/root.crt", tags=["authorities"], response_class=Response)
async def root(bus: Bus) -> Response:
    """The root's certificate, DER."""
    return _der(bus.use(Authority).root)


@router.get("/root.crl", tags=["revocation"], response_class=Response)
async def root_crl(bus: Bus) -> Response:
    """What the root revoked, DER: an empty list, for those who check the authorities too."""
    return Response(bus.use(RootList).der, media_type="application/pkix-crl")


@router.get("/crl", tags=["revocation"], response_class=Response)
async def crl(bus: Bus) -> Response:
    """The full list of the revoked, DER (RFC 5280)."""
    return await _list(bus, is_delta=False)


@router.get("/crl/delta", tags=["revocation"], response_class=Response)
async def delta_crl(bus: Bus) -> Response:
    """What was revoked since the oldest full list that is still current, DER (RFC 5280, 5.2.4)."""
    return await _list(bus, is_delta=True)


@router.post("/ocsp", tags=["revocation"], response_class=Response)
async def ocsp(request: Request, bus: Bus) -> Response:
    """OCSP (RFC 6960): an OCSPRequest in DER, answered by an OCSPResponse."""
    body = await read_body(request, ocsp_responder.MOST_BYTES)
    return await _ocsp(bus, body)


@router.get("/ocsp/{request:path}", tags=["revocation"], response_class=Response)
async def ocsp_by_get(http: Request, request: str, bus: Bus) -> Response:
    """The same for a request in base64 (RFC 6960, A.1; RFC 5019, 5), with headers for caches."""
    try:
        body = base64.b64decode(request, validate=True)
    except (binascii.Error, ValueError):
        body = b""
    answered = await _ocsp(bus, body)
    etag = answered.headers.get("etag")
    if etag is not None and etag == http.headers.get("if-none-match"):
        return Response(
            status_code=304, headers={"ETag": etag, "Cache-Control": answered.headers["cache-control"]}
        )
    return answered


async def _revoke(bus: Runtime, request: Revocation) -> None:
    reason = x509.ReasonFlags(request.reason.value)
    revision = await bus.write(lambda work: storage.revoke(work.session, request.thumbprint, reason, work.now))
    bus.use(Watch).saw(revision)


async def _ocsp(bus: Runtime, body: bytes | None) -> Response:
    if body is None:
        answer = Answer(ocsp_responder.failure(Failure.MALFORMED_REQUEST))
    else:
        try:
            answer = await bus.use(Answers).answer(bus, body)
        except Silence:
            return Cut(bus.use(NucSettings).silent_seconds)
        except Unavailable:  # the database is away: OCSP has a word of its own for it
            answer = Answer(ocsp_responder.failure(Failure.TRY_LATER))
    headers = {"Cache-Control": "no-store"}
    if answer.this_update is not None and answer.next_update is not None:
        left = int(bus.use(Pace).shrunk(answer.next_update - bus.now).total_seconds())
        headers = _kept(answer.body, answer.this_update, f"max-age={max(left, 0)}, public, no-transform")
        headers["Expires"] = format_datetime(answer.next_update, usegmt=True)
    return Response(answer.body, headers=headers, media_type="application/ocsp-response")


async def _list(bus: Runtime, *, is_delta: bool) -> Response:
    fault = bus.use(Board).strike(Area.CRL)
    if fault is Fault.CRL_MISSING:
        raise NotFound("crl-missing", "a trouble on demand: there is no list")
    keeper = bus.use(ListKeeper)
    lists: Lists = await (keeper.stale(bus) if fault is Fault.CRL_STALE else keeper.current(bus))
    der = lists.delta if is_delta else lists.full
    if fault is Fault.CRL_MALFORMED:
        der = der[: len(der) // 2]
    headers = _kept(der, lists.made_at, f"max-age={LIST_SECONDS}, public, no-transform")
    return Response(der, headers=headers, media_type="application/pkix-crl")


def _kept(body: bytes, since: datetime, how: str) -> dict[str, str]:
    """The headers by which a cache knows an answer again."""
    return {
        "Cache-Control": how,
        "ETag": f'"{sha256(body).hexdigest()}"',
        "Last-Modified": format_datetime(since.replace(microsecond=0), usegmt=True),
    }


def _der(certificate: x509.Certificate, headers: Mapping[str, str] | None = None) -> Response:
    return Response(certificate.public_bytes(Encoding.DER), headers=headers, media_type="application/pkix-cert")
