"""What an explanation consists of, and what the verifier of a signature expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from cryptography import x509

from shared.bus.errors import BusError
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.encoding.der import UNREADABLE
from shared.pki.xml.keyinfo import CertificateLookup, find_no_certificate
from shared.texts.catalog import Translations, texts_beside

TEXTS = texts_beside(__file__)
"""The meaning of each finding, by its code, in ru, kk and en."""

MAX_BYTES = 256 * 1024
"""The longest input that is explained; a longer one gets the finding `too-long`."""
_LONGEST_FACT = 200


class SignatureKind(StrEnum):
    """The kinds of signatures that can be explained."""

    WSSE = "wsse"
    XMLDSIG = "xmldsig"
    CMS = "cms"
    JWS = "jws"


@dataclass(frozen=True)
class Finding:
    """One difference, by a stable code.

    `is_proved`: the variant was tried, and digest or signature hold with this one difference undone; otherwise the
    finding is read from the form. `details` are short values: an algorithm, an Id, two digests.
    """

    code: str
    is_proved: bool = False
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def texts(self) -> Translations:
        """The meaning in ru, kk and en."""
        return TEXTS[self.code]

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return {
            "code": self.code,
            "proved": self.is_proved,
            "details": dict(self.details),
            "texts": dict(self.texts),
        }


@dataclass(frozen=True)
class Explanation:
    """Why a signature is refused: the findings, weightiest first; none for a valid signature.

    `facts` tell what the signature says of itself and what was computed: reference, transforms, canonical form,
    algorithms, digest given and computed (hexadecimal), form of KeyInfo.
    """

    kind: SignatureKind
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the findings."""
        return tuple(finding.code for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The explanation as JSON values."""
        return {
            "kind": self.kind.value,
            "facts": dict(self.facts),
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass(frozen=True)
class ExpectedSignature:
    """What the verifier expected; a condition that is None is not judged.

    `content` is what a detached signature is over: the content of a CMS, the payload of a JWS. `certificates` are
    those that a signature may name without carrying; `find_named` finds others, for signatures in XML. `recipient`
    is the address that a JWS must name in `to`.
    """

    content: bytes | None = None
    at: datetime | None = None
    purpose: SignaturePurpose | None = None
    anchors: TrustAnchors | None = None
    iin: str | None = field(default=None, repr=False)
    recipient: str | None = None
    certificates: tuple[x509.Certificate, ...] = ()
    find_named: CertificateLookup = find_no_certificate
    accepts_gost: bool = False


NOTHING_EXPECTED = ExpectedSignature()
SignatureExplainer = Callable[[bytes, ExpectedSignature], Explanation]
"""Says why a CMS is refused."""


class Notes:
    """The findings and facts of one explanation while it is made; each code is kept once."""

    def __init__(self) -> None:
        self._findings: dict[str, Finding] = {}
        self._facts: dict[str, str] = {}

    def add(self, code: str, *, is_proved: bool = False, **details: object) -> None:
        """Keep a finding, unless one with this code is kept."""
        cut = {name: str(value)[:_LONGEST_FACT] for name, value in details.items()}
        self._findings.setdefault(code, Finding(code, is_proved, MappingProxyType(cut)))

    def add_all(self, findings: Iterable[Finding]) -> None:
        """Keep these findings."""
        for finding in findings:
            self._findings.setdefault(finding.code, finding)

    def tell(self, **facts: object) -> None:
        """Keep facts; a later value replaces an earlier one."""
        self._facts.update({name.replace("_", "-"): str(value)[:_LONGEST_FACT] for name, value in facts.items()})

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the findings that are kept."""
        return frozenset(self._findings)

    def complete(self, explain: Callable[[], None], *, otherwise: str) -> None:
        """Run what keeps findings; where nothing is kept, or something cannot be read, keep the finding
        `otherwise`.
        """
        try:
            explain()
        except (BusError, *UNREADABLE):
            self.add(otherwise)
        if not self._findings:
            self.add(otherwise)

    def conclude(self, kind: SignatureKind) -> Explanation:
        """The explanation."""
        return Explanation(kind, tuple(self._findings.values()), MappingProxyType(dict(self._facts)))
