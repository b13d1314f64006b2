"""«Условие 2» over signatures in XML: open the signature, then check its signer as any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from shared.bus.errors import Malformed, Refused, Untrusted
from shared.pki.encoding.xmltree import MAX_BYTES
from shared.pki.verification.check import SignerInfo, check_signer
from shared.pki.verification.verdict import CONDITIONS
from shared.pki.xml import wsse, xmldsig
from shared.pki.xml.algorithms import STANDARD, XmlAlgorithms
from shared.pki.xml.keyinfo import CertificateLookup, find_no_certificate
from shared.pki.xml.wsse import SignedBody
from shared.pki.xml.xmldsig import SignedXml


@dataclass(frozen=True)
class CheckedXml:
    """An XML document that passed «условие 2»."""

    signed: SignedXml
    signer: SignerInfo


@dataclass(frozen=True)
class CheckedBody:
    """A SOAP Body that passed «условие 2»."""

    signed: SignedBody
    signer: SignerInfo


def check_xml(
    xml: bytes, *, algorithms: XmlAlgorithms = STANDARD, max_bytes: int = MAX_BYTES, **conditions: Any
) -> CheckedXml:
    """The document that `xml` holds with an enveloped signature, when «условие 2» holds.

    `conditions` are the arguments of `check.check_signer`: anchors, revocation, at, expected_iin, purpose and the
    rest. Raises Refused with a code of `CONDITIONS` and `details["condition"]`; Unavailable as `check_signer`
    does.
    """
    with _as_refusals():
        signed = xmldsig.open_enveloped(xml, algorithms=algorithms, max_bytes=max_bytes)
        return CheckedXml(signed, check_signer(signed.certificate, **conditions))


def check_wsse(
    envelope: bytes,
    *,
    lookup: CertificateLookup = find_no_certificate,
    algorithms: XmlAlgorithms = STANDARD,
    max_bytes: int = MAX_BYTES,
    **conditions: Any,
) -> CheckedBody:
    """The Body of a signed SOAP message, when «условие 2» holds; `lookup` as in `wsse.open_body`, the rest as in
    `check_xml`.
    """
    with _as_refusals():
        signed = wsse.open_body(envelope, lookup=lookup, algorithms=algorithms, max_bytes=max_bytes)
        return CheckedBody(signed, check_signer(signed.certificate, **conditions))


@contextmanager
def _as_refusals() -> Iterator[None]:
    try:
        yield
    except (Malformed, Untrusted) as error:
        condition = CONDITIONS[error.code].value
        raise Refused(error.code, error.message, **{"condition": condition} | error.details) from None
