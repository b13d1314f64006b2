"""The texts of refused signatures and numbers, by code, in Russian, Kazakh and English.

The wording is ours. The text of a signature begins with the meaning that the acts require (the requested service
is refused because the ЭЦП is not confirmed as genuine) and goes on with the concrete reason.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts.catalog import TextCatalog, Translations, texts_beside

REASONS = texts_beside(__file__, file="reason_texts.yaml")
"""The reason why a signature does not hold, without the refusal of a service: for a page that only checks it."""

_REFUSAL = texts_beside(__file__, file="refusal_texts.yaml")


def _put_refusal_before() -> Mapping[str, Translations]:
    refusal = _REFUSAL["service-refused"]
    return {
        code: {language: f"{refusal[language]} {reason}" for language, reason in reasons.items()}
        for code, reasons in REASONS.items()
    }


TEXTS = TextCatalog(_put_refusal_before, texts_beside(__file__))
"""The refusals of signatures, each with its reason, and the codes that are no refusals, with their words only."""
