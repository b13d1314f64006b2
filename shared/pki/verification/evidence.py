"""The evidence of a signed document: a time-stamp over its signature, and an OCSP answer that its certificate was
not revoked then. Evidence is gathered when the document is new and can later be checked without asking any
service.

The time-stamp is made first. The answer must cover the moment of the time-stamp.
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
    """The evidence stored with a document; `token` is the time-stamp token and `answer` the OCSPResponse, both
    DER.
    """

    stamped_at: datetime
    token: bytes = field(repr=False)
    answer: bytes = field(repr=False)


def gather_evidence(
    der: bytes, stamp: AskStamp, answer: AskAnswer, at: datetime, *, content: bytes | None = None
) -> SignatureEvidence:
    """The evidence for a CMS whose signature is proved again here; `content` is the content of a detached
    signature.

    Raises as `open_signed`, `stamp` and `answer` do.
    """
    signed = signed_data.open_signed(der, content=content)
    time_stamp = stamp(signed.signature, at)
    ocsp_answer = answer(signed.certificate, max(at, time_stamp.moment))
    return SignatureEvidence(time_stamp.moment, time_stamp.token, ocsp_answer.der)


def embed_evidence(der: bytes, evidence: SignatureEvidence) -> bytes:
    """The CMS with its evidence inside, as CAdES-T with revocation values; the signed content is unchanged."""
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
    """«Условие 2» at the moment of the document's own time-stamp, judged by the document and the anchors alone.

    The verdict's error is Refused eds-timestamp for a document without a time-stamp, Unavailable
    eds-revocation-unknown when no answer inside covers that moment. Revocation of the time-stamping service is not
    judged: the document holds nothing about it.
    """
    return SignatureCheck(anchors, None, at, cache, is_offline=True).judge_document(
        der, expectation, content=content
    )
