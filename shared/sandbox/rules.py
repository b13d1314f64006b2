"""The language of rules: to what a rule applies, what happens then, how often and when."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.messages.message import MessageType

Word = Annotated[str, Field(min_length=1, max_length=100)]
Iin = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
GRANTED, REFUSED, EXTENDED = "granted", "refused", "extended"
"""Outcomes that every service has; a step may have answers of its own."""
COUNTRY = "country"
"""The origin of the rules of ШЭП's operator."""
LONGEST_SECONDS = 30 * 24 * 3600.0


class EffectKind(StrEnum):
    """What happens where a rule applies."""

    DOWN = "down"
    SLOW = "slow"
    DROP = "drop"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    CORRUPT = "corrupt"
    POISON = "poison"
    WRONG_ANSWER = "wrong-answer"
    HALF_BODY = "half-body"
    BROKER = "broker"
    PKI = "pki"
    CONDUCT = "conduct"
    OUTCOME = "outcome"
    STATUS = "status"
    REFUSE = "refuse"


class ExchangePlace(StrEnum):
    """Where a system exchanges something with others: what its carrier brings and takes, and its HTTP side."""

    INBOX = "inbox"
    OUTBOX = "outbox"
    HANDLER = "handler"
    CONTENT = "content"
    HTTP = "http"
    SERVICE = "service"
    """Inside the system: what НУЦ, ИС ЦГО and clerks decide by themselves."""


class DelayShape(StrEnum):
    """How the delays of a slow system are spread; ``spread`` is the half width, or the standard deviation."""

    CONSTANT = "constant"
    UNIFORM = "uniform"
    NORMAL = "normal"
    EXPONENTIAL = "exponential"


class SystemDoor(StrEnum):
    """The doors of a system over HTTP."""

    REST = "rest"
    SOAP = "soap"
    PAGES = "pages"
    ANY = "http"


class BrokerTrouble(StrEnum):
    """What the broker does with what a system sends."""

    AWAY = "away"
    REFUSES = "refuses"
    CONFIRM_LOST = "confirm-lost"
    NO_ADDRESS = "no-address"


class StepStage(StrEnum):
    """What a step is to its case: the one that decides, or one that waits for the applicant."""

    DECISION = "decision"
    WAIT = "wait"


class ActTime(RequestModel):
    """A time in the units of the acts: ``amount`` of ``unit`` (working_day, hour, …)."""

    model_config = ConfigDict(frozen=True)

    unit: Word
    amount: Annotated[int, Field(gt=0, le=10_000)] | None = None
    upper: Annotated[int, Field(gt=0, le=10_000)] | None = None


class RuleEffect(RequestModel):
    """What happens: ``kind``, and what the kind needs.

    ``seconds``, ``shape`` and ``spread`` are of slow (the machine's seconds); ``copies`` of duplicate; ``answer``
    (fields that replace those of the answer) and ``status`` (HTTP) of wrong-answer; ``trouble`` of broker, pki,
    conduct, and as a code of refuse; ``outcome``, ``reason``, ``reason_kk``, ``refusal`` (a code of a reason in
    three languages), ``seconds`` or ``after`` (since the step began to wait), ``polls`` (after so many questions
    for the state), ``late`` and ``never`` of outcome; ``outcome`` and ``reason`` of status: the code of the status
    and the words with it.
    """

    model_config = ConfigDict(frozen=True)

    kind: EffectKind
    seconds: Annotated[float, Field(ge=0, le=LONGEST_SECONDS, allow_inf_nan=False)] | None = None
    shape: DelayShape | None = None
    spread: Annotated[float, Field(ge=0, le=LONGEST_SECONDS, allow_inf_nan=False)] | None = None
    copies: Annotated[int, Field(ge=2, le=100)] | None = None
    answer: Annotated[dict[str, Any], Field(max_length=50)] | None = None
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    trouble: Word | None = None
    outcome: Word | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None
    refusal: Word | None = None
    after: ActTime | None = None
    polls: Annotated[int, Field(ge=1, le=10_000)] | None = None
    late: bool | None = None
    never: bool | None = None

    @model_validator(mode="after")
    def _check_parameters(self) -> Self:
        allowed = PARAMETERS[self.kind]
        foreign = [
            name
            for name in type(self).model_fields
            if name != "kind" and getattr(self, name) is not None and name not in allowed
        ]
        if foreign:
            words = ", ".join(allowed) or "nothing else"
            raise ValueError(f"{self.kind} takes {words}, and not {', '.join(foreign)}")
        missing = [name for name in NEEDED.get(self.kind, ()) if getattr(self, name) is None]
        if missing:
            raise ValueError(f"{self.kind} needs {', '.join(missing)}")
        if self.kind is EffectKind.BROKER and self.trouble not in tuple(BrokerTrouble):
            raise ValueError(f"trouble of the broker: one of {', '.join(BrokerTrouble)}")
        moments = [name for name in MOMENTS if getattr(self, name)]
        if self.kind is EffectKind.OUTCOME and len(moments) > 1:
            raise ValueError(f"an outcome has one moment, and not {' and '.join(moments)}")
        return self


