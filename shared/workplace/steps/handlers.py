"""What a system with a workplace does with a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic_core import to_json

from shared.bus.errors import Conflict, NotFound, Refused
from shared.bus.logs import log
from shared.bus.messages.message import MessageContract
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts import addresses
from shared.contracts.carried import carried_at
from shared.contracts.cases import (
    ApplicationMessage,
    CaseResult,
    DeliveryState,
    DeliveryStateChanged,
    StatusChanged,
    StatusNotice,
    StepDone,
    step_of,
)
from shared.contracts.documents import ApplicationDocument, read_application, read_supplement
from shared.contracts.local_time import local_day
from shared.contracts.payments import PaymentExecuted
from shared.contracts.registers import CitizenAnswer, PersonAnswer, PowerAnswer
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.regulations.book import PassportBook
from shared.regulations.model import System
from shared.regulations.process.graph import ProcessGraph
from shared.workplace.clerks.settling import settle_case
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.deadlines import DeadlineExtension, read_extensions, write_extensions
from shared.workplace.records.documents import APPLICATION, OUTPUT, SUPPLEMENT, CaseDocuments, find_office
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import CASES, WorkplaceCase
from shared.workplace.steps.case_session import WorkplaceCaseSession

router = MessageRouter()

SIGNED_BY = {"portal": SignaturePurpose.APPLICANT, "con": SignaturePurpose.CON_OPERATOR}
"""Who signs an application that comes over the bus, by channel."""


@router.register_handler(ApplicationMessage)
def register_application(application: ApplicationMessage, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Check who signed, register the application; an instant clerk goes on at once."""
    document = check_application(application, received, uow)
    if _find_case(received.info.correlation_id, uow) is not None:
        raise Conflict("case-exists", "this application is registered already")
    documents = CaseDocuments(uow, document.application_id, document)
    documents.put(APPLICATION, application.document)
    case_session = WorkplaceCaseSession(uow, _register_case(application, document, received, uow), documents)
    _go_on(case_session, application.steps, received)


def check_application(
    application: ApplicationMessage, received: ReceivedMessage, uow: UnitOfWork
) -> ApplicationDocument:
    """«Условие 2» once more, where the application is decided; it must be the one its envelope speaks of."""
    purpose = SIGNED_BY.get(application.channel, SignaturePurpose.EMPLOYEE)
    checked = uow.resource(CertificationCentre).check_document(
        application.document, at=uow.now, expected_iin=None, purpose=purpose
    )
    document = read_application(checked.content)
    if purpose is SignaturePurpose.APPLICANT and document.applicant != checked.signer.iin:
        raise Refused("eds-iin-mismatch", "the applicant is not the one who signed", condition="iin")
    passport = uow.resource(PassportBook).get_passport(application.regulation)
    find_office(passport, application.authority)
    envelope_fields = (received.info.correlation_id, received.info.route_id, received.info.service_id)
    if envelope_fields != (document.application_id, passport.region, passport.service_type):
        raise Refused("envelope-mismatch", "the envelope speaks of another application")
    contract_fields = (application.regulation, application.authority, application.channel, application.variant)
    if contract_fields != (document.regulation, document.authority, document.channel, document.variant):
        raise Refused("envelope-mismatch", "the envelope speaks of another application")
    return document


