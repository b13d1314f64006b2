"""The data of a printed document for a holder of its code: no more than the holder must know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import BaseModel
from sqlmodel import Session
from starlette.exceptions import HTTPException

from services.portal_pep import storage
from services.portal_pep.domain import format_code, mask_iin, mask_name, read_code
from services.portal_pep.evidence import complete_evidence
from services.portal_pep.storage import LOGINS, CitizenAccountRow, EvidenceRow, PrintedRow
from services.portal_pep.texts import TEXTS
from shared.bus.errors import BusError, NotFound, Unavailable
from shared.bus.http.requests.call_limits import CallLimits
from shared.bus.http.requests.callers import caller_address
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import read_output
from shared.people import logins
from shared.people.logins import LoginAttempt
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import signed_data
from shared.pki.verification.check import SignerExpectation, signer_info
from shared.pki.verification.evidence import SignatureEvidence, check_evidence, embed_evidence
from shared.pki.verification.texts import REASONS

MAX_UPLOAD_BYTES = 2 * 1024 * 1024
"""The size limit of a file to compare; ours have a fiftieth of it."""
CHECK = "check"
"""The name under which unknown codes are counted, beside the failed logins."""
MAX_UNKNOWN_CODES = 20
"""Unknown codes from one address in 15 minutes. 100 bits cannot be guessed; the limit keeps the noise down."""

DigestQuery = Annotated[
    str, Query(pattern=r"^[0-9A-Fa-f]{64}$", description="SHA-256 of a file to compare, hexadecimal")
]


class SignatureState(StrEnum):
    """The result of checking the employee's signature now."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class SignatureCheckView(BaseModel):
    """The employee's signature, checked now; ``code`` and ``texts`` give the reason when the signature is not
    proved valid.
    """

    state: SignatureState
    code: str | None = None
    texts: Mapping[str, str] = {}


class PortalSealView(BaseModel):
    """The portal's seal on the PDF; ``is_stamped``: НУЦ's time-stamp proves its moment."""

    sealed_at: datetime
    is_stamped: bool
    sha256: str


class MaskedPersonView(BaseModel):
    """The person that the document concerns, masked."""

    name: str
    iin: str


class DocumentSignerView(BaseModel):
    """The signer by the certificate, and the moment that the signer claims."""

    name: str
    organisation: str | None
    signed_at: datetime | None


class PrintedDocumentView(BaseModel):
    """The signed document, as far as strangers may know it. The signature covers all bytes of the electronic
    document (``covers``) and not the printed copy, which the portal seals.
    """

    number: str
    regulation: str
    service: dict[Literal["ru", "kk"], str]
    outcome: DecisionOutcome
    authority: str
    issued_at: datetime
    applicant: MaskedPersonView
    signer: DocumentSignerView
    covers: Literal["document"] = "document"


class DocumentCheckView(BaseModel):
    """A printed document. ``is_same``: the given file is the portal's own. ``document`` is absent when the
    portal's stored document is not the signed one.
    """

    code: str
    signature: SignatureCheckView
    document: PrintedDocumentView | None
    seal: PortalSealView
    is_same: bool | None = None


async def count_check(request: Request, runtime: Runtime) -> None:
    """Count a check of a printed document, before anything is read; Throttled ``too-many-calls``."""
    runtime.resource(CallLimits).count_call("check", await caller_address(request))


