"""Plain input: the texts and numbers that a system takes from a request, whatever they are for.

PostgreSQL keeps no NUL and no half of a surrogate pair, SQLite no integer over 64 bits; characters that steer a
terminal or the direction of writing deceive the reader of a page. A request with any of them is refused before an
endpoint sees the request: ``request-malformed``.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from starlette.routing import Match
from starlette.types import Scope

LONGEST_PARAMETER = 500
"""The number of characters of a part of the path, or of a parameter of the query, that declares no bound."""
MOST_PARAMETERS = 100
"""The number of parameters of a query."""
LARGEST_INTEGER = 2**63 - 1
"""The largest integer that both databases keep."""
ENDLESS = sys.maxsize
"""The length of a body whose Content-Length is no number."""
DEEPEST_BODY = 30
"""The maximal depth of arrays and objects in a body."""

RowNumber = Annotated[int, Field(ge=0, le=LARGEST_INTEGER)]
"""A number that a database gave: of a row, of a version."""

TOO_LONG = "string_too_long"
_LAYOUT = "\t\n\r"
_DECEPTIVE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Control characters except tabulator and line breaks, those of direction, halves of surrogate pairs."""
_UNDECODED = re.compile(f"[{_LAYOUT}\ufffd]")
"""Characters that no address contains; a server puts U+FFFD where the bytes are not UTF-8."""


def is_plain_text(text: str) -> bool:
    """Whether a text has no character that steers a terminal or the direction of writing."""
    return _DECEPTIVE.search(text) is None


def check_plain(body: Any) -> Any:
    """Check a parsed JSON body: every text, name of a member and number, at any depth; returns the body."""
    waiting: list[tuple[Any, int]] = [(body, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            if _DECEPTIVE.search(value):
                raise PydanticCustomError("text_not_plain", "a text has control characters")
        elif isinstance(value, int | float):
            _check_number(value)
        elif isinstance(value, dict | list):
            if depth >= DEEPEST_BODY:
                raise PydanticCustomError("body_too_deep", "arrays and objects lie too deep in each other")
            parts: Iterable[Any] = (*value, *value.values()) if isinstance(value, dict) else value
            waiting += [(part, depth + 1) for part in parts]
    return body


def _check_number(value: float) -> None:
    if isinstance(value, int):
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise PydanticCustomError("number_too_large", "a number is over 64 bits")
    elif not math.isfinite(value):
        raise PydanticCustomError("finite_number", "a number is not finite")


PlainBody = BeforeValidator(check_plain)
"""The annotation of a request body whose type is not a ``RequestModel``."""


class RequestModel(BaseModel):
    """The base of the models of request bodies: plain texts and numbers, and no unknown fields."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _check_input(cls, body: Any) -> Any:
        return check_plain(body)


def read_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The length of a request's body that its headers announce, 0 without a body; None when it is unknown."""
    length: int | None = 0
    for name, value in headers:
        if name == b"content-length":
            length = int(value) if value.isdigit() else ENDLESS
        elif name == b"transfer-encoding":
            return None
    return length


def find_address_fault(scope: Scope) -> dict[str, str] | None:
    """The first fault of the path and the query of an HTTP request, as a field of a problem; None without one."""
    path: str = scope["path"]
    fault = _text_fault(path, *path.split("/"))
    if fault == TOO_LONG and _takes_rest_of_path(scope):
        fault = None
    if fault:
        return {"field": "path", "fault": fault}
    query: bytes = scope["query_string"]
    if not query:
        return None
    try:
        text = query.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return {"field": "query", "fault": "text_not_plain"}
    for name, value in pairs:
        if fault := _text_fault(name + value, name, value):
            return {"field": f"query.{name if name.isprintable() else ''}"[:LONGEST_PARAMETER], "fault": fault}
    return None


def _takes_rest_of_path(scope: Scope) -> bool:
    """Whether the endpoint takes the rest of the path, as OCSP by GET does, and judges that text itself."""
    return any(
        ":path}" in getattr(route, "path", "") and route.matches(scope)[0] is not Match.NONE
        for route in scope["app"].routes
    )


def _text_fault(text: str, *parts: str) -> str | None:
    if _DECEPTIVE.search(text) or _UNDECODED.search(text):
        return "text_not_plain"
    return TOO_LONG if any(len(part) > LONGEST_PARAMETER for part in parts) else None
