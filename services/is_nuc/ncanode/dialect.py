"""Errors in NCANode's form: ``{"status": 400, "message": "…"}``, where ``status`` is the HTTP status."""

from __future__ import annotations

import base64
import binascii
import re

from fastapi.responses import JSONResponse

from shared.bus.errors import BusError, Internal, Malformed, NotFound, Refused, Throttled, Unavailable, Untrusted
from shared.bus.http.endpoints import Texts, problem_response

PATHS = ("/xml/", "/wsse/", "/cms/", "/pkcs12/", "/x509/", "/tsp/", "/actuator/")

CLOSED_CODE = "ncanode-closed"

CLOSED = (NotFound(CLOSED_CODE),)
KEYSTORE = (
    NotFound("keystore-alias"),
    Refused("keystore-algorithm"),
    Refused("keystore-limits"),
    Malformed("base64-malformed"),
    Malformed("keystore-malformed"),
    Malformed("keystore-password"),
)
"""The errors of an endpoint that opens a key store."""
XML = (Malformed("xml-dtd"), Malformed("xml-malformed"), Malformed("xml-too-large"), Malformed("eds-malformed"))
"""The errors of an endpoint that reads XML."""
XML_SIGNATURE = (
    *XML,
    Malformed("certificate-malformed"),
    Malformed("eds-missing"),
    Malformed("eds-signers"),
    Untrusted("eds-algorithm"),
    Untrusted("eds-algorithm-gost34310"),
    Untrusted("eds-certificate-unknown"),
    Untrusted("eds-signature-invalid"),
)
"""The errors of an endpoint that checks a signature in XML."""
STAMP = (Unavailable("tsp-time-not-available"), Unavailable("tsp-unavailable"))
"""The errors of an endpoint that requests a time-stamp."""

_ARMOUR = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 #]+-----")
_WHITE = re.compile(r"\s+")


def render_error(path: str, error: BusError, texts: Texts, tag: str, status: int | None = None) -> JSONResponse:
    """An error in NCANode's form under NCANode's paths, elsewhere a problem (RFC 9457).

    An error of the request is 400, as NCANode's clients expect; 429 and 503 mean try again, 500 a fault of НУЦ.
    The statuses of HTTP itself (404, 405, 413) do not change.
    """
    if not path.startswith(PATHS):
        return problem_response(error, texts, tag, status)
    is_own = isinstance(error, Unavailable | Throttled | Internal) or error.code == CLOSED_CODE
    code = status or (error.http_status if is_own else 400)
    headers = {"Retry-After": str(error.details["retry_after"])} if "retry_after" in error.details else None
    return JSONResponse({"status": code, "message": _compose_message(error)}, status_code=code, headers=headers)


def decode_base64(text: str, name: str) -> bytes:
    """The bytes of a base64 text; Malformed base64-malformed.

    Line breaks, padding and the first and last line of PEM may be there or not. ``name`` names the text in the
    error.
    """
    bare = _WHITE.sub("", _ARMOUR.sub("", text)).rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("base64-malformed", f"{name} is not valid Base64") from None


def encode_base64(data: bytes) -> str:
    """``data`` as base64 without line breaks."""
    return base64.b64encode(data).decode("ascii")


def encode_utf8(text: str) -> bytes:
    """The text in UTF-8; Malformed request-malformed for half of a surrogate pair, which JSON may hold."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Malformed("request-malformed", "a text holds half of a surrogate pair") from None


def _compose_message(error: BusError) -> str:
    fields = error.details.get("fields")
    if not fields:
        return error.message
    faults = ", ".join(f"{field['field'].removeprefix('body.')}: {field['fault']}" for field in fields)
    return f"{error.message}: {faults}"
