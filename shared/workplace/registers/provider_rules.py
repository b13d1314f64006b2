"""The rules of a system's own register: the grants that the register forbids, and the entries of a grant."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.bus.errors import Refused
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import ApplicationDocument
from shared.regulations.model import Passport
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.decisions import Decision, decide_by_iin
from shared.workplace.records.documents import CaseDocuments


class RegisterRules:
    """The rules of a system without a register; a system with a register derives from this class.

    ``texts`` are the texts of the refusals that ``check_grant`` raises, by code: for the clerk, and as the reason
    for the applicant.
    """

    texts: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    def fill_register(self, uow: UnitOfWork) -> None:
        """Fill an empty register at the system's start."""

    def check_grant(self, application: ApplicationDocument, passport: Passport, uow: UnitOfWork) -> None:
        """Refused where the register forbids the grant, for people and instant clerks alike."""

    def propose_decision(self, application: ApplicationDocument, passport: Passport, uow: UnitOfWork) -> Decision:
        """The default decision of a clerk: a refusal where the register forbids the grant, else by the ИИН."""
        try:
            self.check_grant(application, passport, uow)
        except Refused as refusal:
            wording = self.texts[refusal.code]
            return Decision(DecisionOutcome.NEGATIVE, wording["ru"], wording["kk"], wording.get("en"))
        return self.decide_unopposed(application, passport)

    def decide_unopposed(self, application: ApplicationDocument, passport: Passport) -> Decision:
        """The decision where the register has no objection."""
        return decide_by_iin(application, passport)

    def describe_grant(
        self, case: WorkplaceCase, documents: CaseDocuments, uow: UnitOfWork
    ) -> tuple[str, str] | None:
        """Additional text of a grant's document, in Russian and Kazakh; None for none."""
        return None

    def record_grant(self, case: WorkplaceCase, documents: CaseDocuments, uow: UnitOfWork) -> None:
        """Write a grant into the register, once, when its case ends here."""
