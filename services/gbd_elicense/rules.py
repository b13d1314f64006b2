"""The rules of the register of permits, and the entries that grants make in it."""

from __future__ import annotations

from datetime import date

from services.gbd_elicense import storage
from services.gbd_elicense.domain import (
    SERVICE,
    VARIANTS,
    PermitAction,
    PermitKind,
    PermitState,
    format_permit_number,
    synthetic_permits,
    year_on,
)
from services.gbd_elicense.storage import PermitRow
from services.gbd_elicense.texts import TEXTS
from shared.bus.errors import Refused
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import ApplicationDocument
from shared.contracts.local_time import local_day
from shared.contracts.population import make_population
from shared.regulations.model import Passport
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.decisions import REFUSING
from shared.workplace.records.documents import CaseDocuments
from shared.workplace.records.storage import next_number_of
from shared.workplace.registers.provider_rules import RegisterRules
from shared.workplace.settings import WorkplaceSettings

NUMBER = "permit_number"
"""The field of an application that names the permit; without it, the holder's permit with the longest term
counts.
"""


class PermitRules(RegisterRules):
    """Only a permit in force can be extended or reissued."""

    texts = TEXTS

    def fill_register(self, uow: UnitOfWork) -> None:
        settings = uow.resource(WorkplaceSettings)
        people = make_population(settings.population_seed, settings.population_size)
        storage.seed_permits(uow.session, synthetic_permits(people, _current_day(uow)), uow.now)

    def check_grant(self, application: ApplicationDocument, passport: Passport, uow: UnitOfWork) -> None:
        """Refused ``permit-not-held``: the applicant has no permit to extend or reissue."""
        if passport.service_type != SERVICE or application.variant not in VARIANTS:
            return
        kind, deed = VARIANTS[application.variant]
        permit_number = application.fields.get(NUMBER)
        if (
            deed in (PermitAction.EXTEND, PermitAction.REISSUE)
            and _find_held(application.applicant, kind, permit_number, uow) is None
        ):
            raise Refused("permit-not-held", "the applicant holds no such permit in force")

    def record_grant(self, case: WorkplaceCase, documents: CaseDocuments, uow: UnitOfWork) -> None:
        is_refused = any(step.answer in REFUSING for step in case.steps)
        if case.service_type != SERVICE or case.variant not in VARIANTS:
            return
        if case.outcome != DecisionOutcome.POSITIVE or is_refused or storage.of_case(uow.session, case.case_id):
            return
        kind, deed = VARIANTS[case.variant]
        permit = None
        if deed is not PermitAction.ISSUE:
            permit = _find_held(case.applicant, kind, documents.application.fields.get(NUMBER), uow)
        if permit is None:
            _issue_permit(case, kind, uow)
        elif deed is PermitAction.REISSUE:
            _reissue_permit(case, permit, uow)
        else:
            permit.state, permit.valid_to = PermitState.EXTENDED.value, year_on(permit.valid_to)
            permit.case_id, permit.changed_at = case.case_id, uow.now
            uow.session.flush()


def _issue_permit(
    case: WorkplaceCase, kind: PermitKind, uow: UnitOfWork, replaced: PermitRow | None = None
) -> None:
    today = _current_day(uow)
    row = PermitRow(
        number=_next_number(today, uow),
        kind=kind.value,
        holder=case.applicant,
        state=PermitState.ISSUED.value,
        valid_from=today,
        valid_to=replaced.valid_to if replaced else year_on(today),
        replaces=replaced.number if replaced else None,
        case_id=case.case_id,
        changed_at=uow.now,
    )
    storage.add_permit(uow.session, row)


def _reissue_permit(case: WorkplaceCase, permit: PermitRow, uow: UnitOfWork) -> None:
    """Issue a permit with a new number for the rest of the old permit's term."""
    permit.state, permit.changed_at = PermitState.REISSUED.value, uow.now
    _issue_permit(case, PermitKind(permit.kind), uow, permit)


def _find_held(holder: str, kind: PermitKind, permit_number: str | None, uow: UnitOfWork) -> PermitRow | None:
    return storage.find_in_force(uow.session, holder, kind, _current_day(uow), permit_number)


def _next_number(today: date, uow: UnitOfWork) -> str:
    return format_permit_number(today.year, next_number_of(uow, f"permit-{today.year}"))


def _current_day(uow: UnitOfWork) -> date:
    return local_day(uow.now)