async def examine_printed_document(
    typed: str, request: Request, runtime: Runtime, digest: str | None
) -> DocumentCheckView:
    """The public data of the document with this code; NotFound ``printed-unknown``, Throttled. The caller counts
    the check by ``count_check``.
    """
    row = await _find_printed(typed, request, runtime)

    def read_sources(session: Session) -> tuple[bytes, EvidenceRow | None, CitizenAccountRow | None]:
        application = storage.find_application(session, row.case_id)
        owner = storage.get_account(session, application.iin) if application else None
        signed_document = storage.get_document(session, row.case_id, "result") or b""
        return signed_document, session.get(EvidenceRow, (row.case_id, "result")), owner

    signed_document, evidence, owner = await runtime.read(read_sources)
    centre, now = runtime.resource(CertificationCentre), runtime.now
    return DocumentCheckView(
        code=format_code(row.code),
        signature=await runtime.compute(
            lambda: _check_signature(centre, signed_document, complete_evidence(evidence), now)
        ),
        document=_compose_document(signed_document, owner),
        seal=PortalSealView(sealed_at=row.sealed_at, is_stamped=row.is_stamped, sha256=row.digest),
        is_same=None if digest is None else digest.lower() in (row.digest, row.digest_before),
    )


async def read_bounded_body(request: Request, most_bytes: int = MAX_UPLOAD_BYTES) -> bytes:
    """The body; a body longer than ``most_bytes`` is refused with 413 as soon as its length is known."""
    parts: list[bytes] = []
    remaining_bytes = most_bytes
    async for part in request.stream():
        remaining_bytes -= len(part)
        if remaining_bytes < 0:
            raise HTTPException(413, f"over {most_bytes} bytes")
        parts.append(part)
    return b"".join(parts)


async def _find_printed(typed: str, request: Request, runtime: Runtime) -> PrintedRow:
    """The document with this code. A known code is always answered; an address with many unknown codes must
    wait.
    """
    try:
        code = read_code(typed)
        row = await runtime.read(lambda session: storage.get_printed_by_code(session, code))
        if row is None:
            raise NotFound("printed-unknown", "there is no document with this number")
    except NotFound:
        caller = LoginAttempt(CHECK, await caller_address(request))
        await runtime.read(
            lambda session: logins.check_attempts(session, LOGINS, caller, runtime.machine_now, MAX_UNKNOWN_CODES)
        )
        await runtime.write(lambda uow: logins.record_failure(uow.session, LOGINS, caller, uow.machine_now))
        raise
    return row


def _check_signature(
    centre: CertificationCentre, signed_document: bytes, evidence: SignatureEvidence | None, now: datetime
) -> SignatureCheckView:
    """Check the signature of the original again: with НУЦ's present knowledge, at the moment of the document's
    time-stamp where it has one; by the gathered evidence while НУЦ does not answer.
    """
    expectation = SignerExpectation(SignaturePurpose.EMPLOYEE)
    try:
        lasting = embed_evidence(signed_document, evidence) if evidence else signed_document
        verdict = centre.judge_document(lasting, expectation, at=now)
        if evidence and isinstance(verdict.error, Unavailable):
            verdict = check_evidence(lasting, expectation, anchors=centre.anchors, at=now)
        verdict.require_document()
    except BusError as error:
        state = SignatureState.UNKNOWN if isinstance(error, Unavailable) else SignatureState.INVALID
        texts = REASONS.get(error.code) or TEXTS.get(error.code, {})
        return SignatureCheckView(state=state, code=error.code, texts=texts)
    return SignatureCheckView(state=SignatureState.VALID)


def _compose_document(signed_document: bytes, owner: CitizenAccountRow | None) -> PrintedDocumentView | None:
    try:
        opened = signed_data.open_signed(signed_document)
        document = read_output(opened.content)
    except BusError:
        return None  # the signature's state says why
    signer = signer_info(opened.certificate)
    names = (owner.surname, owner.name, owner.patronymic) if owner else ()
    return PrintedDocumentView(
        number=document.number,
        regulation=document.regulation,
        service={"ru": document.service, **({"kk": document.service_kk} if document.service_kk else {})},
        outcome=document.outcome,
        authority=document.authority,
        issued_at=document.issued_at,
        applicant=MaskedPersonView(name=mask_name(*names), iin=mask_iin(document.applicant)),
        signer=DocumentSignerView(
            name=signer.common_name, organisation=signer.organisation, signed_at=opened.signing_time
        ),
    )
