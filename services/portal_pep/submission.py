"""From a filled form to a message on the bus: the portal's own steps of the act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.portal_pep import storage
from services.portal_pep.desk import Desk
from services.portal_pep.domain import SENT, EventKind, check_document, check_given, chosen_variant, open_key
from services.portal_pep.handlers import keep, tell
from services.portal_pep.storage import APPLICATIONS, Case
from shared.bus.errors import Conflict, NotFound
from shared.bus.work import Work
from shared.contracts.documents import ApplicationDocument, Attachment, read_application
from shared.pki.check import CheckedDocument
from shared.regulations.book import PassportBook
from shared.regulations.flk import check_form
from shared.regulations.model import Op, Passport


@dataclass(frozen=True)
class Form:
    """What a citizen filled in."""

    authority: str
    fields: Mapping[str, str]
    attachments: Sequence[Attachment]
    variant: str | None = None


@dataclass(frozen=True)
class Visitor:
    """Who is logged in: since when, and since when he has his account."""

    iin: str
    enrolled_at: datetime
    logged_in_at: datetime


def draft(work: Work, passport: Passport, iin: str, form: Form) -> ApplicationDocument:
    """The document to sign, once the form passes ФЛК; ``channel-not-given``, ``variant-needed``,
    ``variant-not-found``, ``form-invalid``, ``authority-unknown``."""
    check_given(passport)
    variant = chosen_variant(passport, form.variant)
    check_form(passport, form.fields)
    check_authority(passport, form.authority)
    return ApplicationDocument(
        application_id=work.new_id(),
        regulation=passport.id,
        variant=variant,
        region=passport.region,
        authority=form.authority,
        applicant=iin,
        fields=dict(form.fields),
        attachments=tuple(form.attachments),
        made_at=work.now,
    )


def submit(work: Work, checked: CheckedDocument, cms: bytes, visitor: Visitor) -> Case:
    """Keep a checked application and send what its first steps send, in one transaction."""
    document = read_application(checked.content)
    passport = work.use(PassportBook).get(document.regulation)
    check_document(document, passport, visitor.iin)
    check_authority(passport, document.authority)
    check_form(passport, document.fields)
    if work.rows(APPLICATIONS).get(document.application_id) is not None:
        raise Conflict("application-already-submitted", "this application was submitted before")
    desk = Desk(work, _case(document, _only_open(work, document), work), cms)
    desk.file(_moments(document, checked, visitor))
    case = desk.save()
    keep(work, case.id, "application", cms)
    tell(work, case, EventKind.SENT)
    return case


def answer(work: Work, application_id: str, iin: str, step: str, given: str | None, text: str | None) -> Case:
    """The citizen answers what he is asked in a step: NotFound ``application-unknown``, and what
    ``Desk.answer_asked`` raises."""
    case = work.rows(APPLICATIONS).get(application_id)
    if case is None or case.iin != iin:
        raise NotFound("application-unknown", "no such application of yours")
    desk = Desk(work, case)
    desk.answer_asked(step, given, text)
    desk.go_on(has_result=False)
    work.changed(f"application:{case.id}")
    return desk.save()


def check_authority(passport: Passport, code: str) -> None:
    """NotFound ``authority-unknown`` unless the act's directory has the department."""
    if all(office.code != code for office in passport.directories.departments):
        raise NotFound("authority-unknown", "the act's directory has no such authority", authority=code)


def _only_open(work: Work, document: ApplicationDocument) -> str:
    """The application's key; Conflict ``application-open-already`` with the id of the one that is open.

    Two that come at the same moment break the table's constraint: the kernel then takes one after the other.
    """
    key = open_key(document)
    if (other := storage.open_application(work.queries, key)) is not None:
        raise Conflict("application-open-already", "the same is applied for already", application_id=other)
    return key


def _moments(document: ApplicationDocument, checked: CheckedDocument, visitor: Visitor) -> Mapping[Op, datetime]:
    """When the steps before the signature were done, as far as is known: a form may have been filled in an
    earlier session."""
    return {
        "enrol": visitor.enrolled_at,
        "login": min(visitor.logged_in_at, document.made_at),
        "fill": document.made_at,
        "sign": checked.signing_time or document.made_at,
    }


def _case(document: ApplicationDocument, key: str, work: Work) -> Case:
    return Case(
        id=document.application_id,
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
        submitted_at=work.now,
        changed_at=work.now,
        steps="[]",
    )
