"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from typing_extensions import NotRequired, TypedDict

from shared.client.models.common import (
    Attachment as Attachment,
    DecisionOutcome as DecisionOutcome,
    Representative as Representative,
    StatusCode as StatusCode,
)


class CaseCountsView(TypedDict):
    """
    The number of open cases, of those due within a day, and of late ones.
    """

    open: int
    """
    How many cases are open.
    """
    soon: int
    """
    How many cases are due within 24 hours.
    """
    late: int
    """
    How many cases have passed their deadline.
    """


class CaseDocumentView(TypedDict):
    """
    A document of a case: ``path`` is where the workplace gives it, ``signer`` the person who signed it.
    """

    kind: str
    """
    What the document is: application, supplement, notice, output, the kind of a record or of a расписка.
    """
    number: str | None
    """
    The number of the document; none where it has none.
    """
    title: str
    """
    What the document is called, in Russian.
    """
    title_kk: str
    """
    What the document is called, in Kazakh.
    """
    step: str | None
    """
    The step in which a person made the document; none for those that are not of a step.
    """
    clause: str | None
    """
    The clause of the act of that step; none where there is no step.
    """
    made_at: str
    """
    When the document was composed, before it was signed.
    """
    signer: str | None
    """
    The name in the certificate of the person who signed; none for a paper signed by hand.
    """
    path: str
    """
    Where the workplace gives the document.
    """


class CaseExtensionRequest(TypedDict, closed=True):
    """
    An extension of the act or a fact on which a longer limit hangs, the reason, and the new deadline where the
    act does not say by how much.
    """

    extension: str
    """
    The extension of the act, or the fact on which a longer limit hangs, by its name in the passport.
    """
    reason: str
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    until: NotRequired[str | None]
    """
    The new deadline of the step; none where the act itself says by how much.
    """


CaseStage: TypeAlias = Literal["received", "in-work", "decided", "completed", "watched"]


ClerkPolicy: TypeAlias = Literal["manual", "instant", "paced", "scripted"]


class DeadlineExtension(TypedDict):
    """
    An extended deadline: by whom (ИИН), when, from and to which moment, and why. ``due`` is None where the fact
    that was stated leaves the step without a limit.

    Where the extension is known from a message only (ИС ЦОН), ``by`` is the reporting system, ``at`` the moment of
    its message, and ``old`` is None.
    """

    extension: str
    """
    The extension of the act, or the fact on which a longer limit hangs, by its name in the passport.
    """
    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    old: str | None
    """
    The deadline before the extension.
    """
    due: str | None
    """
    When it is due, by the deadline of the act.
    """
    reason: str
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    by: str
    """
    The system or the employee that took the step or decided.
    """
    at: str
    """
    The moment, by the bus's clock.
    """


class DecisionRequest(TypedDict, closed=True):
    """
    A decision; a negative one has a reason, in Kazakh in ``reason_kk``.
    """

    outcome: DecisionOutcome
    """
    The decision; none before there is one.
    """
    reason: NotRequired[str | None]
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    reason_kk: NotRequired[str | None]
    """
    Why it was decided so, in Kazakh; none where no reason is told.
    """


class EmployeeCertificateView(TypedDict):
    """
    НУЦ's certificate for the employee's own key, PEM.
    """

    certificate: str
    """
    The certificate that was issued, PEM.
    """


class EmployeeChallengeRequest(TypedDict, closed=True):
    """
    The employee who lost the password.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """


class EmployeeLoginRequest(TypedDict, closed=True):
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


class EmployeePasswordRequest(TypedDict, closed=True):
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


class EmployeeRecoveryRequest(TypedDict, closed=True):
    """
    The employee, the new password, and the signed challenge: base64 of a CMS (DER) with the document inside.
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


EmployeeRole: TypeAlias = Literal[
    "office",
    "specialist",
    "head",
    "deputy",
    "executor",
    "resp-specialist",
    "commission",
    "employee",
    "akim",
    "akim-specialist",
    "operator",
    "inspector",
    "centre-worker",
    "storage-worker",
    "hand-out-worker",
]


class EmployeeSessionView(TypedDict):
    """
    A session: the token is for the header ``Authorization: Bearer`` and lasts eight hours. ``authority`` and
    ``role`` are the employee's place of work. With ``must_change_password`` the session is good for
    ``POST /api/v1/password`` only.
    """

    token: str
    """
    The invitation of the system, good for one certificate.
    """
    authority: str
    """
    The code of the department, from the directory of the act.
    """
    role: str
    """
    The role of the employee, by which steps are allowed.
    """
    must_change_password: NotRequired[bool]
    """
    Whether the first password must be changed before anything else.
    """


class EmployeeView(TypedDict):
    """
    A synthetic employee and the employee's place of work.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    authority: str
    """
    The code of the department, from the directory of the act.
    """
    role: str
    """
    The role of the employee, by which steps are allowed.
    """
    surname: str
    """
    The surname, as in the identity document.
    """
    name: str
    """
    The first name, as in the identity document.
    """


