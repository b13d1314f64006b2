"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from typing_extensions import NotRequired, TypedDict

from shared.client.models.common import (
    ActDeadline as ActDeadline,
    AuditEntryView as AuditEntryView,
    AuditVerificationView as AuditVerificationView,
    BothClocksView as BothClocksView,
    ChannelStepSchema as ChannelStepSchema,
    DeadLetterView as DeadLetterView,
    FindingTexts as FindingTexts,
    FormRuleSchema as FormRuleSchema,
    HealthView as HealthView,
    ParkedMessageView as ParkedMessageView,
    Problem as Problem,
    ProcedureSchema as ProcedureSchema,
    ProcedureStepSchema as ProcedureStepSchema,
    PublicRegulation as PublicRegulation,
    ReadinessProblemView as ReadinessProblemView,
    ReadinessView as ReadinessView,
    ServedChannels as ServedChannels,
    StatusCode as StatusCode,
    StatusSchema as StatusSchema,
    StepDone as StepDone,
    StuckMessagesView as StuckMessagesView,
    TableStepSchema as TableStepSchema,
    TwoLanguages as TwoLanguages,
    WhereaboutsFindingView as WhereaboutsFindingView,
)


class AccessRightRequest(TypedDict, closed=True):
    """
    A right to grant or revoke.
    """

    sender: str
    """
    The address of the system that sent it.
    """
    service_id: str
    """
    The service type, by which gateways choose a route.
    """
    message_type: str
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """


class ActReferenceView(TypedDict):
    """
    An act by its number and day.
    """

    number: str
    """
    The number of the act.
    """
    date: str
    """
    The day of the act.
    """
    body: dict[str, str] | None
    """
    Who made the act, in each language; null where it is not said.
    """


class ActTime(TypedDict, closed=True):
    """
    A time in the units of the acts: ``amount`` of ``unit`` (working_day, hour, …).
    """

    unit: str
    """
    The unit of the acts: working_day, hour, …
    """
    amount: NotRequired[int | None]
    """
    How many of the units the time has.
    """
    upper: NotRequired[int | None]
    """
    The upper end of a range of units.
    """


class BehaviourProvenance(TypedDict):
    """
    A behaviour of a door, the kind of source that shows it, and how sure the source is.
    """

    id: str
    """
    Which behaviour it is: a group of the SOAP door and a name in it, or a system with method and path.
    """
    text: str
    """
    What the door does, in one English sentence.
    """
    source: str
    """
    The kind of public document or client that shows the behaviour; where it is ours, what is not public.
    """
    certainty: Literal["official", "several-clients", "one-client", "ours"]
    """
    How sure the source is: official, several clients, one client, or our decision.
    """


class CarriedBytesView(TypedDict):
    """
    The headers and bytes of a request or an answer: ``body`` as text, or base64 where they are no UTF-8.
    """

    headers: dict[str, str]
    """
    The headers by name; the values of secrets are left out.
    """
    body: str
    """
    The beginning of the body, as text or in base64.
    """
    encoding: Literal["utf-8", "base64"]
    """
    Whether the body stands here as text or in base64.
    """
    size: int
    """
    How many bytes the whole body had.
    """
    is_cut: bool
    """
    Whether the body was longer than what is kept.
    """


CheckStep: TypeAlias = Literal["gate", "register", "contract"]


class CitedActView(TypedDict):
    """
    A law, a standard or an order that an act cites; null where the act does not say.
    """

    id: str
    """
    The cited act, by a stable name of ours.
    """
    kind: str
    """
    What it is: a law, a resolution, an order, rules.
    """
    title: dict[str, str]
    """
    The title of the cited act in each language.
    """
    body: dict[str, str] | None
    """
    Who made the act, in each language; null where it is not said.
    """
    number: str | None
    """
    The number of the cited act; null where the document does not say.
    """
    date: str | None
    """
    The day of the cited act; null where the document does not say.
    """
    note: dict[str, str] | None
    """
    What must be known of the citation, in each language; null where nothing must.
    """


class ClauseExecutorView(TypedDict):
    """
    What executes a clause besides steps; ``place`` is an address at a system or a file of the project.
    """

    id: str
    """
    What executes the clause, by a stable name of ours.
    """
    kind: str
    """
    What it is: a part of the passport, a page, an API, a rule, a document.
    """
    text: dict[str, str]
    """
    What it is, in each language.
    """
    place: str
    """
    The address at a system («system path»), or a file of the project.
    """
    tests: list[str]
    """
    The tests that show it at work, as path::name.
    """


class ClauseStepView(TypedDict):
    """
    A step that executes a clause; ``diagram`` is the address of the step in the diagram, at ШЭП.
    """

    channel: str
    """
    The channel of the application: provider, con, portal or akim.
    """
    variant: str
    """
    The variant of the procedure; main where the act has one only.
    """
    step: str
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    action: str
    """
    What is done in this step, in the words of the act.
    """
    diagram: str
    """
    The address at ШЭП that shows the step in the diagram of the process.
    """


class ClauseView(TypedDict):
    """
    One clause of an act with its fate.
    """

    at: dict[str, str]
    """
    The address of the clause in the act, in each language.
    """
    kind: str
    """
    What part of the act it is: a clause, an item, a row of a table, an appendix and so on.
    """
    lines: str
    """
    The lines of the published text that the clause takes, first-last, from 1.
    """
    title: dict[str, str | None]
    """
    What the clause is about, in our words, in each language; null where there is no such text.
    """
    fate: str
    """
    What becomes of the clause, by a stable word.
    """
    fate_text: dict[str, str]
    """
    What becomes of the clause, in each language.
    """
    steps: list[ClauseStepView]
    """
    The steps of the process that execute the clause.
    """
    executors: list[ClauseExecutorView]
    """
    What executes the clause besides steps.
    """
    cites: list[str]
    """
    The names of the acts that the clause cites; GET /api/v1/acts tells what they are.
    """
    term: str | None
    """
    The term that the clause defines, by a stable name of ours; null for other clauses.
    """
    symbol: str | None
    """
    The symbol of the act's legend that the clause is; null for other clauses.
    """
    field: int | None
    """
    The number of the checked field; null for other clauses.
    """


class CountryPersonView(TypedDict):
    """
    A person who has no account yet; instant clerks grant to an even ИИН and refuse an odd one.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    surname: str
    """
    The surname, as in the identity document.
    """
    name: str
    """
    The first name, as in the identity document.
    """
    patronymic: str
    """
    The patronymic; empty where there is none.
    """


WithoutItem: TypeAlias = str


