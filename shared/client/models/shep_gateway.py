"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing_extensions import TypedDict
from typing import Any, Literal, NotRequired, TypeAlias


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


CheckStep: TypeAlias = Literal["gate", "register", "contract"]
"""
What is checked, in this order.
"""


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


DelayShape: TypeAlias = Literal["constant", "uniform", "normal", "exponential"]
"""
How the delays of a slow system are spread; ``spread`` is the half width, or the standard deviation.
"""


DeliveryState: TypeAlias = Literal[
    "ON_DELIVERY", "DELIVERED", "NOT_DELIVERED", "DELIVERY_STOPPED"
]
"""
The states of delivery, in the words of ШЭП's AsyncChannel (see docs/reference/protocol.md).
"""


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
    "refuse",
]
"""
What happens where a rule applies.
"""


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
"""
The state of an event: to be posted, taken by the endpoint, or given up.
"""


ExchangePlace: TypeAlias = Literal[
    "inbox", "outbox", "handler", "content", "http", "service"
]
"""
Where a system exchanges something with others: what its carrier brings and takes, and its HTTP side.
"""


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


class JournalVerificationView(TypedDict):
    """
    The result of verifying the journal.
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
"""
What the checked bytes are.
"""


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
"""
The type of a message: first message of a case, progress, notice, final answer.
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
    conduct, and as a code of refuse; ``outcome``, ``reason``, ``reason_kk``, ``late`` and ``never`` of outcome.
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
"""
The status of a case for machines.

``sent``: the citizen's side has sent the application; ``received``: it lies at the provider; ``in-work``: the
provider works on it; ``extended``: the deadline is a later one; ``executed``: the provider is done, and the
result is to be delivered or handed over; ``completed``: the citizen has the result; ``refused``: no service;
``not-delivered``: the application did not reach the provider; ``other``: words that no act has.
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


StepVerdict: TypeAlias = Literal["passed", "refused", "skipped"]
"""
What a step of the check says.
"""


class StrictnessRequest(TypedDict, closed=True):
    """
    How the doors read the calls of a participant from now on.
    """

    is_strict: bool
    """
    Whether the doors refuse what departs from their contract, instead of reading it leniently.
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


SystemDoor: TypeAlias = Literal["rest", "soap", "pages", "http"]
"""
The doors of a system over HTTP.
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
    One message of a case as ШЭП saw it; ``code`` is the reason of a refusal.
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


class TriggerRequest(TypedDict, closed=True):
    """
    An event and its case; ``after`` in seconds: of the bus's time for what a provider decides, of the machine's
    for a late delivery.
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


WebhookKind: TypeAlias = Literal["message", "delivery-state"]
"""
What a webhook tells: a message of another system, or the delivery state of a message that was sent.
"""


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
    KZ-ATY; ``step`` as a message names it; ``place`` inbox, outbox or http; ``door`` and ``path`` (a prefix) are
    of requests over HTTP. ``share`` is a percentage of people, always the same for a ``seed``; ``occasions`` a
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
    rules of the system's own board.
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
