"""What a system with a workplace does with a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic_core import to_json

from shared.bus.errors import Conflict, NotFound, Refused
from shared.bus.logs import log
from shared.bus.messages.message import Contract
from shared.bus.messages.router import Router
from shared.bus.runtime.unit_of_work import Received, Work
from shared.contracts import addresses
from shared.contracts.carried import carried_at
from shared.contracts.cases import (
    Application,
    DeliveryState,
    DeliveryStateChanged,
    Notice,
    Result,
    StatusChanged,
    StepDone,
    step_of,
)
from shared.contracts.documents import ApplicationDocument, read_application, read_supplement
from shared.contracts.payments import PaymentExecuted
from shared.contracts.registers import CitizenAnswer, PersonAnswer, PowerAnswer
from shared.pki.certificates.profile import Purpose
from shared.pki.client.nuc import Centre
from shared.regulations.book import PassportBook
from shared.regulations.model import System
from shared.regulations.process.graph import Graph
from shared.workplace.clerks.settling import settle
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.deadlines import Extended, read_extensions, write_extensions
from shared.workplace.records.documents import APPLICATION, OUTPUT, SUPPLEMENT, Documents, office
from shared.workplace.records.stages import Stage
from shared.workplace.records.storage import CASES, Case
from shared.workplace.steps.case_session import Desk

router = Router()

SIGNED_BY = {"portal": Purpose.APPLICANT, "con": Purpose.CON_OPERATOR}
"""Who signs an application that comes over the bus, by channel."""


@router.on(Application)
def receive(application: Application, received: Received, work: Work) -> None:
    """Check who signed, register the application; an instant clerk goes on at once."""
    document = check(application, received, work)
    if _case(received.info.correlation_id, work) is not None:
        raise Conflict("case-exists", "this application is registered already")
    documents = Documents(work, document.application_id, document)
    documents.put(APPLICATION, application.document)
    desk = Desk(work, _registered(application, document, received, work), documents)
    _go_on(desk, application.steps, received)


def check(application: Application, received: Received, work: Work) -> ApplicationDocument:
    """«Условие 2» once more, where the application is decided; it must be the one its envelope speaks of."""
    purpose = SIGNED_BY.get(application.channel, Purpose.EMPLOYEE)
    checked = work.use(Centre).check(application.document, at=work.now, expected_iin=None, purpose=purpose)
    document = read_application(checked.content)
    if purpose is Purpose.APPLICANT and document.applicant != checked.signer.iin:
        raise Refused("eds-iin-mismatch", "the applicant is not the one who signed", condition="iin")
    passport = work.use(PassportBook).get(application.regulation)
    office(passport, application.authority)
    told = (received.info.correlation_id, received.info.route_id, received.info.service_id)
    if told != (document.application_id, passport.region, passport.service_type):
        raise Refused("envelope-mismatch", "the envelope speaks of another application")
    said = (application.regulation, application.authority, application.channel, application.variant)
    if said != (document.regulation, document.authority, document.channel, document.variant):
        raise Refused("envelope-mismatch", "the envelope speaks of another application")
    return document


@router.on(StatusChanged)
def change(change: StatusChanged, received: Received, work: Work) -> None:
    """The case goes on, here or elsewhere; papers that the citizen signed later are kept. The codes of «условие
    2»; Refused ``envelope-mismatch``."""
    if change.document is not None:
        _keep(change.document, change.step, _open(received.info.correlation_id, work))
    follow(change, received, work)


def _keep(signed: bytes, step: str, desk: Desk) -> None:
    """Check who signed what was sent later, and that it is for this step of this case."""
    applicant, now = desk.case.applicant, desk.work.now
    centre = desk.work.use(Centre)
    checked = centre.check(signed, at=now, expected_iin=applicant, purpose=Purpose.APPLICANT)
    told = read_supplement(checked.content)
    if (told.application_id, told.step, told.applicant) != (desk.case.correlation_id, step, applicant):
        raise Refused("envelope-mismatch", "the envelope speaks of another application")
    desk.documents.put(SUPPLEMENT, signed)


@router.on(Notice)
def note(notice: Notice, received: Received, work: Work) -> None:
    """A notice: its status is shown, also for a case of others."""
    follow(notice, received, work)


@router.on(Result)
def result(result: Result, received: Received, work: Work) -> None:
    """What the provider settled comes back to those who took the application in."""
    desk = _open(received.info.correlation_id, work)
    if result.document is not None:
        centre = work.use(Centre)
        centre.check(result.document, at=work.now, expected_iin=None, purpose=Purpose.EMPLOYEE)
        desk.documents.put(OUTPUT, result.document)
    outcome = result.outcome.value if result.outcome else desk.case.outcome
    reason = result.reason or desk.case.reason
    desk.case = replace(desk.case, number=result.number or desk.case.number, outcome=outcome, reason=reason)
    _go_on(desk, result.steps, received)


@router.on(PersonAnswer, PowerAnswer, CitizenAnswer, PaymentExecuted)
def answered(answer: Contract, received: Received, work: Work) -> None:
    """Keep what a register said, or ГЦВП of an order, and go on; NotFound ``query-unknown`` if not asked here."""
    row = storage.query_of(work.session, received.info.correlation_id)
    if row is None:
        raise NotFound("query-unknown", "an answer to a question that was not asked here")
    if row.answer is None:
        row.answer, row.answered_at = to_json(answer).decode(), work.now
        work.session.flush()
    _proceed(_open(row.case, work), row.step, received)


@router.on(DeliveryStateChanged)
def note_delivery(change: DeliveryStateChanged, received: Received, work: Work) -> None:
    """ШЭП carried a question on: the case need not wait for its answer. Or it will not arrive: it is logged."""
    row = storage.query_by_message(work.session, change.message_id)
    if row is None or change.state is not DeliveryState.ON_DELIVERY:
        log("message.undelivered", message_id=change.message_id, state=change.state, code=change.error_code)
        return
    _proceed(_open(row.case, work), row.step, received)


def follow(told: StatusChanged | Notice, received: Received, work: Work) -> None:
    """Take over what is told; a system that watches opens the case for it."""
    case = _case(received.info.correlation_id, work)
    if case is None:
        if not work.use(WorkplaceProfile).is_con:
            raise NotFound("case-unknown", "no such case here")
        case = _watched(told, received, work)
    desk = Desk(work, case, Documents(work, case.correlation_id))
    status = told.status or case.status
    desk.case = replace(desk.case, number=told.number or case.number, status=status)
    if isinstance(told, StatusChanged) and told.until is not None:
        desk.case = replace(desk.case, extensions=_heard(desk, told, told.until, received))
    _go_on(desk, told.steps, received)


def _heard(desk: Desk, told: StatusChanged, until: datetime, received: Received) -> str:
    """The extensions of a case with the one that is told, for whoever asks at the window."""
    extension = next(iter(desk.graph.node(told.step).extensions), "")
    sender = received.info.sender.sender_id
    made = Extended(extension, told.step, None, until, told.text or "", sender, desk.work.now)
    return write_extensions((*read_extensions(desk.case.extensions), made))


def _go_on(desk: Desk, steps: tuple[StepDone, ...], received: Received) -> None:
    desk.learn(steps)
    _proceed(desk, step_of(received.info), received)


def _proceed(desk: Desk, step: str | None, received: Received) -> None:
    """The gateways have carried what was sent at the step; take what that allows."""
    if step is not None:
        desk.course.learn_route(step, carried_at(received, desk.work), addresses.GATEWAY)
    desk.run()
    settle(desk)
    desk.save()


def _case(correlation_id: str, work: Work) -> Case | None:
    return work.rows(CASES).get(correlation_id)


def _open(correlation_id: str, work: Work) -> Desk:
    case = _case(correlation_id, work)
    if case is None:
        raise NotFound("case-unknown", "no such case here")
    return Desk(work, case, Documents(work, correlation_id))


def _registered(application: Application, document: ApplicationDocument, received: Received, work: Work) -> Case:
    profile = work.use(WorkplaceProfile)
    graph = work.use(PassportBook).graph(application.regulation, application.channel, application.variant)
    return new_case(
        document,
        work,
        service_type=received.info.service_id,
        place=document.authority,
        systems=profile.systems | _stands_in(profile, graph, step_of(received.info)),
        number=next_number(document.region, work),
    )


def _stands_in(profile: WorkplaceProfile, graph: Graph, step: str | None) -> frozenset[System]:
    """The systems whose steps are taken here because ШЭП's routes lead here instead of to them."""
    if step is None or step not in graph.places:
        return frozenset()
    asked = {one for posting in graph.postings(step) if posting.kind == "REQUEST" for one in posting.to}
    return frozenset() if asked & profile.systems else frozenset(asked)