class CountryRequest(TypedDict, closed=True):
    """
    What a country is to be like: its clerks, the places that stay free, how long it lives by itself.
    """

    clerks: NotRequired[Literal["instant", "paced", "manual"]]
    """
    Who takes the steps of people: instant, paced as the act allows, or manual (people).
    """
    without: NotRequired[list[WithoutItem]]
    """
    The systems whose places stay free, for ones of your own.
    """
    lives_seconds: NotRequired[int]
    """
    After how many seconds of the machine the country ends by itself.
    """
    citizens: NotRequired[int]
    """
    How many people of the population the answer names.
    """


class CoverageFiguresView(TypedDict):
    """
    How many clauses there are, and what became of them.
    """

    clauses: int
    """
    How many clauses there are; every one has a fate.
    """
    executed: int
    """
    How many clauses are executed: by steps, documents, pages, rules, data.
    """
    frame: int
    """
    How many are headings, references and notes on the history of the text.
    """
    not_executed: int
    """
    How many nothing executes: matters of people, pictures that the text lacks, what is void.
    """
    by_fate: dict[str, int]
    """
    How many clauses have each fate.
    """


DelayShape: TypeAlias = Literal["constant", "uniform", "normal", "exponential"]


DeliveryState: TypeAlias = Literal[
    "ON_DELIVERY", "DELIVERED", "NOT_DELIVERED", "DELIVERY_STOPPED"
]


class DeliveryVerdict(TypedDict, closed=True):
    """
    The participant's verdict about a message; ``code`` gives the reason of a refusal.
    """

    status: Literal["accepted", "refused"]
    """
    Whether the participant accepted the message or refused it.
    """
    code: NotRequired[str | None]
    """
    Why the participant refused the message, as a code of its own.
    """


class DeliveryView(TypedDict):
    """
    The delivery of one message to one recipient, with its state.
    """

    sender: str
    """
    The address of the system that sent it.
    """
    message_id: str
    """
    The id of the message (UUID), given by its sender.
    """
    recipient: str
    """
    The address of the system that receives the message.
    """
    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    session_id: str
    """
    The id that the gateway gave to the exchange.
    """
    state: str
    """
    How far the delivery is: on its way, delivered, refused, or stopped by its sender.
    """
    changed_at: str
    """
    When the entry changed last, with the offset of the time zone.
    """
    error_code: str | None
    """
    The code of the error; none where there is none.
    """


class DoorDeviationView(TypedDict):
    """
    A departure of a call from the contract of its door.
    """

    code: str
    """
    The kind of the deviation.
    """
    element: str
    """
    The element or header where it was met.
    """


EffectKind: TypeAlias = Literal[
    "down",
    "slow",
    "drop",
    "duplicate",
    "reorder",
    "corrupt",
    "poison",
    "wrong-answer",
    "half-body",
    "broker",
    "pki",
    "conduct",
    "outcome",
    "status",
    "refuse",
]


class EndpointRequest(TypedDict, closed=True):
    """
    Where a participant takes what ШЭП pushes.
    """

    url: str
    """
    The address to which the gateway pushes the system's messages.
    """


class EndpointView(TypedDict):
    """
    A participant's endpoint, and how the calls to it go; the moment is the machine's.
    """

    address: str
    """
    The address of a system on the bus.
    """
    url: str
    """
    The address to which the gateway pushes the system's messages.
    """
    failures: int
    """
    How many calls in a row went wrong.
    """
    last_error: str | None
    """
    Why the last call went wrong, as a code; none after a call that went well.
    """
    next_try_at: str
    """
    Before this moment of the machine's time there is no further call.
    """


EventState: TypeAlias = Literal["PENDING", "DELIVERED", "FAILED"]


ExchangePlace: TypeAlias = Literal[
    "inbox", "outbox", "handler", "content", "http", "service"
]


class ExchangeView(TypedDict):
    """
    One call at a door, without its bytes; ``code`` is None for a call that passed.
    """

    id: str
    """
    The number by which the entry is asked for.
    """
    began_at: str
    """
    When the call came, by the bus's clock.
    """
    took_ms: int
    """
    How many milliseconds the call took.
    """
    door: Literal["soap", "rest", "push", "webhook"]
    """
    The door at which the call came.
    """
    operation: str
    """
    The name of the operation, as operationId in the OpenAPI document.
    """
    target: str
    """
    The HTTP method and the path.
    """
    participant: str | None
    """
    The participant that called; none where nobody proved to be one.
    """
    service_id: str | None
    """
    The service type, by which gateways choose a route.
    """
    sent_message_id: str | None
    """
    The id of the message that the client sent.
    """
    sent_correlation_id: str | None
    """
    The id of the chain that the client sent.
    """
    message_id: str | None
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: str | None
    """
    The id of the case that messages belong to.
    """
    session_id: str | None
    """
    The id that the gateway gave to the exchange.
    """
    http_status: int
    """
    The HTTP status of the answer.
    """
    code: str | None
    """
    The code of the error with which the call was refused; none for a call that passed.
    """
    deviations: list[DoorDeviationView]
    """
    Whole, 31 at most: a call is read no further.
    """


class FieldFaultView(TypedDict):
    """
    A faulty field: its place, the kind of fault, what the contract expected and what stood there.
    """

    field: str
    """
    The place of the faulty field in the message, with dots between.
    """
    fault: str
    """
    The kind of the fault.
    """
    expected: NotRequired[str | None]
    """
    The bound of the contract that the field breaks; null where there is none.
    """
    found: NotRequired[str | None]
    """
    The type and the length of what stands in the field; null where nothing stands there.
    """


Instance: TypeAlias = str


class FollowingRequest(TypedDict, closed=True):
    """
    A process asks for the rules; ``wait`` is for how many seconds an answer may wait for others than those of
    ``version``, which the process obeys.
    """

    process: str
    """
    A random name of the process that follows, as long as it runs.
    """
    at: str
    """
    When the question was written, by the machine's clock: an old one is refused.
    """
    nonce: str
    """
    A random word, so that no two questions are alike.
    """
    instances: list[Instance]
    """
    The systems of the process, as egov-bus --list names them.
    """
    version: NotRequired[int | None]
    """
    The version of the rules that the process obeys; left out before the first answer.
    """
    wait: NotRequired[float]
    """
    How many seconds the answer may wait for other rules.
    """


