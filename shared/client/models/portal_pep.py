"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from typing_extensions import NotRequired, TypedDict

from shared.client.models.common import (
    ActDeadline as ActDeadline,
    Attachment as Attachment,
    AuditEntryView as AuditEntryView,
    AuditVerificationView as AuditVerificationView,
    AuthType as AuthType,
    BothClocksView as BothClocksView,
    ChannelStepSchema as ChannelStepSchema,
    DeadLetterView as DeadLetterView,
    DecisionOutcome as DecisionOutcome,
    DocumentSetView as DocumentSetView,
    FindingTexts as FindingTexts,
    FormRuleSchema as FormRuleSchema,
    HealthView as HealthView,
    IdentityProofDocument as IdentityProofDocument,
    OfferedDocumentView as OfferedDocumentView,
    OptionCountView as OptionCountView,
    OutputDocument as OutputDocument,
    ParkedMessageView as ParkedMessageView,
    PhoneDocumentPlaceView as PhoneDocumentPlaceView,
    PhoneFileHolderView as PhoneFileHolderView,
    PhoneFileView as PhoneFileView,
    PhoneMetaView as PhoneMetaView,
    PhoneOrganisationView as PhoneOrganisationView,
    PhoneRefusalView as PhoneRefusalView,
    Problem as Problem,
    ProcedureSchema as ProcedureSchema,
    ProcedureStepSchema as ProcedureStepSchema,
    ProofPurpose as ProofPurpose,
    PublicRegulation as PublicRegulation,
    QualityIndicatorView as QualityIndicatorView,
    QuestionIndicatorView as QuestionIndicatorView,
    QueueNoticeDocument as QueueNoticeDocument,
    ReadinessProblemView as ReadinessProblemView,
    ReadinessView as ReadinessView,
    Representative as Representative,
    ServedChannels as ServedChannels,
    SignMethod as SignMethod,
    SigningInvitationView as SigningInvitationView,
    StatusCode as StatusCode,
    StatusSchema as StatusSchema,
    StuckMessagesView as StuckMessagesView,
    TableStepSchema as TableStepSchema,
    TwoLanguages as TwoLanguages,
    WhereaboutsFindingView as WhereaboutsFindingView,
)


class AnswerOption(TypedDict, closed=True):
    """
    An answer to choose in the questionnaire.
    """

    n: int
    """
    The number of the answer.
    """
    text: str
    """
    The text that people read, in Russian.
    """


class ApplicationDocument(TypedDict, closed=True):
    """
    The application that a citizen, or the employee who takes it in, signs: applicant, service, authority,
    filled form.
    """

    document: NotRequired[Literal["application"]]
    """
    What the document is: an application, papers sent later, a result.
    """
    application_id: str
    """
    The id of the application, the same in every system.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    channel: NotRequired[str]
    """
    The channel of the application: provider, con, portal or akim.
    """
    variant: NotRequired[str]
    """
    The variant of the procedure; none where the act has one only.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    authority: str
    """
    The code of the department, from the directory of the act.
    """
    applicant: str
    """
    The ИИН of the applicant.
    """
    representative: NotRequired[Representative | None]
    """
    Who acts for the applicant.
    """
    fields: dict[str, str]
    """
    The filled fields of the form, by their keys in its JSON Schema.
    """
    attachments: NotRequired[list[Attachment]]
    """
    The papers that go with it.
    """
    made_at: str
    """
    When the document was composed, before it was signed.
    """


class ApplicationDraftRequest(TypedDict, closed=True):
    """
    A filled form: values by field keys of the form's schema.
    """

    authority: str
    """
    The code of the department, from the directory of the act.
    """
    fields: dict[str, str]
    """
    The filled fields of the form, by their keys in its JSON Schema.
    """
    attachments: NotRequired[list[Attachment]]
    """
    The papers that go with it.
    """
    variant: NotRequired[str | None]
    """
    The variant of the procedure; none where the act has one only.
    """


