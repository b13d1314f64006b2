"""The values of the page of an application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from services.portal_pep import form_drafts, storage
from services.portal_pep.actions import documents
from services.portal_pep.actions.documents import DocumentKind
from services.portal_pep.pages.cabinet import case_presenter
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import PortalCase, QuestionnaireRow
from shared.bus.errors import Unavailable
from shared.bus.profiles import Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.coverage.appeal import appeal_texts, find_appeal_clause
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in, translate_questionnaire
from shared.web.page_sites import Page


@dataclass(frozen=True)
class CaseRecords:
    """What the portal keeps of an application beside the application."""

    events: list[storage.EventRow]
    files: list[form_drafts.DraftFileRow]
    kinds: frozenset[str]
    is_rated: bool


async def describe_page(page: Page, runtime: Runtime, case: PortalCase) -> dict[str, Any]:
    """The values of the template of an application."""
    book, tag = runtime.resource(PassportBook), page.tag
    records = await runtime.read(lambda session: _read_records(session, case))
    passport = book.get_passport(case.regulation)
    clause = await runtime.compute(lambda: find_appeal_clause(CoverageBook.load(), passport.id))
    questionnaire = passport.questionnaire
    return {
        "case": case_presenter.describe_case(case, book, tag, runtime.now),
        "now": runtime.now,
        "in_language": lambda text: text_in(tag, text),
        "notifications": [case_presenter.describe_event(row, book, tag) for row in reversed(records.events)],
        "files": records.files,
        "documents": await _describe_documents(runtime, case, records.kinds),
        "appeal": appeal_texts(has_clause=clause is not None)[tag],
        "appeal_offices": [
            (text_in(tag, office.name), office.address or "", ", ".join(office.phones))
            for office in passport.directories.departments
            if office.code == case.authority
        ],
        "questionnaire": translate_questionnaire(questionnaire, tag)
        if questionnaire and case.outcome and not records.is_rated
        else None,
        "is_rated": records.is_rated,
        "has_cloud": runtime.resource(PortalSettings).opens(Opening.SYNTHETIC_CITIZENS),
    }


def _read_records(session: Session, case: PortalCase) -> CaseRecords:
    kinds = ("application", "supplement", "notice", "result")
    return CaseRecords(
        events=storage.list_events(session, iin=case.iin, case_id=case.case_id),
        files=form_drafts.list_files(session, case.iin, case.case_id),
        kinds=frozenset(kind for kind in kinds if storage.get_document(session, case.case_id, kind) is not None),
        is_rated=session.get(QuestionnaireRow, case.case_id) is not None,
    )


async def _describe_documents(runtime: Runtime, case: PortalCase, kinds: frozenset[str]) -> Mapping[str, Any]:
    """The documents of an application by kind, those of the authority with their signers, and what the check of
    each signature says; without НУЦ the check is left out.
    """

    def describe(session: Session) -> dict[str, Any]:
        return {
            kind.value: documents.describe_document(session, case.case_id, case.iin, kind)
            if kind.storage_kind in kinds
            else None
            for kind in (DocumentKind.OUTPUT, DocumentKind.NOTICE)
        }

    try:
        views = await documents.list_evidence(runtime, case.case_id, case.iin)
    except Unavailable:
        views = []
    verdict = next((view for view in views if view.document is DocumentKind.OUTPUT and view.conditions), None)
    own = [kind.value for kind in DocumentKind if kind.storage_kind in kinds]
    return {**await runtime.read(describe), "kinds": own, "verdict": verdict}
