"""«Условие 2» over a file, as a value that tells every condition."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Malformed
from shared.client.counter import Counter
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.crl import CrlView
from shared.pki.certificates.status import Mode, Standing
from shared.pki.client.wire import Wire
from shared.pki.verification.check import Asked, Checking, SignerInfo, signer_info
from shared.pki.verification.inquiry import Inquiry
from shared.pki.verification.verdict import CONDITIONS, Condition, Mark, marks, texts_of
from shared.pki.xml import xmldsig

PATIENCE = 5.0
"""Seconds that НУЦ is given for an answer."""


@dataclass(frozen=True)
class Judged:
    """What came of it: each condition, the code and its texts (ru, kk, en), and the signer where he is known."""

    code: str
    marks: dict[Condition, Mark]
    signer: SignerInfo | None = None
    standing: Standing | None = None
    stamped_at: datetime | None = None

    @property
    def holds(self) -> bool:
        return self.code == "eds-valid"

    @property
    def texts(self) -> dict[str, str]:
        return texts_of(self.code)


async def anchors(root: bytes | None, issuing: bytes | None, counter: Counter) -> TrustAnchors:
    """The certificates that were given, and НУЦ's word for those that were not."""
    if root is not None and issuing is not None:
        return TrustAnchors((_certificate(root),), (_certificate(issuing),))
    told = await counter.anchors()
    roots = told.roots if root is None else (_certificate(root),)
    return TrustAnchors(roots, told.intermediates if issuing is None else (_certificate(issuing),))


@contextmanager
def against(found: TrustAnchors, crl: bytes | None, nuc_url: str, at: datetime) -> Iterator[Checking]:
    """A check at the moment `at` with this list of the revoked (PEM or DER), or by what НУЦ tells."""
    if crl is not None:
        yield Checking(found, _crl(crl, found.intermediates[0]), at)
        return
    wire = Wire(nuc_url, PATIENCE)
    try:
        yield Checking(found, Inquiry(wire, found.intermediates[0], Mode.HARD), at)
    finally:
        wire.close()


def judge_cms(checking: Checking, signed: bytes, asked: Asked, content: bytes | None) -> Judged:
    """A CMS (DER); `content` when it is detached."""
    verdict = checking.judge(signed, asked, content=content)
    document = verdict.document
    if document is None:
        return Judged(verdict.code, verdict.marks)
    stamped_at = document.stamp.moment if document.stamp else None
    return Judged(verdict.code, verdict.marks, document.signer, document.standing, stamped_at)


def judge_xml(checking: Checking, signed: bytes, asked: Asked, content: bytes | None) -> Judged:
    """XML with an enveloped signature, which holds its `content` itself."""
    conditions = {Condition.REVOCATION: checking.revocation, Condition.IIN: asked.iin, Condition.BIN: asked.bin}
    unasked = {condition for condition, value in conditions.items() if value is None} | {Condition.TIME_STAMP}
    wanted = frozenset(Condition) - unasked
    try:
        opened = xmldsig.open_enveloped(signed)
        found = checking.certificate(opened.certificate, asked)
    except BusError as error:
        if error.code not in CONDITIONS:
            raise
        return Judged(error.code, marks(wanted, CONDITIONS[error.code]))
    return Judged("eds-valid", marks(wanted, None), signer_info(opened.certificate), found.standing)


def _certificate(content: bytes) -> x509.Certificate:
    load = x509.load_pem_x509_certificate if b"-----BEGIN" in content else x509.load_der_x509_certificate
    try:
        return load(content)
    except ValueError:
        raise Malformed("certificate-malformed", "not a certificate in PEM or DER") from None


def _crl(content: bytes, issuer: x509.Certificate) -> CrlView:
    if b"-----BEGIN" not in content:
        return CrlView.load(content, issuer)
    try:
        return CrlView.load(x509.load_pem_x509_crl(content).public_bytes(Encoding.DER), issuer)
    except ValueError:
        raise Malformed("crl-malformed", "not a list of the revoked in PEM or DER") from None
