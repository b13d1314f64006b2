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


EmploymentStatus: TypeAlias = Literal["unemployed", "seeker", "employed"]


class EmploymentStatusRequest(TypedDict, closed=True):
    """
    The status of a person from today on.
    """

    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    standing: EmploymentStatus
    """
    Whether the person is unemployed, looks for work, or is employed.
    """


class LabourRegistrationView(TypedDict):
    """
    The status of a person in the register.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    standing: EmploymentStatus
    """
    Whether the person is unemployed, looks for work, or is employed.
    """
    since: str
    """
    The day from which the person has this standing.
    """
    case_id: str | None
    """
    The id of the case that led to it, the same in every system.
    """


class VacancyRequest(TypedDict, closed=True):
    """
    A vacancy; without places it is closed.
    """

    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    profession: str
    """
    The profession that the vacancy asks for, in Russian.
    """
    profession_kk: str
    """
    The profession that the vacancy asks for, in Kazakh.
    """
    employer: str
    """
    The name of the employer that offers the vacancy.
    """
    places: int
    """
    How many places are free.
    """


class VacancyView(TypedDict):
    """
    A vacancy and the number of free places.
    """

    number: str
    """
    The number of the vacancy: the region and a running number.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    profession: str
    """
    The profession that the vacancy asks for, in Russian.
    """
    profession_kk: str
    """
    The profession that the vacancy asks for, in Kazakh.
    """
    employer: str
    """
    The name of the employer that offers the vacancy.
    """
    places: int
    """
    How many places are free.
    """


class ReferralView(TypedDict):
    """
    A referral of a person to a vacancy by a case.
    """

    number: str
    """
    The number of the referral: that of the application it answers.
    """
    case_id: str
    """
    The id of the case that led to it, the same in every system.
    """
    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    issued_at: str
    """
    When the document, referral or ticket was issued.
    """
    vacancy: VacancyView
    """
    The vacancy that the person is sent to.
    """
