"""A CMS as signers hand it over: base64 of DER, or PEM as NCALayer writes it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Base64Bytes, BeforeValidator

_ARMOUR = re.compile(r"\s*-----BEGIN (CMS|PKCS7)-----\s(?P<content>[A-Za-z0-9+/=\s]*)-----END \1-----\s*")


def remove_armour(value: Any) -> Any:
    """The base64 inside of PEM (CMS or PKCS7), without line ends; any other value unchanged."""
    match = _ARMOUR.fullmatch(value) if isinstance(value, str) else None
    return value if match is None else "".join(match["content"].split())


SignedBytes64 = Annotated[Base64Bytes, BeforeValidator(remove_armour)]
"""The bytes of a CMS; in JSON base64 of DER, or PEM."""
