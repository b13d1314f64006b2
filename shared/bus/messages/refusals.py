"""Why a message is refused, beyond the code: explained in the sandbox only, and carried with the error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import BusError
from shared.bus.logs import log

EXPLANATION = "explanation"
"""Key of an error's details: ``kind``, ``facts`` and ``findings``, as JSON values."""
LONGEST_FAULT = 300

RefusalExplainer = Callable[[BusError, SignedBytes], Mapping[str, Any] | None]
"""Says why a message is refused with this error; None where the code says everything."""


def explain_error(error: BusError, raw: SignedBytes, explainer: RefusalExplainer | None) -> None:
    """Add the explanation to the details of an error that has none; a fault of the explainer harms no refusal."""
    if explainer is None or EXPLANATION in error.details:
        return
    try:
        explanation = explainer(error, raw)
    except Exception as fault:  # it reads bytes of strangers
        log("refusal.unexplained", code=error.code, error=repr(fault)[:LONGEST_FAULT])
        return
    if explanation is not None:
        error.details[EXPLANATION] = dict(explanation)


def explanation_of(error: BusError) -> dict[str, Any] | None:
    """The explanation that an error carries, or None."""
    explanation: dict[str, Any] | None = error.details.get(EXPLANATION)
    return explanation
