"""From a filled form to a message on the bus: step 1 of the act's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.portal_pep.domain import SENT, EventKind, check_document
from services.portal_pep.handlers import keep, tell
from services.portal_pep.storage import APPLICATIONS, Case
from shared.bus.errors import Conflict, NotFound
from shared.bus.message import Contract, MessageType
from shared.bus.work import Work
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, REGULATION, STEP, Application, Notice
from shared.contracts.documents import ApplicationDocument, Attachment, read_application
from shared.pki.check import CheckedDocument
from shared.regulations.book import PassportBook
from shared.regulations.flk import check_form
from shared.regulations.model import Passport, TableStep
from shared.regulations.track import Track

PORTAL_CHANNEL = "portal"


def draft(
    work: Work,
    passport: Passport,
    iin: str,
    authority: str,
    fields: Mapping[str, str],
    attachments: Sequence[Attachment],
) -> ApplicationDocument:
    """The document to sign, once the form passes ФЛК; ``form-invalid``, ``authority-unknown``."""
    check_form(passport, fields)
    check_authority(passport, authority)
    return ApplicationDocument(
        application_id=work.new_id(),
        regulation=passport.id,
        region=passport.region,
        authority=authority,
        applicant=iin,
        fields=dict(fields),
        attachments=tuple(attachments),
        made_at=work.now,
    )


def submit(work: Work, checked: CheckedDocument, cms: bytes, iin: str) -> Case:
    """Keep a checked application, send it to the provider and its notice to ИС ЦОН, in one transaction."""
    document = read_application(checked.content)
    book = work.use(PassportBook)
    passport = book.get(document.regulation)
    check_document(document, passport, iin)
    check_authority(passport, document.authority)
    check_form(passport, document.fields)
    if work.rows(APPLICATIONS).get(document.application_id) is not None:
        raise Conflict("application-already-submitted", "this application was submitted before")
    return _send(work, document, cms, passport)


def check_authority(passport: Passport, code: str) -> None:
    """NotFound ``authority-unknown`` unless the act's directory has the department."""
    if all(office.code != code for office in passport.directories.departments):
        raise NotFound("authority-unknown", "the act's directory has no such authority", authority=code)


def _send(work: Work, document: ApplicationDocument, cms: bytes, passport: Passport) -> Case:
    procedure = work.use(PassportBook).procedure(passport.id, PORTAL_CHANNEL)
    track = Track(procedure)
    step = procedure.find("submit", "portal_pep")
    track.take(step.n, work.now, addresses.PORTAL)
    message_id = ""
    for sending in step.performs.sends:
        sent = work.send(
            addresses.GATEWAY,
            _payload(sending.message, document, cms, step, track),
            service_id=passport.service_type,
            message_type=MessageType(sending.message),
            correlation_id=document.application_id,
            route_id=passport.region,
            values={REGULATION: passport.id, CHANNEL: PORTAL_CHANNEL, STEP: str(step.n)},
        )
        message_id = sent if sending.message == "REQUEST" else message_id
    case = _case(document, message_id, track, work)
    work.rows(APPLICATIONS).put(case)
    keep(work, case.id, "application", cms)
    tell(work, case, EventKind.SENT)
    return case


def _case(document: ApplicationDocument, message_id: str, track: Track, work: Work) -> Case:
    return Case(
        id=document.application_id,
        iin=document.applicant,
        regulation=document.regulation,
        region=document.region,
        authority=document.authority,
        message_id=message_id,
        number=None,
        status=SENT,
        outcome=None,
        submitted_at=work.now,
        changed_at=work.now,
        steps=track.text,
    )


def _payload(message: str, document: ApplicationDocument, cms: bytes, step: TableStep, track: Track) -> Contract:
    common: dict[str, Any] = {
        "regulation": document.regulation,
        "channel": PORTAL_CHANNEL,
        "authority": document.authority,
        "steps": track.steps,
    }
    if message == "REQUEST":
        return Application.model_construct(**common, document=cms)
    return Notice(**common, step=step.n, status="поступившие с ПЭП")
