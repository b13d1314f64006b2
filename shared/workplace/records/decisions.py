"""The decisions of an authority, and their texts."""

from __future__ import annotations

from dataclasses import dataclass

from shared.bus.errors import Malformed
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import ApplicationDocument
from shared.regulations.model import Passport

CERTIFICATE = "unemployment-certificate"
GRANTING = frozenset({"granted", "met", "complete", "received"})
REFUSING = frozenset({"refused", "unmet", "incomplete"})


@dataclass(frozen=True)
class Decision:
    """A decision; a refusal has a reason, also in Kazakh where the employee gave one."""

    outcome: DecisionOutcome
    reason: str | None = None
    reason_kk: str | None = None

    def __post_init__(self) -> None:
        if self.outcome is DecisionOutcome.NEGATIVE and not (self.reason or "").strip():
            raise Malformed("reason-missing", "a refusal states its reason")

    def compose_text(self, passport: Passport) -> tuple[str, str]:
        """The text of the output document in Russian and Kazakh."""
        if self.outcome is DecisionOutcome.NEGATIVE:
            return _refusal_text(passport, self)
        if passport.service_type == CERTIFICATE:
            return REGISTERED, REGISTERED_KK
        name = passport.title.ru
        return f"Услуга оказана: «{name}».", f"Қызмет көрсетілді: «{passport.title.kk or name}»."


REGISTERED = "Настоящая справка выдана в том, что заявитель зарегистрирован в качестве безработного."
REGISTERED_KK = "Осы анықтама өтініш берушінің жұмыссыз ретінде тіркелгендігі туралы берілді."
NOT_REGISTERED = "Заявитель не зарегистрирован в качестве безработного"
NOT_REGISTERED_KK = "Өтініш беруші жұмыссыз ретінде тіркелмеген"
NO_GROUNDS = "Основания для оказания услуги не подтвердились"
NO_GROUNDS_KK = "Қызмет көрсету негіздері расталмады"


def _refusal_text(passport: Passport, decision: Decision) -> tuple[str, str]:
    reason, reason_kk = decision.reason, decision.reason_kk or decision.reason
    if passport.service_type == CERTIFICATE:
        return (
            f"В выдаче справки отказано. Обоснование: {reason}.",
            f"Анықтама беруден бас тартылды. Негіздеме: {reason_kk}.",
        )
    return (
        f"В оказании услуги отказано. Обоснование: {reason}.",
        f"Қызмет көрсетуден бас тартылды. Негіздеме: {reason_kk}.",
    )


def is_entitled(iin: str) -> bool:
    """Whether the synthetic registers speak for the applicant: the ИИН ends in an even digit.

    Ours (docs/reference/divergences.md): the acts name no source, so a caller chooses the outcome by the ИИН.
    """
    return int(iin[-1]) % 2 == 0


def decide_by_iin(application: ApplicationDocument, passport: Passport) -> Decision:
    """The decision of an instant clerk."""
    if is_entitled(application.applicant):
        return Decision(DecisionOutcome.POSITIVE)
    if passport.service_type == CERTIFICATE:
        return Decision(DecisionOutcome.NEGATIVE, NOT_REGISTERED, NOT_REGISTERED_KK)
    return Decision(DecisionOutcome.NEGATIVE, NO_GROUNDS, NO_GROUNDS_KK)
