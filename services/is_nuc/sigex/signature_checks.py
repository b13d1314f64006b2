"""Whether a phone brought back the documents that it was given, each signed by a certificate of НУЦ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from lxml import etree
from sqlmodel import Session

from services.is_nuc import storage
from services.is_nuc.ncanode import signers
from shared.bus.errors import BusError, Malformed, NotFound, Untrusted
from shared.phone.offers import DocumentSetView, OfferedDocumentView, read_cms_signatures
from shared.phone.wire import DocumentSet, OfferedDocument, SignMethod
from shared.pki.certificates.chain import TrustAnchors, verify_chain
from shared.pki.certificates.keys import certificate_thumbprint
from shared.pki.encoding.xmltree import parse_document
from shared.pki.xml.xmldsig import open_enveloped

T = TypeVar("T")


@dataclass(frozen=True)
class SignerTrust:
    """What makes a signer trusted: НУЦ's authorities, its register of certificates, the moment."""

    session: Session
    anchors: TrustAnchors
    at: datetime


def check_signatures(offered: DocumentSet, sent: DocumentSetView, trust: SignerTrust) -> None:
    """Every document is there, and its signature holds.

    Malformed ``sigex-documents-other``, ``eds-malformed``, Untrusted ``eds-signature-invalid``,
    ``eds-certificate-unknown``, ``eds-revoked``, and the codes of a chain.
    """
    ids = [str(entry.id) for entry in sent.documents_to_sign]
    if ids != [document.id for document in offered.documents] or sent.sign_method != offered.method:
        raise _other_documents()
    if offered.method is SignMethod.XML:
        for document, entry in zip(offered.documents, sent.documents_to_sign, strict=True):
            _check_xml(document, entry, trust)
        return
    for document, cms in zip(offered.documents, read_cms_signatures(sent), strict=True):
        _check_cms(document, cms, trust)


def _check_cms(document: OfferedDocument, cms: bytes, trust: SignerTrust) -> None:
    read = _translated(lambda: signers.find_signers(cms, document.content))
    if not read or not all(signer.is_genuine for signer in read):
        raise Untrusted("eds-signature-invalid", "a signature does not hold")
    if _attached_content(cms) not in (None, document.content):
        raise _other_documents()
    for signer in read:
        _require_trusted(signer.certificate, trust)


def _attached_content(cms: bytes) -> bytes | None:
    try:
        return signers.extract_content(cms)
    except NotFound:
        return None


def _check_xml(document: OfferedDocument, entry: OfferedDocumentView, trust: SignerTrust) -> None:
    opened = _translated(lambda: open_enveloped((entry.document_xml or "").encode()))
    original = etree.tostring(parse_document(document.content), method="c14n", with_comments=False)
    if opened.content != original:
        raise _other_documents()
    _require_trusted(opened.certificate, trust)


def _require_trusted(certificate: x509.Certificate | None, trust: SignerTrust) -> None:
    if certificate is None:
        raise Untrusted("eds-certificate-unknown", "the signature only names its certificate")
    verify_chain(certificate, trust.anchors, trust.at)
    if storage.is_revoked(trust.session, certificate_thumbprint(certificate)):
        raise Untrusted("eds-revoked", "the certificate is revoked")


def _translated(read: Callable[[], T]) -> T:
    try:
        return read()
    except Untrusted:
        raise
    except BusError:
        raise Malformed("eds-malformed", "a document holds no signature that can be read") from None


def _other_documents() -> Malformed:
    return Malformed("sigex-documents-other", "other documents came back than were given")
