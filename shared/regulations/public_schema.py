"""The schemas of a passport's public form, of its form and of its questionnaire, for OpenAPI documents."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.regulations.model import Channel, DeadlineUnit


class _PublicPart(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TwoLanguages(_PublicPart):
    """A name in Russian, and in Kazakh where the act has it."""

    ru: str
    kk: str | None


class ServedChannels(_PublicPart):
    """The channels in which applications are taken in, and those in which results are given."""

    accept: list[Channel]
    issue: list[Channel]


class ActDeadline(_PublicPart):
    """A deadline in the words of the act, and as a number of units."""

    text: str
    amount: int | None
    unit: DeadlineUnit
    upper: int | None


class ProcedureStepSchema(_PublicPart):
    """A step of the internal procedure."""

    n: int
    actor: str
    action: str
    deadline: ActDeadline | None
    next: list[int]


class ProcedureSchema(_PublicPart):
    """A variant of the internal procedure."""

    variant: str
    steps: list[ProcedureStepSchema]


class ChannelStepSchema(_PublicPart):
    """A step that the act labels in the description of a channel («процесс 4», «условие 2»)."""

    label: str
    by: str
    action: str
    systems: list[str]
    refusal: bool
    deadline: ActDeadline | None


class TableStepSchema(_PublicPart):
    """A row of the act's table of steps."""

    n: int
    unit: str
    action: str
    completion: str | None
    deadline: ActDeadline | None
    next: list[int]


class FormRuleSchema(_PublicPart):
    """A field of the form with its rule of format-logic control (ФЛК)."""

    field: str
    mandatory: bool
    size: int
    format: str


class StatusSchema(_PublicPart):
    """A status, the place where the status is shown, and the row of the step table that shows the status."""

    status: str
    shown_in: str
    table: Channel
    step: int


class PublicRegulation(_PublicPart):
    """A regulation as it is published: the act's own facts."""

    id: str
    region: str
    annex: int
    service_type: str
    title: TwoLanguages
    provider: str
    channels: ServedChannels
    procedures: list[ProcedureSchema]
    channel_steps: dict[Channel, list[ChannelStepSchema]]
    step_tables: dict[Channel, list[TableStepSchema]]
    flk: list[FormRuleSchema]
    statuses: list[StatusSchema]
    systems: list[str]
    contradictions: list[str]


class FormFieldSchema(BaseModel):
    """JSON Schema of a field."""

    model_config = ConfigDict(extra="allow")

    type: Literal["string"]
    title: str


class FormSchema(_PublicPart):
    """The form of a service as JSON Schema (2020-12): the keys of ``properties`` are those of an application's
    ``fields``."""

    dialect: str = Field(alias="$schema")
    title: str
    type: Literal["object"]
    properties: dict[str, FormFieldSchema]
    required: list[str]
    further: Any = Field(alias="additionalProperties")