class FurtherCountryView(TypedDict):
    """
    A country of its own: where its systems are, and the secrets that open them.
    """

    id: str
    """
    The id of the country, by which it is ended.
    """
    urls: dict[str, str]
    """
    The address of each system.
    """
    operator_tokens: dict[str, str]
    """
    The token of each system's operator.
    """
    employee_password: str
    """
    The password of every employee.
    """
    citizens: list[CountryPersonView]
    """
    Whole, 100 at most: as many as were asked for.
    """
    ends_at: str
    """
    When the country ends by itself, by the machine's clock.
    """
    made_in_ms: float
    """
    How long it took to make the country, in milliseconds.
    """


class GatewayRouteRequest(TypedDict, closed=True):
    """
    A route to add; without channel and step, the route is for all channels and steps.

    ``step`` is the place of a step: ``t5``, or ``worker-reissue/p10`` in a variant. ``is_provider``: the route
    leads to the provider of the service, and follows changes made at ``/service-routes``.
    """

    service_id: str
    """
    The service type, by which gateways choose a route.
    """
    region: NotRequired[str | None]
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    message_type: str
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    channel: NotRequired[str | None]
    """
    The channel of the application: provider, con, portal or akim.
    """
    step: NotRequired[str | None]
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    recipient: str
    """
    The address of the system that receives the message.
    """
    is_provider: NotRequired[bool]
    """
    Whether the recipient is the one that provides the service.
    """


class JoinedParticipantView(TypedDict):
    """
    A participant, and the token by which it proves itself at the REST door; the token is shown only here.
    """

    address: str
    """
    The address of a system on the bus.
    """
    title: str
    """
    The name of the service, in Russian.
    """
    token: str
    """
    The token for the REST door; it is shown only once.
    """


class JournalEntryView(TypedDict):
    """
    One entry of the journal, without the bytes of the message.
    """

    n: int
    """
    The number of the entry in the journal.
    """
    at: str
    """
    The moment, by the bus's clock.
    """
    event: str
    """
    What happened with the message: ACCEPTED, REFUSED, REPLAYED, UNDELIVERED, or CHANGED and ROUTE_CHANGED of the register.
    """
    sender: str | None
    """
    The address of the system that sent it.
    """
    message_id: str | None
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: str | None
    """
    The id of the case that messages belong to.
    """
    service_id: str | None
    """
    The service type, by which gateways choose a route.
    """
    region: str | None
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    message_type: str | None
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    channel: str | None
    """
    The channel of the application: provider, con, portal or akim.
    """
    step: str | None
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    session_id: str | None
    """
    The id that the gateway gave to the exchange.
    """
    recipients: str
    """
    The addresses of the systems that received the message, with commas between.
    """
    code: str | None
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
    digest: str | None
    """
    The SHA-256 of what is recorded, in hexadecimal.
    """
    hash: str
    """
    The SHA-256 of the entry and of the entry before it, 64 hexadecimal digits.
    """


class JournalSegmentView(TypedDict):
    """
    A segment of the journal in the archive; ``is_there`` is whether its file is in the folder.
    """

    first: int
    """
    The number of the first entry of the segment.
    """
    last: int
    """
    The number of the last entry of the segment; a time-stamp of НУЦ covers it.
    """
    previous: str
    """
    The hash of the journal's chain before the first entry, SHA-256 in hex.
    """
    head: str
    """
    The hash of the journal's chain behind the last entry, SHA-256 in hex.
    """
    began_at: str
    """
    When the first entry was written, by the bus's clock.
    """
    ended_at: str
    """
    When the last entry was written, by the bus's clock.
    """
    file_name: str
    """
    The name of the segment's file in the folder of the archive.
    """
    file_digest: str
    """
    The SHA-256 of the file in hex.
    """
    size: int
    """
    The number of bytes of the file.
    """
    is_there: NotRequired[bool]
    """
    Whether the file is in the folder of the archive.
    """


class JournalVerificationView(TypedDict):
    """
    The result of verifying the journal with its archive: ``entries`` counts both, ``archived_entries`` have
    left the database, and ``missing_segments`` are files that are not in the archive's folder.
    """

    entries: int
    """
    How many entries the journal has.
    """
    is_whole: bool
    """
    Whether nobody altered the journal.
    """
    first_broken: int | None
    """
    The number of the first entry that was altered; none where none was.
    """
    stamped_entries: int
    """
    The number of the last entry that a time-stamp covers; 0 where there is none.
    """
    stamped_at: str | None
    """
    The moment of the last time-stamp over the journal; none before there is one.
    """
    stamps: int
    """
    How many time-stamps НУЦ has put over the journal.
    """
    archived_entries: int
    """
    The number of the last entry that has left the database for the archive; 0 where none has.
    """
    missing_segments: list[str]
    """
    The files of segments of the archive that are not in its folder, a hundred at most.
    """


class LegalHoldRequest(TypedDict, closed=True):
    """
    Why the entries of a case must stay.
    """

    reason: str
    """
    Why the entries must stay, in the operator's words.
    """


class LegalHoldView(TypedDict):
    """
    A case whose entries stay in the database whatever their age.
    """

    case_id: str
    """
    The id of the case whose journal entries stay in the database.
    """
    reason: str
    """
    Why the entries must stay, in the operator's words.
    """
    since: str
    """
    Since when the hold is on the case, by the bus's clock.
    """


class MemberRequest(TypedDict, closed=True):
    """
    A system to connect, or to switch on or off.
    """

    title: str
    """
    The name of the system.
    """
    is_regional: NotRequired[bool]
    """
    Whether the system stands behind a regional gateway.
    """
    is_active: NotRequired[bool]
    """
    Whether it is switched on.
    """


class MemberRow(TypedDict):
    """
    A connected system.
    """

    address: str
    """
    The address of a system on the bus.
    """
    title: str
    """
    The name of the system.
    """
    is_regional: NotRequired[bool]
    """
    Whether the system stands behind a regional gateway.
    """
    is_active: NotRequired[bool]
    """
    Whether it is switched on.
    """
    is_at_door: NotRequired[bool]
    """
    Whether the system is a participant of the doors, let in by the operator, and not one of the bus.
    """


class MessageData(TypedDict):
    """
    The contents of a message: the name of the contract, and data of its shape.
    """

    contract: str
    """
    The name and version of the shape that the data have.
    """
    data: dict[str, Any]
    """
    The data of the message, in the shape that the contract names.
    """


MessageForm: TypeAlias = Literal["bus", "soap", "rest"]


class MessageStateView(TypedDict):
    """
    The delivery of a message that the participant sent, to one recipient.
    """

    recipient: str
    """
    The address of the system that receives the message.
    """
    state: DeliveryState
    """
    How far it has come, by a stable code.
    """
    changed_at: str
    """
    When the entry changed last, with the offset of the time zone.
    """
    error_code: str | None
    """
    The code of the error; none where there is none.
    """


