"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from typing_extensions import NotRequired, TypedDict


class Attachment(TypedDict, closed=True):
    """
    A scanned document; ``content`` is base64.
    """

    name: str
    """
    The name of the file.
    """
    media_type: str
    """
    The media type of the content.
    """
    content: str
    """
    The bytes of the file, in base64.
    """


class AuditEntryView(TypedDict):
    """
    One administrative act: its operator, the action, the target, the moment, and the outcome.
    """

    n: int
    """
    The number of the entry in the audit trail, without gaps.
    """
    at: str
    """
    When the act was recorded, by the machine's clock.
    """
    bus_at: str
    """
    When the act was recorded, by the bus's clock.
    """
    actor: Literal["operator", "stranger"]
    """
    Whose token came with the request: that of the operator, or none that is good (stranger).
    """
    client: str | None
    """
    The network address from which the request came.
    """
    operation: str
    """
    The name of the operation, as operationId in the OpenAPI document.
    """
    method: str
    """
    The HTTP method of the request.
    """
    path: str
    """
    The path of the endpoint, with the names of its variable parts.
    """
    target: dict[str, str]
    """
    What the act was about, by the parts of the path, of the query and of the body.
    """
    outcome: Literal["done", "refused", "failed"]
    """
    What became of the act: done, refused (4xx) or failed (5xx).
    """
    status: int
    """
    The HTTP status of the answer.
    """
    code: str | None
    """
    The code of the refusal; none for an act that was done.
    """
    request_id: str
    """
    The id of the request: X-Request-ID as the caller gave it, or one that the system made.
    """
    skipped: int
    """
    How many attempts of strangers since the entry before were too many for entries of their own.
    """
    hash: str
    """
    The SHA-256 over the previous hash, a line feed and this entry, 64 hexadecimal digits.
    """


class AuditVerificationView(TypedDict):
    """
    The result of verifying the hash chain of the trail.
    """

    entries: int
    """
    How many entries the audit trail has.
    """
    is_whole: bool
    """
    Whether no entry of the audit trail is altered or lost.
    """
    first_broken: int | None
    """
    The number of the first entry that was altered; none where none was.
    """


class BothClocksView(TypedDict):
    """
    The bus's time and the machine's time at one moment.
    """

    now: str
    """
    The time by the bus's clock, common to all systems.
    """
    machine: str
    """
    The time by the machine's clock, in UTC or with its offset.
    """


class DeadLetterView(TypedDict):
    """
    A dead letter with its reason; its bytes stay in the database. In the sandbox ``explanation`` says why it
    was refused, where there is more to say than the code.
    """

    id: str
    """
    The id of the dead letter (UUID), by which it is replayed.
    """
    died_at: str
    """
    When it became a dead letter.
    """
    source: str | None
    """
    Who delivered it; none where that is not known.
    """
    message_id: str | None
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: str | None
    """
    The id of the case that messages belong to.
    """
    code: str
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
    reason: str
    """
    Why it was not dealt with, for developers.
    """
    replayed_at: str | None
    """
    When it was dealt with after all; none while it was not.
    """
    explanation: NotRequired[dict[str, Any] | None]
    """
    Why it was refused (kind, facts, findings), in the sandbox; null where the code says all.
    """


DecisionOutcome: TypeAlias = Literal["positive", "negative"]


class FindingTexts(TypedDict):
    """
    The meaning of a finding, in three languages.
    """

    ru: str
    """
    For people who read Russian.
    """
    kk: str
    """
    For people who read Kazakh.
    """
    en: str
    """
    For people who read English.
    """


class HealthView(TypedDict):
    """
    Whether a system is alive (``/healthz``) or ready (``/readyz``).
    """

    status: Literal["UP", "DOWN"]
    """
    Whether the system lives or can work: UP or DOWN.
    """
    failing_tasks: NotRequired[list[str]]
    """
    The background tasks that fail again and again, named as in the log; absent if none does.
    """


class OptionCountView(TypedDict):
    """
    How many people chose an option.
    """

    n: int
    """
    The number of the option.
    """
    text: dict[str, str]
    """
    The option in Russian and Kazakh.
    """
    count: int
    """
    How many people chose the option.
    """


