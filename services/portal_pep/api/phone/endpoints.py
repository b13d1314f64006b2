"""The two endpoints that eGov Mobile calls: API 1 invites, API 2 gives the document and takes it back signed."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session

from services.portal_pep.settings import PortalSettings
from services.portal_pep.signing import phone_links, signing_requests
from services.portal_pep.signing.phone_links import FetchedLink
from services.portal_pep.signing.signing_requests import SigningRequestRow
from services.portal_pep.texts import TEXTS
from shared.bus.errors import Malformed, Refused, Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.phone import offers
from shared.phone.offers import (
    DocumentSetView,
    PhoneDocumentPlaceView,
    PhoneOrganisationView,
    PhoneRefusalView,
    PhoneVerdictView,
    SigningInvitationView,
    TitledContent,
)
from shared.phone.wire import AuthType, SignMethod
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre

router = APIRouter(prefix="/api/v1/phone", tags=["phone"], dependencies=[FewCalls])
LinkId = Annotated[str, Path(max_length=50)]
PORTAL_BIN = "000740000728"
"""The БИН under which the portal asks for signatures: our choice, like its names."""


@router.get("/{link_id}", responses=declare_errors(not_found="phone-link-unknown", conflict="phone-link-used"))
async def give_invitation(link_id: LinkId, runtime: ServiceRuntime) -> SigningInvitationView:
    """API 1: who asks to sign what, until when, where it is; ``phone-link-unknown``, ``phone-link-used``."""

    def open_link(uow: UnitOfWork) -> FetchedLink:
        fetched = phone_links.open_link(uow.session, link_id, uow.machine_now)
        phone_links.require_unsigned(fetched.request)
        fetched.link.is_opened = True
        uow.session.add(fetched.link)
        return fetched

    fetched = await runtime.write(open_link)
    base = runtime.resource(PortalSettings).phone_url
    until = runtime.now + (fetched.link.until - runtime.machine_now)
    title = TEXTS["system-title"]
    return SigningInvitationView(
        description=TEXTS[f"phone-document-{fetched.request.purpose}"]["ru"],
        expiry_date=offers.format_expiry(until),
        organisation=PhoneOrganisationView(
            name_ru=title["ru"], name_kz=title["kk"], name_en=title["en"], bin=PORTAL_BIN
        ),
        document=PhoneDocumentPlaceView(
            uri=f"{base}/{link_id}/documents", auth_type=AuthType.TOKEN, auth_token=fetched.link.auth_token
        ),
    )


@router.get(
    "/{link_id}/documents",
    responses=declare_errors(
        not_found="phone-link-unknown", conflict="phone-link-used", untrusted="phone-token-refused"
    ),
)
async def give_documents(link_id: LinkId, token: BearerToken, runtime: ServiceRuntime) -> DocumentSetView:
    """API 2: the document to sign. ``phone-link-unknown``, ``phone-token-refused``, ``phone-link-used``."""
    fetched = await _fetch_link(runtime, link_id, token)
    phone_links.require_unsigned(fetched.request)
    return _offer_document(fetched.request)


@router.put(
    "/{link_id}/documents",
    responses={
        403: {"model": PhoneRefusalView},
        **declare_errors(
            not_found="phone-link-unknown",
            untrusted="phone-token-refused",
            unavailable="directory-unavailable eds-revocation-unknown",
        ),
    },
    response_model=PhoneVerdictView,
)
@accepts_body()
async def take_documents(
    link_id: LinkId, documents: DocumentSetView, token: BearerToken, runtime: ServiceRuntime
) -> Response | PhoneVerdictView:
    """API 2: take the document back signed: 200 with the page to go on, 403 with ``message`` where the signature
    does not hold, or another document or another person's signature comes. The same signature may come twice.
    """
    fetched = await _fetch_link(runtime, link_id, token)
    try:
        signed_document = _read_signature(documents)
        await _check_signature(runtime, fetched.request, signed_document)
    except (Malformed, Untrusted, Refused) as error:
        message = TEXTS.get(error.code, {}).get("ru") or error.message
        return JSONResponse({"message": message, "code": error.code}, status_code=403)

    def keep(uow: UnitOfWork) -> None:
        row = phone_links.open_link(uow.session, link_id, uow.machine_now).request
        if row.signed is None:
            signing_requests.keep_signed(uow.session, row, signed_document)

    await runtime.write(keep)
    return PhoneVerdictView(back_url=f"{runtime.resource(PortalSettings).own_url}/sign/{fetched.request.id}")


async def _fetch_link(runtime: Runtime, link_id: str, token: str) -> FetchedLink:
    def fetch(session: Session) -> FetchedLink:
        fetched = phone_links.open_link(session, link_id, runtime.machine_now)
        phone_links.require_token(fetched.link, token)
        return fetched

    return await runtime.read(fetch)


def _offer_document(request: SigningRequestRow) -> DocumentSetView:
    names = TEXTS[f"phone-document-{request.purpose}"]
    content = TitledContent(dict(names), request.content, meta=(("ИИН", request.iin),))
    return offers.offer_contents([content], SignMethod.CMS_WITH_DATA)


def _read_signature(documents: DocumentSetView) -> bytes:
    signatures = offers.read_cms_signatures(documents)
    if len(signatures) != 1:
        raise Malformed("document-malformed", "one document was offered")
    return signatures[0]


async def _check_signature(runtime: Runtime, request: SigningRequestRow, signed_document: bytes) -> None:
    """«Условие 2» and that this citizen signed this document; Malformed ``document-malformed`` for another one."""
    centre = runtime.resource(CertificationCentre)
    checked = await runtime.compute(
        lambda: centre.check_document(
            signed_document, at=runtime.now, expected_iin=request.iin, purpose=SignaturePurpose.APPLICANT
        )
    )
    if not secrets.compare_digest(checked.content, request.content):
        raise Malformed("document-malformed", "another document is signed than the one that was offered")