MessageType: TypeAlias = Literal["REQUEST", "UPDATE", "NOTIFICATION", "RESPONSE"]


Ask: TypeAlias = str


Provide: TypeAlias = str


class ParticipantRequest(TypedDict, closed=True):
    """
    A system that wants to come through a door; НУЦ's ``invitation`` lets ШЭП have a door key certified.
    """

    title: str
    """
    The name of the service, in Russian.
    """
    bin: NotRequired[str | None]
    """
    The БИН of the organisation, twelve digits.
    """
    oid: NotRequired[str | None]
    """
    The object identifier of the information system (UID of its real certificate).
    """
    invitation_token: str
    """
    The one-time token with which НУЦ invites the system to have a key certified.
    """
    root: str
    """
    The root certificate of НУЦ, PEM, as the invitation has it.
    """
    asks: NotRequired[list[Ask]]
    """
    The services to which the participant may send a REQUEST.
    """
    provides: NotRequired[list[Provide]]
    """
    The services that the participant may provide in place of the passport's provider.
    """
    is_strict: NotRequired[bool]
    """
    Whether the doors refuse what departs from their contract, instead of reading it leniently.
    """
    has_queue: NotRequired[bool]
    """
    Whether messages come to a queue of the system's own at the broker, and not into its mailbox.
    """
    tenant: NotRequired[str | None]
    """
    The team of integrators to which the system belongs, at an installation that several teams share.
    """
    is_regional: NotRequired[bool]
    """
    Whether the system stands behind the regional gateway of its region.
    """


class ParticipantView(TypedDict):
    """
    A participant of the doors, and how its messages come to it.
    """

    address: str
    """
    The address of a system on the bus.
    """
    title: str
    """
    The name of the service, in Russian.
    """
    bin: str | None
    """
    The БИН of the organisation, twelve digits.
    """
    oid: str | None
    """
    The object identifier of the information system (UID of its real certificate).
    """
    is_strict: bool
    """
    Whether the doors refuse what departs from their contract, instead of reading it leniently.
    """
    has_queue: bool
    """
    Whether messages come to a queue of the system's own at the broker, and not into its mailbox.
    """
    is_regional: bool
    """
    Whether the system stands behind the regional gateway of its region.
    """
    tenant: str | None
    """
    The team of integrators to which the system belongs, at an installation that several teams share.
    """
    joined_at: str
    """
    When the system was let in, by the bus's clock.
    """


class PassedStepView(TypedDict):
    """
    A step of a regulation, and the newest case that passed it.
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
    case_id: str
    """
    The newest case that passed the step.
    """
    passed_at: str
    """
    When the case passed the step.
    """


class RefusedQuestionView(TypedDict):
    """
    Who refused a question that had passed, and with which code; ``explanation`` as in a problem.
    """

    recipient: str
    """
    The address of the system that receives the message.
    """
    code: str
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
    explanation: NotRequired[dict[str, Any] | None]
    """
    Why the question was refused (kind, facts, findings); null where nothing explains it.
    """


class RegulationCoverageView(TypedDict):
    """
    The figures of one regulation.
    """

    id: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    title: dict[str, str | None]
    """
    The title of the service in each language; Kazakh may be missing.
    """
    figures: CoverageFiguresView
    """
    How many clauses there are, and what became of them.
    """


class ReplayRequest(TypedDict, closed=True):
    """
    What the new message has in place of the old one's data; None for the same data.
    """

    data: NotRequired[dict[str, Any] | None]
    """
    What the new message has in place of the data of the old one; null for the same data.
    """


class ReplayedEventsView(TypedDict):
    """
    The number of events that are posted again.
    """

    queued: int
    """
    How many events are posted again.
    """


class ReplayedMessageView(TypedDict):
    """
    The ids of a new message that ШЭП let pass.
    """

    message_id: str
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    session_id: str
    """
    The id that the gateway gave to the exchange.
    """


class ReportAnswer(TypedDict):
    """
    The ``number`` of the report that is journaled.
    """

    number: int
    """
    The number of the report that is journaled.
    """


class ReportedFiring(TypedDict, closed=True):
    """
    An occasion on which a rule did something at the system that reports it.
    """

    at: str
    """
    When the rule did something, by the bus's clock.
    """
    rule_id: str
    """
    The id under which a rule of the sandbox was set.
    """
    kind: EffectKind
    """
    Which kind of entry it is, by a stable code.
    """
    place: ExchangePlace
    """
    Where the case is worked on.
    """
    message_id: NotRequired[str | None]
    """
    The id of the message (UUID), given by its sender.
    """
    case_id: NotRequired[str | None]
    """
    The id of the case that led to it, the same in every system.
    """
    service: NotRequired[str | None]
    """
    The service type, the same for a service in several regions.
    """
    region: NotRequired[str | None]
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    message_type: NotRequired[MessageType | None]
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    step: NotRequired[str | None]
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    path: NotRequired[str | None]
    """
    The path of the request.
    """


class ResetRequest(TypedDict, closed=True):
    """
    The snapshot to which the country goes back; by default the state in which it was made.
    """

    snapshot: NotRequired[str]
    """
    The name of the snapshot to which the country goes back; by default the state in which it was made.
    """


class ResetUnderWay(TypedDict):
    """
    The country stops now; it is back once `GET` tells this generation.
    """

    snapshot: str
    """
    The snapshot to which the country goes back.
    """
    generation: int
    """
    The generation that the country has once it is back.
    """


class RightRow(TypedDict):
    """
    An access right.
    """

    sender: str
    """
    The address of the system that sent it.
    """
    service_id: str
    """
    The service type, by which gateways choose a route.
    """
    message_type: str
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """


class RouteRow(TypedDict):
    """
    A route; see ``GatewayRoute``.
    """

    id: NotRequired[int | None]
    """
    The number of the route, by which it is removed.
    """
    service_id: str
    """
    The service type, by which gateways choose a route.
    """
    region: NotRequired[str | None]
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    message_type: str
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    channel: NotRequired[str | None]
    """
    The channel of the application: provider, con, portal or akim.
    """
    step: NotRequired[str | None]
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    recipient: str
    """
    The address of the system that receives the message.
    """
    is_provider: NotRequired[bool]
    """
    Whether the recipient is the one that provides the service.
    """


