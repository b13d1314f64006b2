"""The documents of one case at a workplace."""

from __future__ import annotations

from datetime import datetime

from shared.bus.errors import NotFound
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.cases import Outcome
from shared.contracts.documents import ApplicationDocument, OutputDocument, read_application
from shared.pki.cms import signed_data
from shared.regulations.model import Office, Passport
from shared.workplace.people.keys import Signer
from shared.workplace.records import storage
from shared.workplace.records.decisions import Decision

APPLICATION = "application"
FORM = "form"
DRAFT = "draft"
OUTPUT = "output"
SUPPLEMENT = "supplement"


class Documents:
    """The documents of one case: read when asked for, kept as they are."""

    def __init__(self, work: Work, case: str, application: ApplicationDocument | None = None) -> None:
        self._work = work
        self._case = case
        self._application = application
        self._fresh: dict[str, bytes] = {}

    @property
    def application(self) -> ApplicationDocument:
        """What was applied for; a signature over it was checked when it came."""
        if self._application is None:
            signed = self.get(APPLICATION)
            content = signed_data.open_signed(signed).content if signed else self.get(FORM)
            if content is None:
                raise NotFound("no-application", "the application itself is not here")
            self._application = read_application(content)
        return self._application

    def get(self, kind: str) -> bytes | None:
        return self._fresh.get(kind) or storage.document(self._work.session, self._case, kind)

    def put(self, kind: str, content: bytes) -> None:
        self._fresh[kind] = content
        row = {"correlation_id": self._case, "kind": kind, "content": content}
        self._work.defer(storage.write_documents, row)


def seal(content: bytes, signer: Signer, now: datetime) -> bytes:
    """A document as a CMS with the document inside, signed at ``signing_moment``."""
    return signed_data.sign(content, signer.key, signer.certificate, at=signing_moment(signer, now))


def signing_moment(signer: Signer, now: datetime) -> datetime:
    """``now``, or when the certificate begins: it may have been issued after this transaction began."""
    return max(now, signer.certificate.not_valid_before_utc)


def office(passport: Passport, code: str) -> Office:
    """The department of the act; NotFound ``authority-unknown``."""
    for found in passport.directories.departments:
        if found.code == code:
            return found
    raise NotFound("authority-unknown", "the act's directory has no such authority", authority=code)


def output(
    application: ApplicationDocument,
    passport: Passport,
    *,
    number: str,
    decision: Decision,
    now: datetime,
    particulars: tuple[str, str] | None = None,
) -> OutputDocument:
    """The output document in both languages of the state, ready to be signed.

    The acts print no text for it (docs/divergences.md): what is said of the result is the act's own name for
    it, and the ``particulars`` of the system's register.
    """
    more, more_kk = particulars or ("", "")
    text, text_kk = (
        f"{one} {two}".rstrip() for one, two in zip(decision.words(passport), (more, more_kk), strict=True)
    )
    return OutputDocument(
        application_id=application.application_id,
        number=number,
        regulation=application.regulation,
        service=passport.title.ru,
        service_kk=passport.title.kk,
        authority=office(passport, application.authority).name,
        applicant=application.applicant,
        outcome=decision.outcome,
        text=text,
        text_kk=text_kk,
        reason=decision.reason if decision.outcome is Outcome.NEGATIVE else None,
        issued_at=now,
    )
