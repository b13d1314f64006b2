"""Format-logic control (ФЛК): a filled form against the rules of its fields (`shared.regulations.forms`).

The acts give each field an obligation, a size and a format, but do not say whether the size is exact or a maximum:
here the size is a maximum, except for the ИИН, which has rules of its own (docs/reference/divergences.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from shared.bus.errors import Malformed
from shared.contracts.identifiers import check_iin
from shared.pki.verification.texts import TEXTS as NUMBERS
from shared.regulations.forms.fields import PORTAL, FormField, list_form_fields
from shared.regulations.model import Passport
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="flk_texts.yaml")

NOT_BLANK = (
    "[^\\u0009-\\u000d\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]"
)
"""A character that is no space, as a regular expression: `str.isspace` written out, for ECMA's class differs."""
IIN_PATTERN = "^[0-9]{12}$"
IIN_FORMAT = "iin"
"""The format of an ИИН, for the check that a pattern cannot make: a valid check digit."""
DATE_PATTERN = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def check_form(passport: Passport, fields: Mapping[str, str], channel: str = PORTAL) -> None:
    """Check a form against the rules of its channel (`list_form_fields`).

    A value is checked as sent and signed, with its spaces. An empty value counts as a missing value.

    Raises Malformed ``form-invalid``; ``fields`` lists every faulty field with its key, label, fault code and
    texts.
    """
    if faults := find_faults(list_form_fields(passport, channel), fields):
        raise Malformed("form-invalid", "the form breaks format-logic control", fields=faults)


def find_faults(form_fields: Sequence[FormField], fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """The faulty fields of a form, each with its key, label, fault code and texts; every field passes a form
    without rules.
    """
    faults = [fault for field in form_fields if (fault := find_field_fault(field, fields.get(field.key, "")))]
    field_keys = {field.key for field in form_fields}
    unknown = (key for key in fields if form_fields and key not in field_keys)
    return faults + [_describe_fault(key, key, "field-unknown") for key in unknown]


def form_schema(passport: Passport) -> dict[str, Any]:
    """The portal's form as JSON Schema (draft 2020-12), for clients that draw or check the form.

    The schema accepts what `check_form` accepts and nothing else, for a client that knows the formats ``iin`` and
    ``date``.
    """
    form_fields = list_form_fields(passport)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": passport.title.ru,
        "type": "object",
        "properties": {field.key: _field_schema(field) for field in form_fields},
        "required": [field.key for field in form_fields if field.mandatory],
        "additionalProperties": False if form_fields else {"type": "string"},
    }


def _field_schema(field: FormField) -> dict[str, Any]:
    schema = {"type": "string", "title": field.field, "description": field.hint.ru, "maxLength": field.size}
    if whole := _whole_value_schema(field):
        return {**schema, **whole} if field.mandatory else {**schema, "anyOf": [{"const": ""}, whole]}
    if field.format == "numeric":
        schema["pattern"] = "^[0-9]+$" if field.mandatory else "^[0-9]*$"
    elif field.mandatory:
        schema["pattern"] = NOT_BLANK
    return {**schema, "minLength": 1} if field.mandatory else schema


def _whole_value_schema(field: FormField) -> dict[str, Any]:
    """The rule of a value that is right only as a whole; empty for other fields."""
    if field.is_iin:
        return {"pattern": IIN_PATTERN, "format": IIN_FORMAT, "maxLength": 12}
    if field.format == "date":
        return {"pattern": DATE_PATTERN, "format": "date"}
    return {"enum": list(field.options)} if field.format == "choice" else {}


def find_field_fault(field: FormField, value: str) -> dict[str, Any] | None:
    """The fault of one value, as `check_form` tells it; None for a value that passes."""
    if not value or (field.mandatory and value.isspace()):
        return _describe_fault(field.key, field.field, "field-missing") if field.mandatory else None
    if field.is_iin:
        return _iin_fault(field, value)
    if len(value) > field.size:
        return _describe_fault(field.key, field.field, "field-too-long", size=field.size)
    code = _find_format_fault(field, value)
    return _describe_fault(field.key, field.field, code) if code else None


def _find_format_fault(field: FormField, value: str) -> str:
    if field.format == "numeric" and not (value.isascii() and value.isdigit()):
        return "field-not-numeric"
    if field.format == "date" and not _is_date(value):
        return "field-no-date"
    return "field-no-choice" if field.format == "choice" and value not in field.options else ""


def _is_date(value: str) -> bool:
    if re.fullmatch(DATE_PATTERN, value, re.ASCII) is None or value.endswith("\n"):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _iin_fault(field: FormField, value: str) -> dict[str, Any] | None:
    try:
        check_iin(value)
    except Malformed as error:
        return _describe_fault(field.key, field.field, error.code)
    return None


def _describe_fault(key: str, field: str, code: str, **details: Any) -> dict[str, Any]:
    texts = dict(TEXTS[code] if code in TEXTS else NUMBERS[code])
    return {"key": key, "field": field, "code": code, "texts": texts, **details}
