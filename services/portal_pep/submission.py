"""From a filled form to a message on the bus: the portal's own steps of the act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.portal_pep import operations, storage
from services.portal_pep.case_session import PortalCaseSession
from services.portal_pep.domain import (
    SENT,
    EventKind,
    check_application_document,
    check_portal_channel,
    choose_variant,
    compose_open_key,
)
from services.portal_pep.operations import CitizenReply
from services.portal_pep.record_keeping import keep_document, notify_citizen
from services.portal_pep.storage import APPLICATIONS, PortalCase
from shared.bus.errors import Conflict, NotFound, Refused
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import (
    ApplicationDocument,
    Attachment,
    SupplementDocument,
    read_application,
    read_supplement,
)
from shared.contracts.local_time import local_day
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.pki.verification.check import CheckedDocument
from shared.regulations.entitlement import check_entitled
from shared.regulations.flk import check_form
from shared.regulations.model import Passport, StepOperation
from shared.regulations.passport_book import PassportBook


@dataclass(frozen=True)
class FilledForm:
    """The citizen's filled form; ``births`` are dates of birth that НР ИИН told, by ИИН."""

    authority: str
    fields: Mapping[str, str]
    attachments: Sequence[Attachment]
    variant: str | None = None
    births: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True)
class SignedApplication:
    """A checked application: the signed bytes, what they say, and the signature."""

    cms: bytes
    document: ApplicationDocument
    checked: CheckedDocument


@dataclass(frozen=True)
class CabinetVisitor:
    """The logged-in citizen: ИИН, and the moments of login and registration."""

    iin: str
    enrolled_at: datetime
    logged_in_at: datetime


def compose_application(uow: UnitOfWork, passport: Passport, iin: str, form: FilledForm) -> ApplicationDocument:
    """The document to sign, once the form passes ФЛК.

    ``channel-not-given``, ``variant-needed``, ``variant-not-found``, ``form-invalid``, ``not-entitled``,
    ``authority-unknown``.
    """
    check_portal_channel(passport)
    variant = choose_variant(passport, form.variant)
    check_form(passport, form.fields)
    check_entitled(passport, form.fields, form.births, local_day(uow.now))
    check_authority(passport, form.authority)
    case_id = uow.new_id()
    storage.keep_draft(uow.session, case_id, iin, uow.now)
    return ApplicationDocument(
        application_id=case_id,
        regulation=passport.id,
        variant=variant,
        region=passport.region,
        authority=form.authority,
        applicant=iin,
        fields=dict(form.fields),
        attachments=tuple(form.attachments),
        made_at=uow.now,
    )


def check_application(
    centre: CertificationCentre, cms: bytes, visitor: CabinetVisitor, now: datetime
) -> SignedApplication:
    """The application that the visitor signed; the codes of «условие 2» (``eds-…``), ``document-malformed``."""
    checked = centre.check_document(cms, at=now, expected_iin=visitor.iin, purpose=SignaturePurpose.APPLICANT)
    return SignedApplication(cms, read_application(checked.content), checked)


def submit_application(
    uow: UnitOfWork, application: SignedApplication, births: Mapping[str, date], visitor: CabinetVisitor
) -> PortalCase:
    """Store a checked application and send the messages of its first steps, in one transaction.

    ``births`` are the dates of birth that НР ИИН told, by ИИН. The id of the application is one that a draft of
    this citizen was given; Refused ``draft-unknown``. The same signed document again has the answer that it had,
    which its citizen may never have got.
    """
    document, signed_document = application.document, application.cms
    passport = uow.resource(PassportBook).get_passport(document.regulation)
    check_application_document(document, passport, visitor.iin)
    if (submitted := uow.hot_rows(APPLICATIONS).get(document.application_id)) is not None:
        if storage.get_document(uow.query_session, submitted.case_id, "application") == signed_document:
            return submitted
        raise Conflict("application-already-submitted", "this application was submitted before")
    check_authority(passport, document.authority)
    check_form(passport, document.fields)
    check_entitled(passport, document.fields, births, local_day(uow.now))
    case_session = PortalCaseSession(uow, _new_case(document, _check_not_open(uow, document), uow))
    if not storage.use_draft(uow.session, document.application_id, visitor.iin):
        raise Refused("draft-unknown", "the portal gave this application's id to nobody, or to another citizen")
    operations.file_application(
        case_session, signed_document, _step_moments(document, application.checked, visitor)
    )
    case = case_session.save()
    keep_document(uow, case.case_id, "application", signed_document)
    notify_citizen(uow, case, EventKind.SENT)
    return case


