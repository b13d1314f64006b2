"""The documents of one case at a workplace."""

from __future__ import annotations

from datetime import datetime

from shared.bus.errors import NotFound
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import ApplicationDocument, OutputDocument, read_application
from shared.pki.cms import signed_data
from shared.regulations.model import DirectoryOffice, Passport, ServiceResult
from shared.regulations.translations import kazakh_title
from shared.workplace.records import storage
from shared.workplace.records.decisions import Decision

APPLICATION = "application"
FORM = "form"
DRAFT = "draft"
OUTPUT = "output"
SUPPLEMENT = "supplement"
NOTICE = "notice"
NOTICE_DRAFT = "notice-draft"

RESULT_CHOICE = "result-choice"
"""The code of the result that an employee chose."""
BESIDE_DOCUMENT = frozenset({"compensation-to-account", "compensation-to-cash-control-account", "queue-notice"})
"""The results that come beside the output document: what ГЦВП pays, and the notice of a queue."""

REASONED_REFUSAL = "reasoned-refusal"
"""The code of the result that is a refusal, among the results of an act."""


class CaseDocuments:
    """The documents of one case, read on first use and cached."""

    def __init__(self, uow: UnitOfWork, case_id: str, application: ApplicationDocument | None = None) -> None:
        self._uow = uow
        self._case_id = case_id
        self._application = application
        self._fresh: dict[str, bytes] = {}

    @property
    def application(self) -> ApplicationDocument:
        """The application; its signature was checked on arrival."""
        if self._application is None:
            signed_document = self.get(APPLICATION)
            content = signed_data.open_signed(signed_document).content if signed_document else self.get(FORM)
            if content is None:
                raise NotFound("no-application", "this system has no application for the case")
            self._application = read_application(content)
        return self._application

    def get(self, kind: str) -> bytes | None:
        return self._fresh.get(kind) or storage.read_document(self._uow.session, self._case_id, kind)

    def put(self, kind: str, content: bytes) -> None:
        self._fresh[kind] = content
        row = {"case_id": self._case_id, "kind": kind, "content": content}
        self._uow.write_later(storage.write_documents, row)


def find_office(passport: Passport, code: str, channel: str | None = None) -> DirectoryOffice:
    """The department or аким's office of the act with this code, among those to which people apply in a channel;
    NotFound ``authority-unknown``.
    """
    directories = passport.directories
    for office in directories.departments if channel is None else directories.offices_for(channel):
        if office.code == code:
            return office
    raise NotFound("authority-unknown", "the act's directory has no such authority", authority=code)


def compose_output(
    application: ApplicationDocument,
    passport: Passport,
    *,
    authority: str,
    number: str,
    decision: Decision,
    now: datetime,
    particulars: tuple[str, str] | None = None,
    result_code: str | None = None,
) -> OutputDocument:
    """The output document in both state languages, ready to be signed.

    ``authority`` is the deciding office. The acts print no text for the document (docs/reference/divergences.md):
    the text names the result by the act's own name, and adds the ``particulars`` of the system's register.
    ``result_code`` is the result that an employee chose among those of the act.
    """
    addition, addition_kk = particulars or ("", "")
    text, text_kk = (
        f"{wording} {extra}".rstrip()
        for wording, extra in zip(decision.compose_text(passport), (addition, addition_kk), strict=True)
    )
    return OutputDocument(
        application_id=application.application_id,
        number=number,
        regulation=application.regulation,
        service=passport.title.ru,
        service_kk=kazakh_title(passport).text,
        authority=find_office(passport, authority).name,
        applicant=application.applicant,
        outcome=decision.outcome,
        result=_name_result(passport, application.variant, decision, result_code),
        text=text,
        text_kk=text_kk,
        reason=decision.reason if decision.outcome is DecisionOutcome.NEGATIVE else None,
        issued_at=now,
    )


def list_alternative_results(passport: Passport, variant: str) -> tuple[ServiceResult, ...]:
    """The results of the act of which a grant in this variant gives one: nothing that is paid beside the document,
    and no notice of a queue.
    """
    return tuple(
        result
        for result in passport.results
        if result.code not in {REASONED_REFUSAL, *BESIDE_DOCUMENT} and variant in (result.variants or (variant,))
    )


def _name_result(passport: Passport, variant: str, decision: Decision, chosen_code: str | None) -> str | None:
    """The result of the act that the decision gives in this variant, in the act's words: the chosen one, else the
    first.
    """
    if decision.outcome is DecisionOutcome.NEGATIVE:
        return next((result.text for result in passport.results if result.code == REASONED_REFUSAL), None)
    results = list_alternative_results(passport, variant)
    chosen = (result.text for result in results if result.code == chosen_code)
    return next(chosen, results[0].text if results else None)