class OutputDocument(TypedDict, closed=True):
    """
    The result that an employee of the provider signs: positive, or a reasoned refusal.

    ``text`` is Russian, ``text_kk`` the Kazakh version; ``service_kk`` is absent where the act has no Kazakh name.
    ``result`` is what the document is by the results of the act; absent where the act lists no refusal among them.
    """

    document: NotRequired[Literal["output"]]
    """
    What the document is: an application, papers sent later, a result.
    """
    application_id: str
    """
    The id of the application, the same in every system.
    """
    number: str
    """
    The number that the authority gave to the application.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    service: str
    """
    The name of the service, in Russian.
    """
    service_kk: NotRequired[str | None]
    """
    The name of the service, in Kazakh.
    """
    authority: str
    """
    The code of the department, from the directory of the act.
    """
    applicant: str
    """
    The ИИН of the applicant.
    """
    outcome: DecisionOutcome
    """
    The decision; none before there is one.
    """
    result: NotRequired[str | None]
    """
    What the document is, by the results of the act; absent for a refusal that the act does not list.
    """
    text: str
    """
    The text of the document, in Russian.
    """
    text_kk: NotRequired[str | None]
    """
    The text of the document, in Kazakh; none where it has none.
    """
    reason: NotRequired[str | None]
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    issued_at: str
    """
    When the document, referral or ticket was issued.
    """


class ParkedMessageView(TypedDict):
    """
    A waiting message with its reason; ``stream`` is the neighbour and the case, ``sequence`` the place in the
    stream.
    """

    key: str
    """
    The key of the waiting message, by which the operator lets it proceed.
    """
    stream: str
    """
    The neighbour and the case that the message belongs to.
    """
    sequence: int
    """
    The place of the message in its stream.
    """
    code: str
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
    attempts: int
    """
    How often it was tried so far.
    """
    held_at: str
    """
    Since when the message waits.
    """
    due_at: str
    """
    When the message becomes a dead letter unless its predecessor comes.
    """


ProofPurpose: TypeAlias = Literal["registration", "recovery", "login"]


class QuestionIndicatorView(TypedDict):
    """
    One indicator: the question, the options with their counts, the share of the satisfied from 0 to 1.
    """

    n: int
    """
    The number of the question.
    """
    indicator: Literal["quality", "accessibility"]
    """
    What the question measures: quality (process and result) or accessibility (information).
    """
    text: dict[str, str]
    """
    The question in Russian and Kazakh.
    """
    options: list[OptionCountView]
    """
    The options of the question, with how many people chose each.
    """
    satisfied_share: float | None
    """
    The share of those who chose the best option, from 0 to 1; null without answers.
    """


class QueueNoticeDocument(TypedDict, closed=True):
    """
    The notice (регистрационный талон) that an applicant stands in a queue, which an employee of the provider
    signs.

    ``position`` is the place in the queue when the notice was made, from 1; ``waiting_since`` is the moment by
    which the queue is ordered. ``text`` is Russian, ``text_kk`` Kazakh.
    """

    document: NotRequired[Literal["queue-notice"]]
    """
    What the document is: an application, papers sent later, a result.
    """
    application_id: str
    """
    The id of the application, the same in every system.
    """
    number: str
    """
    The number that the issuing authority gave, unique there.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    service: str
    """
    The service type, the same for a service in several regions.
    """
    service_kk: NotRequired[str | None]
    """
    The name of the service, in Kazakh.
    """
    authority: str
    """
    The code of the department, from the directory of the act.
    """
    applicant: str
    """
    The ИИН of the applicant.
    """
    waiting_since: str
    """
    When the application arrived; the queue is ordered by this moment.
    """
    position: int
    """
    The place in the queue, counted from 1.
    """
    text: str
    """
    The text that people read, in Russian.
    """
    text_kk: str
    """
    The text of the document, in Kazakh; none where it has none.
    """
    issued_at: str
    """
    When the document, referral or ticket was issued.
    """


class ReadinessProblemView(TypedDict):
    """
    A problem that prevents a system from working, now or soon, with the remedy.
    """

    code: str
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
    is_fatal: bool
    """
    Whether the system is not ready because of it.
    """
    detail: str
    """
    What it is and what to do, in the reader's language.
    """
    texts: dict[str, str]
    """
    The same in ru, kk and en.
    """
    details: NotRequired[dict[str, str]]
    """
    Which one of its kind: owner, folder, tables…
    """