class FirstPasswordView(TypedDict):
    """
    A new first password of an employee, shown this once.
    """

    password: str
    """
    The password of the account, 8 to 200 characters.
    """


HandOverProof: TypeAlias = Literal["cms", "paper"]


class HandOverRequest(TypedDict, closed=True):
    """
    The person who collects the result. ``power_number`` is that person's power of attorney, unless the person
    is the applicant; ``cms`` is the person's signature (base64 of DER) over the statement; without it the person
    signs on paper.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    power_number: NotRequired[str | None]
    """
    The number of the power of attorney.
    """
    cms: NotRequired[str | None]
    """
    A CMS signature, base64 of DER.
    """
    ticket: NotRequired[str | None]
    """
    The ticket of the electronic queue.
    """


class HandOverStatement(TypedDict):
    """
    The statement that a recipient signs (as JSON): which result of which case the recipient takes.
    """

    document: NotRequired[Literal["hand-over"]]
    """
    The kind of this document, always hand-over.
    """
    case: str
    """
    The case, by its id or its number at the authority.
    """
    number: str | None
    """
    The number that the authority gave to the application; none before.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    recipient: str
    """
    The ИИН of the person who takes the result, twelve digits.
    """
    result_sha256: str | None
    """
    The SHA-256 of the signed output document (DER), 64 hexadecimal digits.
    """


class HandledServiceView(TypedDict):
    """
    A service and channel handled at this workplace; ``title_kk`` is absent where the act has no Kazakh title.

    ``is_by_passport`` is False for a service whose route the operator of ШЭП or of the РШЭП changed to here.
    """

    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    service_type: str
    """
    The service type, the same for a service in several regions.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    channel: str
    """
    The channel of the application: provider, con, portal or akim.
    """
    title: str
    """
    The name of the service, in Russian.
    """
    title_kk: str | None
    """
    The name of the service, in Kazakh; none where the act has none.
    """
    provider: str
    """
    Who provides the service, as the act names it.
    """
    is_by_passport: bool
    """
    Whether the regulation itself names this system.
    """
    under_way: int
    """
    How many are under way.
    """
    completed: int
    """
    How many cases of the service are completed.
    """


class HiredEmployeeView(TypedDict):
    """
    A new employee, with the first password, shown this once.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    authority: str
    """
    The code of the department, from the directory of the act.
    """
    role: str
    """
    The role of the employee, by which steps are allowed.
    """
    surname: str
    """
    The surname, as in the identity document.
    """
    name: str
    """
    The first name, as in the identity document.
    """
    password: str
    """
    The password of the account, 8 to 200 characters.
    """


MissingItem: TypeAlias = str


class MessageRefusalView(TypedDict):
    """
    A message of a case that its receiver refused; a refused result with no ``resent_at`` waits to be sent
    again.
    """

    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    message_id: str
    """
    The id of the message (UUID), given by its sender.
    """
    message_type: str
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    recipient: str | None
    """
    The address of the system that refused the message; none where ШЭП did.
    """
    code: str
    """
    The code with which the message was refused.
    """
    texts: dict[str, str]
    """
    What was not accepted, and why, in each language.
    """
    refused_at: str
    """
    When this workplace heard of the refusal.
    """
    resent_at: str | None
    """
    When the result was signed and sent again under another id; none while it was not.
    """


class OutputSignatureRequest(TypedDict, closed=True):
    """
    A CMS (base64 of DER) over the draft, by the employee's own key; without a CMS the workplace's key signs.
    """

    cms: NotRequired[str | None]
    """
    A CMS signature, base64 of DER.
    """


class OwnKeyRequest(TypedDict, closed=True):
    """
    A PKCS #10 request in PEM for a key that the employee keeps.
    """

    csr: str
    """
    A request for a certificate (PKCS #10), PEM.
    """


