"""Questions to the registers that a step of the act asks, through ШЭП, and what they answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared.bus.messages.message import Contract, MessageType
from shared.bus.runtime.unit_of_work import Work
from shared.casework.runner import Matter
from shared.contracts.cases import TELL_CARRIED
from shared.contracts.documents import ApplicationDocument, Representative
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
from shared.regulations.process.graph import Node
from shared.workplace.records import storage
from shared.workplace.records.documents import Documents
from shared.workplace.records.storage import QueryRow
from shared.workplace.registers.paying import payment_order


class Asking:
    """What is asked for one case."""

    def __init__(self, work: Work, matter: Matter, documents: Documents) -> None:
        self._work = work
        self._matter = matter
        self._documents = documents

    def ask(self, node: Node, register: System) -> None:
        """Send the question of a step, in a chain of its own; ЕНИС only where somebody acts for another."""
        asked = _QUESTIONS[register](self._documents.application)
        if asked is None or (register == "gcvp" and self._is_paid()):
            return
        self._send(node, register, *asked)

    def ask_power(self, node: Node, agent: Representative) -> str:
        """Ask ЕНИС about somebody who comes for the applicant; returns the question's id."""
        applicant = self._documents.application.applicant
        question = PowerQuery(number=agent.power_number, principal_iin=applicant, attorney_iin=agent.iin)
        return self._send(node, "enis", POWER_SERVICE, question, f"{agent.power_number} {agent.iin}")

    def _send(self, node: Node, register: System, service: str, question: Contract, about: str = "") -> str:
        query = self._work.new_id()
        message_id = self._work.send(
            self._matter.way,
            question,
            service_id=service,
            message_type=MessageType.REQUEST,
            correlation_id=query,
            route_id=self._matter.region,
            values={TELL_CARRIED: "yes"},
        )
        row = QueryRow(
            id=query,
            case=self._matter.id,
            step=node.id,
            register_=register,
            message_id=message_id,
            about=about,
            asked_at=self._work.now,
        )
        storage.write_query(self._work.session, row)
        return query

    def _is_paid(self) -> bool:
        """Whether an order went to ГЦВП already: one for a case."""
        return any(row.register_ == "gcvp" for row in storage.queries_of(self._work.session, self._matter.id))

    def unknown(self) -> list[str]:
        """The registers that do not know what they were asked."""
        rows = self._asked()
        return [row.register_ for row in rows if row.answer and not _KNOW[row.register_](row.answer)]

    def verdict(self) -> str | None:
        """Whether НР ИИН and ЕНИС know what they were asked («условие»); None while an answer is missing."""
        asked = self._asked()
        if any(row.answer is None for row in asked):
            return None
        return "met" if all(_KNOW[row.register_](row.answer or "") for row in asked) else "unmet"

    def _asked(self) -> list[QueryRow]:
        rows = storage.queries_of(self._work.session, self._matter.id)
        return [row for row in rows if row.register_ in _KNOW and not row.about]


def _payment(document: ApplicationDocument) -> tuple[str, Contract] | None:
    order = payment_order(document)
    return None if order is None else (PAYMENT_SERVICE, order)


def _person(document: ApplicationDocument) -> tuple[str, Contract] | None:
    return PERSON_SERVICE, PersonQuery(iin=document.applicant)


def _power(document: ApplicationDocument) -> tuple[str, Contract] | None:
    agent = document.representative
    if agent is None:
        return None
    question = PowerQuery(number=agent.power_number, principal_iin=document.applicant, attorney_iin=agent.iin)
    return POWER_SERVICE, question


def _citizen(document: ApplicationDocument) -> tuple[str, Contract] | None:
    return CITIZEN_SERVICE, CitizenQuery(
        iin=document.applicant,
        kinds=tuple(CitizenKind),
        regulation=document.regulation,
        case=document.application_id,
    )


_QUESTIONS: Mapping[System, Callable[[ApplicationDocument], tuple[str, Contract] | None]] = {
    "nr_iin": _person,
    "enis": _power,
    "is_cgo": _citizen,
    "gcvp": _payment,
}


def _is_known(answer: str) -> bool:
    found = PersonAnswer.model_validate_json(answer).person
    return found is not None and found.is_alive


def _is_in_force(answer: str) -> bool:
    return PowerAnswer.model_validate_json(answer).is_in_force


_KNOW: Mapping[str, Callable[[str], bool]] = {"nr_iin": _is_known, "enis": _is_in_force}
