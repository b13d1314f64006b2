"""The sandbox's cloud signature: the portal keeps the key of an invented citizen, which НУЦ certifies once.

In production there is none: `Opening.SYNTHETIC_CITIZENS`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, Session

from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import Base
from shared.bus.errors import NotFound, Unavailable
from shared.bus.http.tls import server_check, uses_proxies
from shared.bus.logs import log
from shared.bus.profiles import Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.cms import signed_data

NUC_SECONDS = 5.0


@dataclass(frozen=True)
class KeyOwner:
    """A citizen as a certificate names the citizen."""

    iin: str
    surname: str
    name: str
    patronymic: str = ""


class KeptKeyRow(Base, table=True):
    """The key (PEM) and the certificate (DER) of an invented citizen."""

    __tablename__ = "kept_key"
    iin: str = Field(primary_key=True, max_length=12)
    key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    certificate: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


def require_synthetic_citizens(runtime: Runtime) -> None:
    """NotFound ``not-found`` where the profile lets nobody in as an invented citizen: there is no such page."""
    if not runtime.resource(PortalSettings).opens(Opening.SYNTHETIC_CITIZENS):
        raise NotFound("not-found", "there is nothing here")


async def sign_for_citizen(runtime: Runtime, owner: KeyOwner, content: bytes) -> bytes:
    """The document signed by the kept key of its citizen: a CMS (DER) with the document inside.

    NotFound ``not-found`` in production; Unavailable ``directory-unavailable`` where НУЦ gives no certificate.
    """
    require_synthetic_citizens(runtime)
    row = await runtime.read(lambda session: session.get(KeptKeyRow, owner.iin))
    if row is None or _is_ended(row, runtime.now):
        row = await _certify_key(runtime, owner)
    kept = row
    return await runtime.compute(lambda: _sign(kept, content, runtime.now))


def _is_ended(row: KeptKeyRow, now: datetime) -> bool:
    return x509.load_der_x509_certificate(row.certificate).not_valid_after_utc <= now


async def _certify_key(runtime: Runtime, owner: KeyOwner) -> KeptKeyRow:
    url = runtime.resource(PortalSettings).nuc_url
    row = await asyncio.to_thread(_request_certificate, url, owner)
    return await runtime.write(lambda uow: _keep(uow.session, row))


def _request_certificate(url: str, owner: KeyOwner) -> KeptKeyRow:
    """A new key with a certificate of НУЦ; Unavailable ``directory-unavailable``."""
    key = keys.new_ec_key()
    subject = profile.person_subject(owner.iin, owner.surname, owner.name, owner.patronymic)
    csr = make_csr(key, subject).public_bytes(Encoding.PEM).decode()
    try:
        answer = httpx.post(
            f"{url}/api/v1/people",
            json={"csr": csr},
            timeout=NUC_SECONDS,
            verify=server_check(url),
            trust_env=uses_proxies(url),
        )
        answer.raise_for_status()
        certificate = x509.load_pem_x509_certificate(answer.json()["certificate"].encode())
    except (httpx.HTTPError, KeyError, ValueError) as error:
        log("citizen.not-certified", error=repr(error))
        raise Unavailable("directory-unavailable", "НУЦ gives the citizen no certificate now") from None
    return KeptKeyRow(
        iin=owner.iin,
        key=keys.to_pem(key),
        certificate=certificate.public_bytes(Encoding.DER),
    )


def _keep(session: Session, row: KeptKeyRow) -> KeptKeyRow:
    kept = KeptKeyRow(iin=row.iin, key=row.key, certificate=row.certificate)
    session.merge(kept)
    return row


def _sign(row: KeptKeyRow, content: bytes, now: datetime) -> bytes:
    certificate = x509.load_der_x509_certificate(row.certificate)
    at = max(now, certificate.not_valid_before_utc)
    return signed_data.sign(content, keys.load_key(row.key, is_own=True), certificate, at=at)
