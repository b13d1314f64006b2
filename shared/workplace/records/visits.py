"""The record of a visit in person, beside the signed application."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from shared.contracts.documents import Representative
from shared.contracts.registers import PersonAnswer, PersonRecord
from shared.workplace.records import storage
from shared.workplace.records.documents import CaseDocuments

VISIT = "visit"

Name = Annotated[str, Field(max_length=200)]
MissingPaper = Annotated[str, Field(min_length=1, max_length=300)]


class VisitorContact(BaseModel):
    """Name and telephone, which the расписка requires of the applicant and the representative."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name = ""
    phone: Annotated[str, Field(max_length=40)] = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.phone) if part)


class ApplicantVisit(BaseModel):
    """The visitor, and the missing documents."""

    model_config = ConfigDict(frozen=True)

    applicant: VisitorContact = VisitorContact()
    representative: VisitorContact = VisitorContact()
    missing: tuple[str, ...] = ()
    ticket: str | None = None


def read_visit(documents: CaseDocuments) -> ApplicantVisit:
    """The record of a visit; empty for a case that came over the bus."""
    content = documents.get(VISIT)
    return ApplicantVisit() if content is None else ApplicantVisit.model_validate_json(content)


def write_visit(documents: CaseDocuments, visit: ApplicantVisit) -> None:
    """Store the record of a visit."""
    documents.put(VISIT, visit.model_dump_json().encode())


def find_known_name(session: Session, case_id: str) -> str:
    """The applicant's name by НР ИИН; empty without an answer."""
    for row in storage.queries_of(session, case_id):
        if row.register_ == "nr_iin" and row.answer:
            person = PersonAnswer.model_validate_json(row.answer).person
            if person is not None:
                return full_name(person)
    return ""


def full_name(person: PersonRecord) -> str:
    """Surname, name and, where there is one, patronymic."""
    return " ".join(part for part in (person.surname, person.name, person.patronymic) if part)


def describe_people(
    visit: ApplicantVisit, applicant: str, agent: Representative | None, name: str, number_word: str
) -> str:
    """Applicant and representative, each with the number (``number_word`` names it) and, where known, name and
    telephone.
    """
    details = VisitorContact(name=visit.applicant.name or name, phone=visit.applicant.phone)
    people = [(details, applicant)]
    if agent is not None:
        people.append((visit.representative, agent.iin))
    return "; ".join(f"{contact}, {number_word} {iin}".removeprefix(", ") for contact, iin in people)