class ApplicationStepView(TypedDict, closed=True):
    """
    A step of the regulation with the unit and the action by the passport; ``label`` is the act's own («процесс
    3»), ``n`` its number there.
    """

    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    at: str
    """
    The moment, by the bus's clock.
    """
    by: str
    """
    The system or the employee that took the step or decided.
    """
    answer: NotRequired[str | None]
    """
    The answer that was chosen where the step asks for one.
    """
    lap: NotRequired[int]
    """
    The round, where a step is taken more than once.
    """
    label: str
    """
    The label of the step in the act («процесс 3»).
    """
    n: int | None
    """
    The number of the step in the act; none where the act has none.
    """
    unit: str
    """
    Who does the step, as the act names the unit.
    """
    action: str
    """
    What is done in this step, in the words of the act.
    """


class ApplicationSubmissionRequest(TypedDict, closed=True):
    """
    The signed document: base64 of a DER CMS with the document inside.
    """

    cms: str
    """
    A CMS signature, base64 of DER.
    """


class AttachedCopyView(TypedDict):
    """
    An electronic copy that the act wants with the application.
    """

    n: int
    """
    The number of the copy in the list of the act.
    """
    name: str
    """
    What is copied, in our words.
    """
    name_kk: str
    """
    What is copied, in Kazakh; our translation.
    """


class CabinetApplicationView(TypedDict):
    """
    An application in the list of the cabinet.

    Where it was refused without a document, ``refusal`` holds the act's words and ``reason`` the provider's;
    ``reason_kk`` and ``reason_en`` say the same where they are known.
    """

    id: str
    """
    The id of the application, the same in every system.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    variant: str
    """
    The variant of the procedure; none where the act has one only.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
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
    outcome: DecisionOutcome | None
    """
    The decision; none before there is one.
    """
    reason: str | None
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    reason_kk: str | None
    """
    Why it was decided so, in Kazakh; none where no reason is told.
    """
    reason_en: str | None
    """
    Why it was decided so, in English; none where nobody knows it in English.
    """
    refusal: str | None
    """
    What the act says of this refusal; none where there is a document.
    """
    submitted_at: str
    """
    When the citizen submitted the application.
    """
    changed_at: str
    """
    When the entry changed last, with the offset of the time zone.
    """
    status_code: StatusCode
    """
    The status for machines, the same over all acts; null where there is no status.
    """


class CatalogueServiceView(TypedDict):
    """
    A service in the catalogue; ``variants`` lists the variants of a service with several.
    """

    id: str
    """
    The id of the regulation: region and annex.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    region_title: dict[str, str]
    """
    The name of the region in each language.
    """
    service_type: str
    """
    The service type, the same for a service in several regions.
    """
    title: dict[str, str | None]
    """
    The title of the service in Russian and Kazakh.
    """
    title_kk_source: Literal["act", "akmola", "ours"]
    """
    Whose the Kazakh title is: act (the act itself), akmola (the act of Akmola, for the same Russian title), ours.
    """
    provider: str
    """
    Who provides the service, as the act names it.
    """
    provider_kk: str
    """
    The provider in Kazakh; our translation.
    """
    is_in_force: bool
    """
    Whether the act of the service is in force today; all of them are repealed.
    """
    validity: dict[str, str]
    """
    Which act it is, and what repealed it, in a sentence in each language.
    """
    variants: list[str]
    """
    The variants of the procedure.
    """


class ChallengeRequest(TypedDict, closed=True):
    """
    The citizen, and what the signed challenge is to prove.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    purpose: ProofPurpose
    """
    Why the visitor comes: to apply, or for a result.
    """


