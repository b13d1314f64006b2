"""What the phone calls: API 1 invites, API 2 gives the documents of the system and takes them back signed."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session

from services.is_nuc.authority.ca import IssuingAuthority
from services.is_nuc.sigex.calls import (
    PREFIX,
    ProcedureId,
    address_of,
    describe_trouble,
    require_open,
    seconds_left,
)
from services.is_nuc.sigex.procedures import DATA_SECONDS, SigningProcedures
from services.is_nuc.sigex.signature_checks import SignerTrust, check_signatures
from services.is_nuc.sigex.wire import SignedVerdictView
from shared.bus.errors import Malformed, Refused, Untrusted
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import LongStream, accepts_body
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.runtime.service_runtime import Runtime
from shared.phone import offers
from shared.phone.offers import (
    DocumentSetView,
    PhoneDocumentPlaceView,
    PhoneOrganisationView,
    PhoneRefusalView,
    SigningInvitationView,
)
from shared.phone.wire import AuthType, DocumentSet
from shared.pki.certificates.chain import TrustAnchors

router = APIRouter(prefix=PREFIX, tags=["sigex"], dependencies=[Depends(require_open), ManyCalls])
OWN_NAME, OWN_BIN = "SIGEX", "160140012344"
"""The name and the БИН under which the phone sees this service: our choice."""
RUSSIAN = "ru"
"""The language of what a phone shows: the app names none."""


@router.get(
    "/{procedure_id}/mgovSign",
    responses=declare_errors(not_found="sigex-unknown", refused="sigex-expired", conflict="sigex-signed"),
)
async def give_invitation(
    procedure_id: ProcedureId, request: Request, runtime: ServiceRuntime
) -> SigningInvitationView:
    """API 1: what is to be signed, until when, where it is."""
    procedure = runtime.resource(SigningProcedures).find(procedure_id, runtime.machine_now)
    procedure.require_unsigned()
    until = runtime.now + (procedure.until - runtime.machine_now)
    return SigningInvitationView(
        description=procedure.description,
        expiry_date=offers.format_expiry(until),
        organisation=PhoneOrganisationView(name_ru=OWN_NAME, name_kz=OWN_NAME, name_en=OWN_NAME, bin=OWN_BIN),
        document=PhoneDocumentPlaceView(
            uri=f"{address_of(request, procedure)}/documents", auth_type=AuthType.NONE
        ),
    )


@router.get(
    "/{procedure_id}/documents",
    response_model=DocumentSetView,
    response_model_exclude_none=True,
    dependencies=[LongStream],
    responses=declare_errors(
        not_found="sigex-unknown sigex-data-missing",
        refused="sigex-expired",
        conflict="sigex-signed",
        throttled="too-many-streams",
    ),
)
async def give_documents(
    procedure_id: ProcedureId, request: Request, runtime: ServiceRuntime, address: CallerAddress
) -> DocumentSetView:
    """API 2: the documents; a phone that is faster than the system waits for them for some seconds."""
    procedures = runtime.resource(SigningProcedures)
    procedure = procedures.find(procedure_id, runtime.machine_now)
    with procedures.held_calls.hold_place(address):
        left = seconds_left(procedure, runtime.machine_now)
        await procedure.wait_for(procedure.is_given, min(DATA_SECONDS, left), request.is_disconnected)
    return DocumentSetView.model_validate(procedure.fetch_documents().raw)


@router.put(
    "/{procedure_id}/documents",
    responses={
        403: {"model": PhoneRefusalView},
        **declare_errors(not_found="sigex-unknown sigex-data-missing", unavailable="sigex-full"),
    },
    response_model=SignedVerdictView,
    response_model_exclude_none=True,
)
@accepts_body()
async def take_documents(
    procedure_id: ProcedureId, documents: DocumentSetView, runtime: ServiceRuntime
) -> Response | SignedVerdictView:
    """API 2: take the documents back signed: 200, or 403 with ``message`` where a signature does not hold, its
    certificate is not trusted, or another document comes. The same PUT may come twice.
    """
    procedures = runtime.resource(SigningProcedures)
    try:
        procedure = procedures.find(procedure_id, runtime.machine_now)
        offered = procedure.require_documents()
        await _check_documents(runtime, offered, documents)
    except (Malformed, Untrusted, Refused) as error:
        return JSONResponse(describe_trouble(error, RUSSIAN).model_dump(), status_code=403)
    procedures.reserve(procedure, sum(len(one.model_dump_json()) for one in documents.documents_to_sign))
    procedure.take_signatures(documents)
    return SignedVerdictView(back_url=procedure.back_url)


async def _check_documents(runtime: Runtime, offered: DocumentSet, sent: DocumentSetView) -> None:
    """Run the check in a thread: cryptography takes processor time."""
    authority = runtime.resource(IssuingAuthority)
    anchors = TrustAnchors((authority.root,), (authority.certificate,))

    def check(session: Session) -> None:
        check_signatures(offered, sent, SignerTrust(session, anchors, runtime.now))

    await runtime.read(check)
