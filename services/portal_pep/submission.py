"""From a filled form to a message on the bus: the portal's own steps of the act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.portal_pep import storage
from services.portal_pep.case_session import Desk, Given
from services.portal_pep.domain import SENT, EventKind, check_document, check_given, chosen_variant, open_key
from services.portal_pep.handlers import keep, tell
from services.portal_pep.storage import APPLICATIONS, Case
from shared.bus.errors import Conflict, NotFound, Refused
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.documents import (
    ApplicationDocument,
    Attachment,
    SupplementDocument,
    read_application,
    read_supplement,
)
from shared.contracts.local_time import KAZAKHSTAN
from shared.pki.verification.check import CheckedDocument
from shared.regulations.book import PassportBook
from shared.regulations.entitlement import check_entitled
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
    ``variant-not-found``, ``form-invalid``, ``not-entitled``, ``authority-unknown``."""
    check_given(passport)
    variant = chosen_variant(passport, form.variant)
    check_form(passport, form.fields)
    check_entitled(passport, form.fields, work.now.astimezone(KAZAKHSTAN).date())
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
    check_entitled(passport, document.fields, work.now.astimezone(KAZAKHSTAN).date())
    if work.rows(APPLICATIONS).get(document.application_id) is not None:
        raise Conflict("application-already-submitted", "this application was submitted before")
    desk = Desk(work, _case(document, _only_open(work, document), work), cms)
    desk.file(_moments(document, checked, visitor))
    case = desk.save()
    keep(work, case.id, "application", cms)
    tell(work, case, EventKind.SENT)
    return case


def supplement(
    work: Work, application_id: str, iin: str, step: str, attachments: list[Attachment]
) -> SupplementDocument:
    """The papers that a step waits for, to be signed: ``application-unknown``, and as ``Desk.check_asked``."""
    _own(work, application_id, iin).check_asked(step)
    return SupplementDocument(
        application_id=application_id, step=step, applicant=iin, attachments=tuple(attachments), made_at=work.now
    )


def check_supplement(content: bytes, application_id: str, step: str, iin: str) -> None:
    """Malformed ``document-malformed``; Refused ``other-document`` for one that is not for this step."""
    told = read_supplement(content)
    if (told.application_id, told.step, told.applicant) != (application_id, step, iin):
        raise Refused("other-document", "the signed papers are for another step")


def answer(work: Work, application_id: str, iin: str, step: str, given: Given) -> Case:
    """The citizen answers what he is asked in a step: NotFound ``application-unknown``, and what
    ``Desk.answer_asked`` raises."""
    desk = _own(work, application_id, iin)
    desk.answer_asked(step, given)
    if given.signed is not None:
        keep(work, application_id, "supplement", given.signed)
    desk.go_on(has_result=False)
    work.changed(f"application:{application_id}")
    return desk.save()


def _own(work: Work, application_id: str, iin: str) -> Desk:
    case = work.rows(APPLICATIONS).get(application_id)
    if case is None or case.iin != iin:
        raise NotFound("application-unknown", "no such application of yours")
    return Desk(work, case)


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
