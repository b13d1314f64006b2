"""The words that every part of a passport is made of: channels, systems, deadlines, the frozen base."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, model_validator

Channel = Literal["provider", "con", "portal", "akim"]
"""Where a citizen applies: the authority itself, a service centre (ЦОН), the portal (ПЭП), the аким of a
village."""

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
"""Who performs a step on the bus. ``gateways`` is the pair ШЭП and РШЭП, which the acts name together;
``shep_gateway`` is ШЭП where it handles a request itself; ``arm_shep`` and ``arm_rshep`` are their workplaces."""

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
"""Why it ends badly: login; signature; form; a register knows nothing; papers missing at the window; papers
that do not give the right; the citizen's own no; the authority's reasoned no."""

Medium = Literal["in_person", "paper", "courier", "email"]
"""What breaks the electronic way: a person comes, papers pass from hand to hand, by courier, or by e-mail."""

T = TypeVar("T")
Text = Annotated[str, StringConstraints(min_length=1)]
Lines = Annotated[str, StringConstraints(pattern=r"^\d+-\d+$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]
Many = Annotated[tuple[T, ...], Strict(False)]
"""A tuple that YAML writes as a list; its members stay strict."""


class PassportPart(BaseModel):
    """Frozen, strict, and refusing what it does not know: a misspelt key is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TimeLimit(PassportPart):
    """A time limit: ``amount`` (and ``upper`` for a range) in ``unit``."""

    amount: Annotated[int, Field(gt=0)] | None = None
    unit: DeadlineUnit
    upper: int | None = None

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


class ExceptionalLimit(TimeLimit):
    """The limit that holds instead: in these channels, these variants, or ``when`` something is the case."""

    when: Text
    channels: Many[Channel] = ()
    variants: Many[Key] = ()


class PartialLimit(TimeLimit):
    """A second limit inside the same step, and the part ``of`` the step that it is for."""

    of: Text


class Deadline(TimeLimit):
    """A limit with ``text`` in the act's words.

    ``excludes`` names the days that the act does not count; ``exceptions`` what holds instead in a case of its
    own; ``also`` the limits of parts of the step that run besides.
    """

    text: Text
    excludes: Many[Literal["day_of_intake", "day_of_issue"]] = ()
    exceptions: Many[ExceptionalLimit] = ()
    also: Many[PartialLimit] = ()

    def limit_for(self, channel: Channel, variant: str) -> TimeLimit:
        """The limit that holds in a channel and variant; exceptions that hang on facts of a case are not
        judged."""
        for exception in self.exceptions:
            is_judged = bool(exception.channels or exception.variants)
            if (
                is_judged
                and channel in (exception.channels or (channel,))
                and variant in (exception.variants or (variant,))
            ):
                return exception
        return self


class ExternalWait(PassportPart):
    """What must come from outside before the step may be taken.

    ``otherwise`` says what the act does when it does not come in time, None when the act is silent. ``is_sent``:
    it is papers of the applicant, which he sends by the portal where he applied by it (ours).
    """

    of: Text
    deadline: Deadline | None = None
    otherwise: Text | None = None
    is_sent: bool = False


class ByChannel(PassportPart, Generic[T]):
    """A value for each channel that has one."""

    provider: T | None = None
    con: T | None = None
    portal: T | None = None
    akim: T | None = None

    def get_value(self, channel: Channel) -> T | None:
        """The value of ``channel``, None when the act has none."""
        value: T | None = getattr(self, channel)
        return value

    def channel_values(self) -> Iterator[tuple[Channel, T]]:
        """The channels that have a value, in the order provider, con, portal, akim."""
        for channel in CHANNELS:
            value = self.get_value(channel)
            if value is not None:
                yield channel, value