class PlaceOfferRequest(TypedDict, closed=True):
    """
    The applicant to whom a place is offered; by default the first in the queue.
    """

    case: NotRequired[str | None]
    """
    The number or id of the case to offer the place to; the first in the queue otherwise.
    """


class PlaceOfferView(TypedDict):
    """
    An offer of a place to an applicant; ``words`` are those of the applicant's refusal.
    """

    place_id: str
    """
    The id under which the place was announced.
    """
    organisation: str
    """
    The organisation that has the place; empty where nobody named it.
    """
    offered_at: str
    """
    When the place was offered to the applicant.
    """
    answered_at: str | None
    """
    When the applicant answered; none while the answer is awaited.
    """
    answer: str | None
    """
    Whether the applicant accepted or declined the place; none while the answer is awaited.
    """
    words: str | None
    """
    What the applicant wrote to decline the place; none for another answer.
    """


class PlaceRequest(TypedDict, closed=True):
    """
    A place that has become free: the regulation whose applicants wait for it, and the organisation.
    """

    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    organisation: str
    """
    The organisation that has the place.
    """


PlaceStatus: TypeAlias = Literal["free", "offered", "filled"]


class PlaceView(TypedDict):
    """
    A place: ``case_id`` is the case to which it is offered, or which fills it.
    """

    id: str
    """
    The id under which the place was announced.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    organisation: str
    """
    The organisation that has the place; empty where nobody named it.
    """
    status: PlaceStatus
    """
    Whether the place is free, offered to an applicant, or filled.
    """
    announced_at: str
    """
    When the place was announced as free.
    """
    case_id: str | None
    """
    The case to which the place is offered or given; none while it is free.
    """


class ProviderView(TypedDict):
    """
    A department whose people work here; ``cases`` counts cases by stage, ``oldest_at`` is the arrival of the
    oldest open case.
    """

    authority: str
    """
    The code of the department, from the directory of the act.
    """
    name: str | None
    """
    The name of the department, in Russian; none where no directory names it.
    """
    region: str | None
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    cases: dict[CaseStage, int]
    """
    How many cases stand at each stage.
    """
    oldest_at: str | None
    """
    When the oldest open case came.
    """


QueueStanding: TypeAlias = Literal["waiting", "offered", "accepted"]


class ReceiptLine(TypedDict):
    """
    A line of a расписка: the act's label, ours in Kazakh, and the value; in Kazakh where the words are ours.
    """

    label: str
    """
    The name of the line, in Russian.
    """
    label_kk: str
    """
    The name of the line, in Kazakh.
    """
    value: str
    """
    What stands in this line, as printed.
    """
    value_kk: NotRequired[str | None]
    """
    What stands in this line, in Kazakh, where the words are not the person's own.
    """


class ReceiptView(TypedDict):
    """
    A расписка, or the record of a step; ``lines`` is its content, in the order of the act. A record has a
    ``signer``, a register also the text of its bar code.
    """

    number: str
    """
    The number of the receipt, which cannot be guessed.
    """
    case: str
    """
    The case, by its id or its number at the authority.
    """
    kind: str
    """
    What the расписка confirms: papers accepted, papers missing, or a refusal.
    """
    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    title: str
    """
    The name of the service, in Russian.
    """
    title_kk: str
    """
    The name of the service, in Kazakh; none where the act has none.
    """
    service: str
    """
    The name of the service, in Russian.
    """
    service_kk: str
    """
    The name of the service, in Kazakh.
    """
    clause: str
    """
    The clause of the act.
    """
    made_at: str
    """
    When the document was composed, before it was signed.
    """
    bar_code: str | None
    """
    The text of the bar code (Code 128) of a register of papers; none for every other paper.
    """
    signer: str | None
    """
    The name in the certificate of the person who signed a record; none for a расписка, which is signed by hand.
    """
    lines: list[ReceiptLine]
    """
    The lines of the printed receipt, in order.
    """


class RecordChoiceView(TypedDict):
    """
    A value that the act names for a field of a record.
    """

    code: str
    """
    The code of the value.
    """
    label: str
    """
    The name of the value, in Russian.
    """
    label_kk: str
    """
    The name of the value, in Kazakh.
    """


class RecordDraftRequest(TypedDict, closed=True):
    """
    The record of a step to prepare; ``answer``, ``reason`` and ``reason_kk`` are those that the step will
    have.
    """

    fields: NotRequired[dict[str, str]]
    """
    The filled fields of the record, by the codes that the step's record names.
    """
    cms: NotRequired[str | None]
    """
    A CMS signature, base64 of DER.
    """
    recipient_cms: NotRequired[str | None]
    """
    The signature of the person who takes the result, over the statement of the hand-over, base64 of DER.
    """
    answer: NotRequired[str | None]
    """
    The answer that was chosen where the step asks for one.
    """
    reason: NotRequired[str | None]
    """
    The reason of a refusal that the step will have.
    """
    reason_kk: NotRequired[str | None]
    """
    Why it was decided so, in Kazakh; none where no reason is told.
    """


class RecordFieldView(TypedDict):
    """
    A field of a record, which must be filled in; with ``choices`` its value is the code of one of them.
    """

    code: str
    """
    The code of the field, by which a request fills it in.
    """
    label: str
    """
    The name of the field, in Russian.
    """
    label_kk: str
    """
    The name of the field, in Kazakh.
    """
    choices: list[RecordChoiceView]
    """
    The values that the act names for this field; none for words.
    """


class RecordFormView(TypedDict):
    """
    The record that the employee makes in a step. ``recipient`` says who takes the result by the journal:
    ``applicant``, ``centre`` (a worker of the ЦОН), ``office`` (of an аким) or ``cabinet`` (at the portal).
    """

    kind: str
    """
    Which record it is: survey, conclusion, journal, register or arrival.
    """
    title: str
    """
    What the record is called, in the words of the act.
    """
    title_kk: str
    """
    What the record is called, in Kazakh.
    """
    recipient: str | None
    """
    Who takes the result by the journal: applicant, centre, office or cabinet; none for other records.
    """
    fields: list[RecordFieldView]
    """
    The fields that the employee must fill in.
    """


class RecordLine(TypedDict, closed=True):
    """
    A line of a step's record: its label, and what the person wrote, in Kazakh where the words are ours.
    """

    label: str
    """
    The name of the line, in Russian.
    """
    label_kk: str
    """
    The name of the line, in Kazakh.
    """
    value: str
    """
    What stands in this line, as printed.
    """
    value_kk: NotRequired[str | None]
    """
    What stands in this line, in Kazakh, where the words are not the person's own.
    """


class RefusalDraftRequest(TypedDict, closed=True):
    """
    The reason of a refusal that an employee is going to sign.
    """

    reason: str
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    reason_kk: NotRequired[str | None]
    """
    Why it was decided so, in Kazakh; none where no reason is told.
    """


class RegisterAnswerView(TypedDict):
    """
    A query to a register; ``answer`` is None before the answer.
    """

    register: str
    """
    The register that was asked.
    """
    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    asked_at: str
    """
    When the question was asked.
    """
    answered_at: str | None
    """
    When the answer came; none while it is awaited.
    """
    answer: dict[str, Any] | None
    """
    The answer that was chosen where the step asks for one.
    """


class ResultChoiceView(TypedDict):
    """
    One of the results that the act gives; the Kazakh title is none where nobody translated it.
    """

    code: str
    """
    The code of the result.
    """
    title: str
    """
    The result in the words of the act.
    """
    title_kk: str | None
    """
    The result in Kazakh; none where nobody translated it.
    """


class ScenarioCondition(TypedDict, closed=True):
    """
    The steps to which a line of a scenario applies; omitted conditions match all. ``ends`` is the end of the
    applicant's ИИН.
    """

    regulation: NotRequired[str | None]
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    channel: NotRequired[Literal["provider", "con", "portal", "akim"] | None]
    """
    The channel of the application: provider, con, portal or akim.
    """
    variant: NotRequired[str | None]
    """
    The variant of the procedure; none where the act has one only.
    """
    step: NotRequired[str | None]
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    op: NotRequired[
        Literal[
            "present",
            "enrol",
            "login",
            "fill",
            "sign",
            "submit",
            "verify",
            "accept",
            "receive",
            "resolve",
            "forward",
            "review",
            "survey",
            "recommend",
            "decide",
            "prepare",
            "approve",
            "issue",
            "inform",
            "enqueue",
            "reserve",
            "offer",
            "answer",
            "collect",
            "carry",
            "hand_over",
            "keep",
            "check",
            "refuse",
            "query",
            "route",
            "register",
            "show",
            "compose",
            "deliver",
            "pay",
            "nothing",
        ]
        | None
    ]
    """
    The kind of step (accept, decide, sign…).
    """
    applicant: NotRequired[str | None]
    """
    The ИИН of the applicant.
    """
    ends: NotRequired[str | None]
    """
    How the case is to end.
    """


ShelfStatus: TypeAlias = Literal["waiting", "archived", "handed"]


class StepRecordDocument(TypedDict, closed=True):
    """
    What the act lets a person write down in a step, which that person signs: the survey of a family with its
    conclusion, a commission's conclusion, an entry of the journal, a register of papers, their arrival.

    ``lines`` is the content. ``bar_code`` is the text of the bar code (Code 128) of a register. In the journal,
    ``recipient_signature`` is the recipient's CMS (base64 of DER) over the statement of the hand-over; absent
    where the recipient signs on paper.
    """

    document: NotRequired[Literal["step-record"]]
    """
    What the document is: an application, papers sent later, a result.
    """
    kind: str
    """
    Which record it is: survey, conclusion, journal, register or arrival.
    """
    number: str
    """
    The number of the record, which cannot be guessed.
    """
    application_id: str
    """
    The id of the application, the same in every system.
    """
    case_number: str
    """
    The number that the authority gave to the application.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    clause: str
    """
    The clause of the act.
    """
    title: str
    """
    What the record is called, in the words of the act.
    """
    title_kk: str
    """
    What the record is called, in Kazakh.
    """
    service: str
    """
    The name of the service, in Russian.
    """
    service_kk: str
    """
    The name of the service, in Kazakh.
    """
    applicant: str
    """
    The ИИН of the applicant.
    """
    lines: list[RecordLine]
    """
    The content of the record, in order.
    """
    bar_code: NotRequired[str | None]
    """
    The text of the bar code (Code 128) of a register of papers; none for every other paper.
    """
    recipient_signature: NotRequired[str | None]
    """
    The recipient's CMS over the statement of the hand-over, base64 of DER; none for a signature on paper.
    """
    made_at: str
    """
    When the document was composed, before it was signed.
    """


