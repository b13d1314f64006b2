"""The texts of НУЦ for people."""

from __future__ import annotations

from shared.phone.texts import TEXTS as PHONE
from shared.pki.verification.texts import REASONS
from shared.texts.catalog import COMMON, texts_beside

TEXTS = texts_beside(__file__, COMMON, REASONS, PHONE)
