"""The act and its annexes: approval, directories of offices, forms, questionnaire, diagrams."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, Strict, StringConstraints, model_validator

from shared.regulations.model.parts import Channel, Deadline, Key, Lines, Many, PassportPart, Text
from shared.regulations.model.roles import OfficeKind


class LocalizedTitle(PassportPart):
    """A title in Russian, and in Kazakh where the act has it."""

    ru: Text
    kk: Text | None = None


class ActRegistration(PassportPart):
    """The entry of the act in the register of the department of justice."""

    number: Text
    date: date


class ActRepeal(PassportPart):
    """The act that repealed this one."""

    number: Text
    date: date


class ApprovingAct(PassportPart):
    """The act that approved the regulation, its registration and, where the act is no longer in force, its
    repeal.
    """

    number: Text
    date: date
    body: Text
    registered: ActRegistration | None = None
    repealed: ActRepeal | None = None


class SourceLocation(PassportPart):
    """Where the regulation stands in the project's copy of the act; ``lines`` is first-last, counted from 1."""

    file: Text
    lines: Lines


class AmendingAct(PassportPart):
    """A later act that changed this regulation: the change, and where the project has the later act's own text."""

    number: Text
    date: date
    body: Text
    changes: Text
    clause: Text
    source: SourceLocation | None = None


class DirectoryOffice(PassportPart):
    """A department or a service centre, as the directory of the act prints the entry.

    ``listed`` is False for an entry that stands for offices which the act names only as a kind.
    """

    n: int
    code: Annotated[str, StringConstraints(pattern=r"^[a-z-]+(\.[a-z]+)+\.\d{2}$")]
    name: Text
    address: Text | None
    phones: Many[Text]
    listed: bool = True
    note: Text | None = None
    kind: Annotated[OfficeKind, Strict(False)] = OfficeKind.DEPARTMENT


class OfficeDirectories(PassportPart):
    """The directories of departments, with the akims' offices among them, and of service centres (ЦОН)."""

    departments: Many[DirectoryOffice]
    con_offices: Many[DirectoryOffice] = ()

    def offices_for(self, channel: str) -> tuple[DirectoryOffice, ...]:
        """The offices that are applied to in a channel: the akims' offices, or the departments."""
        return self.offices_of(OfficeKind.AKIM if channel == "akim" else OfficeKind.DEPARTMENT)

    def offices_of(self, kind: OfficeKind) -> tuple[DirectoryOffice, ...]:
        """The akims' offices, or the departments."""
        return tuple(office for office in self.departments if office.kind is kind)


class FieldRule(PassportPart):
    """A row of format-logic control (ФЛК); ``key`` names the field in JSON forms, ``size`` counts characters."""

    n: int
    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    field: Text
    mandatory: bool
    size: Annotated[int, Field(gt=0)]
    format: Literal["numeric", "text"]


class FormSheet(PassportPart):
    """A form of the act's annexes: present with the rule that the text gives, or absent with the reason; of an
    ``unknown`` kind where the act neither prints the form nor names it.
    """

    kind: Literal["application", "positive", "interim", "negative", "notification", "unknown"]
    appendix: int
    title: Text
    present: bool
    reason: Text | None = None
    rule: Text | None = None
    fields: Many[Text] = ()

    @model_validator(mode="after")
    def _absence_has_a_reason(self) -> Self:
        if self.present != (self.rule is not None) or self.present == (self.reason is not None):
            raise ValueError("a present form has a rule, an absent one a reason")
        return self

    @property
    def lists_copies(self) -> bool:
        """Whether ``fields`` are the copies to attach: all that the text has of a form that is a picture."""
        return not self.present and bool(self.fields)


class ReceiptTemplate(PassportPart):
    """A document that the citizen receives on the way (расписка, талон), and what the act writes on the
    document.
    """

    kind: Literal["accepted", "missing", "refused"]
    channel: Channel
    text: Text
    holds: Many[Text] = ()
    clause: Text


class AnswerOption(PassportPart):
    """An answer to choose in the questionnaire."""

    n: int
    text: Text


class SurveyQuestion(PassportPart):
    """A question of the questionnaire."""

    n: int
    text: Text
    options: Many[AnswerOption]


class Questionnaire(PassportPart):
    """The act's questionnaire on the quality of the service."""

    appendix: int
    questions: Many[SurveyQuestion]


class ActDiagram(PassportPart):
    """A picture in the act; the text of the act does not hold the picture. ``channel`` is None for a picture of
    the procedure or of several channels.
    """

    kind: Literal["diagram", "flowchart", "process_guide"] = "diagram"
    figure: int | None = None
    appendix: int
    channel: Channel | None
    present: Literal[False]
    reason: Text


class ExtensionRule(PassportPart):
    """An extension of a deadline; ``by`` is None where the act does not say by how much."""

    id: Key
    when: Text
    by: Deadline | None
    variants: Many[Key] = ()
    is_notified: bool
    clause: Text
