"""Why a message of the bus is refused: which variant of its signature would verify, which fields are faulty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cryptography import x509

from shared.bus.carriers.transport import SignedBytes
from shared.bus.clocks.clock import Clock
from shared.bus.errors import BusError
from shared.bus.messages import jws
from shared.bus.messages.gate import hop_payload
from shared.pki.client.nuc import CertificationCentre
from shared.pki.explanation.findings import ExpectedSignature, Explanation, Finding
from shared.pki.explanation.jws_signatures import explain_jws

ABOUT_SIGNATURES = ("signature-", "sender-", "wrong-addressee")
"""How the codes begin that refuse a signature or its signer."""
MOST_FIELDS = 20


@dataclass(frozen=True)
class MessageExplainer:
    """Explains the refusals of one system on the bus (a ``RefusalExplainer``)."""

    centre: CertificationCentre
    address: str
    clock: Clock

    def __call__(self, error: BusError, raw: SignedBytes) -> Mapping[str, Any] | None:
        if fields := error.details.get("fields"):
            return _explain_fields(fields)
        if not error.code.startswith(ABOUT_SIGNATURES):
            return None
        return next((told.as_json() for told in self._explain_signatures(raw) if told.findings), None)

    def _explain_signatures(self, raw: SignedBytes) -> Iterator[Explanation]:
        """The sender's signature, then that of the gateway that brought the message."""
        yield self._explain_token(raw.signature, raw.body, is_last=raw.hop is None)
        if raw.hop is not None:
            yield self._explain_token(raw.hop, hop_payload(raw.signature, raw.body), is_last=True)

    def _explain_token(self, token: str, payload: bytes, *, is_last: bool) -> Explanation:
        """The last signature on the way must name this system; the sender's names the first gateway."""
        expected = ExpectedSignature(
            content=payload,
            at=self.clock.now(),
            anchors=self.centre.anchors,
            recipient=self.address if is_last else None,
            certificates=tuple(self._find_certificates(token)),
        )
        return explain_jws(token, expected)

    def _find_certificates(self, token: str) -> Iterator[x509.Certificate]:
        with suppress(BusError):
            yield self.centre.fetch_certificate(jws.parse(token).thumbprint)


def _explain_fields(fields: list[Mapping[str, str]]) -> Mapping[str, Any]:
    """Each faulty field with what was expected and what came; never a value."""
    findings = [
        Finding("field-faulty", is_proved=True, details=MappingProxyType(dict(one)))
        for one in fields[:MOST_FIELDS]
    ]
    facts = {"faulty-fields": str(len(fields))}
    return {"kind": "fields", "facts": facts, "findings": [finding.as_json() for finding in findings]}
