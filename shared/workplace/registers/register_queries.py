"""Queries to registers for a step of the act, through ШЭП, and their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared.bus.messages.message import MessageContract, MessageType
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.casework.case_reference import CaseReference
from shared.contracts.cases import CASE, CHANNEL, MAIN, REGULATION, TELL_CARRIED, VARIANT
from shared.contracts.documents import Representative
from shared.contracts.payments import PAYMENT_SERVICE
from shared.contracts.registers import (
    CITIZEN_SERVICE,
    PERSON_SERVICE,
    POWER_SERVICE,
    CitizenKind,
    CitizenQuery,
    PersonAnswer,
    PersonQuery,
    PowerAnswer,
    PowerQuery,
)
from shared.regulations.model import System
from shared.regulations.process.graph import ProcessNode
from shared.workplace.records import storage
from shared.workplace.records.documents import OUTPUT, CaseDocuments
from shared.workplace.records.storage import QueryRow
from shared.workplace.registers.payment_orders import payment_order


class RegisterQueries:
    """The register queries of one case."""

    def __init__(self, uow: UnitOfWork, matter: CaseReference, documents: CaseDocuments) -> None:
        self._uow = uow
        self._matter = matter
        self._documents = documents

    def ask_register(self, node: ProcessNode, register: System) -> None:
        """Send the query of a step, in a chain of its own; ЕНИС is asked only where a representative acts."""
        question = _QUESTIONS[register](self._documents)
        if question is None or (register == "gcvp" and self._is_paid()):
            return
        self._send_query(node, register, *question)

    def ask_power(self, node: ProcessNode, agent: Representative) -> str:
        """Ask ЕНИС about a person who comes for the applicant; returns the query's id."""
        applicant = self._documents.application.applicant
        question = PowerQuery(number=agent.power_number, principal_iin=applicant, attorney_iin=agent.iin)
        return self._send_query(node, "enis", POWER_SERVICE, question, f"{agent.power_number} {agent.iin}")

    def _send_query(
        self, node: ProcessNode, register: System, service: str, question: MessageContract, about: str = ""
    ) -> str:
        query_id, matter = self._uow.new_id(), self._matter
        values = {CASE: matter.case_id, REGULATION: matter.regulation, CHANNEL: matter.channel}
        if matter.variant != MAIN:
            values[VARIANT] = matter.variant
        message_id = self._uow.send(
            matter.next_hop,
            question,
            service_id=service,
            message_type=MessageType.REQUEST,
            correlation_id=query_id,
            route_id=matter.region,
            values={**values, TELL_CARRIED: "yes"},
        )
        row = QueryRow(
            id=query_id,
            case_id=matter.case_id,
            step=node.id,
            register_=register,
            message_id=message_id,
            about=about,
            asked_at=self._uow.now,
        )
        storage.write_query(self._uow.session, row)
        return query_id

    def _is_paid(self) -> bool:
        """Whether an order was already sent to ГЦВП: one for a case."""
        return any(row.register_ == "gcvp" for row in storage.queries_of(self._uow.session, self._matter.case_id))

    def unknown_registers(self) -> list[str]:
        """The registers without data for their query."""
        rows = self._application_queries()
        return [row.register_ for row in rows if row.answer and not _KNOW[row.register_](row.answer)]

    def compose_verdict(self) -> str | None:
        """The answer of a condition about НР ИИН and ЕНИС: whether both have the data; None while an answer is
        missing.
        """
        rows = self._application_queries()
        if any(row.answer is None for row in rows):
            return None
        return "met" if all(_KNOW[row.register_](row.answer or "") for row in rows) else "unmet"

    def _application_queries(self) -> list[QueryRow]:
        rows = storage.queries_of(self._uow.session, self._matter.case_id)
        return [row for row in rows if row.register_ in _KNOW and not row.about]


def _payment_question(documents: CaseDocuments) -> tuple[str, MessageContract] | None:
    decision = documents.get(OUTPUT)
    order = None if decision is None else payment_order(documents.application, decision)
    return None if order is None else (PAYMENT_SERVICE, order)


def _person_question(documents: CaseDocuments) -> tuple[str, MessageContract] | None:
    return PERSON_SERVICE, PersonQuery(iin=documents.application.applicant)


def _power_question(documents: CaseDocuments) -> tuple[str, MessageContract] | None:
    document = documents.application
    agent = document.representative
    if agent is None:
        return None
    question = PowerQuery(number=agent.power_number, principal_iin=document.applicant, attorney_iin=agent.iin)
    return POWER_SERVICE, question


def _citizen_question(documents: CaseDocuments) -> tuple[str, MessageContract] | None:
    document = documents.application
    return CITIZEN_SERVICE, CitizenQuery(
        iin=document.applicant,
        kinds=tuple(CitizenKind),
        regulation=document.regulation,
        case=document.application_id,
    )


_QUESTIONS: Mapping[System, Callable[[CaseDocuments], tuple[str, MessageContract] | None]] = {
    "nr_iin": _person_question,
    "enis": _power_question,
    "is_cgo": _citizen_question,
    "gcvp": _payment_question,
}


def _is_person_known(answer: str) -> bool:
    person = PersonAnswer.model_validate_json(answer).person
    return person is not None and person.is_alive


def _is_power_in_force(answer: str) -> bool:
    return PowerAnswer.model_validate_json(answer).is_in_force


_KNOW: Mapping[str, Callable[[str], bool]] = {"nr_iin": _is_person_known, "enis": _is_power_in_force}
