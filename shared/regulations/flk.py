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


def check_form(passport: Passport, fields: Mapping[str, str]) -> None:
    """Check a form against the passport's rules.

    Raises Malformed ``form-invalid``; ``fields`` lists every faulty field with its key, label, fault code and
    texts.
    """
    faults = [fault for rule in passport.flk if (fault := _field_fault(rule, fields.get(rule.key, "").strip()))]
    field_keys = {rule.key for rule in passport.flk}
    faults += [
        _describe_fault(key, key, "field-unknown") for key in fields if passport.flk and key not in field_keys
    ]
    if faults:
        raise Malformed("form-invalid", "the form breaks format-logic control", fields=faults)


def form_schema(passport: Passport) -> dict[str, Any]:
    """The form as JSON Schema (draft 2020-12), for clients that draw or check the form."""
    properties = {
        rule.key: {
            "type": "string",
            "title": rule.field,
            "maxLength": rule.size,
            **({"pattern": "^[0-9]*$"} if rule.format == "numeric" else {}),
            **({"minLength": rule.size if rule.key == "iin" else 1} if rule.mandatory else {}),
        }
        for rule in passport.flk
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": passport.title.ru,
        "type": "object",
        "properties": properties,
        "required": [rule.key for rule in passport.flk if rule.mandatory],
        "additionalProperties": not passport.flk,
    }


def _field_fault(rule: FieldRule, value: str) -> dict[str, Any] | None:
    if not value:
        return _describe_fault(rule.key, rule.field, "field-missing") if rule.mandatory else None
    if rule.key == "iin" or rule.key.endswith("_iin"):
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
