"""The decisions of an authority, and their texts."""

from __future__ import annotations

from dataclasses import dataclass

from shared.bus.errors import Malformed
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import ApplicationDocument
from shared.regulations.model import Passport
from shared.regulations.translations import kazakh_title
from shared.texts.catalog import texts_beside

CERTIFICATE = "unemployment-certificate"
GRANTING = frozenset({"granted", "met", "complete", "received"})
REFUSING = frozenset({"refused", "unmet", "incomplete"})

TEXTS = texts_beside(__file__, file="decision_texts.yaml", languages=("kk", "ru"))
"""The texts of decisions in both state languages."""


@dataclass(frozen=True)
class Decision:
    """A decision; a refusal has a reason, also in Kazakh where the employee gave one."""

    outcome: DecisionOutcome
    reason: str | None = None
    reason_kk: str | None = None

    def __post_init__(self) -> None:
        if self.outcome is DecisionOutcome.NEGATIVE and not (self.reason or "").strip():
            raise Malformed("reason-missing", "a refusal needs a reason")

    def compose_text(self, passport: Passport) -> tuple[str, str]:
        """The text of the output document in Russian and Kazakh."""
        if self.outcome is DecisionOutcome.NEGATIVE:
            return _refusal_text(passport, self)
        text = TEXTS["certificate-granted" if passport.service_type == CERTIFICATE else "granted"]
        name = passport.title.ru
        return text["ru"].format(service=name), text["kk"].format(service=kazakh_title(passport).text)


def refusal_for(reason: str) -> Decision:
    """The refusal for the reason ``reason-…`` of ``decision_texts.yaml``; KeyError."""
    text = TEXTS[f"reason-{reason}"]
    return Decision(DecisionOutcome.NEGATIVE, text["ru"], text["kk"])


def _refusal_text(passport: Passport, decision: Decision) -> tuple[str, str]:
    text = TEXTS["certificate-refused" if passport.service_type == CERTIFICATE else "refused"]
    reason_kk = decision.reason_kk or decision.reason
    return text["ru"].format(reason=decision.reason), text["kk"].format(reason=reason_kk)


def is_entitled(iin: str) -> bool:
    """Whether the synthetic registers support the applicant: the ИИН ends in an even digit.

    Ours (docs/reference/divergences.md): the acts name no source, so a caller chooses the outcome by the ИИН.
    """
    return int(iin[-1]) % 2 == 0


def decide_by_iin(application: ApplicationDocument, passport: Passport) -> Decision:
    """The decision of an instant clerk."""
    if is_entitled(application.applicant):
        return Decision(DecisionOutcome.POSITIVE)
    return refusal_for("not-registered" if passport.service_type == CERTIFICATE else "no-grounds")
