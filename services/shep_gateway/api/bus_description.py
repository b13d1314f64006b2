"""Serves the AsyncAPI document of the bus, as it is published in ``shared/contracts/published``."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from shared import contracts
from shared.bus.http.requests.call_limits import ManyCalls

router = APIRouter(tags=["amqp"])

_DOCUMENT = Path(contracts.__file__).parent / "published" / "asyncapi.json"


@router.get("/asyncapi.json", include_in_schema=False, dependencies=[ManyCalls])
async def describe_bus() -> FileResponse:
    """The document: what a system sends and receives over AMQP."""
    return FileResponse(_DOCUMENT, media_type="application/json")
