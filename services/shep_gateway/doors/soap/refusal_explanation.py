"""What a fault says in `errorData`: the stable code, and behind it why a signature or a message was refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.bus.errors import BusError, Unavailable
from shared.bus.profiles import ActiveProfile, Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.pki.explanation.findings import ExpectedSignature
from shared.pki.explanation.xml_signatures import explain_envelope

ABOUT_SIGNATURES = ("eds-", "xml-", "sender-", "soap-malformed")
"""How the codes begin that refuse an envelope or its signer."""


def describe_refusal(runtime: Runtime, error: BusError, envelope: bytes, language: str) -> str:
    """The code of the error; for a refused signature or a missing entry of the register also, a line each, the
    findings with their texts.

    Production tells the code alone (`Opening.EXPLANATIONS`).
    """
    if "explanation" in error.details:
        return write_findings(error.code, error.details["explanation"]["findings"], language)
    explanation = explain_envelope_refusal(runtime, error, envelope)
    return error.code if explanation is None else write_findings(error.code, explanation["findings"], language)


def explain_envelope_refusal(runtime: Runtime, error: BusError, envelope: bytes) -> dict[str, Any] | None:
    """Why the signature of an envelope was refused, as a problem has it in ``explanation``; None for an error of
    another kind, and in production.
    """
    is_explained = error.code.startswith(ABOUT_SIGNATURES) and not isinstance(error, Unavailable)
    if not is_explained or not runtime.resource(ActiveProfile).opens(Opening.EXPLANATIONS):
        return None
    centre = runtime.resource(CertificationCentre)
    expected = ExpectedSignature(
        at=runtime.now, purpose=SignaturePurpose.SYSTEM, anchors=centre.anchors, find_named=centre.find_named
    )
    return explain_envelope(envelope, expected).as_json()


def write_findings(code: str, findings: Iterable[Mapping[str, Any]], language: str) -> str:
    """The code of a refusal, and behind it a line for each finding."""
    return "\n".join((code, *(_line_of(finding, language) for finding in findings)))


def _line_of(finding: Mapping[str, Any], language: str) -> str:
    details = ", ".join(f"{name}={value}" for name, value in finding["details"].items())
    return f"{finding['code']}: {finding['texts'][language]}{f' ({details})' if details else ''}"
