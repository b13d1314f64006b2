"""Entitlement: the circle of people for whom an act gives its service, as far as the form shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from shared.bus.errors import BusError, Refused
from shared.contracts.identifiers import check_iin
from shared.regulations.model import Passport
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="entitlement_texts.yaml")


def named_people(passport: Passport, fields: Mapping[str, str]) -> tuple[str, ...]:
    """The ИИН of the people in the form whose age the act limits: those about whom НР ИИН is to be asked.

    A value that is not an ИИН is left out, because the check of the form refuses it.
    """
    numbers = dict.fromkeys(fields.get(rule.field, "").strip() for rule in passport.entitled)
    return tuple(number for number in numbers if _is_iin(number))


def check_entitled(passport: Passport, fields: Mapping[str, str], births: Mapping[str, date], day: date) -> None:
    """Refuse a form whose person is outside the act's age limit on ``day``.

    ``births`` are the dates of birth that НР ИИН told, by ИИН (`named_people`). A person whom НР ИИН does not know
    is refused like one of another age, so that the answer tells nobody which numbers exist. The digits of the ИИН
    judge nothing.

    Raises Refused ``not-entitled`` with ``field``, ``under`` (years), the act's ``words`` and ``clause``, and the
    errors of ``check_iin`` for a number that is not an ИИН. An empty field passes: then the provider judges by the
    documents.
    """
    for rule in passport.entitled:
        number = fields.get(rule.field, "").strip()
        if not number:
            continue
        birth = births.get(check_iin(number))
        if birth is None or birth > day or age_on(birth, day) >= rule.under:
            raise Refused(
                "not-entitled",
                "the act gives the service to people of another age",
                field=rule.field,
                under=rule.under,
                words=rule.text,
                clause=rule.clause,
            )


def _is_iin(text: str) -> bool:
    try:
        check_iin(text)
    except BusError:
        return False
    return True


def age_on(birth: date, day: date) -> int:
    """Full years on ``day``; a person born on 29 February completes a year on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
