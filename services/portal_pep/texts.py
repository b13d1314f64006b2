"""The texts of the portal for people."""

from __future__ import annotations

from shared.phone.texts import TEXTS as PHONE
from shared.pki.verification.texts import TEXTS as EDS
from shared.regulations.entitlement import TEXTS as ENTITLEMENT
from shared.regulations.flk import TEXTS as FLK
from shared.texts.catalog import COMMON, texts_beside

TEXTS = texts_beside(__file__, COMMON, EDS, FLK, ENTITLEMENT, PHONE)
