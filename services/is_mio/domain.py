"""What an authority decides, and in which words it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.bus.errors import Malformed, Refused
from shared.contracts.cases import Outcome
from shared.contracts.documents import ApplicationDocument, OutputDocument


class Stage(StrEnum):
    """Where a case stands at the workplace; statuses for citizens come from the passport."""

    RECEIVED = "received"
    IN_WORK = "in-work"
    DECIDED = "decided"
    COMPLETED = "completed"


@dataclass(frozen=True)
class Decision:
    """A decision; a refusal has its reason, in Kazakh too where the employee gave it."""

    outcome: Outcome
    reason: str | None = None
    reason_kk: str | None = None

    def __post_init__(self) -> None:
        if self.outcome is Outcome.NEGATIVE and not (self.reason or "").strip():
            raise Malformed("reason-missing", "a refusal states its reason")


NOT_REGISTERED = "Заявитель не зарегистрирован в качестве безработного"
NOT_REGISTERED_KK = "Өтініш беруші жұмыссыз ретінде тіркелмеген"


def is_registered_unemployed(iin: str) -> bool:
    """The authority's register of the unemployed in the synthetic country: those whose ИИН ends in an even digit.

    Ours (docs/divergences.md): the act names no source. So a caller chooses the outcome by the ИИН.
    """
    return int(iin[-1]) % 2 == 0


def decide(application: ApplicationDocument) -> Decision:
    """What an instant clerk decides."""
    if is_registered_unemployed(application.applicant):
        return Decision(Outcome.POSITIVE)
    return Decision(Outcome.NEGATIVE, NOT_REGISTERED, NOT_REGISTERED_KK)


def check_own(authority: str, employee_authority: str) -> None:
    """Refused ``other-authority``: an employee works on the cases of his own authority only."""
    if authority != employee_authority:
        raise Refused("other-authority", "the case belongs to another authority")


def case_number(region: str, year: int, n: int) -> str:
    """The number given at registration: region, year, a running number of the region's year."""
    return f"{region}-{year}-{n:07}"


def output(
    application: ApplicationDocument,
    *,
    number: str,
    service: str,
    authority: str,
    decision: Decision,
    now: datetime,
    service_kk: str | None = None,
) -> OutputDocument:
    """The output document in both languages of the state, ready to be signed."""
    if decision.outcome is Outcome.POSITIVE:
        text = "Настоящая справка выдана в том, что заявитель зарегистрирован в качестве безработного."
        text_kk = "Осы анықтама өтініш берушінің жұмыссыз ретінде тіркелгендігі туралы берілді."
    else:
        text = f"В выдаче справки отказано. Обоснование: {decision.reason}."
        text_kk = f"Анықтама беруден бас тартылды. Негіздеме: {decision.reason_kk or decision.reason}."
    return OutputDocument(
        application_id=application.application_id,
        number=number,
        regulation=application.regulation,
        service=service,
        service_kk=service_kk,
        authority=authority,
        applicant=application.applicant,
        outcome=decision.outcome,
        text=text,
        text_kk=text_kk,
        reason=decision.reason,
        issued_at=now,
    )
