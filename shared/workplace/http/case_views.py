"""The requests to the workplace about a case, and its answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field, computed_field
from sqlmodel import Session

from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.persistence.list_pages import ListPage
from shared.contracts.cases import DecisionOutcome
from shared.contracts.statuses import StatusCode, code_of_status
from shared.pki.cms.armour import SignedBytes64
from shared.regulations.model import ServiceResult, StepOperation
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.translations import kazakh_text
from shared.workplace.http.records.record_views import RecordFormView, StepRecordRequest
from shared.workplace.records import refusals, visits
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.decisions import REFUSING, Decision, missing_reason
from shared.workplace.records.refusals import RefusalRow
from shared.workplace.records.stages import CaseStage
from shared.workplace.texts import describe_refusal


class EmployeeLoginRequest(RequestModel):
    """ИИН and password."""

    iin: Annotated[str, Field(max_length=12)]
    password: Annotated[str, Field(max_length=200)]


class EmployeePasswordRequest(RequestModel):
    """The present password and the new one."""

    password: Annotated[str, Field(max_length=200)]
    new_password: Annotated[str, Field(max_length=400)]


class EmployeeChallengeRequest(RequestModel):
    """The employee who lost the password."""

    iin: Annotated[str, Field(max_length=12)]


class EmployeeRecoveryRequest(RequestModel):
    """The employee, the new password, and the signed challenge: base64 of a CMS (DER) with the document inside."""

    iin: Annotated[str, Field(max_length=12)]
    new_password: Annotated[str, Field(max_length=400)]
    cms: Base64Bytes


class EmployeeSessionView(BaseModel):
    """A session: the token is for the header ``Authorization: Bearer`` and lasts eight hours. ``authority`` and
    ``role`` are the employee's place of work. With ``must_change_password`` the session is good for
    ``POST /api/v1/password`` only.
    """

    token: str
    authority: str
    role: str
    must_change_password: bool = False


class FirstPasswordView(BaseModel):
    """A new first password of an employee, shown this once."""

    password: str


class OwnKeyRequest(RequestModel):
    """A PKCS #10 request in PEM for a key that the employee keeps."""

    csr: Annotated[str, Field(min_length=1, max_length=20_000)]


class EmployeeCertificateView(BaseModel):
    """НУЦ's certificate for the employee's own key, PEM."""

    certificate: str


class EmployeeView(BaseModel):
    """A synthetic employee and the employee's place of work."""

    iin: str
    authority: str
    role: str
    surname: str
    name: str


class HiredEmployeeView(EmployeeView):
    """A new employee, with the first password, shown this once."""

    password: str


class DecisionRequest(RequestModel):
    """A decision; a negative one has a reason, in Kazakh in ``reason_kk``."""

    outcome: DecisionOutcome
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None


class OutputSignatureRequest(RequestModel):
    """A CMS (base64 of DER) over the draft, by the employee's own key; without a CMS the workplace's key signs."""

    cms: SignedBytes64 | None = None


class StepRequest(RequestModel):
    """Taking a step: its ``answer`` where the step asks for one, the ``reason`` of a refusal, a CMS (base64 of
    DER) over the draft where the employee signs with a key of one's own. ``missing`` names the missing documents
    where the answer is ``incomplete``; they are then the reason. ``office`` is the office to which the step hands
    the case over, by default the only one of the act. ``text`` is what the applicant wrote where the applicant
    answers, else the employee's words for the applicant, where the step sends a notice. ``record`` is what the
    employee writes down, where the act gives the step a record, ``result`` the code of the act's result that the
    applicant gets, where the act has several (the first of them without a choice).
    """

    answer: Annotated[str, Field(max_length=40)] | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None
    cms: SignedBytes64 | None = None
    missing: Annotated[list[visits.MissingPaper], Field(max_length=30)] = Field(default=[])
    office: Annotated[str, Field(max_length=100)] | None = None
    text: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    record: StepRecordRequest | None = None
    result: Annotated[str, Field(max_length=60)] | None = None

    @property
    def decision(self) -> Decision | None:
        if self.answer in REFUSING:
            if not self.reason and self.missing:
                return Decision.refuse(missing_reason(self.missing))
            return Decision(DecisionOutcome.NEGATIVE, self.reason, self.reason_kk)
        return None


class CaseExtensionRequest(RequestModel):
    """An extension of the act or a fact on which a longer limit hangs, the reason, and the new deadline where the
    act does not say by how much.
    """

    extension: Annotated[str, Field(max_length=40)]
    reason: Annotated[str, Field(max_length=2000)]
    until: AwareDatetime | None = None


CHOOSING: frozenset[StepOperation] = frozenset({"receive", "review", "prepare", "decide", "approve"})
"""The operations at which an employee may choose the result."""


