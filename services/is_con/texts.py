"""The texts of ИС ЦОН for people, beyond those of every workplace."""

from __future__ import annotations

from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__)
