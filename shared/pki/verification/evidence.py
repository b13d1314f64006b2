"""A signed document that stays provable: its signature, a time-stamp over it, the answer that its certificate was
not revoked then. Gathered when it is new; checked, without asking anybody, when all that could be asked is gone.

The stamp is made first. The answer must speak for the stamp's moment: made later, or not yet out of date by then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509

from shared.pki.certificates.chain import ChainCache, TrustAnchors
from shared.pki.certificates.ocsp import OcspAnswer
from shared.pki.cms import cades, signed_data
from shared.pki.cms.tsp import TimeStamp
from shared.pki.verification.check import SignatureCheck, SignatureVerdict, SignerExpectation

AskStamp = Callable[[bytes, datetime], TimeStamp]
AskAnswer = Callable[[x509.Certificate, datetime], OcspAnswer]


@dataclass(frozen=True)
class SignatureEvidence:
    """What is kept beside a document; `token` and `answer` are DER, `answer` an OCSPResponse."""

    stamped_at: datetime
    token: bytes = field(repr=False)
    answer: bytes = field(repr=False)


def gather_evidence(
    der: bytes, stamp: AskStamp, answer: AskAnswer, at: datetime, *, content: bytes | None = None
) -> SignatureEvidence:
    """The evidence for a CMS whose signature is proved again here; the errors are those of whoever is asked.

    `content` is given when the signature is detached.
    """
    signed = signed_data.open_signed(der, content=content)
    time_stamp = stamp(signed.signature, at)
    ocsp_answer = answer(signed.certificate, max(at, time_stamp.moment))
    return SignatureEvidence(time_stamp.moment, time_stamp.token, ocsp_answer.der)


def embed_evidence(der: bytes, evidence: SignatureEvidence) -> bytes:
    """The CMS with its evidence inside, as CAdES-T with revocation values; what was signed stays as it is."""
    return cades.extend_cms(der, token=evidence.token, answers=[evidence.answer])


def check_evidence(
    der: bytes,
    expectation: SignerExpectation,
    *,
    anchors: TrustAnchors,
    at: datetime,
    content: bytes | None = None,
    cache: ChainCache | None = None,
) -> SignatureVerdict:
    """«Условие 2» as of the document's own time-stamp, by nothing but the document and the anchors.

    eds-timestamp when it has none; eds-revocation-unknown (Unavailable) when no answer in it speaks for that
    moment. Whether the service that made the stamp was revoked is not asked: nothing in the document tells.
    """
    return SignatureCheck(anchors, None, at, cache, is_offline=True).judge_document(
        der, expectation, content=content
    )