class StepRecordRequest(TypedDict, closed=True):
    """
    What the employee writes down in a step, by the codes of the step's ``record``.

    ``cms`` is the employee's own signature (base64 of DER) over the prepared record; without it the workplace's
    key signs. ``recipient_cms`` is the signature of the person who takes the result, over the statement of the
    hand-over.
    """

    fields: NotRequired[dict[str, str]]
    """
    The filled fields of the record, by the codes that the step's record names.
    """
    cms: NotRequired[str | None]
    """
    A CMS signature, base64 of DER.
    """
    recipient_cms: NotRequired[str | None]
    """
    The signature of the person who takes the result, over the statement of the hand-over, base64 of DER.
    """


class StepRequest(TypedDict, closed=True):
    """
    Taking a step: its ``answer`` where the step asks for one, the ``reason`` of a refusal, a CMS (base64 of
    DER) over the draft where the employee signs with a key of one's own. ``missing`` names the missing documents
    where the answer is ``incomplete``; they are then the reason. ``office`` is the office to which the step hands
    the case over, by default the only one of the act. ``text`` is what the applicant wrote where the applicant
    answers, else the employee's words for the applicant, where the step sends a notice. ``record`` is what the
    employee writes down, where the act gives the step a record, ``result`` the code of the act's result that the
    applicant gets, where the act has several (the first of them without a choice).
    """

    answer: NotRequired[str | None]
    """
    The answer that was chosen where the step asks for one.
    """
    reason: NotRequired[str | None]
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    reason_kk: NotRequired[str | None]
    """
    Why it was decided so, in Kazakh; none where no reason is told.
    """
    cms: NotRequired[str | None]
    """
    A CMS signature, base64 of DER.
    """
    missing: NotRequired[list[MissingItem]]
    """
    The papers that are not there.
    """
    office: NotRequired[str | None]
    """
    The code of the office in the acts.
    """
    text: NotRequired[str | None]
    """
    What the applicant wrote, or the employee's words for the applicant.
    """
    record: NotRequired[StepRecordRequest | None]
    """
    What the employee writes down in the step, where the act gives the step a record.
    """
    result: NotRequired[str | None]
    """
    The code of the act's result that the applicant gets; the first of them without a choice.
    """


