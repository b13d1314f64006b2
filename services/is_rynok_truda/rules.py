"""The decisions by the register of the labour market, and the entries that grants make in it."""

from __future__ import annotations

from services.is_rynok_truda import domain, storage
from services.is_rynok_truda.domain import (
    CERTIFICATE,
    REFERRAL,
    REGISTRATION,
    EmploymentStatus,
    refusal_code,
    synthetic_registrations,
    synthetic_vacancies,
)
from services.is_rynok_truda.storage import ReferralRow, VacancyRow
from services.is_rynok_truda.texts import TEXTS
from shared.bus.errors import Refused
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import ApplicationDocument
from shared.contracts.local_time import local_day
from shared.contracts.population import make_population
from shared.regulations.model import Passport
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.decisions import Decision
from shared.workplace.records.documents import CaseDocuments
from shared.workplace.registers.provider_rules import RegisterRules
from shared.workplace.settings import WorkplaceSettings

OWN = frozenset({CERTIFICATE, REGISTRATION, REFERRAL})
"""The services that the register alone decides; all others are decided as at every workplace."""


class LabourMarketRules(RegisterRules):
    """The certificate needs the status unemployed, the referral a free place, the registration a person without
    work.
    """

    texts = TEXTS

    def fill_register(self, uow: UnitOfWork) -> None:
        settings = uow.resource(WorkplaceSettings)
        people = synthetic_registrations(make_population(settings.population_seed, settings.population_size))
        storage.seed_register(uow.session, people, synthetic_vacancies(), local_day(uow.now))

    def check_grant(self, application: ApplicationDocument, passport: Passport, uow: UnitOfWork) -> None:
        """Refused ``not-unemployed``, ``not-registered``, ``no-vacancy``, ``has-work``."""
        if passport.service_type not in OWN:
            return
        iin, vacancy_number = application.applicant, application.fields.get("vacancy")
        standing = storage.find_status(uow.session, iin)
        is_referral = passport.service_type == REFERRAL
        vacancy = (
            storage.free_vacancy(uow.session, iin, application.region, vacancy_number) if is_referral else None
        )
        code = refusal_code(passport.service_type, standing, is_vacancy_open=vacancy is not None)
        if code is not None:
            raise Refused(code, "the register of the labour market says otherwise")

    def decide_unopposed(self, application: ApplicationDocument, passport: Passport) -> Decision:
        if passport.service_type in OWN:
            return Decision(DecisionOutcome.POSITIVE)
        return super().decide_unopposed(application, passport)

    def describe_grant(
        self, case: WorkplaceCase, documents: CaseDocuments, uow: UnitOfWork
    ) -> tuple[str, str] | None:
        """The vacancy of a referral in Russian and Kazakh; the call takes a place of the vacancy."""
        if case.service_type != REFERRAL:
            return None
        vacancy = _refer_applicant(case, documents.application.fields.get("vacancy"), uow)
        return None if vacancy is None else _describe_vacancy(vacancy)

    def record_grant(self, case: WorkplaceCase, documents: CaseDocuments, uow: UnitOfWork) -> None:
        if case.outcome != DecisionOutcome.POSITIVE:
            return
        if case.service_type == REGISTRATION:
            today = local_day(uow.now)
            person = (case.applicant, case.region, EmploymentStatus.UNEMPLOYED)
            storage.write_registration(uow.session, *person, today, case.case_id)
        if case.service_type == REFERRAL:
            _refer_applicant(case, documents.application.fields.get("vacancy"), uow)


def _refer_applicant(case: WorkplaceCase, vacancy_number: str | None, uow: UnitOfWork) -> VacancyRow | None:
    """The vacancy of the case, taken now if the case has none: the requested one, else another of the region."""
    session, person = uow.session, (case.applicant, case.region)
    if (earlier := storage.vacancy_of(session, case.case_id)) is not None:
        return earlier
    vacancy = storage.free_vacancy(session, *person, vacancy_number) or storage.free_vacancy(
        session, *person, None
    )
    if vacancy is None:
        return None
    row = ReferralRow(
        case_id=case.case_id,
        number=case.number or case.case_id,
        iin=case.applicant,
        vacancy=vacancy.number,
        issued_at=uow.now,
    )
    storage.add_referral(session, row, vacancy)
    return vacancy


def _describe_vacancy(vacancy: VacancyRow) -> tuple[str, str]:
    """The vacancy in Russian and Kazakh."""
    text, facts = domain.VACANCY_TEXTS["vacancy"], {"number": vacancy.number, "employer": vacancy.employer}
    return (
        text["ru"].format(profession=vacancy.profession, **facts),
        text["kk"].format(profession=vacancy.profession_kk, **facts),
    )
