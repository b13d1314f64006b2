"""What the register of permits allows, and what a grant writes into it."""

from __future__ import annotations

from datetime import date

from services.gbd_elicense import storage
from services.gbd_elicense.domain import (
    SERVICE,
    VARIANTS,
    Deed,
    Kind,
    State,
    number,
    synthetic_permits,
    year_on,
)
from services.gbd_elicense.storage import PermitRow
from services.gbd_elicense.texts import TEXTS
from shared.bus.errors import Refused
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.cases import Outcome
from shared.contracts.documents import ApplicationDocument
from shared.contracts.local_time import KAZAKHSTAN
from shared.contracts.population import population
from shared.regulations.model import Passport
from shared.regulations.process.process_state import read_steps
from shared.workplace.records.decisions import REFUSING
from shared.workplace.records.documents import Documents
from shared.workplace.records.storage import Case, next_of
from shared.workplace.registers.rules import Rules
from shared.workplace.settings import WorkplaceSettings

NUMBER = "permit_number"
"""The field of an application that names the permit; without it the holder's permit that is good longest."""


class Permits(Rules):
    """Only a permit that is in force is extended or made anew."""

    texts = TEXTS

    def begin(self, work: Work) -> None:
        settings = work.use(WorkplaceSettings)
        people = population(settings.population_seed, settings.population_size)
        storage.seed(work.session, synthetic_permits(people, _today(work)), work.now)

    def check(self, application: ApplicationDocument, passport: Passport, work: Work) -> None:
        """Refused ``permit-not-held``: there is nothing to extend or to make anew."""
        if passport.service_type != SERVICE or application.variant not in VARIANTS:
            return
        kind, deed = VARIANTS[application.variant]
        wanted = application.fields.get(NUMBER)
        if deed in (Deed.EXTEND, Deed.REISSUE) and _held(application.applicant, kind, wanted, work) is None:
            raise Refused("permit-not-held", "the applicant holds no such permit in force")

    def settled(self, case: Case, documents: Documents, work: Work) -> None:
        is_refused = any(step.answer in REFUSING for step in read_steps(case.steps))
        if case.service_type != SERVICE or case.variant not in VARIANTS:
            return
        if case.outcome != Outcome.POSITIVE or is_refused or storage.of_case(work.session, case.correlation_id):
            return
        kind, deed = VARIANTS[case.variant]
        held = None
        if deed is not Deed.ISSUE:
            held = _held(case.applicant, kind, documents.application.fields.get(NUMBER), work)
        if held is None:
            _issue(case, kind, work)
        elif deed is Deed.REISSUE:
            _reissue(case, held, work)
        else:
            held.state, held.valid_to = State.EXTENDED.value, year_on(held.valid_to)
            held.case_id, held.changed_at = case.correlation_id, work.now
            work.session.flush()


def _issue(case: Case, kind: Kind, work: Work, held: PermitRow | None = None) -> None:
    today = _today(work)
    row = PermitRow(
        number=_next_number(today, work),
        kind=kind.value,
        holder=case.applicant,
        state=State.ISSUED.value,
        valid_from=today,
        valid_to=held.valid_to if held else year_on(today),
        replaces=held.number if held else None,
        case_id=case.correlation_id,
        changed_at=work.now,
    )
    storage.write(work.session, row)


def _reissue(case: Case, held: PermitRow, work: Work) -> None:
    """Another number for what is left of the old one's term."""
    held.state, held.changed_at = State.REISSUED.value, work.now
    _issue(case, Kind(held.kind), work, held)


def _held(holder: str, kind: Kind, wanted: str | None, work: Work) -> PermitRow | None:
    return storage.in_force(work.session, holder, kind, _today(work), wanted)


def _next_number(today: date, work: Work) -> str:
    return number(today.year, next_of(work, f"permit-{today.year}"))


def _today(work: Work) -> date:
    return work.now.astimezone(KAZAKHSTAN).date()
