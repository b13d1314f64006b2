"""A form that passes format-logic control, made from the passport: for simulations, examples and tests."""

from __future__ import annotations

from shared.regulations.forms.fields import PORTAL, FormField, list_form_fields
from shared.regulations.model import Passport


def make_valid_form(passport: Passport, iin: str, channel: str = PORTAL, **changes: str) -> dict[str, str]:
    """A filled form of the applicant ``iin``: each field has its example, except those of ``changes``.

    A field without an example stays empty and is left out: a child's ИИН, whose age the act may limit.
    """
    values = {field.key: _choose_value(field, iin) for field in list_form_fields(passport, channel)}
    return {key: value for key, value in {**values, **changes}.items() if value}


def _choose_value(field: FormField, iin: str) -> str:
    return iin if field.key == "iin" else field.example
