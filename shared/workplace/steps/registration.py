"""The beginning of a case at a workplace: an application over the bus, an intake here, or another system's case
that is watched.
"""

from __future__ import annotations

from shared.bus.errors import Conflict, Refused
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.casework.output_check import check_intake_signer
from shared.contracts.cases import ApplicationMessage, StatusChanged, StatusNotice, step_of
from shared.contracts.documents import ApplicationDocument, read_application
from shared.contracts.local_time import local_day
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.pki.verification.check import CheckedDocument, SignerInfo
from shared.regulations.model import System
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.documents import APPLICATION, CaseDocuments, find_office
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import CASES
from shared.workplace.steps.case_session import WorkplaceCaseSession

SIGNED_BY = {"portal": SignaturePurpose.APPLICANT, "con": SignaturePurpose.CON_OPERATOR}
"""The purpose of the certificate that signs an application over the bus, by channel."""


def register_application(
    application: ApplicationMessage, received: ReceivedMessage, uow: UnitOfWork
) -> WorkplaceCaseSession:
    """The new case of an application over the bus, with its number; Conflict ``case-exists``, and the errors of
    ``check_application`` and ``CaseSession.admit_application``.
    """
    checked = check_application(application, received, uow)
    document = read_application(checked.content)
    if uow.hot_rows(CASES).get(received.info.correlation_id) is not None:
        raise Conflict("case-exists", "this application is registered already")
    documents = CaseDocuments(uow, document.application_id, document)
    documents.put(APPLICATION, application.document)
    case = _register_case(application, document, received, uow)
    case_session = WorkplaceCaseSession(uow, case, documents)
    if checked.signer.iin == document.applicant:
        case_session.note_applicant_name(_full_name(checked.signer))
    case_session.admit_application(application, received)
    return case_session


def _full_name(signer: SignerInfo) -> str:
    return " ".join(part for part in (signer.common_name, signer.patronymic) if part)


def check_application(
    application: ApplicationMessage, received: ReceivedMessage, uow: UnitOfWork
) -> CheckedDocument:
    """Check «условие 2» again where the application is decided, and that the application fits its envelope."""
    purpose = SIGNED_BY.get(application.channel, SignaturePurpose.EMPLOYEE)
    checked = uow.resource(CertificationCentre).check_document(
        application.document, at=uow.now, expected_iin=None, purpose=purpose
    )
    document = read_application(checked.content)
    if purpose is SignaturePurpose.APPLICANT and document.applicant != checked.signer.iin:
        raise Refused("eds-iin-mismatch", "the signer is not the applicant", condition="iin")
    if purpose is not SignaturePurpose.APPLICANT:
        graph = uow.resource(PassportBook).get_graph(document.regulation, document.channel, document.variant)
        check_intake_signer(document, checked, received, graph.front_system)
    passport = uow.resource(PassportBook).get_passport(application.regulation)
    find_office(passport, application.authority, document.channel)
    envelope_fields = (received.info.correlation_id, received.info.route_id, received.info.service_id)
    if envelope_fields != (document.application_id, passport.region, passport.service_type):
        raise Refused("envelope-mismatch", "the envelope names another application")
    contract_fields = (application.regulation, application.authority, application.channel, application.variant)
    if contract_fields != (document.regulation, document.authority, document.channel, document.variant):
        raise Refused("envelope-mismatch", "the envelope names another application")
    return checked


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
    """The systems whose steps are taken here because ШЭП's routes lead here in their place."""
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
    """The record of a new case."""
    return WorkplaceCase(
        case_id=document.application_id,
        regulation=document.regulation,
        service_type=service_type,
        region=document.region,
        channel=document.channel,
        variant=document.variant,
        authority=document.authority,
        systems=systems,
        stage=CaseStage.RECEIVED.value,
        received_at=uow.now,
        changed_at=uow.now,
        number=number,
        place=place,
        applicant=document.applicant,
    )


def watch_case(message: StatusChanged | StatusNotice, received: ReceivedMessage, uow: UnitOfWork) -> WorkplaceCase:
    """The record of another system's case, as far as a board needs it; Refused ``case-mismatch``."""
    info = received.info
    passport = uow.resource(PassportBook).get_passport(message.regulation)
    if (info.service_id, info.route_id) != (passport.service_type, passport.region):
        raise Refused("case-mismatch", "the regulation is of another service", differs=["service", "region"])
    return WorkplaceCase(
        case_id=info.correlation_id,
        regulation=message.regulation,
        service_type=info.service_id,
        region=info.route_id or "",
        channel=message.channel,
        variant=message.variant,
        authority=message.authority,
        systems=uow.resource(WorkplaceProfile).systems,
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
