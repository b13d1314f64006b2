"""What a passport holds: one regulation of one public service, taken from its act.

A passport is a value: frozen, hashable, checked when it is made. Facts (names, labels, statuses, deadlines,
numbers of steps) are the act's; actions and completion forms are told in our own words. What the act only
draws, and what its text therefore does not hold, is marked absent, never invented.

The one thing that is ours is ``Performs``, the binding of a table row to an act of a system of the bus.
Where a binding reads the table otherwise than line by line, a ``Note`` of the passport says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, model_validator

Channel = Literal["provider", "con", "portal"]
"""Where a citizen applies: at the authority itself, at a service centre (ЦОН), on the portal (ПЭП)."""

CHANNELS: tuple[Channel, ...] = ("provider", "con", "portal")

System = Literal["portal_pep", "gateways", "is_mio", "is_con"]
"""Who performs a step on the bus; ``gateways`` is the pair ШЭП and РШЭП, which the acts name together."""

Op = Literal[
    "submit", "route", "register", "show", "accept", "decide", "compose", "issue", "sign", "hand_over", "nothing"
]
"""What a step does; ``nothing`` is a row that the act printed empty."""

MessageType = Literal["REQUEST", "UPDATE", "NOTIFICATION", "RESPONSE"]

DeadlineUnit = Literal["minute", "hour", "working_day", "calendar_day", "month", "same_day", "unspecified"]

RefusalKind = Literal["authorization", "eds_not_confirmed", "invalid_data", "reasoned"]

T = TypeVar("T")
Text = Annotated[str, StringConstraints(min_length=1)]
Lines = Annotated[str, StringConstraints(pattern=r"^\d+-\d+$")]
Many = Annotated[tuple[T, ...], Strict(False)]
"""A tuple that YAML writes as a list; its members stay strict."""


class Part(BaseModel):
    """Frozen, strict, and refusing what it does not know: a misspelt key is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Title(Part):
    ru: Text
    kk: Text | None = None


class Act(Part):
    """The act that approved the regulation."""

    number: Text
    date: date
    body: Text


class Source(Part):
    """Where in the project's copy of the act the regulation stands; ``lines`` is first-last, from 1."""

    file: Text
    lines: Lines


class Office(Part):
    """A department or a service centre, as the act's directory prints it."""

    n: int
    code: Annotated[str, StringConstraints(pattern=r"^[a-z-]+(\.[a-z]+)+\.\d{2}$")]
    name: Text
    address: Text
    phones: Many[Text]
    note: Text | None = None


class Directories(Part):
    departments: Many[Office]
    con_offices: Many[Office] = ()


class Restriction(Part):
    channel: Channel
    text: Text


class Channels(Part):
    accept: Many[Channel]
    issue: Many[Channel]
    restrictions: Many[Restriction] = ()


class Form(Part):
    """Kind of the service in the act's word and in ours."""

    kind: Literal["transactional", "informational", "interactive"]
    text: Text


class Automation(Part):
    degree: Literal["full", "partial"]
    text: Text
    note: Text | None = None


class Result(Part):
    code: Text
    text: Text


class Refusal(Part):
    kind: RefusalKind
    text: Text
    channels: Many[Channel]


class Deadline(Part):
    """A time limit: ``text`` in the act's words, ``amount`` (and ``upper`` for a range) in ``unit``.

    ``excludes`` names the days that the act does not count.
    """

    text: Text
    amount: Annotated[int, Field(gt=0)] | None = None
    unit: DeadlineUnit
    upper: int | None = None
    excludes: Many[Literal["day_of_intake", "day_of_issue"]] = ()

    @model_validator(mode="after")
    def _amounts_fit_the_unit(self) -> Self:
        if (self.amount is None) != (self.unit in ("same_day", "unspecified")):
            raise ValueError(f"a deadline in {self.unit} and amount {self.amount} do not go together")
        if self.upper is not None and (self.amount is None or self.upper <= self.amount):
            raise ValueError("the upper end of a range must be above its amount")
        return self

    @property
    def duration(self) -> timedelta | None:
        """The longest time allowed when the unit is a minute or an hour; None for every other unit."""
        longest = self.upper or self.amount
        if longest is None:
            return None
        return {"minute": timedelta(minutes=longest), "hour": timedelta(hours=longest)}.get(self.unit)


class ProcedureStep(Part):
    """A step of the authority's internal procedure, where the act describes one."""

    n: int
    actor: Text
    action: Text
    deadline: Deadline | None = None
    next: Many[int] = ()


class Variant(Part):
    variant: Text
    steps: Many[ProcedureStep]


class ChannelStep(Part):
    """A sub-point of the act's walk through a channel.

    ``label`` is exactly as printed («процесс 4», «условие 2») and empty where the act prints none.
    """

    item: Text
    label: str
    by: Text
    action: Text
    systems: Many[Text] = ()
    refusal: bool = False
    refusal_kind: RefusalKind | None = None
    deadline: Deadline | None = None
    clause: Text

    @model_validator(mode="after")
    def _a_refusal_has_its_kind(self) -> Self:
        if self.refusal != (self.refusal_kind is not None):
            raise ValueError("refusal and refusal_kind stand or fall together")
        return self


