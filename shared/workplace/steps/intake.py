"""The intake of an application in person: the first steps of the channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from shared.bus.errors import Conflict, Malformed, NotFound, Refused
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import ApplicationDocument, Attachment, Representative
from shared.contracts.identifiers import check_iin
from shared.contracts.local_time import local_day
from shared.regulations.entitlement import check_entitled
from shared.regulations.flk import check_form
from shared.regulations.model import Channel, Passport, StepOperation
from shared.regulations.passport_book import PassportBook
from shared.workplace.people.offices import service_centres
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage, visits
from shared.workplace.records.applicant_choices import check_choices
from shared.workplace.records.decisions import Decision, missing_reason
from shared.workplace.records.documents import FORM, CaseDocuments, find_office
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.records.visits import ApplicantVisit, MissingPaper, VisitorContact
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.operations import run_automatic, take_step
from shared.workplace.steps.registration import new_case, next_number
from shared.workplace.steps.step_context import WorkplaceContext

FIRST: frozenset[StepOperation] = frozenset({"present", "login", "fill", "sign", "submit", "receive"})
"""The steps that an employee takes at once while the applicant is present."""


NOBODY: Mapping[str, date] = MappingProxyType({})
"""The dates of birth of a form that names nobody whose age the act limits."""


class IntakeRequest(RequestModel):
    """The visitor's input. ``authority`` is the deciding department, by default the employee's own.

    ``missing`` names required documents that the visitor did not bring. ``contact`` and ``representative_contact``
    are for the расписка; ``ticket`` is the number in the electronic queue.
    """

    regulation: Annotated[str, Field(max_length=20)]
    channel: Channel
    variant: Annotated[str, Field(max_length=40)] | None = None
    applicant: Annotated[str, Field(max_length=12)]
    authority: Annotated[str, Field(max_length=100)] | None = None
    fields: Annotated[dict[str, Annotated[str, Field(max_length=4000)]], Field(max_length=100)] = Field(default={})
    attachments: Annotated[list[Attachment], Field(max_length=20)] = Field(default=[])
    representative: Representative | None = None
    missing: Annotated[list[MissingPaper], Field(max_length=30)] = Field(default=[])
    contact: VisitorContact = VisitorContact()
    representative_contact: VisitorContact = VisitorContact()
    ticket: Annotated[str, Field(max_length=10)] | None = None


def take_in_application(
    filed: IntakeRequest, employee: EmployeeRow, uow: UnitOfWork, births: Mapping[str, date] = NOBODY
) -> WorkplaceCaseSession:
    """The new case with its first steps taken; the endpoint declares the errors.

    ``births`` are the dates of birth that НР ИИН told, by ИИН.
    """
    profile = uow.resource(WorkplaceProfile)
    passport = uow.resource(PassportBook).get_passport(filed.regulation)
    document = _compose_application(filed, employee, passport, profile, uow, births)
    if open_ := storage.open_case(uow.session, document.applicant, passport.id, document.variant):
        raise Conflict("application-open-already", "an equal application is open", case=open_)
    documents = CaseDocuments(uow, document.application_id, document)
    documents.put(FORM, document.model_dump_json().encode())
    visits.write_visit(documents, _compose_visit(filed))
    serve_ticket(uow, employee, filed.ticket, document.application_id)
    case = new_case(
        document,
        uow,
        service_type=passport.service_type,
        place=employee.authority,
        systems=profile.systems,
        number=None if profile.is_intermediary else next_number(document.region, uow),
    )
    case_session = WorkplaceCaseSession(uow, case, documents)
    case_session.note_applicant_name(filed.contact.name)
    _check_missing(case_session, filed.missing)
    _take_first_steps(case_session, employee, filed.missing)
    return case_session


def _take_first_steps(case_session: WorkplaceCaseSession, employee: EmployeeRow, missing: list[str]) -> None:
    """Take the first steps as far as this employee may."""
    run_automatic(case_session)
    step_count = 0
    while waiting := case_session.waiting_steps():
        node = waiting[0]
        is_told = node.op in FIRST or (missing and "incomplete" in node.chooses)
        if step_count and not (is_told and case_session.may_take(employee, node)):
            return
        answer = _intake_answer(node.chooses, missing)
        decision = Decision.refuse(missing_reason(missing)) if answer == "incomplete" else None
        take_step(case_session, node.id, WorkplaceContext(answer, employee, decision))
        step_count += 1


def _intake_answer(chooses: tuple[str, ...], missing: list[str]) -> str | None:
    if "complete" in chooses:
        return "incomplete" if missing else "complete"
    return chooses[0] if chooses else None


def serve_ticket(uow: UnitOfWork, employee: EmployeeRow, ticket: str | None, case_id: str) -> None:
    """Close the visitor's ticket as served; Malformed ``no-queue`` where there is no queue."""
    if ticket is None:
        return
    serve = uow.resource(WorkplaceProfile).serve_ticket
    if serve is None:
        raise Malformed("no-queue", "this system has no electronic queue")
    serve(uow, employee, ticket, case_id)


