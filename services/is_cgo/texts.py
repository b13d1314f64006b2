"""The texts of ИС ЦГО for people."""

from __future__ import annotations

from shared.pki.verification.texts import TEXTS as EDS
from shared.texts.catalog import COMMON, select_texts, texts_beside

TEXTS = texts_beside(__file__, COMMON, select_texts(EDS, "iin-"))
