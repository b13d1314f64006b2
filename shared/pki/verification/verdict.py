"""The conditions of «условие 2», in the order of judgement, with the error codes and texts of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.bus.errors import Refused, Unavailable
from shared.pki.verification.texts import TEXTS


class SignatureCondition(StrEnum):
    """A part of «условие 2»: `details["condition"]` of a refusal."""

    FORM = "form"
    SIGNATURE = "signature"
    TIME_STAMP = "time-stamp"
    CHAIN = "chain"
    TERM = "term"
    PURPOSE = "purpose"
    REVOCATION = "revocation"
    IIN = "iin"
    BIN = "bin"


class ConditionMark(StrEnum):
    """The result of one condition."""

    HELD = "held"
    FAILED = "failed"
    NOT_ASKED = "not-asked"
    NOT_REACHED = "not-reached"  # an earlier condition failed


CONDITIONS: Mapping[str, SignatureCondition] = MappingProxyType(
    {
        "eds-malformed": SignatureCondition.FORM,
        "eds-signers": SignatureCondition.FORM,
        "eds-missing": SignatureCondition.FORM,
        "soap-malformed": SignatureCondition.FORM,
        "xml-dtd": SignatureCondition.FORM,
        "xml-malformed": SignatureCondition.FORM,
        "xml-too-large": SignatureCondition.FORM,
        "eds-signature-invalid": SignatureCondition.SIGNATURE,
        "eds-algorithm": SignatureCondition.SIGNATURE,
        "eds-algorithm-gost34310": SignatureCondition.SIGNATURE,
        "eds-timestamp": SignatureCondition.TIME_STAMP,
        "eds-chain": SignatureCondition.CHAIN,
        "eds-certificate-unknown": SignatureCondition.CHAIN,
        "eds-expired": SignatureCondition.TERM,
        "eds-not-yet-valid": SignatureCondition.TERM,
        "eds-purpose": SignatureCondition.PURPOSE,
        "eds-revoked": SignatureCondition.REVOCATION,
        "eds-revocation-unknown": SignatureCondition.REVOCATION,
        "eds-iin-mismatch": SignatureCondition.IIN,
        "eds-bin-mismatch": SignatureCondition.BIN,
    }
)

_NOT_OF_A_CMS = {"eds-missing", "eds-certificate-unknown", "eds-revocation-unknown", "eds-bin-mismatch"}
SIGNATURE_ERRORS = (
    *(Refused(code) for code in CONDITIONS if code.startswith("eds-") and code not in _NOT_OF_A_CMS),
    Unavailable("eds-revocation-unknown"),
)
"""The errors by which «условие 2» refuses a person's CMS, for endpoints to declare."""


def mark_conditions(
    judged_conditions: frozenset[SignatureCondition], failed: SignatureCondition | None
) -> dict[SignatureCondition, ConditionMark]:
    """The result of each condition, when `failed` was the first to fail (None: all held)."""
    marks: dict[SignatureCondition, ConditionMark] = {}
    mark = ConditionMark.HELD
    for condition in SignatureCondition:
        if condition is failed:
            marks[condition], mark = ConditionMark.FAILED, ConditionMark.NOT_REACHED
        else:
            marks[condition] = mark if condition in judged_conditions else ConditionMark.NOT_ASKED
    return marks


def texts_of(code: str) -> dict[str, str]:
    """The texts of a code of `CONDITIONS`, or of eds-valid, in Russian, Kazakh and English."""
    return dict(TEXTS[code])
