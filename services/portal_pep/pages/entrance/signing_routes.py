"""``/sign/{id}``: the page that signs a document with NCALayer or with the cloud signature, and takes codes."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from fastapi import Response

from services.portal_pep import storage
from services.portal_pep.api.identity_proofs import ask_register
from services.portal_pep.api.visitors import require_citizen
from services.portal_pep.pages.entrance.conclusions import conclude
from services.portal_pep.pages.entrance.open_requests import open_request
from services.portal_pep.pages.entrance.phone_display import describe_phone
from services.portal_pep.pages.entrance.proofs import say_error
from services.portal_pep.pages.site import SITE, MaybeCitizen
from services.portal_pep.settings import PortalSettings
from services.portal_pep.signing import signing_requests
from services.portal_pep.signing.kept_keys import KeyOwner, require_synthetic_citizens, sign_for_citizen
from services.portal_pep.signing.signing_requests import SigningMeans, SigningPurpose, SigningRequestRow
from shared.bus.errors import BusError, Malformed, NotFound, Throttled
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.cms.armour import remove_armour
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import NEXT, OpenPage, Page
from shared.web.pages import page_headers

router = PageRouter(SITE)
WITH_PASSWORD = frozenset({SigningPurpose.REGISTRATION.value, SigningPurpose.RECOVERY.value})


@router.get("/sign/{request_id}", dependencies=[ManyCalls])
async def show_signing(
    request_id: str, page: OpenPage, citizen: MaybeCitizen, runtime: ServiceRuntime
) -> Response:
    """The page that asks for a signature, or for the code that the citizen got by SMS; ``signing-unknown``."""
    return await _show(page, runtime, await open_request(runtime, request_id, citizen))


@router.get("/sign/{request_id}/document", dependencies=[ManyCalls])
async def download_document(
    request_id: str, page: OpenPage, citizen: MaybeCitizen, runtime: ServiceRuntime
) -> Response:
    """The bytes to sign, for the page's script; ``signing-unknown``."""
    row = await open_request(runtime, request_id, citizen)
    return Response(row.content, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.post("/sign/{request_id}", dependencies=[FewCalls])
@accepts_body(sender_check=require_citizen)
async def take_signature(
    request_id: str, page: OpenPage, citizen: MaybeCitizen, form: SentForm, runtime: ServiceRuntime
) -> Response:
    """Take the signature or the code, and do what the document asks for; its refusals are shown on this page."""
    row = await open_request(runtime, request_id, citizen)
    try:
        signed_document = await _obtain_signature(runtime, row, form)
        if signed_document is None:
            return page.lead_to(f"sign/{row.id}", **dict(page.request.query_params))
        return await conclude(page, runtime, row, signed_document, citizen, form)
    except Throttled:
        raise
    except BusError as error:
        return await _refuse(page, runtime, row, error)


async def _obtain_signature(runtime: Runtime, row: SigningRequestRow, form: PageForm) -> bytes | None:
    """The signed document; None when a code is awaited now.

    Malformed ``code-wrong``, ``document-malformed``, ``phone-signature-missing``.
    """
    if row.means == SigningMeans.PHONE:
        if row.signed is None:
            raise Malformed("phone-signature-missing", "the phone has not brought the signature yet")
        return row.signed
    if not row.awaits_code:
        signed_document = read_signature(form)
        if not row.has_code:
            return signed_document
        await runtime.write(lambda uow: _await_code(uow, row.id, signed_document))
        return None
    if not signing_requests.check_code(row, form.text("code")):
        await runtime.write(lambda uow: signing_requests.note_wrong_code(uow.session, row.id))
        raise Malformed("code-wrong", "this is not the code of the SMS")
    if row.signed is not None:
        return row.signed
    return await sign_for_citizen(runtime, await _find_owner(runtime, row.iin), row.content)


def read_signature(form: PageForm) -> bytes:
    """The CMS that a page sends as PEM or base64; Malformed ``eds-malformed``."""
    try:
        return b64decode(str(remove_armour(form.text("cms"))), validate=True)
    except ValueError:
        raise Malformed("eds-malformed", "the signature is not base64") from None


def _await_code(uow: Any, request_id: str, signed_document: bytes) -> None:
    row = signing_requests.get_request(uow.session, request_id, uow.machine_now)
    signing_requests.keep_signed(uow.session, row, signed_document)
    signing_requests.send_code(uow.session, row, uow.now)


async def _find_owner(runtime: Runtime, iin: str) -> KeyOwner:
    """The citizen as the certificate names the citizen: of the account, else of НР ИИН."""
    account = await runtime.read(lambda session: storage.get_account(session, iin))
    if account is not None:
        return KeyOwner(iin, account.surname, account.name, account.patronymic)
    person = await ask_register(runtime, iin)
    if person is None:
        raise NotFound("iin-unknown", "НР ИИН knows no such number")
    return KeyOwner(iin, person.surname, person.name, person.patronymic)


async def _refuse(page: Page, runtime: Runtime, row: SigningRequestRow, error: BusError) -> Response:
    field = {"code-wrong": "code", "password-weak": "password"}.get(error.code)
    page.errors = {field: say_error(page, error)} if field else {}
    open_case = error.details.get("application_id", "") if error.code == "application-open-already" else ""
    return await _show(page, runtime, row, error=None if field else error, open_case=open_case)


async def _show(
    page: Page, runtime: Runtime, row: SigningRequestRow, *, error: BusError | None = None, open_case: str = ""
) -> Response:
    settings = runtime.resource(PortalSettings)
    policy = page_headers(has_script=True, calls=(settings.ncalayer_url,))["Content-Security-Policy"]
    if row.awaits_code:
        require_synthetic_citizens(runtime)
    by_phone = row.means == SigningMeans.PHONE
    phone = await describe_phone(runtime, row) if by_phone else {}
    is_refused = error is not None or bool(page.errors)
    return page.show(
        "sign.html",
        status=422 if is_refused else 200,
        headers={} if row.awaits_code or by_phone else {"Content-Security-Policy": policy},
        **phone,
        by_phone=by_phone,
        next=page.request.query_params.get(NEXT, ""),
        request_id=row.id,
        purpose=row.purpose,
        iin=row.iin,
        awaits_code=row.awaits_code,
        has_password=row.purpose in WITH_PASSWORD,
        ncalayer_url=settings.ncalayer_url,
        fault="" if error is None else say_error(page, error),
        fault_code="" if error is None else error.code,
        open_case=open_case,
        action=page.address(f"sign/{row.id}", **dict(page.request.query_params)),
    )
