"""The texts of a workplace for people."""

from __future__ import annotations

from shared.bus.messages.message import MessageType
from shared.pki.verification.texts import REASONS
from shared.pki.verification.texts import TEXTS as EDS
from shared.regulations.deadlines import TEXTS as DEADLINES
from shared.regulations.entitlement import TEXTS as ENTITLEMENT
from shared.regulations.flk import TEXTS as FLK
from shared.texts.catalog import COMMON, texts_beside

TEXTS = texts_beside(__file__, COMMON, EDS, FLK, ENTITLEMENT, DEADLINES)


def describe_refusal(message_type: str, code: str) -> dict[str, str]:
    """The refused message and the reason, by language; a code without a text is shown as the code."""
    heading = TEXTS["result-not-accepted" if message_type == MessageType.RESPONSE else "message-not-accepted"]
    reason = REASONS.get(code) or TEXTS.get(code) or {}
    return {language: text.format(reason=reason.get(language, code)) for language, text in heading.items()}