def compose_supplement(
    uow: UnitOfWork, case_id: str, iin: str, step: str, attachments: list[Attachment]
) -> SupplementDocument:
    """The document with the attachments for which a step waits, to be signed.

    ``application-unknown``, and the errors of ``PortalCaseSession.check_question``.
    """
    _open_own_case(uow, case_id, iin).check_question(step)
    return SupplementDocument(
        application_id=case_id, step=step, applicant=iin, attachments=tuple(attachments), made_at=uow.now
    )


def check_supplement(content: bytes, case_id: str, step: str, iin: str) -> None:
    """Malformed ``document-malformed``; Refused ``other-document`` for a document of another step."""
    supplement = read_supplement(content)
    if (supplement.application_id, supplement.step, supplement.applicant) != (case_id, step, iin):
        raise Refused("other-document", "the signed papers are for another step")


def answer_question(uow: UnitOfWork, case_id: str, iin: str, step: str, reply: CitizenReply) -> PortalCase:
    """Record the citizen's answer to a step.

    NotFound ``application-unknown``, and the errors of ``operations.answer_question``.
    """
    case_session = _open_own_case(uow, case_id, iin)
    operations.answer_question(case_session, step, reply)
    if reply.signed_document is not None:
        keep_document(uow, case_id, "supplement", reply.signed_document)
    operations.take_automatic_steps(case_session, has_result=False)
    uow.notify(f"application:{case_id}")
    return case_session.save()


def _open_own_case(uow: UnitOfWork, case_id: str, iin: str) -> PortalCaseSession:
    case = uow.hot_rows(APPLICATIONS).get(case_id)
    if case is None or case.iin != iin:
        raise NotFound("application-unknown", "the citizen has no application with this id")
    return PortalCaseSession(uow, case)


def check_authority(passport: Passport, code: str) -> None:
    """NotFound ``authority-unknown`` unless the act's directory has the department."""
    if all(office.code != code for office in passport.directories.offices_for("portal")):
        raise NotFound("authority-unknown", "the act's directory has no such authority", authority=code)


def _check_not_open(uow: UnitOfWork, document: ApplicationDocument) -> str:
    """The application's key; Conflict ``application-open-already`` with the id of the open one.

    Two simultaneous applications break the table's constraint: the kernel then handles one after the other.
    """
    key = compose_open_key(document)
    if (open_case_id := storage.find_open_application(uow.query_session, key)) is not None:
        raise Conflict("application-open-already", "an equal application is open", application_id=open_case_id)
    return key


def _step_moments(
    document: ApplicationDocument, checked: CheckedDocument, visitor: CabinetVisitor
) -> Mapping[StepOperation, datetime]:
    """The moments of the steps before the signature, as far as known: a form may have been filled in an earlier
    session.
    """
    return {
        "enrol": visitor.enrolled_at,
        "login": min(visitor.logged_in_at, document.made_at),
        "fill": document.made_at,
        "sign": checked.signing_time or document.made_at,
    }


def _new_case(document: ApplicationDocument, key: str, uow: UnitOfWork) -> PortalCase:
    return PortalCase(
        case_id=document.application_id,
        iin=document.applicant,
        regulation=document.regulation,
        variant=document.variant,
        region=document.region,
        authority=document.authority,
        message_id="",
        number=None,
        status=SENT,
        outcome=None,
        reason=None,
        refusal=None,
        open_key=key,
        submitted_at=uow.now,
        changed_at=uow.now,
    )
