"""НУЦ at hand: its certificates without its HTTP, for systems that are tried without the rest of the country."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from shared.contracts.organisations import known_organisations
from shared.pki.certificates import profile
from shared.pki.certificates.profile import CertificateKind
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import signed_data
from shared.pki.verification.check import CheckedDocument, check_document
from tests.pki.pki_centre import IIN, NOW, centre


class NearCentre(CertificationCentre):
    """A client of НУЦ with an empty revocation list in memory."""

    def __init__(self) -> None:
        super().__init__("http://nuc.test", centre().anchors)

    def check_document(self, der: bytes, *, at: datetime, **asked: Any) -> CheckedDocument:
        return check_document(der, anchors=self.anchors, revocation=None, at=at, **asked)


@cache
def signer(kind: CertificateKind) -> Any:
    """The key and certificate of a person; all tests share one for each kind."""
    return centre().issue(kind)


@cache
def employee_of(office: str, kind: CertificateKind) -> Any:
    """Key and certificate of an employee of the acts' office."""
    organisation = known_organisations().get_by_office(office)
    subject = profile.employee_subject(
        IIN, "ПРИМЕРОВА", "АЙГУЛЬ", organisation=organisation.name, bin_=organisation.bin
    )
    return centre().issue(kind, subject=subject)


def signed(
    content: bytes,
    kind: CertificateKind = CertificateKind.INDIVIDUAL,
    at: datetime = NOW,
    office: str | None = None,
) -> bytes:
    """A document as a CMS with the document inside; by an employee of the office where one is named."""
    return signed_data.sign(content, *(employee_of(office, kind) if office else signer(kind)), at=at)