class TimeLimit(TypedDict, closed=True):
    """
    A time limit: ``amount`` (to ``upper`` for a range) in ``unit``; the units ``same_day`` and ``unspecified``
    have no amount.
    """

    amount: NotRequired[int | None]
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
    The unit: minute, hour, working_day, calendar_day or month.
    """
    upper: NotRequired[int | None]
    """
    The upper end of a range; none where there is no range.
    """


class VisitorContact(TypedDict, closed=True):
    """
    Name and telephone, which the расписка requires of the applicant and the representative.
    """

    name: NotRequired[str]
    """
    The full name of the visitor, for the employee who calls.
    """
    phone: NotRequired[str]
    """
    The telephone number of the visitor, with the code of the country.
    """


class WaitingCaseView(TypedDict):
    """
    A case that waits at a step; ``late`` is the delay in seconds, null in time.
    """

    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    system: str
    """
    The address of a system.
    """
    service: str
    """
    The service type, the same for a service in several regions.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    channel: str
    """
    The channel of the application: provider, con, portal or akim.
    """
    variant: str
    """
    The variant of the procedure; none where the act has one only.
    """
    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    is_applicants: bool
    """
    Whether the authority waits for something that is in the applicant's hands.
    """
    case: str
    """
    The case, by its id or its number at the authority.
    """
    number: str | None
    """
    The number that the authority gave to the application; none before.
    """
    place: str
    """
    Where the case is worked on.
    """
    since: str | None
    """
    From when the case waits at this step.
    """
    due: str | None
    """
    When it is due, by the deadline of the act.
    """
    late: float | None
    """
    By how many seconds it is late; none while it is not.
    """


