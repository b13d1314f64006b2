"""The vocabulary of all parts of a passport: channels, systems, deadlines, and the frozen base class."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, model_validator

Channel = Literal["provider", "con", "portal", "akim"]
"""Where a citizen applies: the provider itself, a service centre (ЦОН), the portal (ПЭП), the аким of a
village.
"""

CHANNELS: tuple[Channel, ...] = ("provider", "con", "portal", "akim")

System = Literal[
    "portal_pep",
    "gateways",
    "is_mio",
    "is_con",
    "nr_iin",
    "enis",
    "is_nuc",
    "is_cgo",
    "is_esobes",
    "is_rynok_truda",
    "gbd_elicense",
    "gcvp",
    "arm_shep",
    "arm_rshep",
    "shep_gateway",
]
"""The systems that perform steps on the bus. ``gateways`` is the pair ШЭП and РШЭП, which the acts name together;
``shep_gateway`` is ШЭП where ШЭП itself handles a request; ``arm_shep`` and ``arm_rshep`` are the gateways'
workplaces.
"""

DeadlineUnit = Literal["minute", "hour", "working_day", "calendar_day", "month", "same_day", "unspecified"]

RefusalKind = Literal[
    "authorization",
    "eds_not_confirmed",
    "invalid_data",
    "no_data",
    "incomplete",
    "documents",
    "declined",
    "reasoned",
]
"""Why a case ends in a refusal, in the order above: login; signature; form; a register has no data; documents
missing at intake; documents give no right; the citizen declines; the authority refuses with reasons.
"""

Medium = Literal["in_person", "paper", "courier", "email"]
"""How a step leaves the electronic way: a person comes, or documents pass by hand, by courier or by e-mail."""

T = TypeVar("T")
Text = Annotated[str, StringConstraints(min_length=1)]
Lines = Annotated[str, StringConstraints(pattern=r"^\d+-\d+$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]
Many = Annotated[tuple[T, ...], Strict(False)]
"""A tuple that YAML writes as a list; the members are validated strictly."""


class PassportPart(BaseModel):
    """The base of all parts: frozen and strict; an unknown key is an error, so that a misspelt key cannot pass
    unseen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


MOST_UNITS = 1_000_000
"""The largest amount of a time limit: no act has a longer one."""


class TimeLimit(PassportPart):
    """A time limit: ``amount`` (to ``upper`` for a range) in ``unit``; the units ``same_day`` and ``unspecified``
    have no amount.
    """

    amount: Annotated[int, Field(gt=0, le=MOST_UNITS)] | None = None
    unit: DeadlineUnit
    upper: Annotated[int, Field(gt=0, le=MOST_UNITS)] | None = None

    @model_validator(mode="after")
    def _amounts_fit_the_unit(self) -> Self:
        if (self.amount is None) != (self.unit in ("same_day", "unspecified")):
            raise ValueError(f"a deadline in {self.unit} and amount {self.amount} do not go together")
        if self.upper is not None and (self.amount is None or self.upper <= self.amount):
            raise ValueError("the upper end of a range must be above its amount")
        return self

    @property
    def spans(self) -> tuple[TimeLimit, ...]:
        """The limits that follow one another; together they are the time of the step."""
        return (self,)

    @property
    def clock_time(self) -> timedelta | None:
        """The longest time of this span alone in minutes or hours; None for every other unit."""
        longest = self.upper or self.amount
        if longest is None:
            return None
        return {"minute": timedelta(minutes=longest), "hour": timedelta(hours=longest)}.get(self.unit)

    @property
    def duration(self) -> timedelta | None:
        """The longest time allowed where every span is in minutes or hours; None for every other limit."""
        times = [span.clock_time for span in self.spans]
        return sum((time for time in times if time is not None), timedelta()) if None not in times else None


class ExceptionalLimit(TimeLimit):
    """An exception from a limit: in these channels, in these variants, or when ``fact`` holds, which the employee
    at the step states. ``when`` is the exception in words.
    """

    when: Text
    channels: Many[Channel] = ()
    variants: Many[Key] = ()
    fact: Key | None = None

    @model_validator(mode="after")
    def _hangs_on_something(self) -> Self:
        if (self.fact is not None) == bool(self.channels or self.variants):
            raise ValueError("an exception hangs on channels and variants, or on a fact that an employee states")
        return self


class PartialLimit(TimeLimit):
    """A further limit inside a step: the time of the part ``of`` the step, which begins when the time before it is
    over.
    """

    of: Text


class Deadline(TimeLimit):
    """A limit with ``text``, the words of the act.

    ``excludes`` names the days that the act does not count, ``exceptions`` the limits that replace this one in
    special cases, ``also`` the limits of further parts of the step, one after the other.
    """

    text: Text
    excludes: Many[Literal["day_of_intake", "day_of_issue"]] = ()
    exceptions: Many[ExceptionalLimit] = ()
    also: Many[PartialLimit] = ()

    @model_validator(mode="after")
    def _further_parts_are_counted(self) -> Self:
        units = {span.unit for span in self.spans}
        if self.also and (self.exceptions or units & {"unspecified", "same_day"}):
            raise ValueError("also: nothing counts these parts beside an exception or a part without an amount")
        return self

    @property
    def spans(self) -> tuple[TimeLimit, ...]:
        return (self, *self.also)

    def limit_for(self, channel: Channel, variant: str) -> TimeLimit:
        """The limit that applies in a channel and variant; exceptions that depend on facts of a case are not
        applied.
        """
        for exception in self.exceptions:
            if (
                exception.fact is None
                and channel in (exception.channels or (channel,))
                and variant in (exception.variants or (variant,))
            ):
                return exception
        return self

    def limits_by_fact(self) -> dict[str, ExceptionalLimit]:
        """The exceptions that an employee's statement of a fact puts in force, by the fact."""
        return {exception.fact: exception for exception in self.exceptions if exception.fact is not None}


class PlaceQueue(PassportPart):
    """The queue in which applicants wait for a place: ``notice`` is the code of the interim result that the act
    gives an applicant for whom there is no place, made ``by`` this person; ``status`` is the status of such a case
    (ours where the act names none).
    """

    notice: Text
    status: Text
    by: Text
    clause: Text


class ExternalWait(PassportPart):
    """An event outside the system that must happen before the step is allowed.

    ``otherwise`` is what the act prescribes when the event is late (None when the act is silent). ``is_sent``: the
    event is documents of the applicant, sent by the portal if the application came by the portal (our addition).
    ``queue``: the event is a free place, and the applicants wait for places in their order.
    """

    of: Text
    deadline: Deadline | None = None
    otherwise: Text | None = None
    is_sent: bool = False
    queue: PlaceQueue | None = None


class ByChannel(PassportPart, Generic[T]):
    """A value for each channel that has one."""

    provider: T | None = None
    con: T | None = None
    portal: T | None = None
    akim: T | None = None

    def get_value(self, channel: Channel) -> T | None:
        """The value of ``channel``; None when the act has none."""
        value: T | None = getattr(self, channel)
        return value

    def channel_values(self) -> Iterator[tuple[Channel, T]]:
        """The channels that have a value, in the order provider, con, portal, akim."""
        for channel in CHANNELS:
            value = self.get_value(channel)
            if value is not None:
                yield channel, value