def may_choose(node: ProcessNode, results: Sequence[ServiceResult]) -> bool:
    """Whether the employee of a step may choose one of these results."""
    return len(results) > 1 and node.op in CHOOSING and node.holder != "is_con"


class ResultChoiceView(BaseModel):
    """One of the results that the act gives; the Kazakh title is none where nobody translated it."""

    code: str
    title: str
    title_kk: str | None

    @classmethod
    def from_result(cls, result: ServiceResult) -> ResultChoiceView:
        return cls(code=result.code, title=result.text, title_kk=kazakh_text(result.text))


class NextStepView(BaseModel):
    """A step that is allowed now; ``record`` is what its person writes down, None where the act has no record,
    ``results`` are those of which its person may choose one.
    """

    step: str
    label: str
    n: int | None
    actor: str
    action: str
    clause: str | None
    holder: str
    is_here: bool
    roles: list[str]
    choose: list[str]
    media: list[str]
    record: RecordFormView | None
    results: list[ResultChoiceView]

    @classmethod
    def from_node(
        cls, node: ProcessNode, graph: ProcessGraph, results: Sequence[ServiceResult], *, is_here: bool
    ) -> NextStepView:
        is_choosing = is_here and may_choose(node, results)
        return cls(
            step=node.id,
            label=node.label,
            n=node.n,
            actor=node.actor,
            action=node.action,
            clause=node.clause,
            holder=node.holder,
            is_here=is_here,
            roles=sorted(node.roles),
            choose=list(node.chooses),
            media=list(node.media),
            record=RecordFormView.find(graph, node) if is_here else None,
            results=[ResultChoiceView.from_result(result) for result in results] if is_choosing else [],
        )


class MessageRefusalView(BaseModel):
    """A message of a case that its receiver refused; a refused result with no ``resent_at`` waits to be sent
    again.
    """

    correlation_id: str
    message_id: str
    message_type: str
    step: str
    recipient: str | None
    code: str
    texts: dict[str, str]
    refused_at: datetime
    resent_at: datetime | None

    @classmethod
    def from_row(cls, row: RefusalRow) -> MessageRefusalView:
        return cls(
            correlation_id=row.case_id,
            message_id=row.message_id,
            message_type=row.message_type,
            step=row.step,
            recipient=row.recipient or None,
            code=row.code,
            texts=describe_refusal(row.message_type, row.code),
            refused_at=row.refused_at,
            resent_at=row.resent_at,
        )


class WorkplaceCaseView(BaseModel):
    """A case at the workplace; ``due_at`` is the deadline of the authority's next step here, ``late`` its delay in
    seconds, ``reason_kk`` and ``reason_en`` the reason where it is known in these languages, ``refusals`` the
    messages of the case that a receiver refused, ``assignee`` the ИИН of the employee
    who has taken the case; empty for a free one.
    """

    model_config = ConfigDict(from_attributes=True)

    correlation_id: Annotated[str, Field(validation_alias="case_id")]
    number: str | None
    regulation: str
    region: str
    channel: str
    variant: str
    authority: str
    place: str
    stage: CaseStage
    status: str
    employee: str | None
    assignee: str = ""
    outcome: DecisionOutcome | None
    reason: str | None
    reason_kk: str | None = None
    reason_en: str | None = None
    received_at: datetime
    changed_at: datetime
    due_at: datetime | None
    late: float | None = None
    refusals: list[MessageRefusalView] = []

    @computed_field
    def status_code(self) -> StatusCode | None:
        return code_of_status(self.status) if self.status else None

    @classmethod
    def from_case(cls, case: WorkplaceCase, session: Session, now: datetime) -> WorkplaceCaseView:
        return cls.from_cases([case], session, now)[0]

    @classmethod
    def from_cases(cls, cases: list[WorkplaceCase], session: Session, now: datetime) -> list[WorkplaceCaseView]:
        rows = refusals.refusals_of(session, [case.case_id for case in cases])
        return [cls._view(case, (row for row in rows if row.case_id == case.case_id), now) for case in cases]

    @classmethod
    def from_page(
        cls, page: ListPage[WorkplaceCase], session: Session, now: datetime
    ) -> ListPage[WorkplaceCaseView]:
        return ListPage(cls.from_cases(page.rows, session, now), page.previous, page.next)

    @classmethod
    def _view(cls, case: WorkplaceCase, rows: Iterable[RefusalRow], now: datetime) -> WorkplaceCaseView:
        late = (now - case.due_at).total_seconds() if case.due_at is not None and now > case.due_at else None
        views = [MessageRefusalView.from_row(row) for row in rows]
        return cls.model_validate(case).model_copy(update={"late": late, "refusals": views})