class CitizenAccountView(TypedDict):
    """
    A citizen's account; НР ИИН gives the names, which are null until the citizen has signed something.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    surname: NotRequired[str | None]
    """
    The surname, as in the identity document.
    """
    name: NotRequired[str | None]
    """
    The first name, as in the identity document.
    """
    patronymic: NotRequired[str | None]
    """
    The patronymic; empty where there is none.
    """


class CitizenAnswerRequest(TypedDict, closed=True):
    """
    A citizen's answer: one of the given answers, or a text where the act requires one; ``cms`` (base64 of DER)
    where documents are required, over the document that ``draft_application`` gave.
    """

    answer: NotRequired[str | None]
    """
    The answer that was chosen where the step asks for one.
    """
    text: NotRequired[str | None]
    """
    The citizen's answer in words; none where papers are enough.
    """
    cms: NotRequired[str | None]
    """
    A CMS signature, base64 of DER.
    """


class CitizenCredentialsRequest(TypedDict, closed=True):
    """
    ИИН and password.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    password: str
    """
    The password of the account, 8 to 200 characters.
    """


class CitizenPasswordRequest(TypedDict, closed=True):
    """
    The present password and the new one.
    """

    password: str
    """
    The password of the account, 8 to 200 characters.
    """
    new_password: str
    """
    The password from now on, of 8 to 200 characters.
    """


class CitizenQuestionView(TypedDict):
    """
    A question to the citizen: the step, its subject in the act, the possible answers, and whether ``papers``
    belong to the answer.
    """

    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    text: str
    """
    What the authority asks for, in the language of Accept-Language.
    """
    choose: list[str]
    """
    The answers to choose from; empty where none is asked for.
    """
    papers: bool
    """
    Whether papers go with the answer.
    """


class CitizenRegistrationRequest(TypedDict, closed=True):
    """
    ИИН and password; ``cms`` is the signed challenge (``POST /api/v1/challenges``), without which the sandbox
    makes an account that tells nothing of НР ИИН.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    password: str
    """
    The password of the account, 8 to 200 characters.
    """
    cms: NotRequired[str | None]
    """
    A CMS signature, base64 of DER.
    """


class CitizenSessionView(TypedDict):
    """
    A session: the token is for the header ``Authorization: Bearer`` and lasts eight hours.
    """

    token: str
    """
    The invitation of the system, good for one certificate.
    """


ConditionMark: TypeAlias = Literal["held", "failed", "not-asked", "not-reached"]


class DepartmentView(TypedDict):
    """
    A department that decides applications; ``address`` is null where the act prints none.
    """

    code: str
    """
    The code of the department, by which an application names it.
    """
    name: str
    """
    The name of the department, in Russian, from the directory of the act.
    """
    name_kk: str
    """
    The name of the department in Kazakh; our translation.
    """
    address: str | None
    """
    The postal address of the department; null where the act prints none.
    """
    phones: list[str]
    """
    The telephone numbers of the department, as the act lists them.
    """


DocumentKind: TypeAlias = Literal["application", "supplement", "notice", "output"]


DocumentSignatureForm: TypeAlias = Literal["signed", "cades-t"]


class DocumentSignerView(TypedDict):
    """
    The signer by the certificate, and the moment that the signer claims.
    """

    name: str
    """
    The name of the signer, from the signer's certificate.
    """
    organisation: str | None
    """
    The organisation of the signer, from the certificate; none in a person's own.
    """
    signed_at: str | None
    """
    When it was signed, by the signer's own clock.
    """


EventKind: TypeAlias = Literal[
    "sent",
    "status",
    "asked",
    "completed",
    "refused",
    "not-delivered",
    "extended",
    "queued",
]


class FormFieldSchema(TypedDict):
    """
    JSON Schema of a field.
    """

    type: Literal["string"]
    """
    The type of JSON that stands here.
    """
    title: str
    """
    The name of the field, as the act has it.
    """


FormSchema = TypedDict(
    "FormSchema",
    {
        "$schema": str,
        "title": str,
        "type": Literal["object"],
        "properties": dict[str, FormFieldSchema],
        "required": list[str],
        "additionalProperties": Any,
    },
    closed=True,
)


class MaskedPersonView(TypedDict):
    """
    The person that the document concerns, masked.
    """

    name: str
    """
    The name, with most letters hidden.
    """
    iin: str
    """
    The ИИН of a person, twelve digits.
    """


class OutputSignerView(TypedDict):
    """
    The signer of the output document, by the signer's certificate.
    """

    name: str
    """
    The name of the signer, from the signer's certificate.
    """
    organisation: str | None
    """
    The organisation of the signer, from the certificate; none in a person's own.
    """


class PasswordRecoveryRequest(TypedDict, closed=True):
    """
    The citizen, the new password, and the signed challenge for a recovery.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    new_password: str
    """
    The password from now on, of 8 to 200 characters.
    """
    cms: str
    """
    A CMS signature, base64 of DER.
    """


