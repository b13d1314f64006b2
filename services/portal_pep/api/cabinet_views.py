"""What is asked of the cabinet, and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from services.portal_pep.domain import EventKind
from shared.contracts.cases import DecisionOutcome, StepDone
from shared.contracts.documents import Attachment, OutputDocument


class ApplicationDraftRequest(BaseModel):
    """A filled form: field keys of the form's schema to values."""

    model_config = ConfigDict(extra="forbid")

    authority: Annotated[str, Field(max_length=100)]
    fields: Annotated[dict[str, Annotated[str, Field(max_length=4000)]], Field(max_length=100)]
    attachments: Annotated[list[Attachment], Field(max_length=20)] = []
    variant: Annotated[str, Field(max_length=40)] | None = None


class ApplicationSubmissionRequest(BaseModel):
    """The signed document: base64 of a DER CMS with the document inside."""

    model_config = ConfigDict(extra="forbid")

    cms: Base64Bytes


class CitizenAnswerRequest(BaseModel):
    """A citizen's answer: one of those to choose from, or his words where the act wants it in writing; ``cms``
    (base64 of DER) where papers are wanted, over the document that ``draft_application`` gave."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, Field(max_length=40)] | None = None
    text: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    cms: Base64Bytes | None = None


class SupplementDraftRequest(BaseModel):
    """Papers that the act waits for."""

    model_config = ConfigDict(extra="forbid")

    attachments: Annotated[list[Attachment], Field(min_length=1, max_length=20)]


class CitizenQuestionView(BaseModel):
    """What is asked of the citizen: the step, what it is about in the act, the answers to choose from, and whether
    ``papers`` go with the answer."""

    step: str
    text: str
    choose: list[str]
    papers: bool


class CabinetApplicationView(BaseModel):
    """An application as the cabinet lists it.

    Where it was refused without a document, ``refusal`` is what the act says of that and ``reason`` what the
    provider said.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    regulation: str
    variant: str
    region: str
    authority: str
    number: str | None
    status: str
    outcome: DecisionOutcome | None
    reason: str | None
    refusal: str | None
    submitted_at: datetime
    changed_at: datetime


class ApplicationStepView(StepDone):
    """A step of the regulation with the unit and the action as the passport tells them; ``label`` is the act's
    own («процесс 3»), ``n`` its number there."""

    label: str
    n: int | None
    unit: str
    action: str


class CabinetNotificationView(BaseModel):
    """A line of «Уведомления», in the reader's language; ``until`` and ``reason`` of an extended deadline."""

    id: int
    application_id: str
    at: datetime
    kind: EventKind
    status: str
    number: str | None
    text: str
    until: datetime | None = None
    reason: str | None = None


class OutputSignerView(BaseModel):
    """Who signed the output document, as the certificate names him."""

    name: str
    organisation: str | None


class CabinetOutputView(BaseModel):
    """The output document and who signed it."""

    document: OutputDocument
    signer: OutputSignerView
    signed_at: datetime | None
    stamped_at: datetime | None