class WaitingGroupView(TypedDict):
    """
    The number of cases that wait at one step; ``due_soon`` counts deadlines within 24 hours, ``worst_late`` is
    the longest delay in seconds.
    """

    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    system: str
    """
    The address of a system.
    """
    service: str
    """
    The service type, the same for a service in several regions.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    channel: str
    """
    The channel of the application: provider, con, portal or akim.
    """
    variant: str
    """
    The variant of the procedure; none where the act has one only.
    """
    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    is_applicants: bool
    """
    Whether the authority waits for something that is in the applicant's hands.
    """
    actor: str
    """
    Who does the step, in the words of the act.
    """
    action: str
    """
    What is done in this step, in the words of the act.
    """
    waiting: int
    """
    How many cases wait at this step.
    """
    due_soon: int
    """
    How many are due within 24 hours.
    """
    late: int
    """
    How many cases have passed the deadline of this step.
    """
    worst_late: float | None
    """
    By how many seconds the latest one is late; none while none is.
    """


class WorkCountsView(TypedDict):
    """
    The numbers of cases in the employee's lists, each at most 1000.
    """

    mine: int
    """
    How many cases the employee has taken; 1000 for as many or more.
    """
    free: int
    """
    How many cases nobody has taken in which the employee's role has a step to take; 1000 for as many or more.
    """
    overdue: int
    """
    How many cases of both have passed their deadline; 1000 for as many or more.
    """


WorkList: TypeAlias = Literal["mine", "free", "overdue", "done"]


class WorkplaceCaseView(TypedDict):
    """
    A case at the workplace; ``due_at`` is the deadline of the authority's next step here, ``late`` its delay in
    seconds, ``reason_kk`` and ``reason_en`` the reason where it is known in these languages, ``refusals`` the
    messages of the case that a receiver refused, ``assignee`` the ИИН of the employee
    who has taken the case; empty for a free one.
    """

    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    number: str | None
    """
    The number that the authority gave to the application; none before.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    channel: str
    """
    The channel of the application: provider, con, portal or akim.
    """
    variant: str
    """
    The variant of the procedure; none where the act has one only.
    """
    authority: str
    """
    The code of the department, from the directory of the act.
    """
    place: str
    """
    Where the case is worked on.
    """
    stage: CaseStage
    """
    How far the case is at this authority.
    """
    status: str
    """
    The status, as the act names it.
    """
    employee: str | None
    """
    Who works on it, by his ИИН; none while nobody does.
    """
    assignee: NotRequired[str]
    """
    Who has taken the case, by ИИН; empty while the case is free.
    """
    outcome: DecisionOutcome | None
    """
    The decision; none before there is one.
    """
    reason: str | None
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    reason_kk: NotRequired[str | None]
    """
    Why it was decided so, in Kazakh; none where no reason is told.
    """
    reason_en: NotRequired[str | None]
    """
    Why it was decided so, in English; none where nobody knows it in English.
    """
    received_at: str
    """
    When the application came to this authority.
    """
    changed_at: str
    """
    When the entry changed last, with the offset of the time zone.
    """
    due_at: str | None
    """
    When the step has to be done, by the deadline of the act; none where it has no deadline.
    """
    late: NotRequired[float | None]
    """
    By how many seconds it is late; none while it is not.
    """
    refusals: NotRequired[list[MessageRefusalView]]
    """
    The messages of the case that a receiver refused, in order.
    """
    status_code: StatusCode | None
    """
    The status for machines, the same over all acts; null where there is no status.
    """


