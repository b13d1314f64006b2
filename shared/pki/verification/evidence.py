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
from shared.pki.certificates.ocsp import Answer
from shared.pki.cms import cades, signed_data
from shared.pki.cms.tsp import Stamp
from shared.pki.verification.check import Asked, Checking, Verdict

AskStamp = Callable[[bytes, datetime], Stamp]
AskAnswer = Callable[[x509.Certificate, datetime], Answer]


@dataclass(frozen=True)
class Evidence:
    """What is kept beside a document; `token` and `answer` are DER, `answer` an OCSPResponse."""

    stamped_at: datetime
    token: bytes = field(repr=False)
    answer: bytes = field(repr=False)


def gather(
    der: bytes, stamp: AskStamp, answer: AskAnswer, at: datetime, *, content: bytes | None = None
) -> Evidence:
    """The evidence for a CMS whose signature is proved again here; the errors are those of whoever is asked.

    `content` is given when the signature is detached.
    """
    signed = signed_data.open_signed(der, content=content)
    stamped = stamp(signed.signature, at)
    told = answer(signed.certificate, max(at, stamped.moment))
    return Evidence(stamped.moment, stamped.token, told.der)


def long_term(der: bytes, evidence: Evidence) -> bytes:
    """The CMS with its evidence inside, as CAdES-T with revocation values; what was signed stays as it is."""
    return cades.extended(der, token=evidence.token, answers=[evidence.answer])


def check_evidence(
    der: bytes,
    asked: Asked,
    *,
    anchors: TrustAnchors,
    at: datetime,
    content: bytes | None = None,
    cache: ChainCache | None = None,
) -> Verdict:
    """«Условие 2» as of the document's own time-stamp, by nothing but the document and the anchors.

    eds-timestamp when it has none; eds-revocation-unknown (Unavailable) when no answer in it speaks for that
    moment. Whether the service that made the stamp was revoked is not asked: nothing in the document tells.
    """
    return Checking(anchors, None, at, cache, is_offline=True).judge(der, asked, content=content)
