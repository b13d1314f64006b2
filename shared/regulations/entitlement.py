"""Entitlement: the circle of people for whom an act gives its service, as far as the form shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from shared.bus.errors import Refused
from shared.contracts.identifiers import birth_date, check_iin
from shared.regulations.model import Passport
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="entitlement_texts.yaml")


def check_entitled(passport: Passport, fields: Mapping[str, str], day: date) -> None:
    """Refuse a form whose person is outside the act's age limit, judged by the ИИН in the form on ``day``.

    Raises Refused ``not-entitled`` with ``field``, ``under`` (years), the act's ``words`` and ``clause``, and the
    errors of ``check_iin`` for a number that is not an ИИН. An empty field passes: then the provider judges by the
    documents.
    """
    for rule in passport.entitled:
        number = fields.get(rule.field, "").strip()
        if not number:
            continue
        birth = birth_date(check_iin(number))
        if birth > day or age_on(birth, day) >= rule.under:
            raise Refused(
                "not-entitled",
                "the act gives the service to people of another age",
                field=rule.field,
                under=rule.under,
                words=rule.text,
                clause=rule.clause,
            )


def age_on(birth: date, day: date) -> int:
    """Full years on ``day``; a person born on 29 February completes a year on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
