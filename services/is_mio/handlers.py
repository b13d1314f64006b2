"""What ИС МИО does with a message."""

from __future__ import annotations

from dataclasses import replace

from services.is_mio import domain
from services.is_mio.desk import Desk, Documents, office
from services.is_mio.domain import Stage
from services.is_mio.settings import Clerks, MioSettings
from services.is_mio.staff import Staff
from services.is_mio.storage import CASES, COUNTERS, Case, Counter
from shared.bus.errors import Conflict, Refused
from shared.bus.logs import log
from shared.bus.router import Router
from shared.bus.work import Received, Work
from shared.contracts import addresses
from shared.contracts.carried import carried_at
from shared.contracts.cases import Application, DeliveryStateChanged, step_of
from shared.contracts.documents import ApplicationDocument, read_application
from shared.pki.centre import Centre
from shared.pki.profile import Purpose
from shared.regulations.book import PassportBook
from shared.regulations.track import Track

router = Router()


@router.on(Application)
def receive(application: Application, received: Received, work: Work) -> None:
    """Check the applicant's signature, register the application; an instant clerk goes on at once."""
    document = check(application, received, work)
    case = received.info.correlation_id
    if work.rows(CASES).get(case) is not None:
        raise Conflict("case-exists", "this application is registered already")
    documents = Documents(work, case, document)
    documents.put("application", application.document)
    desk = Desk(work, _registered(application, document, received, work), documents)
    desk.register()
    if work.use(MioSettings).clerks is Clerks.INSTANT:
        _work_at_once(desk, document, work)
    desk.save()


def check(application: Application, received: Received, work: Work) -> ApplicationDocument:
    """«Условие 2» once more, where the application is decided; it must be the one its envelope speaks of."""
    checked = work.use(Centre).check(
        application.document, at=work.now, expected_iin=None, purpose=Purpose.APPLICANT
    )
    document = read_application(checked.content)
    if document.applicant != checked.signer.iin:
        raise Refused("eds-iin-mismatch", "the applicant is not the one who signed", condition="iin")
    passport = work.use(PassportBook).get(application.regulation)
    office(passport, application.authority)
    told = (received.info.correlation_id, received.info.route_id, received.info.service_id)
    if told != (document.application_id, passport.region, passport.service_type):
        raise Refused("envelope-mismatch", "the envelope speaks of another application")
    if (document.regulation, document.authority) != (application.regulation, application.authority):
        raise Refused("envelope-mismatch", "the envelope speaks of another application")
    return document


@router.on(DeliveryStateChanged)
def note_undelivered(change: DeliveryStateChanged, received: Received, work: Work) -> None:
    """A message of ours will not arrive: the operator must know."""
    log("message.undelivered", message_id=change.message_id, state=change.state, code=change.error_code)


def _registered(application: Application, document: ApplicationDocument, received: Received, work: Work) -> Case:
    return Case(
        correlation_id=received.info.correlation_id,
        number=_next_number(document.region, work),
        regulation=application.regulation,
        service_type=received.info.service_id,
        region=document.region,
        channel=application.channel,
        authority=application.authority,
        way_back=received.neighbour.address,
        stage=Stage.RECEIVED.value,
        employee=None,
        outcome=None,
        reason=None,
        received_at=work.now,
        changed_at=work.now,
        steps=_steps(application, received, work),
    )


def _next_number(region: str, work: Work) -> str:
    """The next number of the region's year; replicas wait for each other."""
    counters, name = work.rows(COUNTERS), f"{region}-{work.now.year}"
    counter = counters.get(name) or Counter(name, 0)
    counters.put(replace(counter, last=counter.last + 1))
    return domain.case_number(region, work.now.year, counter.last + 1)


def _steps(application: Application, received: Received, work: Work) -> str:
    track = Track(work.use(PassportBook).procedure(application.regulation, application.channel))
    track.learn(application.steps)
    step = step_of(received.info)
    if step is not None:
        track.learn_route(step, carried_at(received, work), addresses.GATEWAY)
    return track.text


def _work_at_once(desk: Desk, document: ApplicationDocument, work: Work) -> None:
    employee = work.use(Staff).of(work.session, desk.case.authority)
    desk.accept(employee)
    desk.decide(employee, domain.decide(document))
    desk.sign(employee)
