"""The check of a provider's result, before a result counts in a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.bus.errors import Refused
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.casework.participants import CaseSpeaker
from shared.contracts.cases import CaseResult
from shared.contracts.documents import (
    ApplicationDocument,
    OutputDocument,
    QueueNoticeDocument,
    read_output,
    read_queue_notice,
)
from shared.contracts.organisations import known_organisations
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.pki.verification.check import CheckedDocument
from shared.regulations.model import System


@dataclass(frozen=True)
class ExpectedOutput:
    """The output document that a case can have: of this application, this applicant and this authority."""

    case_id: str
    regulation: str
    applicant: str
    authority: str


def check_output(result: CaseResult, expected: ExpectedOutput, uow: UnitOfWork) -> OutputDocument | None:
    """The output document of a result, proved to be the case's own; None where the provider sent none.

    The signature passes «условие 2», and the certificate is of an employee of the authority that the citizen
    applied to, by its БИН: Untrusted ``eds-bin-mismatch``. The document names the case's application, applicant
    and regulation, and the outcome of the message: Refused ``envelope-mismatch`` with what ``differs``.
    """
    if result.document is None:
        return None
    document = read_output(_check_signed(result.document, expected, uow))
    outcome = (document.outcome, result.outcome or document.outcome)
    _check_own(document, expected, {"outcome": outcome})
    return document


def check_queue_notice(signed_document: bytes, expected: ExpectedOutput, uow: UnitOfWork) -> QueueNoticeDocument:
    """The notice of a queue, proved to be the case's own; the errors of ``check_output``."""
    notice = read_queue_notice(_check_signed(signed_document, expected, uow))
    _check_own(notice, expected, {})
    return notice


def _check_signed(signed_document: bytes, expected: ExpectedOutput, uow: UnitOfWork) -> bytes:
    """The content of a document that an employee of the case's authority signed."""
    authority = known_organisations().find_by_office(expected.authority)
    checked = uow.resource(CertificationCentre).check_document(
        signed_document,
        at=uow.now,
        expected_iin=None,
        purpose=SignaturePurpose.EMPLOYEE,
        expected_bin=authority.bin if authority is not None else "",
    )
    return checked.content


def _check_own(
    document: OutputDocument | QueueNoticeDocument, expected: ExpectedOutput, more: Mapping[str, tuple[str, str]]
) -> None:
    named = {
        "application": (document.application_id, expected.case_id),
        "regulation": (document.regulation, expected.regulation),
        "applicant": (document.applicant, expected.applicant),
        **more,
    }
    if differing := [name for name, (left, right) in named.items() if left != right]:
        raise Refused("envelope-mismatch", "the result is another application's", differs=differing)


def check_intake_signer(
    document: ApplicationDocument, checked: CheckedDocument, received: ReceivedMessage, front: System | None
) -> None:
    """Check who signed an application that an employee took in: an employee of the system on the citizen's side.

    The provider may carry such an application on to another system; where the channel has no system on the
    citizen's side, the sender is the one that took the application in. Refused ``not-a-participant`` for an
    employee for whom that system may not vouch.
    """
    organisation = known_organisations().find_by_bin(checked.signer.bin or "")
    takers = {front} if front is not None else CaseSpeaker.of_message(received).systems
    if organisation is None or not organisation.systems & takers:
        raise Refused("not-a-participant", "another system's employee signed", channel=document.channel)
