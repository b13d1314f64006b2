"""«Условие 2» over a file, as a verdict that holds the result of every condition."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Malformed
from shared.client.certification import CertificationClient
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.crl import CrlView
from shared.pki.certificates.status import CertificateStatus, RevocationMode
from shared.pki.client.wire import NucConnection
from shared.pki.encoding.der import UNREADABLE
from shared.pki.verification.check import SignatureCheck, SignerExpectation, SignerInfo, signer_info
from shared.pki.verification.revocation_inquiry import RevocationInquiry
from shared.pki.verification.verdict import (
    CONDITIONS,
    ConditionMark,
    SignatureCondition,
    mark_conditions,
    texts_of,
)
from shared.pki.xml import xmldsig

PATIENCE = 5.0
"""The time limit for an answer of НУЦ, in seconds."""


@dataclass(frozen=True)
class FileVerdict:
    """The verdict: the code with its texts, the result of each condition, and the signer of a valid signature."""

    code: str
    marks: dict[SignatureCondition, ConditionMark]
    signer: SignerInfo | None = None
    standing: CertificateStatus | None = None
    stamped_at: datetime | None = None

    @property
    def is_valid(self) -> bool:
        return self.code == "eds-valid"

    @property
    def texts(self) -> dict[str, str]:
        return texts_of(self.code)


async def collect_anchors(root: bytes | None, issuing: bytes | None, counter: CertificationClient) -> TrustAnchors:
    """The given certificates as anchors; missing ones are fetched from НУЦ."""
    if root is not None and issuing is not None:
        return TrustAnchors((load_certificate(root),), (load_certificate(issuing),))
    nuc_anchors = await counter.fetch_anchors()
    roots = nuc_anchors.roots if root is None else (load_certificate(root),)
    return TrustAnchors(roots, nuc_anchors.intermediates if issuing is None else (load_certificate(issuing),))


@contextmanager
def open_checking(
    trust_anchors: TrustAnchors, crl: bytes | None, nuc_url: str, at: datetime
) -> Iterator[SignatureCheck]:
    """A check at the moment `at`, with this revocation list (PEM or DER), or by asking НУЦ."""
    if crl is not None:
        yield SignatureCheck(trust_anchors, _load_crl(crl, trust_anchors.intermediates[0]), at)
        return
    wire = NucConnection(nuc_url, PATIENCE)
    try:
        yield SignatureCheck(
            trust_anchors, RevocationInquiry(wire, trust_anchors.intermediates[0], RevocationMode.HARD), at
        )
    finally:
        wire.close()


def judge_cms(
    checking: SignatureCheck, signed: bytes, expectation: SignerExpectation, content: bytes | None
) -> FileVerdict:
    """The verdict over a CMS (DER); `content` is the content of a detached signature."""
    verdict = checking.judge_document(signed, expectation, content=content)
    document = verdict.document
    if document is None:
        return FileVerdict(verdict.code, verdict.condition_marks)
    stamped_at = document.stamp.moment if document.stamp else None
    return FileVerdict(verdict.code, verdict.condition_marks, document.signer, document.status, stamped_at)


def judge_xml(
    checking: SignatureCheck, signed: bytes, expectation: SignerExpectation, content: bytes | None
) -> FileVerdict:
    """The verdict over XML with an enveloped signature, which holds its own content."""
    conditions = {
        SignatureCondition.REVOCATION: checking.revocation,
        SignatureCondition.IIN: expectation.iin,
        SignatureCondition.BIN: expectation.bin,
    }
    unasked = {condition for condition, value in conditions.items() if value is None} | {
        SignatureCondition.TIME_STAMP
    }
    asked_conditions = frozenset(SignatureCondition) - unasked
    try:
        opened = xmldsig.open_enveloped(signed)
        signer_check = checking.check_certificate(opened.certificate, expectation)
    except BusError as error:
        if error.code not in CONDITIONS:
            raise
        return FileVerdict(error.code, mark_conditions(asked_conditions, CONDITIONS[error.code]))
    return FileVerdict(
        "eds-valid", mark_conditions(asked_conditions, None), signer_info(opened.certificate), signer_check.status
    )


def load_certificate(content: bytes) -> x509.Certificate:
    """The certificate in PEM or DER; Malformed ``certificate-malformed``."""
    load = x509.load_pem_x509_certificate if b"-----BEGIN" in content else x509.load_der_x509_certificate
    try:
        return load(content)
    except UNREADABLE:
        raise Malformed("certificate-malformed", "not a certificate in PEM or DER") from None


def _load_crl(content: bytes, issuer: x509.Certificate) -> CrlView:
    if b"-----BEGIN" not in content:
        return CrlView.load(content, issuer)
    try:
        return CrlView.load(x509.load_pem_x509_crl(content).public_bytes(Encoding.DER), issuer)
    except ValueError:
        raise Malformed("crl-malformed", "not a list of the revoked in PEM or DER") from None