def new_case(
    document: ApplicationDocument,
    work: Work,
    *,
    service_type: str,
    place: str,
    systems: frozenset[System],
    number: str | None,
) -> Case:
    """A case as it begins here."""
    return Case(
        correlation_id=document.application_id,
        regulation=document.regulation,
        service_type=service_type,
        region=document.region,
        channel=document.channel,
        variant=document.variant,
        authority=document.authority,
        systems=",".join(sorted(systems)),
        stage=Stage.RECEIVED.value,
        received_at=work.now,
        changed_at=work.now,
        number=number,
        place=place,
        applicant=document.applicant,
    )


def _watched(told: StatusChanged | Notice, received: Received, work: Work) -> Case:
    """A case of others, as far as a board needs it."""
    info = received.info
    return Case(
        correlation_id=info.correlation_id,
        regulation=told.regulation,
        service_type=info.service_id,
        region=info.route_id or "",
        channel=told.channel,
        variant=told.variant,
        authority=told.authority,
        systems=",".join(sorted(work.use(WorkplaceProfile).systems)),
        stage=Stage.WATCHED.value,
        received_at=work.now,
        changed_at=work.now,
        number=told.number,
        status=told.status or "",
    )


def next_number(region: str, work: Work) -> str:
    """The next number of the region's year; replicas wait for each other."""
    name = f"{region}-{work.now.year}"
    mark = work.use(WorkplaceProfile).mark
    return f"{name}-{mark}{storage.next_of(work, name):07}"
