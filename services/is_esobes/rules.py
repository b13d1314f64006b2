"""The rules of the register of recipients, and the entries that grants make in it."""

from __future__ import annotations

from datetime import date

from services.is_esobes import storage
from services.is_esobes.domain import DAYS, last_day_of, synthetic_grants
from services.is_esobes.storage import RecipientRow
from services.is_esobes.texts import TEXTS
from shared.bus.errors import Refused
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import ApplicationDocument
from shared.contracts.local_time import local_day
from shared.contracts.population import make_population
from shared.regulations.model import Passport
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.documents import CaseDocuments
from shared.workplace.registers.provider_rules import RegisterRules
from shared.workplace.settings import WorkplaceSettings


class RecipientRules(RegisterRules):
    """A person cannot receive one service twice at a time."""

    texts = TEXTS

    def fill_register(self, uow: UnitOfWork) -> None:
        settings = uow.resource(WorkplaceSettings)
        people = make_population(settings.population_seed, settings.population_size)
        storage.seed_recipients(uow.session, synthetic_grants(people, _today(uow)))

    def check_grant(self, application: ApplicationDocument, passport: Passport, uow: UnitOfWork) -> None:
        """Refused ``already-receives``."""
        grant = storage.find_running(uow.session, application.applicant, passport.service_type, _today(uow))
        if grant is not None and grant.id != application.application_id:
            raise Refused(
                "already-receives", "the applicant receives this service already", until=str(grant.until)
            )

    def record_grant(self, case: WorkplaceCase, documents: CaseDocuments, uow: UnitOfWork) -> None:
        if case.outcome != DecisionOutcome.POSITIVE or case.service_type not in DAYS:
            return
        today = _today(uow)
        row = RecipientRow(
            id=case.case_id,
            number=case.number,
            iin=case.applicant,
            service_type=case.service_type,
            regulation=case.regulation,
            region=case.region,
            since=today,
            until=last_day_of(case.service_type, today),
        )
        storage.add_recipient(uow.session, row)


def _today(uow: UnitOfWork) -> date:
    return local_day(uow.now)