class CaseQueueView(TypedDict):
    """
    A case in the queue, with all its offers; ``position`` is the last one where the applicant has a place.
    """

    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    number: str
    """
    The number that the issuing authority gave, unique there.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    position: int
    """
    The place in the queue, counted from 1.
    """
    status: QueueStanding
    """
    Whether the applicant waits, was offered a place, or has accepted one.
    """
    waiting_since: str
    """
    When the application arrived; the queue is ordered by this moment.
    """
    noticed_at: str | None
    """
    When the notice of the place in the queue was signed; none where there was a place at once.
    """
    offers: list[PlaceOfferView]
    """
    The places that were offered to the applicant, in their order.
    """


class EmployeeLoadView(TypedDict):
    """
    An employee with the cases that the employee has taken, and the free ones of the employee's role.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    name: str
    """
    The first name, as in the identity document.
    """
    role: EmployeeRole
    """
    The role of the employee, by which steps are allowed.
    """
    taken: CaseCountsView
    """
    The cases that the employee has taken.
    """
    free: CaseCountsView
    """
    The cases that nobody has taken and that wait for the employee's role.
    """


class IntakeRequest(TypedDict, closed=True):
    """
    The visitor's input. ``authority`` is the deciding department, by default the employee's own.

    ``missing`` names required documents that the visitor did not bring. ``contact`` and ``representative_contact``
    are for the расписка; ``ticket`` is the number in the electronic queue.
    """

    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    channel: Literal["provider", "con", "portal", "akim"]
    """
    The channel of the application: provider, con, portal or akim.
    """
    variant: NotRequired[str | None]
    """
    The variant of the procedure; none where the act has one only.
    """
    applicant: str
    """
    The ИИН of the applicant.
    """
    authority: NotRequired[str | None]
    """
    The code of the department, from the directory of the act.
    """
    fields: NotRequired[dict[str, str]]
    """
    The filled fields of the form, by their keys in its JSON Schema.
    """
    attachments: NotRequired[list[Attachment]]
    """
    The papers that go with it.
    """
    representative: NotRequired[Representative | None]
    """
    Who acts for the applicant.
    """
    missing: NotRequired[list[MissingItem]]
    """
    The papers that are not there.
    """
    contact: NotRequired[VisitorContact]
    """
    How the applicant is reached.
    """
    representative_contact: NotRequired[VisitorContact]
    """
    How the representative is reached.
    """
    ticket: NotRequired[str | None]
    """
    The ticket of the electronic queue.
    """


class MonitorView(TypedDict):
    """
    The counts of waiting cases at this workplace; ``now`` is the bus's time of the counts.
    """

    workplace: str
    """
    The address of the system with the workplace.
    """
    now: str
    """
    The time by the bus's clock, common to all systems.
    """
    groups: list[WaitingGroupView]
    """
    The steps at which cases wait, with their numbers.
    """


class NextStepView(TypedDict):
    """
    A step that is allowed now; ``record`` is what its person writes down, None where the act has no record,
    ``results`` are those of which its person may choose one.
    """

    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    label: str
    """
    The label of the step in the act («процесс 3»).
    """
    n: int | None
    """
    The number of the step in the act; none where the act has none.
    """
    actor: str
    """
    Who does the step, in the words of the act.
    """
    action: str
    """
    What is done in this step, in the words of the act.
    """
    clause: str | None
    """
    The clause of the act.
    """
    holder: str
    """
    The system at which the step is done, as the act names it.
    """
    is_here: bool
    """
    Whether the step is done at this system.
    """
    roles: list[str]
    """
    Who may take the step.
    """
    choose: list[str]
    """
    The answers to choose from; empty where none is asked for.
    """
    media: list[str]
    """
    What the step is done on, where the act says so (paper, courier…).
    """
    record: RecordFormView | None
    """
    The record of the step; none where the act lets the person make none.
    """
    results: list[ResultChoiceView]
    """
    The results of the act of which the employee may choose one in this step; none where there is no choice.
    """


