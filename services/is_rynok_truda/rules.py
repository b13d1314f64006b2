"""What the register of the labour market decides, and what a grant writes into it."""

from __future__ import annotations

from services.is_rynok_truda import storage
from services.is_rynok_truda.domain import (
    CERTIFICATE,
    REFERRAL,
    REGISTRATION,
    Standing,
    refusal,
    synthetic_registrations,
    synthetic_vacancies,
)
from services.is_rynok_truda.storage import ReferralRow, VacancyRow
from services.is_rynok_truda.texts import TEXTS
from shared.bus.errors import Refused
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.cases import Outcome
from shared.contracts.documents import ApplicationDocument
from shared.contracts.local_time import KAZAKHSTAN
from shared.contracts.population import population
from shared.regulations.model import Passport
from shared.workplace.records.decisions import Decision
from shared.workplace.records.documents import Documents
from shared.workplace.records.storage import Case
from shared.workplace.registers.rules import Rules
from shared.workplace.settings import WorkplaceSettings

OWN = frozenset({CERTIFICATE, REGISTRATION, REFERRAL})
"""The services that the register alone decides; all others are decided as everywhere."""


class LabourMarket(Rules):
    """Registered as unemployed: the certificate. A place left: the referral. No work: the registration."""

    texts = TEXTS

    def begin(self, work: Work) -> None:
        settings = work.use(WorkplaceSettings)
        people = synthetic_registrations(population(settings.population_seed, settings.population_size))
        storage.seed(work.session, people, synthetic_vacancies(), work.now.astimezone(KAZAKHSTAN).date())

    def check(self, application: ApplicationDocument, passport: Passport, work: Work) -> None:
        """Refused ``not-unemployed``, ``not-registered``, ``no-vacancy``, ``has-work``."""
        if passport.service_type not in OWN:
            return
        iin, wanted = application.applicant, application.fields.get("vacancy")
        standing = storage.standing(work.session, iin)
        is_referral = passport.service_type == REFERRAL
        found = storage.free_vacancy(work.session, iin, application.region, wanted) if is_referral else None
        code = refusal(passport.service_type, standing, is_vacancy_open=found is not None)
        if code is not None:
            raise Refused(code, "the register of the labour market says otherwise")

    def grounds(self, application: ApplicationDocument, passport: Passport) -> Decision:
        if passport.service_type in OWN:
            return Decision(Outcome.POSITIVE)
        return super().grounds(application, passport)

    def particulars(self, case: Case, documents: Documents, work: Work) -> tuple[str, str] | None:
        """The vacancy of a referral; its place is taken when the document names it."""
        if case.service_type != REFERRAL:
            return None
        found = _refer(case, documents.application.fields.get("vacancy"), work)
        return None if found is None else (NAMED.format(one=found), NAMED_KK.format(one=found))

    def settled(self, case: Case, documents: Documents, work: Work) -> None:
        if case.outcome != Outcome.POSITIVE:
            return
        if case.service_type == REGISTRATION:
            today = work.now.astimezone(KAZAKHSTAN).date()
            person = (case.applicant, case.region, Standing.UNEMPLOYED)
            storage.register(work.session, *person, today, case.correlation_id)
        if case.service_type == REFERRAL:
            _refer(case, documents.application.fields.get("vacancy"), work)


def _refer(case: Case, wanted: str | None, work: Work) -> VacancyRow | None:
    """The place that the case has, or takes now: the wanted one; another of the region when it has gone."""
    session, person = work.session, (case.applicant, case.region)
    if (taken := storage.vacancy_of(session, case.correlation_id)) is not None:
        return taken
    vacancy = storage.free_vacancy(session, *person, wanted) or storage.free_vacancy(session, *person, None)
    if vacancy is None:
        return None
    row = ReferralRow(
        case_id=case.correlation_id,
        number=case.number or case.correlation_id,
        iin=case.applicant,
        vacancy=vacancy.number,
        issued_at=work.now,
    )
    storage.refer(session, row, vacancy)
    return vacancy


NAMED = "Вакансия {one.number}: {one.profession}, {one.employer}."
NAMED_KK = "{one.number} бос орны: {one.profession_kk}, {one.employer}."