class PhoneVerdictView(TypedDict):
    """
    The answer to a PUT whose signatures hold: where the app leads the person.
    """

    backUrl: str
    """
    Where the app leads the person back.
    """


class PortalSealView(TypedDict):
    """
    The portal's seal on the PDF; ``is_stamped``: НУЦ's time-stamp proves its moment.
    """

    sealed_at: str
    """
    When the portal put its seal on the PDF.
    """
    is_stamped: bool
    """
    Whether the seal carries a time-stamp.
    """
    sha256: str
    """
    The SHA-256 of a file, in hexadecimal.
    """


class PrintedDocumentView(TypedDict):
    """
    The signed document, as far as strangers may know it. The signature covers all bytes of the electronic
    document (``covers``) and not the printed copy, which the portal seals.
    """

    number: str
    """
    The number that the authority gave to the application.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    service: dict[Literal["ru", "kk"], str]
    """
    The name of the service in each language.
    """
    outcome: DecisionOutcome
    """
    The decision; none before there is one.
    """
    authority: str
    """
    The authority that issued the document.
    """
    issued_at: str
    """
    When the document, referral or ticket was issued.
    """
    applicant: MaskedPersonView
    """
    The applicant, as far as a printed document may show.
    """
    signer: DocumentSignerView
    """
    The person and organisation of the certificate that signed.
    """
    covers: NotRequired[Literal["document"]]
    """
    What the signature covers: all bytes of the electronic document.
    """


SignatureCondition: TypeAlias = Literal[
    "form",
    "signature",
    "time-stamp",
    "chain",
    "term",
    "purpose",
    "revocation",
    "iin",
    "bin",
]


SignatureState: TypeAlias = Literal["valid", "invalid", "unknown"]


class SupplementDocument(TypedDict, closed=True):
    """
    The documents that a citizen signs and sends after the application, in a ``step`` that waits for them.
    """

    document: NotRequired[Literal["supplement"]]
    """
    What the document is: an application, papers sent later, a result.
    """
    application_id: str
    """
    The id of the application, the same in every system.
    """
    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    applicant: str
    """
    The ИИН of the applicant.
    """
    attachments: list[Attachment]
    """
    The papers that go with it.
    """
    made_at: str
    """
    When the document was composed, before it was signed.
    """


class SupplementDraftRequest(TypedDict, closed=True):
    """
    The documents for which the act waits.
    """

    attachments: list[Attachment]
    """
    The papers that go with it.
    """


class SurveyQuestion(TypedDict, closed=True):
    """
    A question of the questionnaire.
    """

    n: int
    """
    The number of the question.
    """
    text: str
    """
    The text that people read, in Russian.
    """
    options: list[AnswerOption]
    """
    The answers to choose from.
    """


class AppealInformationView(TypedDict):
    """
    Who explains how to appeal: ``clause`` is the clause of the act, null where the act says nothing of it.
    """

    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    clause: dict[str, str] | None
    """
    The clause of the act that speaks of appeals, in each language; null where none does.
    """
    text: dict[str, str]
    """
    What to tell the citizen, in each language.
    """
    offices: list[DepartmentView]
    """
    The offices that explain how to appeal.
    """


class CabinetNoticeView(TypedDict):
    """
    The notice of the place in the queue, and its signer.
    """

    document: QueueNoticeDocument
    """
    What the document is: an application, papers sent later, a result.
    """
    signer: OutputSignerView
    """
    The person and organisation of the certificate that signed.
    """
    signed_at: str | None
    """
    When it was signed, by the signer's own clock.
    """
    stamped_at: str | None
    """
    The moment of the time-stamp; none before there is one.
    """


class CabinetNotificationView(TypedDict):
    """
    A line of «Уведомления», in the reader's language; ``until`` belongs to an extended deadline,
    ``reason`` is the reason for it, or what an employee wrote with another change.
    """

    id: int
    """
    The number by which the entry is asked for.
    """
    application_id: str
    """
    The id of the application, the same in every system.
    """
    at: str
    """
    The moment, by the bus's clock.
    """
    kind: EventKind
    """
    What happened with the application, by a stable code.
    """
    status: str
    """
    The status, as the act names it.
    """
    number: str | None
    """
    The number that the authority gave to the application; none before.
    """
    text: str
    """
    The text of the notification, in the language of Accept-Language.
    """
    until: NotRequired[str | None]
    """
    The new deadline after an extension; none otherwise.
    """
    reason: NotRequired[str | None]
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    status_code: StatusCode
    """
    The status for machines, the same over all acts; null where there is no status.
    """


class CabinetOutputView(TypedDict):
    """
    The output document and its signer.
    """

    document: OutputDocument
    """
    The output document, as the employee signed it.
    """
    signer: OutputSignerView
    """
    The person and organisation of the certificate that signed.
    """
    signed_at: str | None
    """
    When it was signed, by the signer's own clock.
    """
    stamped_at: str | None
    """
    The moment of the time-stamp; none before there is one.
    """


class DocumentEvidenceView(TypedDict):
    """
    The evidence of a document; ``stamped_at`` is None before it is gathered, ``why`` is the error of the last
    attempt.

    ``code``, ``conditions`` and ``texts`` are «условие 2» at the moment of the time-stamp, judged by the document
    alone.
    """

    document: DocumentKind
    """
    Which of the case's documents the evidence is of.
    """
    stamped_at: str | None
    """
    The moment of the time-stamp; none before there is one.
    """
    attempts: int
    """
    How often it was tried so far.
    """
    why: str | None
    """
    Why there is none yet.
    """
    code: NotRequired[str | None]
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
    conditions: NotRequired[dict[SignatureCondition, ConditionMark] | None]
    """
    What became of each condition of «условие 2».
    """
    texts: NotRequired[dict[str, str] | None]
    """
    The text in each language.
    """


class Questionnaire(TypedDict, closed=True):
    """
    The act's questionnaire on the quality of the service.
    """

    appendix: int
    """
    The appendix of the act with the questionnaire.
    """
    questions: list[SurveyQuestion]
    """
    The questions of the act's questionnaire, in order.
    """


class SignatureCheckView(TypedDict):
    """
    The employee's signature, checked now; ``code`` and ``texts`` give the reason when the signature is not
    proved valid.
    """

    state: SignatureState
    """
    Whether the signature holds; unknown while the certification centre is silent.
    """
    code: NotRequired[str | None]
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
    texts: NotRequired[dict[str, str]]
    """
    The text in each language.
    """


class DocumentCheckView(TypedDict):
    """
    A printed document. ``is_same``: the given file is the portal's own. ``document`` is absent when the
    portal's stored document is not the signed one.
    """

    code: str
    """
    The code of the printed document.
    """
    signature: SignatureCheckView
    """
    What the check of the signature came to.
    """
    document: PrintedDocumentView | None
    """
    What the signed document says to strangers; none where it cannot be read.
    """
    seal: PortalSealView
    """
    The seal that the portal put on the PDF.
    """
    is_same: NotRequired[bool | None]
    """
    Whether the file is the portal's own; none where no file was given.
    """
