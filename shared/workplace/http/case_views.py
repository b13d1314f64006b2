"""The requests to the workplace about a case, and its answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field

from shared.bus.http.requests.plain_input import RequestModel
from shared.contracts.cases import DecisionOutcome
from shared.regulations.process.graph import ProcessNode
from shared.workplace.people.roles import roles_of
from shared.workplace.records import visits
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.decisions import REFUSING, Decision
from shared.workplace.records.stages import CaseStage


class EmployeeLoginRequest(RequestModel):
    """ИИН and password."""

    iin: Annotated[str, Field(max_length=12)]
    password: Annotated[str, Field(max_length=200)]


class EmployeePasswordRequest(RequestModel):
    """The present password and the new one."""

    password: Annotated[str, Field(max_length=200)]
    new_password: Annotated[str, Field(max_length=400)]


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


class DecisionRequest(RequestModel):
    """A decision; a negative one has a reason, in Kazakh in ``reason_kk``."""

    outcome: DecisionOutcome
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None


class OutputSignatureRequest(RequestModel):
    """A CMS (base64 of DER) over the draft, by the employee's own key; without a CMS the workplace's key signs."""

    cms: Base64Bytes | None = None


class StepRequest(RequestModel):
    """Taking a step: its ``answer`` where the step asks for one, the ``reason`` of a refusal, a CMS (base64 of
    DER) over the draft where the employee signs with a key of one's own. ``missing`` names the missing documents
    where the answer is ``incomplete``; they are then the reason.
    """

    answer: Annotated[str, Field(max_length=40)] | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None
    cms: Base64Bytes | None = None
    missing: Annotated[list[visits.MissingPaper], Field(max_length=30)] = Field(default=[])

    @property
    def decision(self) -> Decision | None:
        if self.answer in REFUSING:
            reason = self.reason or (visits.missing_reason(self.missing) if self.missing else None)
            return Decision(DecisionOutcome.NEGATIVE, reason, self.reason_kk)
        return None


class CaseExtensionRequest(RequestModel):
    """An extension of the act, the reason, and the new deadline where the act does not say by how much."""

    extension: Annotated[str, Field(max_length=40)]
    reason: Annotated[str, Field(max_length=2000)]
    until: AwareDatetime | None = None


class NextStepView(BaseModel):
    """A step that is allowed now."""

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

    @classmethod
    def from_node(cls, node: ProcessNode, *, is_here: bool) -> NextStepView:
        return cls(
            step=node.id,
            label=node.label,
            n=node.n,
            actor=node.actor,
            action=node.action,
            clause=node.clause,
            holder=node.holder,
            is_here=is_here,
            roles=sorted(roles_of(node)),
            choose=list(node.chooses),
            media=list(node.media),
        )


class WorkplaceCaseView(BaseModel):
    """A case at the workplace; ``due_at`` is the deadline of the authority's next step here, ``late`` its delay in
    seconds.
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
    outcome: DecisionOutcome | None
    reason: str | None
    received_at: datetime
    changed_at: datetime
    due_at: datetime | None
    late: float | None = None

    @classmethod
    def from_case(cls, case: WorkplaceCase, now: datetime) -> WorkplaceCaseView:
        late = (now - case.due_at).total_seconds() if case.due_at is not None and now > case.due_at else None
        return cls.model_validate(case).model_copy(update={"late": late})
