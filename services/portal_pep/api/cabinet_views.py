"""The requests to the cabinet, and its answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, computed_field

from services.portal_pep.domain import EventKind
from shared.bus.http.requests.plain_input import RequestModel
from shared.contracts.cases import DecisionOutcome, StepDone
from shared.contracts.documents import Attachment, OutputDocument, QueueNoticeDocument
from shared.contracts.statuses import StatusCode, code_of_status
from shared.pki.cms.armour import SignedBytes64
from shared.regulations.process.graph import ProcessNode


class ApplicationDraftRequest(RequestModel):
    """A filled form: values by field keys of the form's schema."""

    authority: Annotated[str, Field(max_length=100)]
    fields: Annotated[dict[str, Annotated[str, Field(max_length=4000)]], Field(max_length=100)]
    attachments: Annotated[list[Attachment], Field(max_length=20)] = Field(default=[])
    variant: Annotated[str, Field(max_length=40)] | None = None


class ApplicationSubmissionRequest(RequestModel):
    """The signed document: base64 of a DER CMS with the document inside."""

    cms: SignedBytes64


class CitizenAnswerRequest(RequestModel):
    """A citizen's answer: one of the given answers, or a text where the act requires one; ``cms`` (base64 of DER)
    where documents are required, over the document that ``draft_application`` gave.
    """

    answer: Annotated[str, Field(max_length=40)] | None = None
    text: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    cms: SignedBytes64 | None = None


class SupplementDraftRequest(RequestModel):
    """The documents for which the act waits."""

    attachments: Annotated[list[Attachment], Field(min_length=1, max_length=20)]


class CitizenQuestionView(BaseModel):
    """A question to the citizen: the step, its subject in the act, the possible answers, and whether ``papers``
    belong to the answer.
    """

    step: str
    text: str
    choose: list[str]
    papers: bool


class CabinetApplicationView(BaseModel):
    """An application in the list of the cabinet.

    Where it was refused without a document, ``refusal`` holds the act's words and ``reason`` the provider's;
    ``reason_kk`` and ``reason_en`` say the same where they are known.
    """

    model_config = ConfigDict(from_attributes=True)

    id: Annotated[str, Field(validation_alias="case_id")]
    regulation: str
    variant: str
    region: str
    authority: str
    number: str | None
    status: str
    outcome: DecisionOutcome | None
    reason: str | None
    reason_kk: str | None
    reason_en: str | None
    refusal: str | None
    submitted_at: datetime
    changed_at: datetime

    @computed_field
    def status_code(self) -> StatusCode:
        return code_of_status(self.status)


class ApplicationStepView(StepDone):
    """A step of the regulation with the unit and the action by the passport; ``label`` is the act's own («процесс
    3»), ``n`` its number there.
    """

    label: str
    n: int | None
    unit: str
    action: str

    @classmethod
    def from_step(cls, step: StepDone, node: ProcessNode) -> ApplicationStepView:
        return cls(**step.model_dump(), label=node.label, n=node.n, unit=node.actor, action=node.action)


class CabinetNotificationView(BaseModel):
    """A line of «Уведомления», in the reader's language; ``until`` belongs to an extended deadline,
    ``reason`` is the reason for it, or what an employee wrote with another change.
    """

    id: int
    application_id: str
    at: datetime
    kind: EventKind
    status: str
    number: str | None
    text: str
    until: datetime | None = None
    reason: str | None = None

    @computed_field
    def status_code(self) -> StatusCode:
        return code_of_status(self.status)


class OutputSignerView(BaseModel):
    """The signer of the output document, by the signer's certificate."""

    name: str
    organisation: str | None


class CabinetNoticeView(BaseModel):
    """The notice of the place in the queue, and its signer."""

    document: QueueNoticeDocument
    signer: OutputSignerView
    signed_at: datetime | None
    stamped_at: datetime | None


class CabinetOutputView(BaseModel):
    """The output document and its signer."""

    document: OutputDocument
    signer: OutputSignerView
    signed_at: datetime | None
    stamped_at: datetime | None
