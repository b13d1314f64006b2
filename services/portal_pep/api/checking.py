"""The check of a printed document: open to whoever holds its code, and it tells him no more than he must know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from sqlmodel import Session
from starlette.exceptions import HTTPException

from services.portal_pep import storage
from services.portal_pep.domain import masked_iin, masked_name, read_code, shown_code
from services.portal_pep.evidence import kept
from services.portal_pep.storage import LOGINS, AccountRow, EvidenceRow, PrintedRow
from services.portal_pep.texts import TEXTS
from shared.bus.errors import BusError, NotFound, Unavailable
from shared.bus.http.endpoints import Bus
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.cases import Outcome
from shared.contracts.documents import read_output
from shared.people import logins
from shared.pki.certificates.profile import Purpose
from shared.pki.client.nuc import Centre
from shared.pki.cms import signed_data
from shared.pki.verification.check import Asked, signer_info
from shared.pki.verification.evidence import Evidence, check_evidence, long_term
from shared.pki.verification.texts import REASONS

router = APIRouter(prefix="/api/v1", tags=["documents"])

MOST_UPLOADED = 2 * 1024 * 1024
"""Bytes of a file to compare; ours have a fiftieth of it."""
MOST_UNKNOWN = 20
"""Unknown codes from one address in a quarter of an hour. Nobody guesses 100 bits: it keeps the noise down."""

Digest = Annotated[
    str, Query(pattern=r"^[0-9A-Fa-f]{64}$", description="SHA-256 of a file to compare, hexadecimal")
]


class SignatureState(StrEnum):
    """What the check of the employee's signature says at this moment."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class SignatureOut(BaseModel):
    """The employee's signature, checked now; ``code`` and ``texts`` tell why it is not known to be valid."""

    state: SignatureState
    code: str | None = None
    texts: Mapping[str, str] = {}


class SealOut(BaseModel):
    """The portal's seal on the PDF; ``is_stamped``: its moment is proved by НУЦ's time-stamp."""

    sealed_at: datetime
    is_stamped: bool
    sha256: str


class PersonOut(BaseModel):
    """Whom the document is about, masked."""

    name: str
    iin: str


class SignerOut(BaseModel):
    """Who signed, as the certificate tells, and when, by his own word."""

    name: str
    organisation: str | None
    signed_at: datetime | None


class DocumentOut(BaseModel):
    """What the employee signed, as strangers may know it."""

    number: str
    regulation: str
    service: dict[Literal["ru", "kk"], str]
    outcome: Outcome
    authority: str
    issued_at: datetime
    applicant: PersonOut
    signer: SignerOut


class CheckOut(BaseModel):
    """A printed document. ``is_same``: whether the given file is the portal's own. ``document`` is absent when
    what the portal keeps is not what was signed."""

    code: str
    signature: SignatureOut
    document: DocumentOut | None
    seal: SealOut
    is_same: bool | None = None


@router.get("/documents/{code}")
async def check(code: str, request: Request, bus: Bus, sha256: Digest | None = None) -> CheckOut:
    """Check a printed document by its code; with ``sha256`` also whether a file is the portal's own.
    ``printed-unknown``, ``too-many-attempts``."""
    return await look(code, request, bus, sha256)


@router.post("/documents/{code}/comparison")
async def compare(code: str, request: Request, bus: Bus) -> CheckOut:
    """Check a printed document and compare the PDF that is the body; 2 MiB at most, nothing of it is kept.
    ``printed-unknown``, ``too-many-attempts``, ``request-too-large``."""
    return await look(code, request, bus, sha256(await bounded(request)).hexdigest())


async def look(typed: str, request: Request, bus: Runtime, digest: str | None) -> CheckOut:
    """What there is to tell of the document with this code; NotFound ``printed-unknown``, Throttled."""
    row = await _find(typed, request, bus)

    def read(session: Session) -> tuple[bytes, EvidenceRow | None, AccountRow | None]:
        case = storage.application_of(session, row.application_id)
        owner = storage.get_account(session, case.iin) if case else None
        signed = storage.document(session, row.application_id, "result") or b""
        return signed, session.get(EvidenceRow, (row.application_id, "result")), owner

    signed, evidence, owner = await bus.read(read)
    centre, now = bus.use(Centre), bus.now
    return CheckOut(
        code=shown_code(row.code),
        signature=await bus.compute(lambda: _signature(centre, signed, kept(evidence), now)),
        document=_document(signed, owner),
        seal=SealOut(sealed_at=row.sealed_at, is_stamped=row.is_stamped, sha256=row.digest),
        is_same=None if digest is None else digest.lower() in (row.digest, row.digest_before),
    )


async def bounded(request: Request) -> bytes:
    """The body, unless it is longer than ``MOST_UPLOADED``: then 413 as soon as that is known."""
    parts: list[bytes] = []
    left = MOST_UPLOADED
    async for part in request.stream():
        left -= len(part)
        if left < 0:
            raise HTTPException(413, f"over {MOST_UPLOADED} bytes")
        parts.append(part)
    return b"".join(parts)


async def _find(typed: str, request: Request, bus: Runtime) -> PrintedRow:
    """The document of a code. A code that is known is always answered; who tries many others must wait."""
    try:
        code = read_code(typed)
        row = await bus.read(lambda session: storage.printed_by_code(session, code))
        if row is None:
            raise NotFound("printed-unknown", "there is no document with this number")
    except NotFound:
        caller = f"check:{request.client.host if request.client else ''}"[:64]
        await bus.read(lambda session: logins.check_attempts(session, LOGINS, caller, bus.now, MOST_UNKNOWN))
        await bus.write(lambda work: logins.record_failure(work.session, LOGINS, caller, work.now))
        raise
    return row


def _signature(centre: Centre, signed: bytes, evidence: Evidence | None, now: datetime) -> SignatureOut:
    """The signature under the original, checked anew: with all that НУЦ knows now, as of the document's time-stamp
    where it has one; by what was gathered for it when НУЦ is silent."""
    asked = Asked(Purpose.EMPLOYEE)
    try:
        lasting = long_term(signed, evidence) if evidence else signed
        verdict = centre.judge(lasting, asked, at=now)
        if evidence and isinstance(verdict.error, Unavailable):
            verdict = check_evidence(lasting, asked, anchors=centre.anchors, at=now)
        verdict.accepted()
    except BusError as error:
        state = SignatureState.UNKNOWN if isinstance(error, Unavailable) else SignatureState.INVALID
        texts = REASONS.get(error.code) or TEXTS.get(error.code, {})
        return SignatureOut(state=state, code=error.code, texts=texts)
    return SignatureOut(state=SignatureState.VALID)


def _document(signed: bytes, owner: AccountRow | None) -> DocumentOut | None:
    try:
        opened = signed_data.open_signed(signed)
        document = read_output(opened.content)
    except BusError:
        return None  # the state of the signature says why
    signer = signer_info(opened.certificate)
    names = (owner.surname, owner.name, owner.patronymic) if owner else ()
    return DocumentOut(
        number=document.number,
        regulation=document.regulation,
        service={"ru": document.service, **({"kk": document.service_kk} if document.service_kk else {})},
        outcome=document.outcome,
        authority=document.authority,
        issued_at=document.issued_at,
        applicant=PersonOut(name=masked_name(*names), iin=masked_iin(document.applicant)),
        signer=SignerOut(name=signer.common_name, organisation=signer.organisation, signed_at=opened.signing_time),
    )