@router.register_handler(StatusChanged)
def receive_status_change(change: StatusChanged, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """The case goes on, here or elsewhere; papers that the citizen signed later are kept. The codes of «условие
    2»; Refused ``envelope-mismatch``."""
    if change.document is not None:
        _keep_supplement(change.document, change.step, _open_session(received.info.correlation_id, uow))
    follow_case(change, received, uow)


def _keep_supplement(signed_document: bytes, step: str, case_session: WorkplaceCaseSession) -> None:
    """Check who signed what was sent later, and that it is for this step of this case."""
    applicant, now = case_session.case.applicant, case_session.uow.now
    centre = case_session.uow.resource(CertificationCentre)
    checked = centre.check_document(
        signed_document, at=now, expected_iin=applicant, purpose=SignaturePurpose.APPLICANT
    )
    supplement = read_supplement(checked.content)
    if (supplement.application_id, supplement.step, supplement.applicant) != (
        case_session.case.correlation_id,
        step,
        applicant,
    ):
        raise Refused("envelope-mismatch", "the envelope speaks of another application")
    case_session.documents.put(SUPPLEMENT, signed_document)


@router.register_handler(StatusNotice)
def receive_notice(notice: StatusNotice, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """A notice: its status is shown, also for a case of others."""
    follow_case(notice, received, uow)


@router.register_handler(CaseResult)
def receive_result(result: CaseResult, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """What the provider settled comes back to those who took the application in."""
    case_session = _open_session(received.info.correlation_id, uow)
    if result.document is not None:
        centre = uow.resource(CertificationCentre)
        centre.check_document(result.document, at=uow.now, expected_iin=None, purpose=SignaturePurpose.EMPLOYEE)
        case_session.documents.put(OUTPUT, result.document)
    outcome = result.outcome.value if result.outcome else case_session.case.outcome
    reason = result.reason or case_session.case.reason
    case_session.case = replace(
        case_session.case, number=result.number or case_session.case.number, outcome=outcome, reason=reason
    )
    _go_on(case_session, result.steps, received)


@router.register_handler(PersonAnswer, PowerAnswer, CitizenAnswer, PaymentExecuted)
def receive_answer(answer: MessageContract, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Keep what a register said, or ГЦВП of an order, and go on; NotFound ``query-unknown`` if not asked here."""
    row = storage.query_of(uow.session, received.info.correlation_id)
    if row is None:
        raise NotFound("query-unknown", "an answer to a question that was not asked here")
    if row.answer is None:
        row.answer, row.answered_at = to_json(answer).decode(), uow.now
        uow.session.flush()
    _continue_case(_open_session(row.case_id, uow), row.step, received)


@router.register_handler(DeliveryStateChanged)
def note_delivery(change: DeliveryStateChanged, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """ШЭП carried a question on: the case need not wait for its answer. Or it will not arrive: it is logged."""
    row = storage.query_by_message(uow.session, change.message_id)
    if row is None or change.state is not DeliveryState.ON_DELIVERY:
        log("message.undelivered", message_id=change.message_id, state=change.state, code=change.error_code)
        return
    _continue_case(_open_session(row.case_id, uow), row.step, received)


def follow_case(message: StatusChanged | StatusNotice, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Take over what is told; a system that watches opens the case for it."""
    case = _find_case(received.info.correlation_id, uow)
    if case is None:
        if not uow.resource(WorkplaceProfile).is_con:
            raise NotFound("case-unknown", "no such case here")
        case = _watch_case(message, received, uow)
    case_session = WorkplaceCaseSession(uow, case, CaseDocuments(uow, case.correlation_id))
    status = message.status or case.status
    case_session.case = replace(case_session.case, number=message.number or case.number, status=status)
    if isinstance(message, StatusChanged) and message.until is not None:
        case_session.case = replace(
            case_session.case, extensions=_add_extension(case_session, message, message.until, received)
        )
    _go_on(case_session, message.steps, received)


def _add_extension(
    case_session: WorkplaceCaseSession, change: StatusChanged, until: datetime, received: ReceivedMessage
) -> str:
    """The extensions of a case with the one that is told, for whoever asks at the window."""
    extension = next(iter(case_session.graph.get_node(change.step).extensions), "")
    sender = received.info.sender.sender_id
    record = DeadlineExtension(
        extension, change.step, None, until, change.text or "", sender, case_session.uow.now
    )
    return write_extensions((*read_extensions(case_session.case.extensions), record))


def _go_on(case_session: WorkplaceCaseSession, steps: tuple[StepDone, ...], received: ReceivedMessage) -> None:
    case_session.learn_steps(steps)
    _continue_case(case_session, step_of(received.info), received)


def _continue_case(case_session: WorkplaceCaseSession, step: str | None, received: ReceivedMessage) -> None:
    """The gateways have carried what was sent at the step; take what that allows."""
    if step is not None:
        case_session.process_state.learn_route(step, carried_at(received, case_session.uow), addresses.GATEWAY)
    case_session.run_automatic()
    settle_case(case_session)
    case_session.save()


def _find_case(case_id: str, uow: UnitOfWork) -> WorkplaceCase | None:
    return uow.hot_rows(CASES).get(case_id)


def _open_session(case_id: str, uow: UnitOfWork) -> WorkplaceCaseSession:
    case = _find_case(case_id, uow)
    if case is None:
        raise NotFound("case-unknown", "no such case here")
    return WorkplaceCaseSession(uow, case, CaseDocuments(uow, case_id))


def _register_case(
    application: ApplicationMessage, document: ApplicationDocument, received: ReceivedMessage, uow: UnitOfWork
) -> WorkplaceCase:
    profile = uow.resource(WorkplaceProfile)
    graph = uow.resource(PassportBook).get_graph(application.regulation, application.channel, application.variant)
    return new_case(
        document,
        uow,
        service_type=received.info.service_id,
        place=document.authority,
        systems=profile.systems | _stands_in(profile, graph, step_of(received.info)),
        number=next_number(document.region, uow),
    )


def _stands_in(profile: WorkplaceProfile, graph: ProcessGraph, step: str | None) -> frozenset[System]:
    """The systems whose steps are taken here because ШЭП's routes lead here instead of to them."""
    if step is None or step not in graph.node_places:
        return frozenset()
    addressees = {
        system
        for message_rule in graph.message_rules(step)
        if message_rule.kind == "REQUEST"
        for system in message_rule.to
    }
    return frozenset() if addressees & profile.systems else frozenset(addressees)


def new_case(
    document: ApplicationDocument,
    uow: UnitOfWork,
    *,
    service_type: str,
    place: str,
    systems: frozenset[System],
    number: str | None,
) -> WorkplaceCase:
    """A case as it begins here."""
    return WorkplaceCase(
        correlation_id=document.application_id,
        regulation=document.regulation,
        service_type=service_type,
        region=document.region,
        channel=document.channel,
        variant=document.variant,
        authority=document.authority,
        systems=",".join(sorted(systems)),
        stage=CaseStage.RECEIVED.value,
        received_at=uow.now,
        changed_at=uow.now,
        number=number,
        place=place,
        applicant=document.applicant,
    )


def _watch_case(
    message: StatusChanged | StatusNotice, received: ReceivedMessage, uow: UnitOfWork
) -> WorkplaceCase:
    """A case of others, as far as a board needs it."""
    info = received.info
    return WorkplaceCase(
        correlation_id=info.correlation_id,
        regulation=message.regulation,
        service_type=info.service_id,
        region=info.route_id or "",
        channel=message.channel,
        variant=message.variant,
        authority=message.authority,
        systems=",".join(sorted(uow.resource(WorkplaceProfile).systems)),
        stage=CaseStage.WATCHED.value,
        received_at=uow.now,
        changed_at=uow.now,
        number=message.number,
        status=message.status or "",
    )


def next_number(region: str, uow: UnitOfWork) -> str:
    """The next number of the region's year; replicas wait for each other."""
    name = f"{region}-{local_day(uow.now).year}"
    mark = uow.resource(WorkplaceProfile).mark
    return f"{name}-{mark}{storage.next_number_of(uow, name):07}"
