"""Bodies that FastAPI does not read itself, declared beside their endpoints for the OpenAPI document.

A model needs no declaration. An endpoint that reads bytes or a form declares them with ``openapi_extra=``, an
endpoint that answers with bytes or text with ``responses=``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.bus.http.problems import Responses

BINARY = {"schema": {"type": "string", "format": "binary"}}
TEXT = {"schema": {"type": "string"}}
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
FILE = {"type": "string", "format": "binary"}
"""The schema of a form's field that holds a file."""


def declare_bytes(*media_types: str, status: int = 200) -> Responses:
    """The ``responses=`` of an endpoint that answers with bytes of one of these media types."""
    return {status: {"content": dict.fromkeys(media_types, BINARY)}}


def declare_text(*media_types: str, status: int = 200) -> Responses:
    """The ``responses=`` of an endpoint that answers with text of one of these media types."""
    return {status: {"content": dict.fromkeys(media_types, TEXT)}}


def declare_raw_body(media_type: str, description: str) -> dict[str, Any]:
    """The ``openapi_extra=`` of an endpoint whose request body is bytes of this media type."""
    return _declare_body(media_type, BINARY["schema"], description)


def declare_form_body(
    media_type: str, fields: Mapping[str, Mapping[str, Any]], required: Sequence[str], description: str
) -> dict[str, Any]:
    """The ``openapi_extra=`` of an endpoint whose request body is a form: its fields by name, as JSON Schema.

    ``media_type`` is ``URLENCODED`` or ``MULTIPART``; ``required`` names the fields that no form may lack.
    """
    properties = {name: dict(schema) for name, schema in fields.items()}
    return _declare_body(
        media_type, {"type": "object", "required": list(required), "properties": properties}, description
    )


def _declare_body(media_type: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    content = {media_type: {"schema": dict(schema)}}
    return {"requestBody": {"required": True, "description": description, "content": content}}
