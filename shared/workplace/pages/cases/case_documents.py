"""The documents of a case with the verdict on each signature, condition by condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.documents import ApplicationDocument, Attachment, read_supplement
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import signed_data
from shared.pki.verification.check import SignatureVerdict, SignerExpectation, signer_info
from shared.pki.verification.verdict import ConditionMark
from shared.regulations.translations import text_in
from shared.workplace.pages.site import WORDS
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.documents import APPLICATION, NOTICE, OUTPUT, SUPPLEMENT

SIGNED_KINDS = (APPLICATION, SUPPLEMENT, NOTICE, OUTPUT)
TONES = {
    ConditionMark.HELD: "good",
    ConditionMark.FAILED: "bad",
    ConditionMark.NOT_ASKED: "plain",
    ConditionMark.NOT_REACHED: "doubtful",
}


@dataclass(frozen=True)
class ConditionRow:
    """A condition of «условие 2»: its number in the order of judgement, name, result and the result's tone."""

    number: int
    name: str
    result: str
    tone: str


@dataclass(frozen=True)
class SignedDocumentView:
    """A signed document of a case: who signed, when by the signer's own claim, and whether the signature holds."""

    kind: str
    title: str
    signer: str
    organisation: str
    signed_at: datetime | None
    verdict: str
    tone: str
    conditions: tuple[ConditionRow, ...]
    size: int


def describe_document(
    case: WorkplaceCase, kind: str, content: bytes, centre: CertificationCentre, now: datetime, tag: str
) -> SignedDocumentView:
    """The view of a signed document (CMS, DER); the signature is judged anew, as of now."""
    opened = signed_data.open_signed(content)
    signer = signer_info(opened.certificate)
    at = max(now, opened.certificate.not_valid_before_utc)
    verdict = centre.judge_document(content, _expected_signer(case, kind), at=at)
    return SignedDocumentView(
        kind=kind,
        title=WORDS[f"document-{kind}"][tag],
        signer=" ".join(part for part in (signer.common_name, signer.patronymic) if part),
        organisation=text_in(tag, signer.organisation or ""),
        signed_at=verdict.document.signing_time if verdict.document else None,
        verdict=verdict.texts[tag],
        tone="good" if verdict.error is None else "bad",
        conditions=tuple(_list_conditions(verdict, tag)),
        size=len(content),
    )


def list_attachments(application: ApplicationDocument, supplement: bytes | None) -> list[Attachment]:
    """The files that the applicant attached, those sent later after those of the application."""
    later = read_supplement(signed_data.open_signed(supplement).content).attachments if supplement else ()
    return [*application.attachments, *later]


def _expected_signer(case: WorkplaceCase, kind: str) -> SignerExpectation:
    if kind in (APPLICATION, SUPPLEMENT) and case.channel == "portal":
        return SignerExpectation(SignaturePurpose.APPLICANT, case.applicant)
    if kind == APPLICATION and case.channel == "con":
        return SignerExpectation(SignaturePurpose.CON_OPERATOR)
    return SignerExpectation(SignaturePurpose.EMPLOYEE)


def _list_conditions(verdict: SignatureVerdict, tag: str) -> Iterator[ConditionRow]:
    for number, (condition, mark) in enumerate(verdict.condition_marks.items(), 1):
        yield ConditionRow(
            number, WORDS[f"condition-{condition.value}"][tag], WORDS[f"mark-{mark.value}"][tag], TONES[mark]
        )
