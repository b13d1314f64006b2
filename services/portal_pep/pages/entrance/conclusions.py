"""What follows on a signature that a page took: a session, an account, a password, an application, papers."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping

from fastapi import Response

from services.portal_pep import form_drafts, storage
from services.portal_pep.actions import accounts, applications
from services.portal_pep.api.account_views import CitizenRegistrationRequest, PasswordRecoveryRequest
from services.portal_pep.api.cabinet_views import ApplicationSubmissionRequest, CitizenAnswerRequest
from services.portal_pep.api.identity_proofs import check_proof
from services.portal_pep.signing import signing_requests
from services.portal_pep.signing.signing_requests import SigningPurpose, SigningRequestRow
from services.portal_pep.storage import LOGINS
from services.portal_pep.submission import CabinetVisitor
from shared.bus.errors import NotFound, Untrusted
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import ProofPurpose
from shared.people import logins
from shared.web.page_forms import PageForm
from shared.web.page_sites import Page


async def conclude(
    page: Page,
    runtime: Runtime,
    row: SigningRequestRow,
    signed_document: bytes,
    citizen: CabinetVisitor | None,
    form: PageForm,
) -> Response:
    """Do what the signed document asks for, by the functions of the API, whose errors these are."""
    if row.purpose in _OF_VISITORS:
        return await _OF_VISITORS[row.purpose](page, runtime, row, signed_document, form)
    if citizen is None:
        raise Untrusted("login-needed", "log in first")
    return await _OF_CITIZENS[row.purpose](page, runtime, row, signed_document, citizen)


async def _log_in(
    page: Page, runtime: Runtime, row: SigningRequestRow, signed_document: bytes, form: PageForm
) -> Response:
    await check_proof(runtime, row.iin, ProofPurpose.LOGIN, signed_document)
    if await runtime.read(lambda session: storage.get_account(session, row.iin)) is None:
        raise NotFound("account-unknown", "this ИИН has no account")
    await _open_session(page, runtime, row)
    return page.lead_back()


async def _register(
    page: Page, runtime: Runtime, row: SigningRequestRow, signed_document: bytes, form: PageForm
) -> Response:
    request = CitizenRegistrationRequest.model_validate(
        {"iin": row.iin, "password": form.secret("password")[:400], "cms": _encode(signed_document)}
    )
    await accounts.register_citizen(runtime, request)
    await _open_session(page, runtime, row)
    page.leave_notice("registered")
    return page.lead_to("services")


async def _recover(
    page: Page, runtime: Runtime, row: SigningRequestRow, signed_document: bytes, form: PageForm
) -> Response:
    request = PasswordRecoveryRequest.model_validate(
        {"iin": row.iin, "new_password": form.secret("password")[:400], "cms": _encode(signed_document)}
    )
    await accounts.recover_password(runtime, request)
    await _open_session(page, runtime, row)
    page.leave_notice("password-changed")
    return page.lead_to("cabinet/account")


async def _file(
    page: Page, runtime: Runtime, row: SigningRequestRow, signed_document: bytes, citizen: CabinetVisitor
) -> Response:
    request = ApplicationSubmissionRequest.model_validate({"cms": _encode(signed_document)})
    application = await applications.submit_application(runtime, citizen, request)
    answers = json.loads(row.content)["fields"]

    def clear(uow: UnitOfWork) -> None:
        signing_requests.use_request(uow.session, row.id)
        form_drafts.forget_draft(uow.session, citizen.iin, row.subject)
        form_drafts.learn_answers(uow.session, citizen.iin, answers)

    await runtime.write(clear)
    page.leave_notice("filed")
    return page.lead_to(f"cabinet/cases/{application.id}")


async def _send_papers(
    page: Page, runtime: Runtime, row: SigningRequestRow, signed_document: bytes, citizen: CabinetVisitor
) -> Response:
    case_id, _, step = row.subject.partition(" ")
    reply = CitizenAnswerRequest.model_validate({"answer": "received", "cms": _encode(signed_document)})
    await applications.answer_question(runtime, citizen.iin, (case_id, step), reply)

    def clear(uow: UnitOfWork) -> None:
        signing_requests.use_request(uow.session, row.id)
        form_drafts.forget_files(uow.session, citizen.iin, case_id)

    await runtime.write(clear)
    page.leave_notice("papers-sent")
    return page.lead_to(f"cabinet/cases/{case_id}")


async def _open_session(page: Page, runtime: Runtime, row: SigningRequestRow) -> None:
    def open_session(uow: UnitOfWork) -> str:
        signing_requests.use_request(uow.session, row.id)
        return logins.open_session(uow, LOGINS, row.iin)

    page.open_session(await runtime.write(open_session))


def _encode(signed_document: bytes) -> str:
    return b64encode(signed_document).decode()


_OF_VISITORS: Mapping[str, Callable[[Page, Runtime, SigningRequestRow, bytes, PageForm], Awaitable[Response]]] = {
    SigningPurpose.LOGIN: _log_in,
    SigningPurpose.REGISTRATION: _register,
    SigningPurpose.RECOVERY: _recover,
}
_OF_CITIZENS: Mapping[
    str, Callable[[Page, Runtime, SigningRequestRow, bytes, CabinetVisitor], Awaitable[Response]]
] = {
    SigningPurpose.APPLICATION: _file,
    SigningPurpose.SUPPLEMENT: _send_papers,
}
