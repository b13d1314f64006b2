"""The notice of a place in the queue (регистрационный талон): its draft, the signed document, and its print."""

from __future__ import annotations

from shared.contracts.documents import QueueNoticeDocument, read_queue_notice
from shared.contracts.local_time import KAZAKHSTAN
from shared.pki.cms import signed_data
from shared.pki.verification.check import signer_info
from shared.regulations.model import Passport
from shared.texts.catalog import texts_beside
from shared.workplace.places import entries, offers
from shared.workplace.places.entries import QueueEntryRow
from shared.workplace.records.documents import NOTICE, NOTICE_DRAFT, find_office
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.receipts import HandedPaper, ReceiptLine, hand_paper
from shared.workplace.steps.signed_documents import seal_content
from shared.workplace.steps.step_context import WorkplaceContext

RECEIPT_KIND = "queued"
"""The kind of the printed notice among the papers of a case."""

TEXTS = texts_beside(__file__, file="notice_texts.yaml", languages=("kk", "ru"))


def draft_notice(session: WorkplaceCaseSession) -> bytes:
    """The content of the notice to sign, with the place that the case has in the queue; the same content each
    time. NotFound ``no-application``.
    """
    draft = session.documents.get(NOTICE_DRAFT)
    if draft is None:
        entry = entries.find_entry(session.uow.session, session.case.case_id) or offers.make_entry(session.case)
        draft = _compose_notice(session, entry).model_dump_json().encode()
        session.documents.put(NOTICE_DRAFT, draft)
    return draft


def sign_notice(session: WorkplaceCaseSession, entry: QueueEntryRow, context: WorkplaceContext) -> bytes:
    """Sign the notice with the employee's own CMS, or with the key stored by the workplace, and print it.

    The errors of ``seal_content``.
    """
    signed_document = seal_content(session, context, draft_notice(session))
    entry.noticed_at = session.uow.now
    keep_notice(session, signed_document)
    return signed_document


def keep_notice(session: WorkplaceCaseSession, signed_document: bytes) -> None:
    """Store a signed notice with the case, and print it once for an applicant who comes in person."""
    session.documents.put(NOTICE, signed_document)
    opened = signed_data.open_signed(signed_document)
    notice, signer = read_queue_notice(opened.content), signer_info(opened.certificate)
    since = f"{notice.waiting_since.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}"
    values = {
        "line-number": notice.number,
        "line-place": str(notice.position),
        "line-since": since,
        "line-authority": notice.authority,
        "line-signer": signer.common_name,
    }
    lines = tuple(
        ReceiptLine(label=TEXTS[code]["ru"], label_kk=TEXTS[code]["kk"], value=value)
        for code, value in values.items()
    )
    node = next(node for node in session.graph.nodes if node.op == "enqueue")
    title = TEXTS["title"]
    hand_paper(session, HandedPaper(RECEIPT_KIND, node, title["ru"], title["kk"], node.clause or "", lines))


def _compose_notice(session: WorkplaceCaseSession, entry: QueueEntryRow) -> QueueNoticeDocument:
    case, application, passport = session.case, session.documents.application, session.passport
    position = entries.position_of(session.uow.session, entry)
    values = {
        "number": case.number or "",
        "place": position,
        "since": f"{entry.waiting_since.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}",
    }
    return QueueNoticeDocument(
        application_id=case.case_id,
        number=case.number or "",
        regulation=case.regulation,
        service=passport.title.ru,
        service_kk=passport.title.kk,
        authority=find_office(passport, case.authority).name,
        applicant=application.applicant,
        waiting_since=entry.waiting_since,
        position=position,
        text=TEXTS["notice"]["ru"].format(service=passport.title.ru, **values),
        text_kk=TEXTS["notice"]["kk"].format(service=_service_kk(passport), **values),
        issued_at=session.uow.now,
    )


def _service_kk(passport: Passport) -> str:
    return passport.title.kk or passport.title.ru