class RuleEffect(TypedDict, closed=True):
    """
    What happens: ``kind``, and what the kind needs.

    ``seconds``, ``shape`` and ``spread`` are of slow (the machine's seconds); ``copies`` of duplicate; ``answer``
    (fields that replace those of the answer) and ``status`` (HTTP) of wrong-answer; ``trouble`` of broker, pki,
    conduct, and as a code of refuse; ``outcome``, ``reason``, ``reason_kk``, ``refusal`` (a code of a reason in
    three languages), ``seconds`` or ``after`` (since the step began to wait), ``polls`` (after so many questions
    for the state), ``late`` and ``never`` of outcome; ``outcome`` and ``reason`` of status: the code of the status
    and the words with it.
    """

    kind: EffectKind
    """
    What happens: down, slow, drop, duplicate, reorder, corrupt, poison, wrong-answer, half-body, broker, pki, conduct, outcome.
    """
    seconds: NotRequired[float | None]
    """
    The mean delay in seconds; of an outcome in the bus's time.
    """
    shape: NotRequired[DelayShape | None]
    """
    How the delays are spread.
    """
    spread: NotRequired[float | None]
    """
    The half width of a uniform delay, or the standard deviation of a normal one, in seconds.
    """
    copies: NotRequired[int | None]
    """
    How often a message is delivered or a request is handled.
    """
    answer: NotRequired[dict[str, Any] | None]
    """
    The fields that replace those of the answer.
    """
    status: NotRequired[int | None]
    """
    The HTTP status of the wrong answer.
    """
    trouble: NotRequired[str | None]
    """
    The trouble of the broker (away, refuses, confirm-lost, no-address), of НУЦ, or the conduct of ИС ЦГО.
    """
    outcome: NotRequired[str | None]
    """
    The answer of the steps to which the rule applies: granted, refused, or one that the step has.
    """
    reason: NotRequired[str | None]
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    reason_kk: NotRequired[str | None]
    """
    Why it was decided so, in Kazakh; none where no reason is told.
    """
    refusal: NotRequired[str | None]
    """
    The code of a reason in three languages: untrue, incomplete, expired, received, …
    """
    after: NotRequired[ActTime | None]
    """
    The time since the step began to wait, in the units of the acts.
    """
    polls: NotRequired[int | None]
    """
    After how many questions for the state of the case the outcome happens.
    """
    late: NotRequired[bool | None]
    """
    Whether the step is done an hour of work after its limit.
    """
    never: NotRequired[bool | None]
    """
    Whether nobody does the step.
    """


class RuleFiringView(TypedDict):
    """
    An occasion on which a rule did something: where, and to which message or request.
    """

    n: int
    """
    The number of the step in the act; none where the act has none.
    """
    at: str
    """
    The moment, by the bus's clock.
    """
    rule_id: str
    """
    The id under which a rule of the sandbox was set.
    """
    kind: EffectKind
    """
    The effect that the rule had.
    """
    system: str
    """
    The address of a system.
    """
    place: ExchangePlace
    """
    At which side of the system it happened.
    """
    message_id: str | None
    """
    The id of the message (UUID), given by its sender.
    """
    case_id: str | None
    """
    The id of the case to which the message belongs.
    """
    service: str | None
    """
    The service type that the message named.
    """
    region: str | None
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    message_type: str | None
    """
    Whether it was a request, an update, a notification or a response.
    """
    step: str | None
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    path: str | None
    """
    The path of the request, without numbers of people.
    """


class RuleWarningView(TypedDict):
    """
    Why a rule may do less than its author thinks.
    """

    code: str
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
    detail: str
    """
    The same in words, for developers.
    """


class ServiceRoute(TypedDict):
    """
    The provider of a service in a region and channel: by the passport, and now.

    A service of a register has the region ``WHOLE_COUNTRY`` and no channel ("").
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
    passport: str
    """
    The system that the regulation names.
    """
    recipient: str
    """
    The address of the system that receives the message.
    """
    is_changed: bool
    """
    Whether the operator has set it otherwise than the regulations say.
    """


class ServiceRouteRequest(TypedDict, closed=True):
    """
    The system that provides a service in a channel; without ``channel``, in all channels.
    """

    channel: NotRequired[Literal["provider", "con", "portal", "akim"] | None]
    """
    The channel of the application: provider, con, portal or akim.
    """
    recipient: str
    """
    The address of the system that receives the message.
    """


class SnapshotView(TypedDict):
    """
    A snapshot of the country, the version that made it, and whether the country can go back to it.
    """

    name: str
    """
    The name of the snapshot.
    """
    made_at: str
    """
    When the snapshot was made, by the machine's clock.
    """
    version: str
    """
    The version of the program that made the snapshot.
    """
    fits: bool
    """
    Whether the country can go back to the snapshot; not to one of another version, or with other tables.
    """


class StatusTitle(TypedDict):
    """
    The title of a code, in three languages.
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


StepStage: TypeAlias = Literal["decision", "wait"]


StepVerdict: TypeAlias = Literal["passed", "refused", "skipped"]


class StrictnessRequest(TypedDict, closed=True):
    """
    How the doors read the calls of a participant from now on.
    """

    is_strict: bool
    """
    Whether the doors refuse what departs from their contract, instead of reading it leniently.
    """


SystemDoor: TypeAlias = Literal["rest", "soap", "pages", "http"]


class TimelineDeliveryView(TypedDict):
    """
    The delivery of a message to one system.
    """

    recipient: str
    """
    The address of the system that receives the message.
    """
    state: str
    """
    How far the delivery is: on its way, delivered, refused, or stopped by its sender.
    """
    changed_at: str
    """
    When the entry changed last, with the offset of the time zone.
    """
    error_code: str | None
    """
    The code of the error; none where there is none.
    """


class TimelineEntryView(TypedDict):
    """
    One message of a case as ШЭП saw it; ``code`` is the reason of a refusal, ``rules`` are the ids of the rules
    of the sandbox that disturbed it.
    """

    n: int
    """
    The number of the entry in the journal.
    """
    at: str
    """
    The moment, by the bus's clock.
    """
    event: str
    """
    What happened with the message: ACCEPTED, REFUSED, REPLAYED, UNDELIVERED, or CHANGED and ROUTE_CHANGED of the register.
    """
    sender: str | None
    """
    The address of the system that sent it.
    """
    message_id: str | None
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: str | None
    """
    The id of the case that messages belong to.
    """
    service_id: str | None
    """
    The service type, by which gateways choose a route.
    """
    message_type: str | None
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    step: str | None
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    code: str | None
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
    deliveries: list[TimelineDeliveryView]
    """
    The deliveries of the message, one for each recipient.
    """
    rules: NotRequired[list[str]]
    """
    The ids of the rules of the sandbox that disturbed the message.
    """


