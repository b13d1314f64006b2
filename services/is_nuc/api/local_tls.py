"""Certificates for TLS servers on people's own machines (the desktop signer)."""

from __future__ import annotations

from typing import Annotated

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, status
from pydantic import BaseModel, Field

from services.is_nuc import domain
from services.is_nuc.api.counter import AtCounter
from services.is_nuc.authority.ca import IssuingAuthority
from services.is_nuc.authority.local_tls import issue_local_tls
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.http.requests.plain_input import RequestModel
from shared.pki.certificates import keys

router = APIRouter()


class LocalTlsRequest(RequestModel):
    """A PKCS #10 request in PEM; only its key is used."""

    csr: Annotated[str, Field(min_length=1, max_length=20_000)]


class LocalTlsResponse(BaseModel):
    """The certificate and the authority that issued it, both PEM, and the certificate's thumbprint (x5t#S256)."""

    certificate: str
    issuing: str
    thumbprint: str


@router.post(
    "/api/v1/local-tls",
    tags=["issue"],
    status_code=status.HTTP_201_CREATED,
    dependencies=[FewCalls, AtCounter],
    responses=declare_errors(malformed="csr-key csr-malformed"),
)
async def certify_local_tls(request: LocalTlsRequest, runtime: ServiceRuntime) -> LocalTlsResponse:
    """Certify the key of a TLS server on the caller's own machine, for localhost, 127.0.0.1 and ::1 only.

    The certificate is in no register: it names no person or system, and its revocation is never asked.
    ``counter-closed``, ``csr-malformed``, ``csr-key``.
    """
    public_key = domain.read_public_key(domain.read_csr(request.csr))
    authority, now = runtime.resource(IssuingAuthority), runtime.now
    server_certificate = await runtime.compute(
        lambda: issue_local_tls(authority.key, authority.certificate, public_key, now)
    )
    pem = server_certificate.public_bytes(Encoding.PEM).decode()
    return LocalTlsResponse(
        certificate=pem, issuing=authority.issuing_pem, thumbprint=keys.certificate_thumbprint(server_certificate)
    )
