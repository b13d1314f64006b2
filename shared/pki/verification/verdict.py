"""The conditions of «условие 2», in the order in which they are judged, and how each is told."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.pki.verification.texts import TEXTS


class Condition(StrEnum):
    """Which part of «условие 2» did not hold: `details["condition"]` of a refusal."""

    FORM = "form"
    SIGNATURE = "signature"
    TIME_STAMP = "time-stamp"
    CHAIN = "chain"
    TERM = "term"
    PURPOSE = "purpose"
    REVOCATION = "revocation"
    IIN = "iin"
    BIN = "bin"


class Mark(StrEnum):
    """What became of a condition."""

    HELD = "held"
    FAILED = "failed"
    NOT_ASKED = "not-asked"
    NOT_REACHED = "not-reached"  # one before it had failed


CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        "eds-malformed": Condition.FORM,
        "eds-signers": Condition.FORM,
        "eds-missing": Condition.FORM,
        "soap-malformed": Condition.FORM,
        "xml-dtd": Condition.FORM,
        "xml-malformed": Condition.FORM,
        "xml-too-large": Condition.FORM,
        "eds-signature-invalid": Condition.SIGNATURE,
        "eds-algorithm": Condition.SIGNATURE,
        "eds-algorithm-gost34310": Condition.SIGNATURE,
        "eds-timestamp": Condition.TIME_STAMP,
        "eds-chain": Condition.CHAIN,
        "eds-certificate-unknown": Condition.CHAIN,
        "eds-expired": Condition.TERM,
        "eds-not-yet-valid": Condition.TERM,
        "eds-purpose": Condition.PURPOSE,
        "eds-revoked": Condition.REVOCATION,
        "eds-revocation-unknown": Condition.REVOCATION,
        "eds-iin-mismatch": Condition.IIN,
        "eds-bin-mismatch": Condition.BIN,
    }
)


def marks(asked: frozenset[Condition], failed: Condition | None) -> dict[Condition, Mark]:
    """What became of each condition, when `failed` was the first that did not hold (None: all held)."""
    told: dict[Condition, Mark] = {}
    mark = Mark.HELD
    for condition in Condition:
        if condition is failed:
            told[condition], mark = Mark.FAILED, Mark.NOT_REACHED
        else:
            told[condition] = mark if condition in asked else Mark.NOT_ASKED
    return told


def texts_of(code: str) -> dict[str, str]:
    """The texts of a code of `CONDITIONS`, or of eds-valid, in Russian, Kazakh and English."""
    return dict(TEXTS[code])
