"""What a system calls: register a procedure, send documents, get signatures. Trouble comes with status 200."""

from __future__ import annotations

import base64
import json

from fastapi import APIRouter, Depends, Request

from services.is_nuc.sigex.calls import (
    PREFIX,
    ProcedureId,
    address_of,
    describe_trouble,
    require_open,
    seconds_left,
)
from services.is_nuc.sigex.procedures import SigningProcedures
from services.is_nuc.sigex.wire import DataTakenView, ProcedureRequest, ProcedureView, SigexTroubleView
from shared.bus.errors import Conflict, Malformed, NotFound, Refused
from shared.bus.http.endpoints import Language, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import LongStream, accepts_body
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.http.requests.callers import CallerAddress
from shared.phone.links import PhoneApp, compose_launch_link, compose_qr_text
from shared.phone.offers import DocumentSetView
from shared.phone.pictures import draw_qr
from shared.phone.wire import DocumentSet, read_documents

router = APIRouter(prefix=PREFIX, tags=["sigex"], dependencies=[Depends(require_open), FewCalls])


@router.post("", responses=declare_errors(unavailable="sigex-full"))
async def register_procedure(wish: ProcedureRequest, request: Request, runtime: ServiceRuntime) -> ProcedureView:
    """Register a procedure, good for three minutes and for one signature."""

    back_url = wish.when_done.back_url if wish.when_done else None
    procedure = runtime.resource(SigningProcedures).open(wish.description, back_url, runtime.machine_now)
    address = address_of(request, procedure)
    invitation = f"{address}/mgovSign"
    picture = await runtime.compute_short(lambda: draw_qr(compose_qr_text(invitation)))
    return ProcedureView(
        expire_at=round(procedure.until.timestamp() * 1000),
        qr_code=base64.b64encode(picture).decode(),
        data_url=address,
        sign_url=address,
        mobile_link=compose_launch_link(invitation, PhoneApp.MOBILE),
        business_link=compose_launch_link(invitation, PhoneApp.BUSINESS),
    )


@router.post(
    "/{procedure_id}",
    response_model=DataTakenView | SigexTroubleView,
    dependencies=[LongStream],
    responses=declare_errors(throttled="too-many-streams", unavailable="sigex-full"),
)
@accepts_body()
async def send_documents(
    procedure_id: ProcedureId,
    documents: DocumentSetView,
    request: Request,
    runtime: ServiceRuntime,
    address: CallerAddress,
    tag: Language,
) -> DataTakenView | SigexTroubleView:
    """Send the documents; the answer comes once the phone has fetched them. The same documents may come again.

    Trouble ``sigex-unknown``, ``sigex-expired``, ``sigex-data-malformed``, ``sigex-data-changed``.
    """
    procedures = runtime.resource(SigningProcedures)
    try:
        procedure = procedures.find(procedure_id, runtime.machine_now)
        content = json.dumps(documents.model_dump(mode="json", by_alias=True, exclude_none=True)).encode()
        procedures.reserve(procedure, len(content))
        procedure.give_documents(_read_offer(content))
        with procedures.held_calls.hold_place(address):
            left = seconds_left(procedure, runtime.machine_now)
            await procedure.wait_for(procedure.is_fetched, left, request.is_disconnected)
        if not procedure.is_fetched.is_set():
            raise Refused("sigex-expired", "no phone has fetched the documents")
        return DataTakenView(sign_url=address_of(request, procedure))
    except (Malformed, NotFound, Refused, Conflict) as error:
        return describe_trouble(error, tag)


@router.get(
    "/{procedure_id}",
    response_model=DocumentSetView | SigexTroubleView,
    response_model_exclude_none=True,
    dependencies=[LongStream],
    responses=declare_errors(throttled="too-many-streams"),
)
async def give_signatures(
    procedure_id: ProcedureId, request: Request, runtime: ServiceRuntime, address: CallerAddress, tag: Language
) -> DocumentSetView | SigexTroubleView:
    """The documents with the signatures in their place; the answer comes once the phone has brought them.

    Trouble ``sigex-unknown``, ``sigex-expired``.
    """
    procedures = runtime.resource(SigningProcedures)
    try:
        procedure = procedures.find(procedure_id, runtime.machine_now)
        with procedures.held_calls.hold_place(address):
            left = seconds_left(procedure, runtime.machine_now)
            await procedure.wait_for(procedure.is_signed, left, request.is_disconnected)
        if procedure.signed is None:
            raise Refused("sigex-expired", "no phone has brought signatures")
        return procedure.signed
    except (NotFound, Refused) as error:
        return describe_trouble(error, tag)


def _read_offer(content: bytes) -> DocumentSet:
    """The documents as a phone will read them; Malformed ``sigex-data-malformed`` with ``field`` and ``why``."""
    try:
        return read_documents(content)
    except Malformed as error:
        raise Malformed("sigex-data-malformed", error.message, **error.details) from None
