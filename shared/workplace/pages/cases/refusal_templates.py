"""The templates of reasons for a refusal, which an employee chooses and may change."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.cases import DecisionOutcome
from shared.regulations.model import Passport
from shared.workplace.records.decisions import REASONS, Decision

WITH_PLACES = "{"
"""A template with a place for something else is no whole reason."""


@dataclass(frozen=True)
class ReasonTemplate:
    """A reason in both state languages, and in English."""

    code: str
    ru: str
    kk: str
    en: str


def list_reasons(passport: Passport) -> list[ReasonTemplate]:
    """The reasons that an employee may begin with; that of the register of the unemployed for its certificate
    only.
    """
    is_certificate = passport.service_type == "unemployment-certificate"
    return [
        ReasonTemplate(code, text["ru"], text["kk"], text["en"])
        for code, text in REASONS.items()
        if not code.startswith("register-")
        and WITH_PLACES not in text["ru"]
        and (is_certificate or code != "not-registered")
    ]


def compose_refusal(passport: Passport, code: str, reason: str, reason_kk: str) -> Decision:
    """The refusal with the employee's own words, else those of the template; the other languages are those of the
    template only where the Russian text was not changed. Malformed ``reason-missing``.
    """
    template = next((item for item in list_reasons(passport) if item.code == code), None)
    text = reason or (template.ru if template else "")
    if template is None or text != template.ru:
        return Decision(DecisionOutcome.NEGATIVE, text, reason_kk or None)
    return Decision(DecisionOutcome.NEGATIVE, text, reason_kk or template.kk, template.en)
