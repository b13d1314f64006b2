"""A passport: one regulation of one public service, taken from its act.

A passport is a value: frozen, hashable, checked when it is made. Facts (names, labels, statuses, deadlines,
numbers of steps) are the act's; actions and completion forms are told in our own words. What the act only
draws, and what its text therefore does not hold, is marked absent, never invented.

The one thing that is ours is ``performs`` (with ``then``, ``rows`` and ``branches``, which bind the tellings
together). Where a binding reads a table otherwise than line by line, a ``Note`` of the passport says so.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.regulations.model.papers import (
    Act,
    Amendment,
    Diagram,
    Directories,
    Extension,
    FieldRule,
    FormSheet,
    Questionnaire,
    Receipt,
    Source,
    Title,
)
from shared.regulations.model.parts import Channel, Key, Many, Part, RefusalKind, System, Text
from shared.regulations.model.steps import ChannelWalks, StepTables, Variant


class Restriction(Part):
    channel: Channel
    text: Text


class Follow(Part):
    """A channel that the act opens without telling its steps: it is run ``like`` another."""

    channel: Channel
    like: Channel
    text: Text


class Channels(Part):
    accept: Annotated[Many[Channel], Field(min_length=1)]
    issue: Many[Channel]
    restrictions: Many[Restriction] = ()
    follows: Many[Follow] = ()

    def like(self, channel: Channel) -> Channel:
        """The channel whose steps a case of ``channel`` takes: itself unless the passport says otherwise."""
        return next((one.like for one in self.follows if one.channel == channel), channel)


class Form(Part):
    """Kind of the service in the act's word and in ours; ``result`` is the form of the result where given."""

    kind: Literal["transactional", "informational", "interactive", "paper", "electronic", "electronic_or_paper"]
    text: Text
    result: Text | None = None


class Automation(Part):
    degree: Literal["full", "partial"]
    text: Text
    note: Text | None = None


class Ground(Part):
    """What starts the service: an application, a paper, a signed request."""

    channels: Many[Channel]
    text: Text
    clause: Text


class Result(Part):
    """What the citizen gets; ``by`` where the act says who gives it, ``variants`` where only some end in it."""

    code: Text
    text: Text
    by: Text | None = None
    variants: Many[Key] = ()


class Refusal(Part):
    kind: RefusalKind
    text: Text
    channels: Many[Channel]
    clause: Text | None = None


class Entitled(Part):
    """Whom the act gives the service for, as far as a number in the form tells: the person whose ИИН stands in
    ``field`` has not reached the age of ``under`` years."""

    field: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    under: Annotated[int, Field(gt=0)]
    text: Text
    clause: Text


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
    """One regulation. ``id`` is region and annex, ``service_type`` the same word in every region.

    Empty parts are what the act does not have. ``participants`` are the units (СФЕ) that the act lists.
    """

    id: Annotated[str, StringConstraints(pattern=r"^KZ-[A-Z]{3}\.\d+$")]
    region: Annotated[str, StringConstraints(pattern=r"^KZ-[A-Z]{3}$")]
    annex: Annotated[int, Field(gt=0)]
    service_type: Key
    title: Title
    act: Act
    source: Source
    amendments: Many[Amendment] = ()
    provider: Text
    directories: Directories
    channels: Channels
    form: Form
    automation: Automation | None = None
    grounds: Many[Ground] = ()
    entitled: Many[Entitled] = ()
    results: Many[Result]
    refusals: Many[Refusal]
    participants: Many[Text] = ()
    procedures: Many[Variant]
    channel_steps: ChannelWalks
    step_tables: StepTables
    extensions: Many[Extension] = ()
    receipts: Many[Receipt] = ()
    statuses: Many[Status]
    notifications: Many[Notification]
    flk: Many[FieldRule]
    forms: Many[FormSheet]
    questionnaire: Questionnaire | None
    diagrams: Many[Diagram]
    systems: Many[NamedSystem]
    contradictions: Many[Contradiction]
    notes: Many[Note] = ()

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants that an applicant chooses from; ``main`` alone where the act has one way."""
        told = (one.variant for one in self.procedures if one.telling == "content" and one.channel is None)
        return tuple(told) or ("main",)
