"""The signature of the person who takes a result, over a statement of what is taken."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel

from shared.bus.errors import Refused
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.workplace.records.documents import OUTPUT
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.records import record_kinds as kinds
from shared.workplace.steps.records.record_entries import RecordEntry
from shared.workplace.steps.records.record_kinds import ResultRecipient


class HandOverStatement(BaseModel):
    """The statement that a recipient signs (as JSON): which result of which case the recipient takes."""

    document: Literal["hand-over"] = "hand-over"
    case: str
    number: str | None
    regulation: str
    recipient: str
    result_sha256: str | None


def compose_statement(case_session: WorkplaceCaseSession, recipient: str) -> bytes:
    """The statement that a recipient signs: the recipient takes this result of this case. Equal input gives equal
    bytes.
    """
    result = case_session.documents.get(OUTPUT)
    statement = HandOverStatement(
        case=case_session.case.case_id,
        number=case_session.case.number,
        regulation=case_session.case.regulation,
        recipient=recipient,
        result_sha256=sha256(result).hexdigest() if result else None,
    )
    return json.dumps(statement.model_dump(mode="json"), ensure_ascii=False, sort_keys=True).encode()


def check_statement(case_session: WorkplaceCaseSession, iin: str, signed_document: bytes) -> None:
    """Check that the person with this ИИН signed the statement: the codes of «условие 2», Refused
    ``other-document``.
    """
    checked = case_session.uow.resource(CertificationCentre).check_document(
        signed_document, at=case_session.uow.now, expected_iin=iin, purpose=SignaturePurpose.APPLICANT
    )
    if checked.content != compose_statement(case_session, iin):
        raise Refused("other-document", "the signature is over another document than the statement")


def check_recipient(case_session: WorkplaceCaseSession, recipient: ResultRecipient, entry: RecordEntry) -> None:
    """Check who takes the result by the journal: the applicant or the representative of the application, with an
    own signature where one is given, else a worker of the ЦОН.

    Refused ``wrong-recipient``; the errors of ``check_statement``.
    """
    name = entry.fields.get(kinds.RECIPIENT, "")
    if recipient is ResultRecipient.APPLICANT:
        representative = case_session.documents.application.representative
        if name not in (case_session.case.applicant, representative and representative.iin):
            raise Refused("wrong-recipient", "the recipient is neither the applicant nor the representative")
        if entry.recipient_cms is not None:
            check_statement(case_session, name, entry.recipient_cms)
    elif recipient is ResultRecipient.CENTRE and entry.recipient_cms is not None:
        _check_worker(case_session, name, entry.recipient_cms)


def _check_worker(case_session: WorkplaceCaseSession, name: str, signed_document: bytes) -> None:
    """The worker of the ЦОН signed the statement with a certificate of a ЦОН."""
    checked = case_session.uow.resource(CertificationCentre).check_document(
        signed_document, at=case_session.uow.now, expected_iin=None, purpose=SignaturePurpose.CON_OPERATOR
    )
    if checked.content != compose_statement(case_session, name):
        raise Refused("other-document", "the signature is over another document than the statement")
