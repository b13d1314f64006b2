"""Whom an act gives its service for, where a form tells it: judged before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from shared.bus.errors import Refused
from shared.contracts.identifiers import birth_date, check_iin
from shared.regulations.model import Passport

TEXTS = {
    "not-entitled": {
        "ru": "Регламент даёт эту услугу другим лицам: возраст не подходит",
        "kk": "Регламент бұл қызметті басқа адамдарға береді: жасы сәйкес емес",
        "en": "The regulation gives this service to other people: the age does not fit",
    },
}


def check_entitled(passport: Passport, fields: Mapping[str, str], day: date) -> None:
    """Refused ``not-entitled`` with the ``field``, the age (``under``), the act's ``words`` and ``clause``; the
    codes of an ИИН that is none.

    A field that is left empty tells nothing: then the provider judges by the papers.
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
    """Full years on a day; whoever was born on 29 February has his birthday on 1 March of other years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