PARAMETERS: MappingProxyType[EffectKind, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(EffectKind, ()),
        EffectKind.SLOW: ("seconds", "shape", "spread"),
        EffectKind.DUPLICATE: ("copies",),
        EffectKind.REORDER: ("seconds",),
        EffectKind.WRONG_ANSWER: ("answer", "status"),
        EffectKind.BROKER: ("trouble",),
        EffectKind.PKI: ("trouble",),
        EffectKind.REFUSE: ("trouble",),
        EffectKind.CONDUCT: ("trouble", "seconds"),
        EffectKind.OUTCOME: (
            "outcome",
            "reason",
            "reason_kk",
            "refusal",
            "seconds",
            "after",
            "polls",
            "late",
            "never",
        ),
        EffectKind.STATUS: ("outcome", "reason"),
    }
)
"""The parameters that each kind takes."""
NEEDED: MappingProxyType[EffectKind, tuple[str, ...]] = MappingProxyType(
    {
        EffectKind.SLOW: ("seconds",),
        EffectKind.BROKER: ("trouble",),
        EffectKind.PKI: ("trouble",),
        EffectKind.CONDUCT: ("trouble",),
        EffectKind.STATUS: ("outcome",),
    }
)
MOMENTS = ("seconds", "after", "polls", "late", "never")
"""When an outcome happens; without any of them at once."""

_CARRIED = (ExchangePlace.INBOX, ExchangePlace.OUTBOX, ExchangePlace.HTTP)
PLACES: MappingProxyType[EffectKind, tuple[ExchangePlace, ...]] = MappingProxyType(
    {
        EffectKind.DOWN: _CARRIED,
        EffectKind.SLOW: _CARRIED,
        EffectKind.DROP: _CARRIED,
        EffectKind.DUPLICATE: _CARRIED,
        EffectKind.REORDER: (ExchangePlace.INBOX, ExchangePlace.OUTBOX),
        EffectKind.CORRUPT: _CARRIED,
        EffectKind.POISON: (ExchangePlace.HANDLER,),
        EffectKind.REFUSE: (ExchangePlace.HANDLER,),
        EffectKind.WRONG_ANSWER: (ExchangePlace.CONTENT, ExchangePlace.HTTP),
        EffectKind.HALF_BODY: (ExchangePlace.HTTP,),
        EffectKind.BROKER: (ExchangePlace.OUTBOX,),
        EffectKind.PKI: (ExchangePlace.SERVICE,),
        EffectKind.CONDUCT: (ExchangePlace.SERVICE,),
        EffectKind.OUTCOME: (ExchangePlace.SERVICE,),
        EffectKind.STATUS: (ExchangePlace.SERVICE,),
    }
)
"""Where an effect can happen; without a place in the rule it happens at the first, and a system that is down is
down everywhere.
"""


class SandboxRuleOrder(RequestModel):
    """A rule as an operator writes it. What is left out applies to everything.

    ``system`` is a name of ``egov-bus --list``; ``service`` a service or a regulation («KZ-YUZ.3»); ``region`` as
    KZ-ATY; ``step`` as a message names it; ``channel``, ``variant``, ``op``, ``stage`` and ``offers`` (an answer
    that the step has) are of outcomes; ``place`` inbox, outbox or http; ``door`` and ``path`` (a prefix) are of
    requests over HTTP. ``share`` is a percentage of people, always the same for a ``seed``; ``occasions`` a
    percentage of occasions, evenly spread and always with the first. The rule is in force ``since`` and ``until``
    these moments of the bus's time, and ends after ``count`` occasions.
    """

    model_config = ConfigDict(frozen=True)

    effect: RuleEffect
    system: Word | None = None
    service: Word | None = None
    region: Word | None = None
    message_type: MessageType | None = None
    step: Word | None = None
    channel: Word | None = None
    variant: Word | None = None
    op: Word | None = None
    stage: StepStage | None = None
    offers: Word | None = None
    place: ExchangePlace | None = None
    door: SystemDoor | None = None
    path: Annotated[str, Field(pattern=r"^/[\x21-\x7e]{0,200}$")] | None = None
    case: Word | None = None
    iin: Iin | None = None
    ends: Annotated[str, Field(pattern=r"^[0-9]{1,12}$")] | None = None
    serial: Annotated[str, Field(pattern=r"^[0-9A-F]{1,40}$")] | None = None
    share: Annotated[float, Field(ge=0, le=100)] = 100.0
    occasions: Annotated[int, Field(ge=0, le=100)] = 100
    seed: Annotated[str, Field(max_length=40)] = "1"
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    note: Annotated[str, Field(max_length=200)] | None = None

    @property
    def places(self) -> frozenset[ExchangePlace]:
        """Where this rule does something."""
        possible = PLACES[self.effect.kind]
        if self.place is not None:
            return frozenset({self.place}.intersection(possible))
        if self.door is not None or self.path is not None:
            return frozenset({ExchangePlace.HTTP}.intersection(possible))
        is_everywhere = self.effect.kind is EffectKind.DOWN
        return frozenset(possible if is_everywhere else possible[:1])


ORDERED = "ordered-"
"""How the id of a rule begins that obeys an order given with an application."""


class OutcomeOrder(RequestModel):
    """The outcome that an application is filed with."""

    model_config = ConfigDict(frozen=True)

    case: Word
    effect: RuleEffect

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        if self.effect.kind is not EffectKind.OUTCOME:
            raise ValueError("a filed application orders its outcome, and nothing else")
        return self

    @property
    def rule_id(self) -> str:
        """The id of the rule that obeys the order: one for each case."""
        return f"{ORDERED}{self.case[-80:]}"


class SandboxRule(SandboxRuleOrder):
    """A rule in force: ``id`` is in every entry of a journal that it caused, ``origin`` is who set it.

    ``origin`` is ``country`` for ШЭП's operator and the instance for a system's own board.
    """

    id: Word
    origin: Word = COUNTRY
