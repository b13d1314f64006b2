"""From somebody who came with his papers to a case: the first steps of a channel in person."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.bus.errors import Conflict, Malformed, NotFound, Refused
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.cases import Outcome
from shared.contracts.documents import ApplicationDocument, Attachment, Representative
from shared.contracts.identifiers import check_iin
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.book import PassportBook
from shared.regulations.entitlement import check_entitled
from shared.regulations.flk import check_form
from shared.regulations.model import Channel, Op, Passport
from shared.workplace.people.staff import centres
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage, visits
from shared.workplace.records.decisions import Decision
from shared.workplace.records.documents import FORM, Documents, office
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.records.visits import Contact, Paper, Visit, told_missing
from shared.workplace.steps.case_session import Desk
from shared.workplace.steps.handlers import new_case, next_number

FIRST: frozenset[Op] = frozenset({"present", "login", "fill", "sign", "submit", "receive"})
"""What an employee does in one go while the applicant stands before him."""


class IntakeIn(BaseModel):
    """What somebody brought. ``authority`` is the department that shall decide; the employee's own by default.

    ``missing`` names the papers that the act asks for and that were not brought. ``contact`` and
    ``representative_contact`` are for the расписка; ``ticket`` is the number in the electronic queue.
    """

    model_config = ConfigDict(extra="forbid")

    regulation: Annotated[str, Field(max_length=20)]
    channel: Channel
    variant: Annotated[str, Field(max_length=40)] | None = None
    applicant: Annotated[str, Field(max_length=12)]
    authority: Annotated[str, Field(max_length=100)] | None = None
    fields: Annotated[dict[str, Annotated[str, Field(max_length=4000)]], Field(max_length=100)] = {}
    attachments: Annotated[list[Attachment], Field(max_length=20)] = []
    representative: Representative | None = None
    missing: Annotated[list[Paper], Field(max_length=30)] = []
    contact: Contact = Contact()
    representative_contact: Contact = Contact()
    ticket: Annotated[str, Field(max_length=10)] | None = None


def take_in(filed: IntakeIn, employee: EmployeeRow, work: Work) -> Desk:
    """The case with its first steps taken; see the codes at the endpoint."""
    profile = work.use(WorkplaceProfile)
    passport = work.use(PassportBook).get(filed.regulation)
    document = _document(filed, employee, passport, profile, work)
    if open_ := storage.open_case(work.session, document.applicant, passport.id, document.variant):
        raise Conflict("application-open-already", "the same was applied for and is not settled", case=open_)
    documents = Documents(work, document.application_id, document)
    documents.put(FORM, document.model_dump_json().encode())
    visits.write(documents, _visit(filed))
    serve_ticket(work, employee, filed.ticket, document.application_id)
    case = new_case(
        document,
        work,
        service_type=passport.service_type,
        place=employee.authority,
        systems=profile.systems,
        number=None if profile.is_con else next_number(document.region, work),
    )
    desk = Desk(work, case, documents)
    _check_missing(desk, filed.missing)
    _begin(desk, employee, filed.missing)
    return desk


def _begin(desk: Desk, employee: EmployeeRow, missing: list[str]) -> None:
    """Take the first steps as far as this employee may."""
    desk.run()
    taken = 0
    while waiting := desk.waiting():
        node = waiting[0]
        is_told = node.op in FIRST or (missing and "incomplete" in node.chooses)
        if taken and not (is_told and desk.may(employee, node)):
            return
        answer = _answer(node.chooses, missing)
        decision = Decision(Outcome.NEGATIVE, told_missing(missing)) if answer == "incomplete" else None
        desk.take(employee, node.id, answer, decision)
        taken += 1


def _answer(chooses: tuple[str, ...], missing: list[str]) -> str | None:
    if "complete" in chooses:
        return "incomplete" if missing else "complete"
    return chooses[0] if chooses else None


def serve_ticket(work: Work, employee: EmployeeRow, ticket: str | None, case: str) -> None:
    """Whoever was called from the queue is served now; Malformed ``no-queue`` where there is none."""
    if ticket is None:
        return
    serve = work.use(WorkplaceProfile).serve_ticket
    if serve is None:
        raise Malformed("no-queue", "this system has no electronic queue")
    serve(work, employee, ticket, case)


def _visit(filed: IntakeIn) -> Visit:
    return Visit(
        applicant=filed.contact,
        representative=filed.representative_contact,
        missing=tuple(filed.missing),
        ticket=filed.ticket,
    )


def _check_missing(desk: Desk, missing: list[str]) -> None:
    """Refused ``papers-missing`` where the act has no step at which papers are found missing: nothing begins."""
    here = (node for node in desk.graph.nodes if node.holder in desk.runner.systems)
    if missing and not any("incomplete" in node.chooses for node in here):
        raise Refused("papers-missing", told_missing(missing), missing=missing)


def _document(
    filed: IntakeIn, employee: EmployeeRow, passport: Passport, profile: WorkplaceProfile, work: Work
) -> ApplicationDocument:
    _check_channel(filed, passport, profile)
    check_iin(filed.applicant)
    _check_representative(filed)
    if profile.is_con and employee.authority not in {one.code for one in centres(passport)}:
        raise Refused("service-not-here", "this centre does not give the service", regulation=passport.id)
    authority = filed.authority or (employee.authority if not profile.is_con else None)
    authority = authority or passport.directories.departments[0].code
    office(passport, authority)
    if not profile.is_con and authority != employee.authority:
        raise Refused("other-authority", "an employee takes in for his own authority")
    check_form(passport, filed.fields)
    check_entitled(passport, filed.fields, work.now.astimezone(KAZAKHSTAN).date())
    return ApplicationDocument(
        application_id=work.new_id(),
        regulation=passport.id,
        channel=filed.channel,
        variant=_variant(filed, passport),
        region=passport.region,
        authority=authority,
        applicant=filed.applicant,
        representative=filed.representative,
        fields=filed.fields,
        attachments=tuple(filed.attachments),
        made_at=work.now,
    )


def _check_representative(filed: IntakeIn) -> None:
    if filed.representative is not None:
        check_iin(filed.representative.iin)
        if filed.representative.iin == filed.applicant:
            raise Malformed("representative-same", "nobody has a power of attorney from himself")


def _check_channel(filed: IntakeIn, passport: Passport, profile: WorkplaceProfile) -> None:
    if filed.channel not in passport.channels.accept:
        raise Refused("channel-not-given", "the act does not give this channel", channel=filed.channel)
    if filed.channel not in profile.takes:
        raise Refused("not-taken-here", "this channel begins at another system", channel=filed.channel)


def _variant(filed: IntakeIn, passport: Passport) -> str:
    if filed.variant is None and len(passport.variants) > 1:
        raise Malformed("variant-needed", "the act has several", variants=list(passport.variants))
    variant = filed.variant or passport.variants[0]
    if variant not in passport.variants:
        raise NotFound("variant-not-found", "the act has no such variant", variants=list(passport.variants))
    return variant
