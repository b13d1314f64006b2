"""The three ways in which the acts describe steps: the internal procedure, the walk through a channel, the step
table.

Each step keeps what is printed and adds one binding of ours, ``performs``: the operation of a system of the bus. A
step of a walk that only repeats rows of the table has ``rows`` instead.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from shared.regulations.model.parts import (
    ByChannel,
    Channel,
    Deadline,
    ExternalWait,
    Key,
    Lines,
    Many,
    Medium,
    PassportPart,
    RefusalKind,
    System,
    Text,
)
from shared.regulations.model.roles import EmployeeRole

MessageType = Literal["REQUEST", "UPDATE", "NOTIFICATION", "RESPONSE"]

StepOperation = Literal[
    # by hand
    "present", "enrol", "login", "fill", "sign", "submit", "verify", "accept", "receive", "resolve", "forward",
    "review", "survey", "recommend", "decide", "prepare", "approve", "issue", "inform", "enqueue", "reserve",
    "offer", "answer", "collect", "carry", "hand_over", "keep",
    # by a system itself
    "check", "refuse", "query", "route", "register", "show", "compose", "deliver", "pay",
    # a row that the act printed empty
    "nothing",
]  # fmt: skip
"""The operation of a step.

present: the citizen brings documents · enrol: makes an account · verify: documents against originals or registers
· accept: takes into work · receive: the office registers incoming documents · resolve: the head reads and names an
executor · survey: a home visit · recommend: a commission's opinion · approve: the head signs · inform: the citizen
gets a notice · enqueue: the citizen gets a place in the queue, and a notice of it · reserve: a free place for the
first in the queue · offer, answer: a vacancy and the citizen's yes or no · collect, carry: documents gathered and
brought · keep: storage of uncollected results · deliver: the result reaches the cabinet · pay: an order to ГЦВП.
"""

AUTOMATIC: frozenset[StepOperation] = frozenset(
    {"check", "refuse", "query", "route", "register", "show", "compose", "deliver", "pay"}
)
"""The operations that systems perform without a person unless a binding says otherwise."""

DECISIONS: frozenset[StepOperation] = frozenset({"decide", "recommend"})
"""The operations that settle whether the service is granted or refused."""

QUEUED, VACANT = "queued", "vacant"
"""The answers of a step that puts an applicant into a queue: there is no place, or there is one for this
applicant at once.
"""

EndKind = Literal["completed", "refused", "archived"]


class DeclaredMessage(PassportPart):
    """A message that a binding sends, and its recipients."""

    message: MessageType
    to: Annotated[Many[System], Field(min_length=1)]


class StepBinding(PassportPart):
    """How the bus executes a step; ``system`` None means the holder of the provider's procedure in this
    channel. ``roles`` are the people who take the step, where the act's words name an organisation, a system or
    the applicant.
    """

    op: StepOperation
    system: System | None = None
    automatic: bool | None = None
    status: Text | None = None
    sends: Many[DeclaredMessage] = ()
    after: Many[int] | None = None
    roles: Many[Annotated[EmployeeRole, Strict(False)]] = ()

    @property
    def is_automatic(self) -> bool:
        return self.op in AUTOMATIC if self.automatic is None else self.automatic

    @model_validator(mode="after")
    def _nothing_does_nothing(self) -> Self:
        if self.op == "nothing" and (self.sends or self.status or self.automatic):
            raise ValueError("an empty row sends nothing, shows nothing and nobody performs it")
        return self

    @model_validator(mode="after")
    def _people_take_no_automatic_step(self) -> Self:
        if self.roles and self.is_automatic:
            raise ValueError("a system takes this step alone: roles are for steps of people")
        return self

    @model_validator(mode="after")
    def _one_message_of_a_type(self) -> Self:
        if len({item.message for item in self.sends}) < len(self.sends):
            raise ValueError("a step sends one message of a type; name all its recipients there")
        return self


class TableRowBinding(StepBinding):
    """The binding of a table row, which states everything.

    A system takes ``automatic`` steps alone; other steps wait for a person. ``status`` is the status that the step
    shows, gives or announces. ``after`` replaces the printed order of the table: None keeps the printed order;
    empty means that only the walk leads to the row, by any one of its transitions.
    """

    system: System
    automatic: bool


class StepBranch(PassportPart):
    """Where a step leads after the answer ``answer``.

    ``to`` is the number of a step (procedure) or a label or item (walk), and None for a branch that ``ends``.
    ``answer`` is ``met`` or ``unmet`` of a condition, ``granted`` or ``refused`` of the decision, ``received`` or
    ``expired`` of a wait, or a word of the passport for a choice that the act leaves to a person.
    """

    answer: Key
    when: Text
    to: int | Text | None = None
    ends: EndKind | None = None
    refusal_kind: RefusalKind | None = None
    channels: Many[Channel] = ()

    @model_validator(mode="after")
    def _leads_or_ends(self) -> Self:
        if (self.to is None) == (self.ends is None):
            raise ValueError("a branch leads to a step or ends")
        if self.refusal_kind is not None and self.ends != "refused":
            raise ValueError("only a branch that ends in a refusal has a refusal_kind")
        return self


ProcedureExtent = Literal["all", "to_decision", "rest"] | Annotated[int, Field(gt=0)]
"""How much of the provider's procedure runs after a step: all of it, through the decision, the remainder, or
through step n.
"""


class MediaByChannel(ByChannel[Many[Medium]]): ...


class ProcedureStep(PassportPart):
    """A step of an internal procedure.

    ``n`` is the sub-clause, ``result`` the act's «результат процедуры»; ``channels`` limits the step to some
    channels; ``media_by`` replaces ``media`` where the media depend on the channel.
    """

    n: int
    actor: Text
    action: Text
    clause: Text
    result: Text | None = None
    deadline: Deadline | None = None
    next: Many[int] = ()
    branches: Many[StepBranch] = ()
    channels: Many[Channel] = ()
    refusal: bool = False
    media: Many[Medium] = ()
    media_by: MediaByChannel | None = None
    waits: ExternalWait | None = None
    performs: StepBinding
    then: ProcedureExtent | None = None

    def media_in(self, channel: Channel) -> tuple[Medium, ...]:
        """The media breaks of the step for a case of ``channel``."""
        return (self.media_by.get_value(channel) or ()) if self.media_by else self.media


class ProcedureVariant(PassportPart):
    """One description of the procedure.

    ``content`` is the description that is executed; ``sequence`` is the second description that the Akmola act
    gives in its section 3, kept because the two disagree in places. ``channel`` is set for a variant that is the
    way of one channel.
    """

    variant: Key
    title: Text | None = None
    clause: Text | None = None
    telling: Literal["content", "sequence"] = "content"
    channel: Channel | None = None
    steps: Annotated[Many[ProcedureStep], Field(min_length=1)]


class ChannelStep(PassportPart):
    """A sub-point of the act's walk through a channel.

    ``label`` is exactly as printed («процесс 4», «условие 2») and empty where the act prints none. ``only`` limits
    the step to cases that were granted, or to cases that were refused.
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
    media: Many[Medium] = ()
    waits: ExternalWait | None = None
    branches: Many[StepBranch] = ()
    only: Literal["granted", "refused"] | None = None
    performs: StepBinding | None = None
    rows: Many[int] = ()
    then: ProcedureExtent | None = None

    @model_validator(mode="after")
    def _a_refusal_has_its_kind(self) -> Self:
        if self.refusal != (self.refusal_kind is not None):
            raise ValueError("refusal and refusal_kind stand or fall together")
        return self

    @model_validator(mode="after")
    def _bound_once(self) -> Self:
        if (self.performs is None) != bool(self.rows):
            raise ValueError("a step of a walk has performs, or the rows of the table that tell it again")
        if self.performs is not None and self.performs.system is None:
            raise ValueError("the binding of a walk names its system")
        return self

    @property
    def is_condition(self) -> bool:
        return self.label.startswith("условие")


class TableStep(PassportPart):
    """A row of a step table: ``unit`` as printed; ``refusal`` is True when the completion may be a refusal."""

    n: int
    unit: Text
    action: Text
    completion: Text
    deadline: Deadline
    next: Many[int]
    clause: Text
    refusal: bool = False
    media: Many[Medium] = ()
    waits: ExternalWait | None = None
    performs: TableRowBinding


class StepTable(PassportPart):
    """A step table of the act; ``lines`` are the lines of the project's copy, first-last, from 1."""

    table: int
    title: Text
    lines: Lines
    rows: Annotated[Many[TableStep], Field(min_length=1)]


class ChannelWalks(ByChannel[Many[ChannelStep]]): ...


class StepTables(ByChannel[StepTable]): ...