def _compose_visit(filed: IntakeRequest) -> ApplicantVisit:
    return ApplicantVisit(
        applicant=filed.contact,
        representative=filed.representative_contact,
        missing=tuple(filed.missing),
        ticket=filed.ticket,
    )


def _check_missing(case_session: WorkplaceCaseSession, missing: list[str]) -> None:
    """Refused ``papers-missing`` where the act has no step for missing documents: no case begins."""
    here = (node for node in case_session.graph.nodes if node.holder in case_session.systems)
    if missing and not any("incomplete" in node.chooses for node in here):
        raise Refused("papers-missing", missing_reason(missing).en or "", missing=missing)


def _compose_application(
    filed: IntakeRequest,
    employee: EmployeeRow,
    passport: Passport,
    profile: WorkplaceProfile,
    uow: UnitOfWork,
    births: Mapping[str, date],
) -> ApplicationDocument:
    _check_channel(filed, passport, profile)
    check_iin(filed.applicant)
    _check_representative(filed)
    _check_centre(employee, passport, profile)
    _check_kind_of_office(filed, employee, passport, profile)
    authority = _choose_authority(filed, employee, passport, profile)
    check_form(passport, filed.fields, filed.channel)
    check_choices(passport.service_type, filed.fields)
    check_entitled(passport, filed.fields, births, local_day(uow.now))
    return ApplicationDocument(
        application_id=uow.new_id(),
        regulation=passport.id,
        channel=filed.channel,
        variant=_choose_variant(filed, passport),
        region=passport.region,
        authority=authority,
        applicant=filed.applicant,
        representative=filed.representative,
        fields=filed.fields,
        attachments=tuple(filed.attachments),
        made_at=uow.now,
    )


def _check_centre(employee: EmployeeRow, passport: Passport, profile: WorkplaceProfile) -> None:
    """Refused ``service-not-here`` at a centre that the act does not list."""
    if profile.is_at_centres and employee.authority not in {office.code for office in service_centres(passport)}:
        raise Refused("service-not-here", "the act does not list this centre", regulation=passport.id)


def _check_kind_of_office(
    filed: IntakeRequest, employee: EmployeeRow, passport: Passport, profile: WorkplaceProfile
) -> None:
    """Refused ``not-taken-here`` for a department that opens an аким's case, and an аким's office that opens a
    department's.
    """
    kinds = {office.code: office.kind for office in passport.directories.departments}
    if not profile.is_at_centres and kinds.get(employee.authority) not in (
        None,
        *(office.kind for office in passport.directories.offices_for(filed.channel)),
    ):
        raise Refused("not-taken-here", "this channel begins at another office", channel=filed.channel)


def _choose_authority(
    filed: IntakeRequest, employee: EmployeeRow, passport: Passport, profile: WorkplaceProfile
) -> str:
    """The deciding department; NotFound ``authority-unknown``, Refused ``other-authority``."""
    own = passport.directories.departments[0].code if profile.is_intermediary else employee.authority
    authority = filed.authority or own
    find_office(passport, authority, filed.channel)
    if not profile.is_intermediary and authority != own:
        raise Refused("other-authority", "an employee takes in for the employee's own authority")
    return authority


def _check_representative(filed: IntakeRequest) -> None:
    if filed.representative is not None:
        check_iin(filed.representative.iin)
        if filed.representative.iin == filed.applicant:
            raise Malformed("representative-same", "the applicant cannot be the representative")


def _check_channel(filed: IntakeRequest, passport: Passport, profile: WorkplaceProfile) -> None:
    if filed.channel not in passport.channels.accept:
        raise Refused("channel-not-given", "the act does not give this channel", channel=filed.channel)
    if filed.channel not in profile.takes:
        raise Refused("not-taken-here", "this channel begins at another system", channel=filed.channel)


def _choose_variant(filed: IntakeRequest, passport: Passport) -> str:
    if filed.variant is None and len(passport.variants) > 1:
        raise Malformed("variant-needed", "the act has several variants", variants=list(passport.variants))
    variant = filed.variant or passport.variants[0]
    if variant not in passport.variants:
        raise NotFound("variant-not-found", "the act has no such variant", variants=list(passport.variants))
    return variant
