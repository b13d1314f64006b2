"""A passport: one regulation of one public service, taken from its act.

A passport is a value: frozen, hashable, validated on construction. Facts (names, labels, statuses, deadlines,
numbers of steps) are the act's; actions and completion forms are worded by us. What the act only draws, so that
its text does not hold it, is marked absent and never invented.

Only the bindings are ours: ``performs``, and ``then``, ``rows`` and ``branches``, which connect the act's
descriptions. Where a binding reads a table other than line by line, a ``ReadingNote`` of the passport says so.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.regulations.model.papers import (
    ActDiagram,
    AmendingAct,
    ApprovingAct,
    ExtensionRule,
    FieldRule,
    FormSheet,
    LocalizedTitle,
    OfficeDirectories,
    Questionnaire,
    ReceiptTemplate,
    SourceLocation,
)
from shared.regulations.model.parts import Channel, Key, Many, PassportPart, RefusalKind, System, Text
from shared.regulations.model.steps import ChannelWalks, ProcedureVariant, StepTables


class ChannelRestriction(PassportPart):
    """A restriction of a channel, in the act's words."""

    channel: Channel
    text: Text


class FollowedChannel(PassportPart):
    """A channel that the act opens without describing its steps: the channel runs ``like`` another channel."""

    channel: Channel
    like: Channel
    text: Text


class ServiceChannels(PassportPart):
    """The channels in which a service is applied for and issued."""

    accept: Annotated[Many[Channel], Field(min_length=1)]
    issue: Many[Channel]
    restrictions: Many[ChannelRestriction] = ()
    follows: Many[FollowedChannel] = ()

    def steps_channel(self, channel: Channel) -> Channel:
        """The channel whose steps a case of ``channel`` takes: ``channel`` itself unless the passport says
        otherwise.
        """
        return next((follow.like for follow in self.follows if follow.channel == channel), channel)


class ProvisionForm(PassportPart):
    """The form of providing the service: ``text`` is the act's word, ``kind`` ours; ``result`` is the form of the
    result, where the act names it.
    """

    kind: Literal["transactional", "informational", "interactive", "paper", "electronic", "electronic_or_paper"]
    text: Text
    result: Text | None = None


class AutomationDegree(PassportPart):
    """The degree of automation that the act names."""

    degree: Literal["full", "partial"]
    text: Text
    note: Text | None = None


class ServiceGround(PassportPart):
    """What starts the service: an application, a document, a signed request."""

    channels: Many[Channel]
    text: Text
    clause: Text


class ServiceResult(PassportPart):
    """A result of the service; ``by`` names the issuer where the act does, ``variants`` limits the result to some
    variants.
    """

    code: Text
    text: Text
    by: Text | None = None
    variants: Many[Key] = ()


class RefusalGround(PassportPart):
    """A ground of refusal, with the channels in which it applies."""

    kind: RefusalKind
    text: Text
    channels: Many[Channel]
    clause: Text | None = None


class SafekeepingRule(PassportPart):
    """The act's demand that documents which the applicant does not collect in time are kept."""

    text: Text
    clause: Text


class EntitlementRule(PassportPart):
    """The people to whom the act gives the service, as far as the form shows: the person whose ИИН stands in
    ``field`` is younger than ``under`` years.
    """

    field: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    under: Annotated[int, Field(gt=0)]
    text: Text
    clause: Text


class ShownStatus(PassportPart):
    """A status and the table row that shows the status.

    ``named`` is False where the row shows "a status" without naming it; the word is then taken from ``note``.
    """

    status: Text
    shown_in: Text
    table: Channel
    step: int
    named: bool = True
    note: Text | None = None


class NotificationRule(PassportPart):
    """A notice and the steps that cause the notice; ``from``, ``via`` or ``to`` is None where the act does not
    name it.
    """

    id: Text
    channel: Channel
    steps: Many[int]
    sender: Text | None = Field(alias="from")
    via: Text | None
    to: Text | None
    payload: Text
    clause: Text


class NamedSystem(PassportPart):
    """A system by the act's name, and ``code``, the system of the bus that plays it."""

    name: Text
    code: System
    role: Text
    aliases: Many[Text] = ()


class ActContradiction(PassportPart):
    """A contradiction in the act."""

    id: Text
    text: Text


class ReadingNote(PassportPart):
    """Our reading of certain rows of a step table."""

    table: Channel
    steps: Many[int]
    text: Text


class Passport(PassportPart):
    """One regulation. ``id`` is region and annex (``KZ-ATY.3``); ``service_type`` is the same word in every
    region.

    Empty parts are parts that the act does not have. ``participants`` are the units (СФЕ) that the act lists.
    """

    id: Annotated[str, StringConstraints(pattern=r"^KZ-[A-Z]{3}\.\d+$")]
    region: Annotated[str, StringConstraints(pattern=r"^KZ-[A-Z]{3}$")]
    annex: Annotated[int, Field(gt=0)]
    service_type: Key
    title: LocalizedTitle
    act: ApprovingAct
    source: SourceLocation
    amendments: Many[AmendingAct] = ()
    provider: Text
    directories: OfficeDirectories
    channels: ServiceChannels
    form: ProvisionForm
    automation: AutomationDegree | None = None
    grounds: Many[ServiceGround] = ()
    entitled: Many[EntitlementRule] = ()
    results: Many[ServiceResult]
    refusals: Many[RefusalGround]
    participants: Many[Text] = ()
    procedures: Many[ProcedureVariant]
    channel_steps: ChannelWalks
    step_tables: StepTables
    extensions: Many[ExtensionRule] = ()
    receipts: Many[ReceiptTemplate] = ()
    safekeeping: SafekeepingRule | None = None
    statuses: Many[ShownStatus]
    notifications: Many[NotificationRule]
    flk: Many[FieldRule]
    forms: Many[FormSheet]
    questionnaire: Questionnaire | None
    diagrams: Many[ActDiagram]
    systems: Many[NamedSystem]
    contradictions: Many[ActContradiction]
    notes: Many[ReadingNote] = ()

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants that an applicant chooses from; ``main`` alone where the act has one way."""
        variants = (
            procedure.variant
            for procedure in self.procedures
            if procedure.telling == "content" and procedure.channel is None
        )
        return tuple(variants) or ("main",)
