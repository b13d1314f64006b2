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


class BoardCaseView(TypedDict):
    """
    A case on the board: without personal data.
    """

    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    channel: str
    """
    The channel of the application: provider, con, portal or akim.
    """
    authority: str
    """
    The code of the department, from the directory of the act.
    """
    number: str | None
    """
    The number that the authority gave to the application; none before.
    """
    status: str
    """
    The status, as the act names it.
    """
    received_at: str
    """
    When the application came to this authority.
    """
    changed_at: str
    """
    When the entry changed last, with the offset of the time zone.
    """
    status_code: StatusCode | None
    """
    The status for machines, the same over all acts; null where there is no status.
    """


class CaseWordsView(TypedDict):
    """
    What an employee wrote with a change of the status.
    """

    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    author: str
    """
    The address of the system at which the words were written.
    """
    written_at: str
    """
    When the words were written or arrived.
    """
    words: str
    """
    What an employee wrote to the applicant, or the applicant in an answer.
    """


class MonitoringView(TypedDict):
    """
    «Мониторинг оказания государственных услуг»: counts of cases, without personal data.

    Each field counts cases by the value in its name; ``results`` counts the results of cases taken in at the
    centres: waiting, archived, handed. ``queue`` counts today's tickets by centre and state.
    """

    at: str
    """
    The moment, by the bus's clock.
    """
    statuses: dict[str, int]
    """
    How many cases have each status.
    """
    stages: dict[str, int]
    """
    How many cases stand at each stage.
    """
    centres: dict[str, int]
    """
    How many cases each centre has taken in.
    """
    services: dict[str, int]
    """
    How many cases each service has.
    """
    channels: dict[str, int]
    """
    How many cases came by each channel.
    """
    outcomes: dict[str, int]
    """
    How many cases ended with each decision.
    """
    results: dict[str, int]
    """
    How many results wait, were handed over, were archived.
    """
    queue: dict[str, dict[str, int]]
    """
    The electronic queue, in numbers.
    """


class RequestedStatusView(TypedDict):
    """
    The status of a case for a visitor who asks, with what employees wrote to the applicant.
    """

    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    channel: str
    """
    The channel of the application: provider, con, portal or akim.
    """
    authority: str
    """
    The code of the department, from the directory of the act.
    """
    number: str | None
    """
    The number that the issuing authority gave, unique there.
    """
    status: str
    """
    The status, as the act names it.
    """
    received_at: str
    """
    When the application came to this authority.
    """
    changed_at: str
    """
    When the entry changed last, with the offset of the time zone.
    """
    words: list[CaseWordsView]
    """
    What was written in the steps of the case, in their order.
    """
    status_code: StatusCode | None
    """
    The status for machines, the same over all acts; null where there is no status.
    """


TicketPurpose: TypeAlias = Literal["intake", "result"]


class TicketRequest(TypedDict, closed=True):
    """
    A ticket at a centre for a purpose, and for a service if the visitor names one.
    """

    centre: str
    """
    The code of the centre for public services.
    """
    purpose: NotRequired[TicketPurpose]
    """
    Why the visitor comes: to apply, or for a result.
    """
    regulation: NotRequired[str | None]
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """


TicketState: TypeAlias = Literal["waiting", "called", "served", "left"]


class TicketView(TypedDict):
    """
    A ticket; ``ahead`` counts the waiting tickets before it.
    """

    id: str
    """
    The id of the ticket (UUID), which its holder alone knows.
    """
    number: str
    """
    The visitor's number in the queue of the day, as А-012.
    """
    centre: str
    """
    The code of the centre for public services.
    """
    purpose: TicketPurpose
    """
    Why the visitor comes: to apply, or for a result.
    """
    regulation: str | None
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    state: TicketState
    """
    Whether the visitor waits, was called, was served, or left.
    """
    window: str | None
    """
    The window of the centre.
    """
    case: str | None
    """
    The case, by its id or its number at the authority.
    """
    issued_at: str
    """
    When the document, referral or ticket was issued.
    """
    due_at: str | None
    """
    Until when the visitor has to be called, by the act.
    """
    called_at: str | None
    """
    When the ticket was called to a window.
    """
    recalled_at: str | None
    """
    When the ticket was called once more; none where the visitor came at the first call.
    """
    closed_at: str | None
    """
    When the ticket was closed; none while it is open.
    """
    is_late: NotRequired[bool]
    """
    Whether the time that the act allows is over.
    """
    ahead: NotRequired[int]
    """
    How many people wait in front.
    """


class HallScreenView(TypedDict):
    """
    A line of the screen in the hall.
    """

    number: str
    """
    The visitor's number in the queue, as А-012.
    """
    state: TicketState
    """
    Whether the visitor waits, was called, was served, or left.
    """
    window: str | None
    """
    The window of the centre.
    """


class TicketCallRequest(TypedDict, closed=True):
    """
    A free window, and the purpose that it serves; without a purpose, every one.
    """

    window: str
    """
    The window of the centre.
    """
    purpose: NotRequired[TicketPurpose | None]
    """
    Why the visitor comes: to apply, or for a result.
    """
