"""The texts of the check in Russian, Kazakh and English; the reasons come from `shared.pki.verification.texts`."""

from __future__ import annotations

from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__)
"""``condition-{name}`` for each condition of a signature, ``mark-{name}`` for each mark, and the labels."""
SEGMENT_TEXTS = texts_beside(__file__, file="segment_texts.yaml")
"""The labels of the check of segments of the journal, and its faults by their codes."""
BUNDLE_TEXTS = texts_beside(__file__, file="bundle_texts.yaml")
"""The name of each check of an evidence bundle, and the labels ``holds``, ``broken`` and ``own-root``."""