class OfficeLoadView(TypedDict):
    """
    The load of an office; ``elsewhere`` counts the cases in which others act now.
    """

    employees: list[EmployeeLoadView]
    """
    The employees of the office, by ИИН.
    """
    total: CaseCountsView
    """
    All open cases of the office.
    """
    elsewhere: CaseCountsView
    """
    The open cases in which others act now.
    """


class QueueEntryView(TypedDict):
    """
    An applicant in the queue: ``position`` counts from 1, ``noticed_at`` is when the notice was signed.
    """

    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    number: str
    """
    The number that the issuing authority gave, unique there.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    position: int
    """
    The place in the queue, counted from 1.
    """
    status: QueueStanding
    """
    Whether the applicant waits, was offered a place, or has accepted one.
    """
    waiting_since: str
    """
    When the application arrived; the queue is ordered by this moment.
    """
    noticed_at: str | None
    """
    When the notice of the place in the queue was signed; none where there was a place at once.
    """


class ScenarioLine(TypedDict, closed=True):
    """
    The action at such a step: ``answer`` (with the ``reason`` of a refusal), ``after`` a time since the step
    began; ``late``: an hour of working time after the limit; ``never``.
    """

    when: NotRequired[ScenarioCondition]
    """
    Of which applications and steps the line speaks.
    """
    answer: NotRequired[str | None]
    """
    The answer that was chosen where the step asks for one.
    """
    reason: NotRequired[str | None]
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    reason_kk: NotRequired[str | None]
    """
    Why it was decided so, in Kazakh; none where no reason is told.
    """
    after: NotRequired[TimeLimit | None]
    """
    How long the clerk waits before the step.
    """
    late: NotRequired[bool]
    """
    Whether the clerk lets the deadline pass.
    """
    never: NotRequired[bool]
    """
    Whether the clerk never takes the step.
    """


class ShelfResultView(TypedDict):
    """
    A result at a centre: its term on the shelf, and its recipient.
    """

    case: str
    """
    The case, by its id or its number at the authority.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    standing: ShelfStatus
    """
    Whether the result waits, was handed over, or went to the archive.
    """
    ready_at: str
    """
    When the result was ready to be handed over.
    """
    keep_until: str
    """
    Until when the result is kept here.
    """
    archived_at: str | None
    """
    When an unclaimed result went to the archive.
    """
    handed_at: str | None
    """
    When the result was handed over.
    """
    recipient: str | None
    """
    The ИИН of the person who took the result; none before.
    """
    power_number: str | None
    """
    The number of the power of attorney.
    """
    proof: HandOverProof | None
    """
    How the hand-over was proved.
    """
    employee: str | None
    """
    Who works on it, by his ИИН; none while nobody does.
    """


class ClerkRule(TypedDict, closed=True):
    """
    A policy for the cases of a service type, of a region, or of both. ``seed``, ``late_share`` and
    ``grain_minutes`` are for paced clerks, ``scenario`` for scripted ones. The steps of ``played_roles`` are left
    to people under every policy.
    """

    service: NotRequired[str | None]
    """
    The service type, the same for a service in several regions.
    """
    region: NotRequired[str | None]
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    policy: ClerkPolicy
    """
    Who does the steps: people, or clerks at once, at a pace, by a scenario.
    """
    seed: NotRequired[int]
    """
    From which the durations are drawn.
    """
    late_share: NotRequired[float]
    """
    Which share of the steps a paced clerk is late with, 0 to 1.
    """
    grain_minutes: NotRequired[int]
    """
    To how many minutes the clerk rounds.
    """
    played_roles: NotRequired[list[EmployeeRole]]
    """
    The roles whose steps are left to people.
    """
    scenario: NotRequired[list[ScenarioLine]]
    """
    What the clerk does at which step.
    """


class ClerkRulesRequest(TypedDict, closed=True):
    """
    All rules from now on; earlier rules end.
    """

    rules: list[ClerkRule]
    """
    The rules, in order; the first that fits holds.
    """


class ClerkRulesView(TypedDict):
    """
    The rules; ``otherwise`` applies where no rule does (EGOV_CLERKS).
    """

    otherwise: ClerkPolicy
    """
    Who does the steps that no rule speaks of.
    """
    rules: list[ClerkRule]
    """
    The rules, in order; the first that fits holds.
    """
    version: int
    """
    The version, counted up with each change.
    """