class Sending(Part):
    message: MessageType
    to: Annotated[Many[Literal["portal_pep", "is_con", "is_mio"]], Field(min_length=1)]


class Performs(Part):
    """How the bus executes a table row.

    ``automatic`` steps a system takes by itself, the others wait for a person. ``status`` is the one that the
    step shows, gives or announces. ``after`` replaces the order printed in the table (None: as printed).
    """

    op: Op
    system: System
    automatic: bool
    status: Text | None = None
    sends: Many[Sending] = ()
    after: Many[int] | None = None

    @model_validator(mode="after")
    def _nothing_does_nothing(self) -> Self:
        if self.op == "nothing" and (self.sends or self.status or self.automatic):
            raise ValueError("an empty row sends nothing, shows nothing and nobody performs it")
        return self

    @model_validator(mode="after")
    def _one_message_of_a_type(self) -> Self:
        if len({item.message for item in self.sends}) < len(self.sends):
            raise ValueError("a step sends one message of a type; name all its recipients there")
        return self


class TableStep(Part):
    """A row of a step table; ``unit`` as printed, ``refusal`` when its completion may be a refusal."""

    n: int
    unit: Text
    action: Text
    completion: Text
    deadline: Deadline
    next: Many[int]
    clause: Text
    refusal: bool = False
    performs: Performs


class StepTable(Part):
    table: int
    title: Text
    lines: Lines
    rows: Annotated[Many[TableStep], Field(min_length=1)]


class ByChannel(Part, Generic[T]):
    """A value for each channel that has one."""

    provider: T | None = None
    con: T | None = None
    portal: T | None = None

    def get(self, channel: Channel) -> T | None:
        """The value of ``channel``, None when the act has none."""
        value: T | None = getattr(self, channel)
        return value

    def items(self) -> Iterator[tuple[Channel, T]]:
        """The channels that have a value, in the order provider, con, portal."""
        for channel in CHANNELS:
            value = self.get(channel)
            if value is not None:
                yield channel, value


class ChannelWalks(ByChannel[Many[ChannelStep]]): ...


class StepTables(ByChannel[StepTable]): ...


class Status(Part):
    """A status and the table row that shows it.

    ``named`` is False where the row shows "a status" without the word, which is then taken from ``note``.
    """

    status: Text
    shown_in: Text
    table: Channel
    step: int
    named: bool = True
    note: Text | None = None


class Notification(Part):
    """A notice and what causes it; None in ``from``, ``via`` or ``to`` means that the act does not name it."""

    id: Text
    channel: Channel
    steps: Many[int]
    sender: Text | None = Field(alias="from")
    via: Text | None
    to: Text | None
    payload: Text
    clause: Text


class FieldRule(Part):
    """A row of format-logic control (ФЛК); ``key`` names the field in JSON forms."""

    n: int
    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    field: Text
    mandatory: bool
    size: Annotated[int, Field(gt=0)]
    format: Literal["numeric", "text"]


class FormSheet(Part):
    """A form of the act's annexes: present with the rule that the text gives, or absent with the reason."""

    kind: Literal["application", "positive", "negative", "notification"]
    appendix: int
    title: Text
    present: bool
    reason: Text | None = None
    rule: Text | None = None

    @model_validator(mode="after")
    def _absence_has_a_reason(self) -> Self:
        if self.present != (self.rule is not None) or self.present == (self.reason is not None):
            raise ValueError("a present form has a rule, an absent one a reason")
        return self


class Option(Part):
    n: int
    text: Text


class Question(Part):
    n: int
    text: Text
    options: Many[Option]


class Questionnaire(Part):
    appendix: int
    questions: Many[Question]


class Diagram(Part):
    """A picture of the act; its text does not hold it."""

    figure: int
    appendix: int
    channel: Channel
    present: Literal[False]
    reason: Text


class NamedSystem(Part):
    """A system as the act names it and the system of the bus that plays it."""

    name: Text
    code: System
    role: Text
    aliases: Many[Text] = ()


class Contradiction(Part):
    id: Text
    text: Text


class Note(Part):
    """Our reading of certain rows of a step table."""

    table: Channel
    steps: Many[int]
    text: Text


class Passport(Part):
    """One regulation. ``id`` is region and annex, ``service_type`` the same word in every region."""

    id: Annotated[str, StringConstraints(pattern=r"^KZ-[A-Z]{3}\.\d+$")]
    region: Annotated[str, StringConstraints(pattern=r"^KZ-[A-Z]{3}$")]
    annex: Annotated[int, Field(gt=0)]
    service_type: Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]
    title: Title
    act: Act
    source: Source
    provider: Text
    directories: Directories
    channels: Channels
    form: Form
    automation: Automation
    results: Many[Result]
    refusals: Many[Refusal]
    procedures: Many[Variant]
    channel_steps: ChannelWalks
    step_tables: StepTables
    statuses: Many[Status]
    notifications: Many[Notification]
    flk: Many[FieldRule]
    forms: Many[FormSheet]
    questionnaire: Questionnaire
    diagrams: Many[Diagram]
    systems: Many[NamedSystem]
    contradictions: Many[Contradiction]
    notes: Many[Note] = ()
