"""The texts of the command and of the reports, in three languages."""

from __future__ import annotations

from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__)
