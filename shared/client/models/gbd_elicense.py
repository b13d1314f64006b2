"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Literal, TypeAlias

from typing_extensions import TypedDict

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


PermitKind: TypeAlias = Literal["employer", "worker"]


PermitState: TypeAlias = Literal["issued", "extended", "reissued", "expired"]


class PermitView(TypedDict):
    """
    A permit; ``state`` is today's.
    """

    number: str
    """
    The number of the permit: KZ, two digits of the year, EL and seven digits.
    """
    kind: PermitKind
    """
    Whether the permit is for an employer or for a worker.
    """
    holder: str
    """
    The ИИН or БИН of the holder of the permit, twelve digits.
    """
    state: PermitState
    """
    Whether the permit was issued, extended, reissued, or has expired.
    """
    valid_from: str
    """
    Since when it is valid.
    """
    valid_to: str
    """
    Until when it is valid; none where it has no end.
    """
    replaces: str | None
    """
    The permit that this one replaces.
    """
    case_id: str | None
    """
    The id of the case that led to it, the same in every system.
    """
    changed_at: str
    """
    When the entry changed last, with the offset of the time zone.
    """


class PermitCheckView(TypedDict):
    """
    The public data of a permit: ``holder`` is the last digits of an ИИН.
    """

    number: str
    """
    The number of the permit: KZ, two digits of the year, EL and seven digits.
    """
    kind: PermitKind
    """
    Whether the permit is for an employer or for a worker.
    """
    state: PermitState
    """
    Whether the permit was issued, extended, reissued, or has expired.
    """
    is_in_force: bool
    """
    Whether the permit is in force today.
    """
    valid_from: str
    """
    Since when it is valid.
    """
    valid_to: str
    """
    Until when it is valid; none where it has no end.
    """
    holder: str
    """
    The ИИН or БИН of the holder of the permit, twelve digits.
    """
