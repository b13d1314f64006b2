"""A recorded message made new: ids, moments, and the signatures of people under documents in it."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography import x509

from services.tools.recording.recording_file import RecordedMessage
from shared.bus.errors import BusError
from shared.pki.cms import signed_data

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
KEEPS_BYTES = "surrogateescape"
LEAST_DOCUMENT = 200
"""The characters below which a text is no signed document."""

SignAnew = Callable[[x509.Certificate, bytes], Awaitable[bytes | None]]
"""Sign a content for the person of a certificate, with a key that the country trusts: the CMS, None for a signer
for whom that cannot be.
"""


def find_document(value: str) -> signed_data.SignedCms | None:
    """The signed document in a text in base64; None for another text."""
    if len(value) < LEAST_DOCUMENT or not value.startswith("MI"):
        return None
    try:
        return signed_data.open_signed(b64decode(value, validate=True))
    except (BusError, NotBase64, ValueError):
        return None


@dataclass
class MessageRenewal:
    """Makes messages new: each id of the recording has one new id, moments move by ``moves``."""

    sign_anew: SignAnew
    moves: timedelta = timedelta()
    ids: dict[str, str] = field(default_factory=dict)

    def new_id(self, recorded: str) -> str:
        """The new id that stands for a recorded one."""
        return self.ids.setdefault(recorded, str(uuid4()))

    async def renew(self, message: RecordedMessage) -> dict[str, Any]:
        """The message as ``POST /api/v1/messages`` takes it."""
        renewed: dict[str, Any] = {
            "service_id": message.service_id,
            "message_type": message.message_type,
            "message_id": self.new_id(message.message_id),
            "correlation_id": self.new_id(message.correlation_id),
            "properties": {name: self.replace_ids(value) for name, value in message.properties.items()},
            "content": {
                "contract": message.content.contract,
                "data": await self._renew_value(message.content.data),
            },
        }
        return renewed | ({"region": message.region} if message.region else {})

    def replace_ids(self, text: str) -> str:
        """The text with new ids in the place of the recorded ones that are known."""
        for recorded, new in self.ids.items():
            text = text.replace(recorded, new)
        return text

    async def _renew_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: await self._renew_value(part) for name, part in value.items()}
        if isinstance(value, list):
            return [await self._renew_value(part) for part in value]
        return await self._renew_text(value) if isinstance(value, str) else value

    async def _renew_text(self, text: str) -> str:
        if (document := find_document(text)) is not None:
            content = self._renew_words(document.content.decode("utf-8", KEEPS_BYTES))
            signed = await self.sign_anew(document.certificate, content.encode("utf-8", KEEPS_BYTES))
            return text if signed is None else b64encode(signed).decode()
        return self._renew_words(text)

    def _renew_words(self, text: str) -> str:
        return MOMENT.sub(lambda match: self._move(match[0]), self.replace_ids(text))

    def _move(self, moment: str) -> str:
        return (datetime.fromisoformat(moment) + self.moves).isoformat()
