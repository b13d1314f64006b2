"""The three ways in which the acts tell of steps: the internal procedure, the walk through a channel, the step
table.

Each step keeps what is printed and has one thing that is ours, ``performs``: the act of a system of the bus. A
step of a walk that only tells again what rows of the table tell has ``rows`` in its place.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

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

MessageType = Literal["REQUEST", "UPDATE", "NOTIFICATION", "RESPONSE"]

StepOperation = Literal[
    # by hand
    "present", "enrol", "login", "fill", "sign", "submit", "verify", "accept", "receive", "resolve", "forward",
    "review", "survey", "recommend", "decide", "prepare", "approve", "issue", "inform", "offer", "answer",
    "collect", "carry", "hand_over", "keep",
    # by a system itself
    "check", "refuse", "query", "route", "register", "show", "compose", "deliver", "pay",
    # a row that the act printed empty
    "nothing",
]  # fmt: skip
"""What a step does.

present: the citizen brings papers · enrol: makes an account · verify: papers against originals or registers ·
accept: takes into work · receive: the office registers incoming papers · resolve: the head reads and names an
executor · survey: a home visit · recommend: a commission's opinion · approve: the head signs · inform: the
citizen is told · offer, answer: a vacancy and the citizen's yes or no · collect, carry: papers gathered and
brought · keep: storage of what nobody fetched · deliver: the result reaches the cabinet · pay: an order to
ГЦВП.
"""

AUTOMATIC: frozenset[StepOperation] = frozenset(
    {"check", "refuse", "query", "route", "register", "show", "compose", "deliver", "pay"}
)
"""What systems do by themselves unless a binding says otherwise."""

DECISIONS: frozenset[StepOperation] = frozenset({"decide", "recommend"})
"""What settles whether the service is granted or refused."""

EndKind = Literal["completed", "refused", "archived"]


class DeclaredMessage(PassportPart):
    message: MessageType
    to: Annotated[Many[System], Field(min_length=1)]


class StepBinding(PassportPart):
    """How the bus executes a step; ``system`` None: whoever holds the provider's procedure in this channel."""

    op: StepOperation
    system: System | None = None
    automatic: bool | None = None
    status: Text | None = None
    sends: Many[DeclaredMessage] = ()
    after: Many[int] | None = None

    @property
    def is_automatic(self) -> bool:
        return self.op in AUTOMATIC if self.automatic is None else self.automatic

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


class TableRowBinding(StepBinding):
    """The binding of a table row, which states everything.

    ``automatic`` steps a system takes by itself, the others wait for a person. ``status`` is the one that the
    step shows, gives or announces. ``after`` replaces the order printed in the table (None: as printed; empty:
    only the walk leads to the row, by any one of its ways).
    """

    system: System
    automatic: bool


class StepBranch(PassportPart):
    """Where it goes ``answer`` an answer.

    ``to`` is a step's number (procedure), a label or an item (walk), or None when it ``ends``. ``answer`` is
    ``met`` or ``unmet`` of a condition, ``granted`` or ``refused`` of the decision, ``received`` or ``expired`` of
    a wait, or a word of the passport's own for a choice that the act leaves to somebody.
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
"""How much of the provider's procedure runs after a step: all of it, through the decision, what is left, or
through step n."""


class MediaByChannel(ByChannel[Many[Medium]]): ...


class ProcedureStep(PassportPart):
    """A step of an internal procedure.

    ``media_by`` is ``media`` where the channel decides it.

    ``n`` is the sub-clause, ``result`` the act's «результат процедуры», ``channels`` where it is taken only in
    some.
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
        """What breaks the electronic way here when the case came by ``channel``."""
        return (self.media_by.get_value(channel) or ()) if self.media_by else self.media


class ProcedureVariant(PassportPart):
    """One telling of the procedure.

    ``content`` is the one that is executed; ``sequence`` is the second telling that the Akmola act gives in its
    section 3, kept because it disagrees in places. ``channel`` is set where the variant is the way of one channel.
    """

    variant: Key
    title: Text | None = None
    clause: Text | None = None
    telling: Literal["content", "sequence"] = "content"
    channel: Channel | None = None
    steps: Annotated[Many[ProcedureStep], Field(min_length=1)]


class ChannelStep(PassportPart):
    """A sub-point of the act's walk through a channel.

    ``label`` is exactly as printed («процесс 4», «условие 2») and empty where the act prints none. ``only`` is
    set on a step that is taken only when the service was granted, or only when it was refused.
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
    """A row of a step table; ``unit`` as printed, ``refusal`` when its completion may be a refusal."""

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
    table: int
    title: Text
    lines: Lines
    rows: Annotated[Many[TableStep], Field(min_length=1)]


class ChannelWalks(ByChannel[Many[ChannelStep]]): ...


class StepTables(ByChannel[StepTable]): ...
