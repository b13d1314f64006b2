"""The texts of the temporary storage for people."""

from __future__ import annotations

from shared.pki.verification.texts import TEXTS as EDS
from shared.texts.catalog import COMMON, texts_beside

TEXTS = texts_beside(__file__, COMMON, EDS)
