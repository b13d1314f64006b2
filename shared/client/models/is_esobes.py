"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Literal, TypeAlias

from typing_extensions import NotRequired, TypedDict

from shared.client.models.common import (
    Attachment as Attachment,
    AuditEntryView as AuditEntryView,
    AuditVerificationView as AuditVerificationView,
    BothClocksView as BothClocksView,
    DeadLetterView as DeadLetterView,
    DecisionOutcome as DecisionOutcome,
    FindingTexts as FindingTexts,
    HealthView as HealthView,
    IdentityProofDocument as IdentityProofDocument,
    OptionCountView as OptionCountView,
    OutputDocument as OutputDocument,
    ParkedMessageView as ParkedMessageView,
    PaymentState as PaymentState,
    Problem as Problem,
    ProofPurpose as ProofPurpose,
    QualityIndicatorView as QualityIndicatorView,
    QuestionIndicatorView as QuestionIndicatorView,
    QueueNoticeDocument as QueueNoticeDocument,
    ReadinessProblemView as ReadinessProblemView,
    ReadinessView as ReadinessView,
    Representative as Representative,
    StatusCode as StatusCode,
    StepDone as StepDone,
    StuckMessagesView as StuckMessagesView,
    WhereaboutsFindingView as WhereaboutsFindingView,
)

from shared.client.models.workplaces import (
    CaseCountsView as CaseCountsView,
    CaseDocumentView as CaseDocumentView,
    CaseExtensionRequest as CaseExtensionRequest,
    CaseQueueView as CaseQueueView,
    CaseStage as CaseStage,
    ClerkPolicy as ClerkPolicy,
    ClerkRule as ClerkRule,
    ClerkRulesRequest as ClerkRulesRequest,
    ClerkRulesView as ClerkRulesView,
    DeadlineExtension as DeadlineExtension,
    DecisionRequest as DecisionRequest,
    EmployeeCertificateView as EmployeeCertificateView,
    EmployeeChallengeRequest as EmployeeChallengeRequest,
    EmployeeLoadView as EmployeeLoadView,
    EmployeeLoginRequest as EmployeeLoginRequest,
    EmployeePasswordRequest as EmployeePasswordRequest,
    EmployeeRecoveryRequest as EmployeeRecoveryRequest,
    EmployeeRole as EmployeeRole,
    EmployeeSessionView as EmployeeSessionView,
    EmployeeView as EmployeeView,
    FirstPasswordView as FirstPasswordView,
    HandOverProof as HandOverProof,
    HandOverRequest as HandOverRequest,
    HandOverStatement as HandOverStatement,
    HiredEmployeeView as HiredEmployeeView,
    IntakeRequest as IntakeRequest,
    MessageRefusalView as MessageRefusalView,
    MonitorView as MonitorView,
    NextStepView as NextStepView,
    OfficeLoadView as OfficeLoadView,
    OutputSignatureRequest as OutputSignatureRequest,
    OwnKeyRequest as OwnKeyRequest,
    PlaceOfferRequest as PlaceOfferRequest,
    PlaceOfferView as PlaceOfferView,
    PlaceRequest as PlaceRequest,
    PlaceStatus as PlaceStatus,
    PlaceView as PlaceView,
    QueueEntryView as QueueEntryView,
    QueueStanding as QueueStanding,
    ReceiptLine as ReceiptLine,
    ReceiptView as ReceiptView,
    RecordChoiceView as RecordChoiceView,
    RecordDraftRequest as RecordDraftRequest,
    RecordFieldView as RecordFieldView,
    RecordFormView as RecordFormView,
    RecordLine as RecordLine,
    RefusalDraftRequest as RefusalDraftRequest,
    RegisterAnswerView as RegisterAnswerView,
    ResultChoiceView as ResultChoiceView,
    ScenarioCondition as ScenarioCondition,
    ScenarioLine as ScenarioLine,
    ShelfResultView as ShelfResultView,
    ShelfStatus as ShelfStatus,
    StepRecordDocument as StepRecordDocument,
    StepRecordRequest as StepRecordRequest,
    StepRequest as StepRequest,
    TimeLimit as TimeLimit,
    VisitorContact as VisitorContact,
    WaitingCaseView as WaitingCaseView,
    WaitingGroupView as WaitingGroupView,
    WorkCountsView as WorkCountsView,
    WorkList as WorkList,
    WorkplaceCaseView as WorkplaceCaseView,
)


class GrantEndRequest(TypedDict, closed=True):
    """
    The last day of a grant.
    """

    last_day: str
    """
    The last day for which the grant is paid.
    """


class GrantOrderView(TypedDict):
    """
    The order to ГЦВП; ``state`` and ``code`` are None until ГЦВП answers.
    """

    ordered_at: str
    """
    When the payment was ordered.
    """
    state: NotRequired[PaymentState | None]
    """
    Whether the payment was executed or rejected; none while it is awaited.
    """
    code: NotRequired[str | None]
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """


GrantState: TypeAlias = Literal["running", "ended"]


class RecipientView(TypedDict):
    """
    A granted service; ``until`` is its last day, ``id`` the case that granted it.
    """

    id: str
    """
    The id of the grant: that of the case that led to it.
    """
    number: str | None
    """
    The number of the application that led to the grant; none where there was none.
    """
    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    service_type: str
    """
    The service type, the same for a service in several regions.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    since: str
    """
    The first day for which the grant is paid.
    """
    until: str
    """
    The last day for which the grant is paid.
    """
    state: GrantState
    """
    Whether the grant is still paid or has ended.
    """
    order: GrantOrderView | None
    """
    The order by which it is paid.
    """
