"""Prints and seals an output document as PDF.

Needs fpdf2 and pyHanko, 0.8 s and 40 MiB: imported when the first document is printed, never at a start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from services.portal_pep.domain import safe_file_name
from services.portal_pep.printing.layout import (
    EmbeddedFile,
    PaperContent,
    PrintedSignature,
    choose_result_code,
    render_pdf,
)
from services.portal_pep.printing.texts import bilingual_text
from shared.contracts.documents import read_output
from shared.pki.client.enrolment import SystemEnrolment
from shared.pki.cms import pades, signed_data
from shared.pki.cms.pades import PdfSealer, SealedPdf
from shared.pki.verification.check import signer_info


@dataclass(frozen=True)
class PrintOrder:
    """The input of printing: the employee's CMS, the applicant's full name, the result codes of the passport, the
    document's code as shown, and the URL of its check.
    """

    signed_document: bytes
    name: str
    results: Sequence[str]
    code: str
    url: str


def make_sealed_pdf(
    order: PrintOrder, http: httpx.Client, enrolled: SystemEnrolment, now: Callable[[], datetime]
) -> tuple[SealedPdf, datetime]:
    """The sealed PDF and the moment of its seal; ``http`` is a client of НУЦ."""
    pdf = render_pdf(compose_paper(order))
    sealer = _new_sealer(enrolled)
    revocation = pades.ask_revocation(http, sealer)
    at = now()  # after НУЦ's answers: an answer newer than the seal would prove nothing about it
    stamper, reason = pades.HttpStamper(http), " / ".join(bilingual_text("seal"))
    return pades.seal_pdf(pdf, sealer, at=at, revocation=revocation, stamper=stamper, reason=reason), at


def add_time_stamp(
    content: bytes, http: httpx.Client, enrolled: SystemEnrolment, now: Callable[[], datetime]
) -> SealedPdf:
    """The sealed PDF with the missing time-stamp added; Unavailable ``stamp-unavailable``."""
    sealer = _new_sealer(enrolled)
    revocation = pades.ask_revocation(http, sealer)
    return pades.stamp_pdf(content, sealer, at=now(), revocation=revocation, stamper=pades.HttpStamper(http))


def compose_paper(order: PrintOrder) -> PaperContent:
    """The contents of the paper: from the signed document, except the name, the code and the address."""
    opened = signed_data.open_signed(order.signed_document)
    document, certificate = read_output(opened.content), opened.certificate
    signer = signer_info(certificate)  # checked when the result arrived, and unchanged since
    file = f"{safe_file_name(document.number)}.json"
    return PaperContent(
        document=document,
        result=choose_result_code(document.outcome, order.results),
        name=order.name,
        signature=PrintedSignature(
            name=signer.common_name,
            organisation=signer.organisation or "",
            at=opened.signing_time,
            serial=f"{certificate.serial_number:X}",
            begin=certificate.not_valid_before_utc,
            end=certificate.not_valid_after_utc,
        ),
        code=order.code,
        url=order.url,
        files=(
            EmbeddedFile(file, "application/json", opened.content, bilingual_text("original")),
            EmbeddedFile(
                f"{file}.p7s", "application/pkcs7-signature", order.signed_document, bilingual_text("signature")
            ),
        ),
    )


def _new_sealer(enrolled: SystemEnrolment) -> PdfSealer:
    return PdfSealer(enrolled.identity.key, enrolled.certificate, enrolled.anchors)
