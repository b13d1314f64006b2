"""The sandbox's cloud signature: the portal keeps the key of an invented citizen, which НУЦ certifies once.

In production there is none: `Opening.SYNTHETIC_CITIZENS`.
"""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, Session

from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import Base
from shared.bus.errors import NotFound
from shared.bus.profiles import Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.client.certification import CertificationClient
from shared.client.key_owners import CertificateOwner
from shared.pki.certificates import keys
from shared.pki.certificates.profile import CertificateUsage
from shared.pki.cms import signed_data


class KeptKeyRow(Base, table=True):
    """The key (PKCS #8) and the certificate (DER) of an invented citizen."""

    __tablename__ = "kept_key"
    iin: str = Field(primary_key=True, max_length=12)
    key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    certificate: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


def require_synthetic_citizens(runtime: Runtime) -> None:
    """NotFound ``not-found`` where the profile lets nobody in as an invented citizen: there is no such page."""
    if not runtime.resource(PortalSettings).opens(Opening.SYNTHETIC_CITIZENS):
        raise NotFound("not-found", "there is nothing here")


async def sign_for_citizen(runtime: Runtime, owner: CertificateOwner, content: bytes) -> bytes:
    """The document signed by the kept key of its citizen: a CMS (DER) with the document inside.

    NotFound ``not-found`` in production; Unavailable ``nuc-unavailable``, Untrusted ``nuc-refused`` where НУЦ
    gives no certificate.
    """
    require_synthetic_citizens(runtime)
    row = await runtime.read(lambda session: session.get(KeptKeyRow, owner.iin))
    if row is None or _is_ended(row, runtime.now):
        row = await _certify_key(runtime, owner)
    kept = row
    return await runtime.compute(lambda: _sign(kept, content, runtime.now))


def _is_ended(row: KeptKeyRow, now: datetime) -> bool:
    return x509.load_der_x509_certificate(row.certificate).not_valid_after_utc <= now


async def _certify_key(runtime: Runtime, owner: CertificateOwner) -> KeptKeyRow:
    client = CertificationClient(runtime.resource(PortalSettings).nuc_url)
    try:
        entry = await client.certify_key(owner, CertificateUsage.SIGN, keys.new_ec_key())
    finally:
        await client.close()
    row = KeptKeyRow(
        iin=owner.iin,
        key=entry.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        certificate=entry.certificate.public_bytes(Encoding.DER),
    )
    return await runtime.write(lambda uow: _keep(uow.session, row))


def _keep(session: Session, row: KeptKeyRow) -> KeptKeyRow:
    kept = KeptKeyRow(iin=row.iin, key=row.key, certificate=row.certificate)
    session.merge(kept)
    return row


def _sign(row: KeptKeyRow, content: bytes, now: datetime) -> bytes:
    certificate = x509.load_der_x509_certificate(row.certificate)
    at = max(now, certificate.not_valid_before_utc)
    return signed_data.sign(content, keys.load_key(row.key, is_own=True), certificate, at=at)
