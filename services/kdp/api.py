"""КДП over HTTP, for the operator of the sandbox: the citizens' telephones, and the consents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.kdp import consenting, storage
from services.kdp.domain import SMS_SENDER, ConsentState
from services.kdp.storage import ConsentRow
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])

Narrowed = Annotated[str | None, Query(max_length=100)]


class ConsentView(BaseModel):
    """A request for consent, and what became of the request."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    state: ConsentState
    asker: str
    iin: str
    company: str
    company_bin: str
    company_responsible: str
    employee_name: str
    access_name: str
    personal_data: str
    requested_at: datetime
    answered_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def from_row(cls, row: ConsentRow) -> ConsentView:
        return cls.model_validate(row)


class SmsView(BaseModel):
    """An SMS on a citizen's telephone; ``state`` is that of the consent for which the SMS asks."""

    id: str
    sent_by: str
    phone: str
    iin: str
    sms_text: str
    sent_at: datetime
    answer_until: datetime
    state: ConsentState
    answered_at: datetime | None

    @classmethod
    def from_row(cls, row: ConsentRow) -> SmsView:
        return cls.model_validate({**row.model_dump(), "sent_by": SMS_SENDER, "sent_at": row.requested_at})


class SmsAnswer(RequestModel):
    """The citizen's answer to an SMS."""

    is_agreed: bool


@router.get("/messages", tags=["telephones"])
async def list_sms(
    runtime: ServiceRuntime, pager: Paging, iin: Narrowed = None, phone: Narrowed = None
) -> list[SmsView]:
    """The SMS on the citizens' telephones, the newest first; ``cursor-malformed``."""
    page = await runtime.read(
        lambda session: storage.list_consents(session, pager.place, is_by_sms=True, iin=iin, phone=phone)
    )
    return [SmsView.from_row(row) for row in pager.link_page(page)]


@router.post(
    "/messages/{consent_id}/answer",
    tags=["telephones"],
    responses=declare_errors(
        not_found="consent-message-unknown", conflict="consent-answered", malformed="message-too-large"
    ),
)
@audits_fields("is_agreed")
async def answer_message(consent_id: str, answer: SmsAnswer, runtime: ServiceRuntime) -> SmsView:
    """Answer an SMS for the citizen; ``consent-message-unknown``, ``consent-answered``, ``message-too-large``."""
    return await runtime.write(
        lambda uow: SmsView.from_row(consenting.answer_sms(consent_id, is_agreed=answer.is_agreed, uow=uow))
    )


@router.get("/consents", tags=["consents"])
async def list_consents(
    runtime: ServiceRuntime, pager: Paging, iin: Narrowed = None, state: ConsentState | None = None
) -> list[ConsentView]:
    """The requests for consent, the newest first; ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.list_consents(session, pager.place, iin=iin, state=state))
    return [ConsentView.from_row(row) for row in pager.link_page(page)]


@router.post(
    "/consents/{consent_id}/revoke",
    tags=["consents"],
    responses=declare_errors(not_found="consent-unknown", conflict="consent-concluded"),
)
async def revoke_consent(consent_id: str, runtime: ServiceRuntime) -> ConsentView:
    """Revoke a consent for the citizen; ``consent-unknown``, ``consent-concluded``."""
    return await runtime.write(lambda uow: ConsentView.from_row(consenting.revoke_consent(consent_id, uow)))