class TriggerRequest(TypedDict, closed=True):
    """
    An event and its case; ``after`` in seconds: of the bus's time for what a provider decides, of the machine's
    for a late delivery. ``polls``: a decision is made when the citizen has asked so often for the state.
    ``refusal`` is the code of a reason in three languages, of a refusal or of a rejected payment; ``status`` the
    code of the event ``status``.
    """

    event: str
    """
    The event: granted, refused, extended, late, never, not-delivered, delivered-late, delivered-twice, handler-fails.
    """
    case: str
    """
    The id of the case to which it shall happen.
    """
    after: NotRequired[float | None]
    """
    After how many seconds it happens; at once without.
    """
    reason: NotRequired[str | None]
    """
    The reason of a refusal or of an extension, in Russian.
    """
    reason_kk: NotRequired[str | None]
    """
    The reason of a refusal, in Kazakh.
    """
    refusal: NotRequired[str | None]
    """
    The code of a reason in three languages, or of a rejected payment.
    """
    polls: NotRequired[int | None]
    """
    After how many questions for the state the provider decides.
    """
    status: NotRequired[str | None]
    """
    The code of the status that the event tells.
    """


WebhookKind: TypeAlias = Literal["message", "delivery-state"]


class WebhookRequest(TypedDict, closed=True):
    """
    The endpoint to which ШЭП shall post; ``concludes``: an answer 2xx accepts the message.
    """

    url: str
    """
    The endpoint of the participant to which ШЭП posts.
    """
    events: NotRequired[list[WebhookKind]]
    """
    What ШЭП posts; messages of other systems, and delivery states of one's own messages.
    """
    concludes: NotRequired[bool]
    """
    Whether an answer 2xx of the endpoint also accepts the message.
    """


class WebhookView(TypedDict):
    """
    The webhook of a participant; ``secret`` is shown only by the call that made it.
    """

    url: str
    """
    The endpoint of the participant to which ШЭП posts.
    """
    events: list[WebhookKind]
    """
    What ШЭП posts; messages of other systems, and delivery states of one's own messages.
    """
    concludes: bool
    """
    Whether an answer 2xx of the endpoint also accepts the message.
    """
    changed_at: str
    """
    When the webhook was set, by the bus's clock.
    """
    old_secret_until: str | None
    """
    Until when the secret before the last rotation signs too, by the machine's clock.
    """
    secret: NotRequired[str | None]
    """
    The secret with which ШЭП signs; it is shown only once.
    """


class WhereaboutsView(TypedDict):
    """
    Where the message or case with this id lies: first what may be the reason for silence.
    """

    id: str
    """
    The id that was asked about, as it was given.
    """
    findings: list[WhereaboutsFindingView]
    """
    Whole, 100 at most: one message lies in few places.
    """


class WholeExchangeView(TypedDict):
    """
    One call at a door, with its bytes as they came and went.
    """

    id: str
    """
    The number by which the entry is asked for.
    """
    began_at: str
    """
    When the call came, by the bus's clock.
    """
    took_ms: int
    """
    How many milliseconds the call took.
    """
    door: Literal["soap", "rest", "push", "webhook"]
    """
    The door at which the call came.
    """
    operation: str
    """
    The name of the operation, as operationId in the OpenAPI document.
    """
    target: str
    """
    The HTTP method and the path.
    """
    participant: str | None
    """
    The participant that called; none where nobody proved to be one.
    """
    service_id: str | None
    """
    The service type, by which gateways choose a route.
    """
    sent_message_id: str | None
    """
    The id of the message that the client sent.
    """
    sent_correlation_id: str | None
    """
    The id of the chain that the client sent.
    """
    message_id: str | None
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: str | None
    """
    The id of the case that messages belong to.
    """
    session_id: str | None
    """
    The id that the gateway gave to the exchange.
    """
    http_status: int
    """
    The HTTP status of the answer.
    """
    code: str | None
    """
    The code of the error with which the call was refused; none for a call that passed.
    """
    deviations: list[DoorDeviationView]
    """
    Whole, 31 at most: a call is read no further.
    """
    request: CarriedBytesView
    """
    The request as it came.
    """
    response: CarriedBytesView
    """
    The answer as it went.
    """