class ReadinessView(TypedDict):
    """
    Whether a system can work now.
    """

    status: Literal["UP", "DOWN"]
    """
    The status, as the act names it.
    """
    failing_tasks: NotRequired[list[str]]
    """
    The background tasks that fail again and again, named as in the log; absent if none does.
    """
    certificate_seconds_left: NotRequired[int | None]
    """
    The seconds of the bus's time until the first certificate ends; absent without one.
    """
    problems: NotRequired[list[ReadinessProblemView]]
    """
    Absent where there is none.
    """


class Representative(TypedDict, closed=True):
    """
    The person who acts for the applicant, and the number of the power of attorney in ЕНИС.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    power_number: str
    """
    The number of the power of attorney.
    """


StatusCode: TypeAlias = Literal[
    "sent",
    "received",
    "in-work",
    "extended",
    "executed",
    "completed",
    "refused",
    "not-delivered",
    "other",
]


class StepDone(TypedDict, closed=True):
    """
    A done step of the process: when it was done, by which system, and with which answer.

    ``lap`` is the iteration of a loop, counted from 0; 0 outside of loops.
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


class StuckMessagesView(TypedDict):
    """
    The newest messages that do not go on by themselves.
    """

    dead_letters: list[DeadLetterView]
    """
    The newest dead letters that nobody has handled again, 50 at most.
    """
    waiting: list[ParkedMessageView]
    """
    The newest messages that wait for a predecessor or for another attempt, 50 at most.
    """


class WhereaboutsFindingView(TypedDict):
    """
    Where a message or a case lies, or what became of it; ``explanation`` says why a message was refused.
    """

    code: str
    """
    The stable code of the finding, for programs.
    """
    message_id: str | None
    """
    The message that the finding is about; null where it is about the case or a queue.
    """
    since: str | None
    """
    Since when it lies there, or when it happened; null where no moment is known.
    """
    details: dict[str, str]
    """
    Short values by name, such as an address, a code, the next attempt, a deadline.
    """
    texts: FindingTexts
    """
    What the finding means, for people.
    """
    explanation: NotRequired[dict[str, Any] | None]
    """
    Why the message was refused (kind, facts, findings); null where nothing explains it.
    """


class Texts(TypedDict):
    """
    The text in all three languages.
    """

    ru: NotRequired[str]
    """
    The text in Russian, always there.
    """
    kk: NotRequired[str]
    """
    The same text in Kazakh.
    """
    en: NotRequired[str]
    """
    The same text in English.
    """


class Problem(TypedDict):
    """
    An error (RFC 9457): a stable code for programs, a text for people. Some errors have members of their own beside these.
    """

    type: str
    """
    The code of the error as a URN.
    """
    title: str
    """
    The class of the error, which says what to do: mend the request (Malformed), prove who you are (Untrusted), do not ask again (Refused), ask for something else (NotFound), look at the present state first (Conflict), try again later (Unavailable, Throttled), tell us (Internal).
    """
    status: int
    """
    The status of HTTP, once more in the body.
    """
    code: str
    """
    The stable code of the error: it never changes.
    """
    detail: str
    """
    The error in the language of Accept-Language (ru, kk, en; Russian otherwise), or in English where it is for developers only.
    """
    texts: NotRequired[Texts]
    """
    The text in all three languages.
    """
    fields: NotRequired[list[dict[str, Any]]]
    """
    The fields that are wrong: where each stands and what is wrong with it.
    """
    fields_total: NotRequired[int]
    """
    The number of all faulty fields, where ``fields`` names only the first twenty.
    """
    condition: NotRequired[str]
    """
    The condition of «условие 2» that does not hold.
    """
    explanation: NotRequired[dict[str, Any]]
    """
    Why a signature is refused and which variant would verify, or which entry of the register would have let a message pass; not in production.
    """
    retry_after: NotRequired[int]
    """
    Seconds to wait before the next attempt.
    """


PaymentState: TypeAlias = Literal["executed", "rejected"]


AuthType: TypeAlias = Literal["None", "Token", "Eds"]


class PhoneDocumentPlaceView(TypedDict):
    """
    Where the documents are, and how the app proves itself there.
    """

    uri: str
    """
    The address of API 2, where the app gets and puts the documents.
    """
    auth_type: AuthType
    """
    How the app proves itself at API 2: a token, a signed request, or not at all.
    """
    auth_token: NotRequired[str | None]
    """
    The bearer token for API 2; none unless the type is Token.
    """


class PhoneFileView(TypedDict):
    """
    The bytes of a document, or the signature that takes their place.
    """

    mime: NotRequired[str]
    """
    The kind of the file: empty, or @file/pdf.
    """
    data: str
    """
    The document in base64; in a PUT its signature in the place of it.
    """


