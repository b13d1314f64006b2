"""Cursors: places in lists as short texts that only the system itself reads.

A cursor holds a key that its reader has seen, and a digest of the list that the cursor belongs to: the system, the
path and the filters. The digest finds damage and mix-ups and protects nothing: the session of each request decides
whose rows a list shows, and no cursor does.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from datetime import date

from shared.bus.persistence.list_pages import ListPlace, RowKey, foreign_cursor

DIGEST_BYTES = 8
MOST_NUMBER = 2**63 - 1


def write_cursor(list_name: str, key: RowKey, *, is_backward: bool) -> str:
    """The cursor of a place in the list with this name."""
    parts = [part.isoformat() if isinstance(part, date) else part for part in key]
    content = json.dumps([int(is_backward), *parts], separators=(",", ":"), ensure_ascii=False).encode()
    return urlsafe_b64encode(_list_digest(list_name, content) + content).rstrip(b"=").decode()


def read_cursor(list_name: str, cursor: str, limit: int) -> ListPlace:
    """The place of a cursor; Malformed ``cursor-malformed`` for a damaged cursor or one of another list."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        packed = urlsafe_b64decode(padded.encode("ascii"))
        content = packed[DIGEST_BYTES:]
        if packed[:DIGEST_BYTES] != _list_digest(list_name, content):
            raise foreign_cursor()
        values = json.loads(content)
    except (Error, ValueError, RecursionError):
        raise foreign_cursor() from None
    if not isinstance(values, list) or len(values) < 2 or not all(_is_part(value) for value in values):
        raise foreign_cursor()
    return ListPlace(limit, tuple(values[1:]), is_backward=values[0] == 1)


def _list_digest(list_name: str, content: bytes) -> bytes:
    return hashlib.sha256(list_name.encode() + b"\n" + content).digest()[:DIGEST_BYTES]


def _is_part(value: object) -> bool:
    """Whether each database can compare a value: no number over 64 bits, no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST_NUMBER
