"""The texts of ИС «Е-собес» for people: refusals by its register, and refused requests."""

from __future__ import annotations

from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__)
