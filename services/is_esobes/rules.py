"""What the register of recipients allows, and what a grant writes into it."""

from __future__ import annotations

from datetime import date

from services.is_esobes import storage
from services.is_esobes.domain import DAYS, synthetic_grants, until
from services.is_esobes.storage import RecipientRow
from services.is_esobes.texts import TEXTS
from shared.bus.errors import Refused
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.cases import Outcome
from shared.contracts.documents import ApplicationDocument
from shared.contracts.local_time import KAZAKHSTAN
from shared.contracts.population import population
from shared.regulations.model import Passport
from shared.workplace.records.documents import Documents
from shared.workplace.records.storage import Case
from shared.workplace.registers.rules import Rules
from shared.workplace.settings import WorkplaceSettings


class Recipients(Rules):
    """Nobody receives the same service twice at a time."""

    texts = TEXTS

    def begin(self, work: Work) -> None:
        settings = work.use(WorkplaceSettings)
        people = population(settings.population_seed, settings.population_size)
        storage.seed(work.session, synthetic_grants(people, _today(work)))

    def check(self, application: ApplicationDocument, passport: Passport, work: Work) -> None:
        """Refused ``already-receives``."""
        found = storage.running(work.session, application.applicant, passport.service_type, _today(work))
        if found is not None and found.id != application.application_id:
            raise Refused(
                "already-receives", "the applicant receives this service already", until=str(found.until)
            )

    def settled(self, case: Case, documents: Documents, work: Work) -> None:
        if case.outcome != Outcome.POSITIVE or case.service_type not in DAYS:
            return
        today = _today(work)
        row = RecipientRow(
            id=case.correlation_id,
            number=case.number,
            iin=case.applicant,
            service_type=case.service_type,
            regulation=case.regulation,
            region=case.region,
            since=today,
            until=until(case.service_type, today),
        )
        storage.write(work.session, row)


def _today(work: Work) -> date:
    return work.now.astimezone(KAZAKHSTAN).date()