class ActView(TypedDict):
    """
    One of the five documents: its particulars, its validity in time, what it cites.
    """

    document: str
    """
    The document by its place and year, as akmola-2014.
    """
    title: dict[str, str]
    """
    The title of the document in each language.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    language: str
    """
    The language of the published text: ru or kk.
    """
    act: ActReferenceView
    """
    The number and the day of the resolution, and who made it.
    """
    registered: ActReferenceView
    """
    The number and the day of the registration at the department of justice.
    """
    repealed: ActReferenceView
    """
    What repealed the document, and when.
    """
    force: dict[str, str]
    """
    When the document came into force, in each language.
    """
    is_in_force: bool
    """
    Whether the document is in force today; all of them are repealed.
    """
    lines: int
    """
    How many lines the published text has.
    """
    sha256: str
    """
    The SHA-256 of the published text, in hexadecimal.
    """
    regulations: list[str]
    """
    The ids of the regulations that the document holds.
    """
    cites: list[CitedActView]
    """
    The laws, standards and orders that the document cites.
    """


class ChainMessageView(TypedDict):
    """
    A message of a chain, and its delivery to each recipient that the participant may know of.
    """

    message_id: str
    """
    The id of the message (UUID), given by its sender.
    """
    sender: str
    """
    The address of the system that sent it.
    """
    service_id: str
    """
    The service type, by which gateways choose a route.
    """
    message_type: MessageType
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    region: str | None
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    session_id: str | None
    """
    The id that the gateway gave to the exchange.
    """
    accepted_at: str
    """
    When ШЭП let the message pass, by the bus's clock.
    """
    deliveries: list[MessageStateView]
    """
    Whole, 20 at most: a route names few recipients.
    """


class CheckStepView(TypedDict):
    """
    The verdict of one step; ``code`` is that of the refusal, or why nothing could be checked.
    """

    step: CheckStep
    """
    What is checked: gate (signature, sender, age), register (rights, case, route), contract (data).
    """
    verdict: StepVerdict
    """
    What the step says: passed, refused, or skipped where nothing could be checked.
    """
    code: str | None
    """
    The code of the refusal, or why nothing could be checked; null where the step lets the message pass.
    """
    detail: str | None
    """
    What the code says here, in English; null where the step lets the message pass.
    """
    fields: list[FieldFaultView]
    """
    Whole, 50 at most: further faults are seen once these are mended.
    """
    explanation: dict[str, Any] | None
    """
    Why the step refuses (kind, facts, findings); null where the code says all.
    """


class CodedStatusView(TypedDict):
    """
    A status for machines: its code, the words of the acts that it stands for, and its title.
    """

    code: StatusCode
    """
    The code of the status, the same over all acts.
    """
    words: list[str]
    """
    The words of the acts that the code stands for.
    """
    title: StatusTitle
    """
    The title of the status, for people.
    """


class DocumentCoverageView(TypedDict):
    """
    The figures of one document, with those of its regulations.
    """

    document: str
    """
    The document by its place and year, as akmola-2014.
    """
    title: dict[str, str]
    """
    The title of the document in each language.
    """
    figures: CoverageFiguresView
    """
    The figures of the document with all its regulations.
    """
    regulations: list[RegulationCoverageView]
    """
    The figures of each regulation of the document.
    """


class MailView(TypedDict):
    """
    A message for the participant; ``properties`` and ``content`` are those of its sender, ``status_code`` is
    the code of the status in a case's message.
    """

    message_id: str
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    service_id: str
    """
    The service type, by which gateways choose a route.
    """
    message_type: MessageType
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    region: str | None
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    sender: str
    """
    The address of the system that sent it.
    """
    session_id: str | None
    """
    The id that the gateway gave to the exchange.
    """
    properties: dict[str, str]
    """
    Properties that the sender gave, in a case at least regulation, channel and step.
    """
    arrived_at: str
    """
    When the message came into the mailbox, by the bus's clock.
    """
    state: Literal["WAITING", "ACCEPTED", "REFUSED"]
    """
    How far it has come, by a stable code.
    """
    status_code: StatusCode | None
    """
    The status for machines, the same over all acts; null where there is no status.
    """
    content: MessageData
    """
    The bytes of the file, in base64.
    """


class MessageCheckView(TypedDict):
    """
    What ШЭП and the recipient would say of a message; ``sender`` is None where nothing names one.
    """

    passes: bool
    """
    Whether no step refuses the message.
    """
    form: MessageForm | None
    """
    What the bytes are: a message of the bus, a SOAP envelope, or a body of the REST door; null where neither.
    """
    sender: str | None
    """
    The system that signed the message, or would send it; null where nothing names one.
    """
    recipients: list[str]
    """
    Whole, 20 at most: a route names few recipients.
    """
    steps: list[CheckStepView]
    """
    Whole, 3 at most: each step has one verdict.
    """
    deviations: list[DoorDeviationView]
    """
    Whole, 30 at most: a call is read no further.
    """


class MessageRequest(TypedDict, closed=True):
    """
    A message to send; ШЭП makes the ids that are left out.
    """

    service_id: str
    """
    The service type, by which gateways choose a route.
    """
    message_type: NotRequired[MessageType]
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    message_id: NotRequired[str | None]
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: NotRequired[str | None]
    """
    The id of the case that messages belong to.
    """
    region: NotRequired[str | None]
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    properties: NotRequired[dict[str, str]]
    """
    Properties of the message, in a case at least regulation, channel and step.
    """
    content: MessageData
    """
    The bytes of the file, in base64.
    """


class OutcomeOrder(TypedDict, closed=True):
    """
    The outcome that an application is filed with.
    """

    case: str
    """
    The case of the application.
    """
    effect: RuleEffect
    """
    What becomes of the application: an effect of the kind `outcome`.
    """


class PassedMessageView(TypedDict):
    """
    A message that ШЭП let pass; ``answer`` is there when one came within ``wait`` seconds, ``refusal`` when the
    recipient refused the message instead.
    """

    message_id: str
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    session_id: str
    """
    The id that the gateway gave to the exchange.
    """
    answer: NotRequired[MailView | None]
    """
    The answer to the question, when it came in time.
    """
    refusal: NotRequired[RefusedQuestionView | None]
    """
    Who refused the question instead of an answer, and with which code; null where nobody did.
    """


class ResetView(TypedDict):
    """
    How often the country has gone back, whether it can, and to which snapshots.
    """

    generation: int
    """
    How often the country has gone back to a snapshot since its process began.
    """
    is_offered: bool
    """
    Whether the country can go back to a snapshot while it runs.
    """
    snapshots: list[SnapshotView]
    """
    Whole, 1000 at most: folders of the data folder.
    """


class SandboxRule(TypedDict, closed=True):
    """
    A rule in force: ``id`` is in every entry of a journal that it caused, ``origin`` is who set it.

    ``origin`` is ``country`` for ШЭП's operator and the instance for a system's own board.
    """

    effect: RuleEffect
    """
    What happens where the rule applies.
    """
    system: NotRequired[str | None]
    """
    The name of a system, as egov-bus --list has it.
    """
    service: NotRequired[str | None]
    """
    A service or a regulation, as KZ-YUZ.3.
    """
    region: NotRequired[str | None]
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    message_type: NotRequired[MessageType | None]
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    step: NotRequired[str | None]
    """
    The step as a message names it.
    """
    channel: NotRequired[str | None]
    """
    The channel of the act, as portal.
    """
    variant: NotRequired[str | None]
    """
    The variant of the act.
    """
    op: NotRequired[str | None]
    """
    What the step does: decide, approve, …
    """
    stage: NotRequired[StepStage | None]
    """
    The deciding step of the case, or a step that waits for the applicant.
    """
    offers: NotRequired[str | None]
    """
    An answer that the step has.
    """
    place: NotRequired[ExchangePlace | None]
    """
    Where it happens: inbox, outbox or http.
    """
    door: NotRequired[SystemDoor | None]
    """
    The door of a request: rest, soap, pages, or http for all of them.
    """
    path: NotRequired[str | None]
    """
    The beginning of the path of a request.
    """
    case: NotRequired[str | None]
    """
    The id of the only case to which the rule applies.
    """
    iin: NotRequired[str | None]
    """
    The ИИН of a person, twelve digits.
    """
    ends: NotRequired[str | None]
    """
    The last digits of the ИИН of the people concerned.
    """
    serial: NotRequired[str | None]
    """
    The serial number of a certificate, hexadecimal.
    """
    share: NotRequired[float]
    """
    The percentage of people to whom it happens, for a seed always the same.
    """
    occasions: NotRequired[int]
    """
    The percentage of occasions, evenly spread, always with the first.
    """
    seed: NotRequired[str]
    """
    Decides which people belong to a share: for the same seed always the same.
    """
    since: NotRequired[str | None]
    """
    The moment of the bus's time from which the rule is in force.
    """
    until: NotRequired[str | None]
    """
    The moment of the bus's time until which the rule is in force.
    """
    count: NotRequired[int | None]
    """
    After how many occasions the rule ends.
    """
    note: NotRequired[str | None]
    """
    Words of its author, for people who read the list.
    """
    id: str
    """
    The id of the rule, which every entry of its journal names.
    """
    origin: NotRequired[str]
    """
    Who set the rule: country for the operator of ШЭП, else the system with a board of its own.
    """


class SandboxRuleOrder(TypedDict, closed=True):
    """
    A rule as an operator writes it. What is left out applies to everything.

    ``system`` is a name of ``egov-bus --list``; ``service`` a service or a regulation («KZ-YUZ.3»); ``region`` as
    KZ-ATY; ``step`` as a message names it; ``channel``, ``variant``, ``op``, ``stage`` and ``offers`` (an answer
    that the step has) are of outcomes; ``place`` inbox, outbox or http; ``door`` and ``path`` (a prefix) are of
    requests over HTTP. ``share`` is a percentage of people, always the same for a ``seed``; ``occasions`` a
    percentage of occasions, evenly spread and always with the first. The rule is in force ``since`` and ``until``
    these moments of the bus's time, and ends after ``count`` occasions.
    """

    effect: RuleEffect
    """
    What happens where the rule applies.
    """
    system: NotRequired[str | None]
    """
    The name of a system, as egov-bus --list has it.
    """
    service: NotRequired[str | None]
    """
    A service or a regulation, as KZ-YUZ.3.
    """
    region: NotRequired[str | None]
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    message_type: NotRequired[MessageType | None]
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    step: NotRequired[str | None]
    """
    The step as a message names it.
    """
    channel: NotRequired[str | None]
    """
    The channel of the act, as portal.
    """
    variant: NotRequired[str | None]
    """
    The variant of the act.
    """
    op: NotRequired[str | None]
    """
    What the step does: decide, approve, …
    """
    stage: NotRequired[StepStage | None]
    """
    The deciding step of the case, or a step that waits for the applicant.
    """
    offers: NotRequired[str | None]
    """
    An answer that the step has.
    """
    place: NotRequired[ExchangePlace | None]
    """
    Where it happens: inbox, outbox or http.
    """
    door: NotRequired[SystemDoor | None]
    """
    The door of a request: rest, soap, pages, or http for all of them.
    """
    path: NotRequired[str | None]
    """
    The beginning of the path of a request.
    """
    case: NotRequired[str | None]
    """
    The id of the only case to which the rule applies.
    """
    iin: NotRequired[str | None]
    """
    The ИИН of a person, twelve digits.
    """
    ends: NotRequired[str | None]
    """
    The last digits of the ИИН of the people concerned.
    """
    serial: NotRequired[str | None]
    """
    The serial number of a certificate, hexadecimal.
    """
    share: NotRequired[float]
    """
    The percentage of people to whom it happens, for a seed always the same.
    """
    occasions: NotRequired[int]
    """
    The percentage of occasions, evenly spread, always with the first.
    """
    seed: NotRequired[str]
    """
    Decides which people belong to a share: for the same seed always the same.
    """
    since: NotRequired[str | None]
    """
    The moment of the bus's time from which the rule is in force.
    """
    until: NotRequired[str | None]
    """
    The moment of the bus's time until which the rule is in force.
    """
    count: NotRequired[int | None]
    """
    After how many occasions the rule ends.
    """
    note: NotRequired[str | None]
    """
    Words of its author, for people who read the list.
    """


class SandboxRuleView(TypedDict):
    """
    A rule that is set, and what it has done; `is_in_force` is false outside its window and when used up.
    """

    rule: SandboxRule
    """
    What was ordered, with its id and its origin.
    """
    fired: int
    """
    How often the rule did something.
    """
    is_in_force: bool
    """
    Whether the rule can do something now.
    """
    warnings: NotRequired[list[RuleWarningView]]
    """
    Why the rule may do less than its author thinks.
    """


class WebhookEventView(TypedDict):
    """
    An event that is to be posted, or was: ``status`` and ``code`` are those of the last attempt.
    """

    id: int
    """
    The place of the event in the queue.
    """
    event_id: str
    """
    The webhook-id of the event, the same in every attempt.
    """
    kind: WebhookKind
    """
    Whether the event is a message or the delivery state of one.
    """
    sender: str
    """
    The address of the system that sent it.
    """
    message_id: str
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    state: EventState
    """
    Whether the event waits, was posted, or was given up.
    """
    attempts: int
    """
    How often it was tried so far.
    """
    due_at: str
    """
    The moment of the next attempt, by the machine's clock.
    """
    status: int | None
    """
    The HTTP status of the endpoint's last answer; none where it gave none.
    """
    code: str | None
    """
    Why the last attempt failed; none after a success.
    """


class CoverageView(TypedDict):
    """
    The figures of all documents together, and of each.
    """

    figures: CoverageFiguresView
    """
    The figures of all documents together.
    """
    documents: list[DocumentCoverageView]
    """
    The figures of each document.
    """


class FiringsReport(TypedDict, closed=True):
    """
    What rules did at one system since its last report. The ``number`` grows with each report of a process: one
    that comes again is not journaled again. ``board`` are the first
    rules of the system's own board, ``orders`` the outcomes that were ordered with new applications.
    """

    process: str
    """
    A random name of the process that reports, as long as it runs, with the system.
    """
    at: str
    """
    When the report was written, by the machine's clock: an old one is refused.
    """
    number: int
    """
    The number of the report, growing by one: one that comes again is not journaled again.
    """
    firings: NotRequired[list[ReportedFiring]]
    """
    What rules did at this system since its last report.
    """
    board: NotRequired[list[SandboxRule]]
    """
    The first rules of the system's own board.
    """
    orders: NotRequired[list[OutcomeOrder]]
    """
    The outcomes that were ordered with new applications since the last report.
    """


class FollowingAnswer(TypedDict):
    """
    The rules of the country, and their version; no ``rules`` where the asker has this version.
    """

    version: int
    """
    The version of the rules.
    """
    rules: NotRequired[list[SandboxRule] | None]
    """
    The country's rules in their order; left out where the asker has this version.
    """


class RuleTemplateView(TypedDict):
    """
    A ready-made trouble: its name, what it is, its rules, and how many seconds of the bus's time they last.
    """

    name: str
    """
    The name of the trouble.
    """
    texts: dict[str, str]
    """
    What the trouble is, by language.
    """
    lasts: float
    """
    For how many seconds of the bus's time the rules are in force.
    """
    rules: list[SandboxRuleOrder]
    """
    The rules, in order; the first that fits holds.
    """