class PhoneMetaView(TypedDict):
    """
    What the person reads of a document before signing.
    """

    name: str
    """
    What the line is about.
    """
    value: str
    """
    What stands in the line.
    """


class PhoneOrganisationView(TypedDict):
    """
    Who asks for the signature.
    """

    nameRu: str
    """
    How the organisation or the document is called in Russian, as the person reads it.
    """
    nameKz: str
    """
    How the organisation or the document is called in Kazakh, as the person reads it.
    """
    nameEn: str
    """
    How the organisation or the document is called in English, as the person reads it.
    """
    bin: str
    """
    The БИН of the organisation, twelve digits.
    """


class PhoneRefusalView(TypedDict):
    """
    The answer to a PUT whose signatures do not hold (403); ``code`` is ours, for programs.
    """

    message: str
    """
    Why the signature is refused, in Russian, for the person at the phone.
    """
    code: str
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """


SignMethod: TypeAlias = Literal["XML", "CMS_WITH_DATA", "CMS_SIGN_ONLY"]


class SigningInvitationView(TypedDict):
    """
    The answer of API 1.
    """

    description: str
    """
    What the person is asked to sign, in Russian.
    """
    expiry_date: str
    """
    The end of the link, with an offset without a colon.
    """
    organisation: PhoneOrganisationView
    """
    Who asks for the signature.
    """
    document: PhoneDocumentPlaceView
    """
    Where the documents are, and how the app proves itself there.
    """


class ActDeadline(TypedDict, closed=True):
    """
    A deadline in the words of the act, and as a number of units.
    """

    text: str
    """
    The words of the act.
    """
    amount: int | None
    """
    The number of units; none where the act names none.
    """
    unit: Literal[
        "minute",
        "hour",
        "working_day",
        "calendar_day",
        "month",
        "same_day",
        "unspecified",
    ]
    """
    Who does the step, as the act names the unit.
    """
    upper: int | None
    """
    The upper end of a range; none where there is no range.
    """


class ChannelStepSchema(TypedDict, closed=True):
    """
    A step that the act labels in the description of a channel («процесс 4», «условие 2»).
    """

    label: str
    """
    The label of the step in the act («процесс 3»).
    """
    by: str
    """
    Who does the step, as the act names it.
    """
    action: str
    """
    What is done in this step, in the words of the act.
    """
    systems: list[str]
    """
    The systems that take part.
    """
    refusal: bool
    """
    Whether the step is a refusal.
    """
    deadline: ActDeadline | None
    """
    How long the step may take, by the act.
    """


class FormRuleSchema(TypedDict, closed=True):
    """
    A field of the form with its rule of format-logic control (ФЛК).
    """

    field: str
    """
    The name of the field, as the act has it.
    """
    mandatory: bool
    """
    Whether the field must be filled.
    """
    size: int
    """
    How many characters the field has at most.
    """
    format: str
    """
    What the field holds: numeric, or anything.
    """


class ProcedureStepSchema(TypedDict, closed=True):
    """
    A step of the internal procedure.
    """

    n: int
    """
    The number of the step.
    """
    actor: str
    """
    Who does the step, in the words of the act.
    """
    action: str
    """
    What is done in this step, in the words of the act.
    """
    deadline: ActDeadline | None
    """
    How long the step may take, by the act.
    """
    next: list[int]
    """
    The numbers of the steps that follow.
    """


class ServedChannels(TypedDict, closed=True):
    """
    The channels in which applications are taken in, and those in which results are given.
    """

    accept: list[Literal["provider", "con", "portal", "akim"]]
    """
    The channels by which applications are taken in.
    """
    issue: list[Literal["provider", "con", "portal", "akim"]]
    """
    The channels by which results are given.
    """


class StatusSchema(TypedDict, closed=True):
    """
    A status, the place where the status is shown, and the row of the step table that shows the status.
    """

    status: str
    """
    The status, as the act names it.
    """
    shown_in: str
    """
    Where the status is shown.
    """
    table: Literal["provider", "con", "portal", "akim"]
    """
    The channel whose table has the step.
    """
    step: int
    """
    The number of the step in the table.
    """


class TableStepSchema(TypedDict, closed=True):
    """
    A row of the act's table of steps.
    """

    n: int
    """
    The number of the step.
    """
    unit: str
    """
    Who does the step, as the act names the unit.
    """
    action: str
    """
    What is done in this step, in the words of the act.
    """
    completion: str | None
    """
    How the step is completed.
    """
    deadline: ActDeadline | None
    """
    How long the step may take, by the act.
    """
    next: list[int]
    """
    The numbers of the steps that follow.
    """


class TwoLanguages(TypedDict, closed=True):
    """
    A name in Russian, and in Kazakh where the act has it.
    """

    ru: str
    """
    The text in Russian, as the act has it.
    """
    kk: str | None
    """
    In Kazakh; none where the act has none.
    """


class IdentityProofDocument(TypedDict, closed=True):
    """
    The challenge of the portal, which a citizen signs once to prove who registers or has lost a password.
    """

    document: NotRequired[Literal["identity-proof"]]
    """
    What the document is: an application, papers sent later, a result.
    """
    purpose: ProofPurpose
    """
    Why the visitor comes: to apply, or for a result.
    """
    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    challenge: str
    """
    What the portal gave to sign, good once.
    """
    until: str
    """
    The new deadline of the step; none where the act itself says by how much.
    """


class QualityIndicatorView(TypedDict):
    """
    The indicators of one service of one region; ``answered`` people answered its questionnaire.
    """

    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    service_type: str
    """
    The service type, the same for a service in several regions.
    """
    title: dict[str, str]
    """
    The title of the service in Russian and Kazakh.
    """
    answered: int
    """
    How many people answered the questionnaire of the service.
    """
    questions: list[QuestionIndicatorView]
    """
    The questions of the questionnaire with the counted answers.
    """


class PhoneFileHolderView(TypedDict):
    """
    The holder of a file.
    """

    file: PhoneFileView
    """
    The bytes and their kind.
    """


class ProcedureSchema(TypedDict, closed=True):
    """
    A variant of the internal procedure.
    """

    variant: str
    """
    The variant of the procedure; none where the act has one only.
    """
    steps: list[ProcedureStepSchema]
    """
    The steps of the procedure, in the order of the act.
    """


class PublicRegulation(TypedDict, closed=True):
    """
    A regulation as it is published: the act's own facts.
    """

    id: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    annex: int
    """
    The annex of the act that approves the regulation.
    """
    service_type: str
    """
    The service type, the same for a service in several regions.
    """
    title: TwoLanguages
    """
    The name of the service, in Russian and Kazakh.
    """
    provider: str
    """
    Who provides the service, as the act names it.
    """
    channels: ServedChannels
    """
    How many cases came by each channel.
    """
    procedures: list[ProcedureSchema]
    """
    The internal procedure, by variants.
    """
    channel_steps: dict[
        Literal["provider", "con", "portal", "akim"], list[ChannelStepSchema]
    ]
    """
    The labelled steps, by channel.
    """
    step_tables: dict[
        Literal["provider", "con", "portal", "akim"], list[TableStepSchema]
    ]
    """
    The act's tables of steps, by channel.
    """
    flk: list[FormRuleSchema]
    """
    The fields of the form.
    """
    statuses: list[StatusSchema]
    """
    How many cases have each status.
    """
    systems: list[str]
    """
    The systems that take part.
    """
    contradictions: list[str]
    """
    What the act says twice and differently.
    """


class OfferedDocumentView(TypedDict):
    """
    A document to sign.
    """

    id: int | str
    """
    The number of the document in this answer.
    """
    nameRu: str
    """
    How the organisation or the document is called in Russian, as the person reads it.
    """
    nameKz: str
    """
    How the organisation or the document is called in Kazakh, as the person reads it.
    """
    nameEn: str
    """
    How the organisation or the document is called in English, as the person reads it.
    """
    meta: NotRequired[list[PhoneMetaView] | None]
    """
    What the person reads of the document before signing; none where its name says enough.
    """
    documentXml: NotRequired[str | None]
    """
    The XML document, or the signed one in its place; none for a CMS method.
    """
    document: NotRequired[PhoneFileHolderView | None]
    """
    The holder of the bytes; none for the method XML.
    """


class DocumentSetView(TypedDict):
    """
    The answer of API 2, and the body of the PUT.
    """

    signMethod: SignMethod
    """
    What a signature is: enveloped XML, a CMS with the document, or a CMS without it.
    """
    version: NotRequired[int]
    """
    The version of the form of this answer.
    """
    documentsToSign: list[OfferedDocumentView]
    """
    The documents in order, at most a hundred.
    """
