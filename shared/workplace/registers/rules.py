"""What a system's own register says in its cases: to whom a service cannot be granted, and what a grant writes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.bus.errors import Refused
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.cases import Outcome
from shared.contracts.documents import ApplicationDocument
from shared.regulations.model import Passport
from shared.workplace.records.decisions import Decision, decide
from shared.workplace.records.documents import Documents
from shared.workplace.records.storage import Case


class Rules:
    """The rules of a system without a register of its own; one with a register derives from it.

    ``texts`` are the words of the refusals that ``check`` raises, by code: what a clerk is told, and the reason
    that an applicant is given.
    """

    texts: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    def begin(self, work: Work) -> None:
        """Fill an empty register at the system's start."""

    def check(self, application: ApplicationDocument, passport: Passport, work: Work) -> None:
        """Refused where the register does not allow the service to be granted, to people as to instant clerks."""

    def decide(self, application: ApplicationDocument, passport: Passport, work: Work) -> Decision:
        """What a clerk decides to whom nobody said otherwise: what the register does not forbid, by the ИИН."""
        try:
            self.check(application, passport, work)
        except Refused as refusal:
            told = self.texts[refusal.code]
            return Decision(Outcome.NEGATIVE, told["ru"], told["kk"])
        return self.grounds(application, passport)

    def grounds(self, application: ApplicationDocument, passport: Passport) -> Decision:
        """What is decided where the register has no objection."""
        return decide(application, passport)

    def particulars(self, case: Case, documents: Documents, work: Work) -> tuple[str, str] | None:
        """What the document of a grant says beside the act's name for it, in Russian and Kazakh."""
        return None

    def settled(self, case: Case, documents: Documents, work: Work) -> None:
        """A case has come to its end here: a grant is written into the register, once."""
