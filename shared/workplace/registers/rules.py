"""What a system's own register says in its cases: to whom a service cannot be granted, and what a grant writes."""

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
    """The rules of a system without a register of its own; one with a register derives from it.

    ``texts`` are the words of the refusals that ``check_grant`` raises, by code: what a clerk is told, and the
    reason that an applicant is given.
    """

    texts: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    def fill_register(self, uow: UnitOfWork) -> None:
        """Fill an empty register at the system's start."""

    def check_grant(self, application: ApplicationDocument, passport: Passport, uow: UnitOfWork) -> None:
        """Refused where the register does not allow the service to be granted, to people as to instant clerks."""

    def propose_decision(self, application: ApplicationDocument, passport: Passport, uow: UnitOfWork) -> Decision:
        """What a clerk decides to whom nobody said otherwise: what the register does not forbid, by the ИИН."""
        try:
            self.check_grant(application, passport, uow)
        except Refused as refusal:
            wording = self.texts[refusal.code]
            return Decision(DecisionOutcome.NEGATIVE, wording["ru"], wording["kk"])
        return self.decide_unopposed(application, passport)

    def decide_unopposed(self, application: ApplicationDocument, passport: Passport) -> Decision:
        """What is decided where the register has no objection."""
        return decide_by_iin(application, passport)

    def describe_grant(
        self, case: WorkplaceCase, documents: CaseDocuments, uow: UnitOfWork
    ) -> tuple[str, str] | None:
        """What the document of a grant says beside the act's name for it, in Russian and Kazakh."""
        return None

    def record_grant(self, case: WorkplaceCase, documents: CaseDocuments, uow: UnitOfWork) -> None:
        """A case has come to its end here: a grant is written into the register, once."""
