"""Format-logic control (ФЛК): a filled form against the rules of its passport.

The acts give each field an obligation, a size and a format, but do not say whether the size is exact or a maximum:
here the size is a maximum, except for the ИИН, which has rules of its own (docs/reference/divergences.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.bus.errors import Malformed
from shared.contracts.identifiers import check_iin
from shared.pki.verification.texts import TEXTS as NUMBERS
from shared.regulations.model import FieldRule, Passport
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="flk_texts.yaml")

NOT_BLANK = (
    "[^\\u0009-\\u000d\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]"
)
"""A character that is no space, as a regular expression: `str.isspace` written out, for ECMA's class differs."""
IIN_PATTERN = "^[0-9]{12}$"
IIN_FORMAT = "iin"
"""The format of an ИИН, for the check that a pattern cannot make: a valid check digit."""


def check_form(passport: Passport, fields: Mapping[str, str]) -> None:
    """Check a form against the passport's rules.

    A value is checked as sent and signed, with its spaces. An empty value counts as a missing value.

    Raises Malformed ``form-invalid``; ``fields`` lists every faulty field with its key, label, fault code and
    texts.
    """
    faults = [fault for rule in passport.flk if (fault := _field_fault(rule, fields.get(rule.key, "")))]
    field_keys = {rule.key for rule in passport.flk}
    faults += [
        _describe_fault(key, key, "field-unknown") for key in fields if passport.flk and key not in field_keys
    ]
    if faults:
        raise Malformed("form-invalid", "the form breaks format-logic control", fields=faults)


def form_schema(passport: Passport) -> dict[str, Any]:
    """The form as JSON Schema (draft 2020-12), for clients that draw or check the form.

    The schema accepts what `check_form` accepts and nothing else, for a client that knows the format ``iin``.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": passport.title.ru,
        "type": "object",
        "properties": {rule.key: _field_schema(rule) for rule in passport.flk},
        "required": [rule.key for rule in passport.flk if rule.mandatory],
        "additionalProperties": False if passport.flk else {"type": "string"},
    }


def _field_schema(rule: FieldRule) -> dict[str, Any]:
    schema = {"type": "string", "title": rule.field, "maxLength": rule.size}
    if _is_iin(rule):
        schema = {**schema, "maxLength": 12}
        whole = {"pattern": IIN_PATTERN, "format": IIN_FORMAT}
        return (
            {**schema, "minLength": 12, **whole} if rule.mandatory else {**schema, "anyOf": [{"const": ""}, whole]}
        )
    if rule.format == "numeric":
        schema["pattern"] = "^[0-9]+$" if rule.mandatory else "^[0-9]*$"
    elif rule.mandatory:
        schema["pattern"] = NOT_BLANK
    return {**schema, "minLength": 1} if rule.mandatory else schema


def _is_iin(rule: FieldRule) -> bool:
    return rule.key == "iin" or rule.key.endswith("_iin")


def _field_fault(rule: FieldRule, value: str) -> dict[str, Any] | None:
    if not value or (rule.mandatory and value.isspace()):
        return _describe_fault(rule.key, rule.field, "field-missing") if rule.mandatory else None
    if _is_iin(rule):
        return _iin_fault(rule, value)
    if len(value) > rule.size:
        return _describe_fault(rule.key, rule.field, "field-too-long", size=rule.size)
    if rule.format == "numeric" and not (value.isascii() and value.isdigit()):
        return _describe_fault(rule.key, rule.field, "field-not-numeric")
    return None


def _iin_fault(rule: FieldRule, value: str) -> dict[str, Any] | None:
    try:
        check_iin(value)
    except Malformed as error:
        return _describe_fault(rule.key, rule.field, error.code)
    return None


def _describe_fault(key: str, field: str, code: str, **details: Any) -> dict[str, Any]:
    texts = dict(TEXTS[code] if code in TEXTS else NUMBERS[code])
    return {"key": key, "field": field, "code": code, "texts": texts, **details}
