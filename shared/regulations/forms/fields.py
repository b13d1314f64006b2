"""The fields of a form, with the rule of each: the act's ФЛК, or the portal's own fields where the act lists none.

The portal's own fields are data (``data/fields.yaml``, ``data/services.yaml``). An employee at a window
fills in a paper form, so that only the portal has them (docs/reference/divergences.md).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml
from pydantic import Field

from shared.regulations.model import FieldRule, Passport
from shared.regulations.model.parts import Key, Many, PassportPart
from shared.regulations.translations import text_in
from shared.texts.catalog import TextCatalog, read_texts

PORTAL = "portal"
FieldFormat = Literal["numeric", "text", "date", "choice"]
_FOLDER = Path(__file__).parent / "data"
TOPICS = TextCatalog(lambda: read_texts(_FOLDER / "topics.yaml"))
"""The titles of the topics: one topic is one page of a form."""
_LONGEST_CHOICE = 40


class FieldText(PassportPart):
    """A text beside a field, by language."""

    ru: str
    kk: str
    en: str

    def in_language(self, tag: str) -> str:
        return {"ru": self.ru, "kk": self.kk, "en": self.en}[tag]


class FieldNote(PassportPart):
    """What is said of a field beside its rule; ``label``, ``size``, ``format`` and ``options`` are the rule of a
    field of ours, ``en`` is the English name of an act's field.
    """

    topic: Key
    hint: FieldText
    example: str
    en: str | None = None
    label: FieldText | None = None
    size: int = _LONGEST_CHOICE
    format: FieldFormat = "choice"
    options: Mapping[str, FieldText] = Field(default={})


class FormLayout(PassportPart):
    """The fields of a service's form, in order, and those that may be empty."""

    fields: Many[str]
    optional: Many[str]


class FormField(PassportPart):
    """A field of a form. ``field`` is its Russian name, in the act's words where the act lists the field
    (``is_of_act``); ``size`` counts characters and is a maximum; ``options`` are the values of a choice.
    """

    key: str
    field: str
    label: FieldText
    hint: FieldText
    topic: str
    mandatory: bool
    size: int
    format: FieldFormat
    options: Mapping[str, FieldText] = Field(default={})
    example: str
    is_of_act: bool

    @property
    def is_iin(self) -> bool:
        """Whether the value is the ИИН of a person."""
        return self.key == "iin" or self.key.endswith("_iin")


def list_form_fields(passport: Passport, channel: str = PORTAL) -> tuple[FormField, ...]:
    """The fields of the form of a service in a channel: the act's own, else at the portal ours, else none."""
    if passport.flk:
        return tuple(map(_describe_rule, passport.flk))
    if channel != PORTAL or PORTAL not in passport.channels.accept:
        return ()
    return _compose_own_fields(passport.service_type)


@functools.cache
def _compose_own_fields(service_type: str) -> tuple[FormField, ...]:
    layout = _read_layouts()[service_type]
    return tuple(_describe_own(key, key not in layout.optional) for key in layout.fields)


def _describe_own(key: str, mandatory: bool) -> FormField:
    note = read_notes()[key]
    label = note.label or FieldText(ru=key, kk=key, en=key)
    return FormField(
        key=key,
        field=label.ru,
        label=label,
        hint=note.hint,
        topic=note.topic,
        mandatory=mandatory,
        size=note.size,
        format=note.format,
        options=note.options,
        example=note.example,
        is_of_act=False,
    )


def _describe_rule(rule: FieldRule) -> FormField:
    note = read_notes()[rule.key]
    label = FieldText(
        ru=rule.field,
        kk=text_in("kk", rule.field),
        en=note.en or text_in("en", rule.field),
    )
    return FormField(
        key=rule.key,
        field=rule.field,
        label=label,
        hint=note.hint,
        topic=note.topic,
        mandatory=rule.mandatory,
        size=rule.size,
        format=rule.format,
        example=note.example[: rule.size],
        is_of_act=True,
    )


@functools.cache
def read_notes() -> Mapping[str, FieldNote]:
    """What is said of each field, by its key."""
    return MappingProxyType(
        {key: FieldNote.model_validate(note) for key, note in _read_yaml("fields.yaml").items()}
    )


@functools.cache
def _read_layouts() -> Mapping[str, FormLayout]:
    return MappingProxyType(
        {name: FormLayout.model_validate(layout) for name, layout in _read_yaml("services.yaml").items()}
    )


def _read_yaml(file: str) -> dict[str, Any]:
    kind = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load((_FOLDER / file).read_bytes(), kind)  # noqa: S506 - both loaders are safe
    return content
