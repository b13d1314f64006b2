"""Serves the AsyncAPI document of the bus, as it is published in ``shared/contracts/published``, and the text that
an agent reads first.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from shared import contracts
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.profiles import ActiveProfile, Opening

router = APIRouter(tags=["amqp"])

_DOCUMENT = Path(contracts.__file__).parent / "published" / "asyncapi.json"
_FOR_AGENTS = Path(__file__).parent / "llms.txt"


@router.get("/asyncapi.json", include_in_schema=False, dependencies=[ManyCalls])
async def describe_bus() -> FileResponse:
    """The document: what a system sends and receives over AMQP."""
    return FileResponse(_DOCUMENT, media_type="application/json")


@router.get("/llms.txt", include_in_schema=False, dependencies=[ManyCalls])
async def describe_for_agents(runtime: ServiceRuntime) -> FileResponse:
    """What an agent reads first (https://llmstxt.org): systems, contracts, commands, documents.

    Where the pages of the API are closed, there is none: ``not-found``.
    """
    if not runtime.resource(ActiveProfile).opens(Opening.DOCS_PAGES):
        raise NotFound("not-found", "no such page")
    return FileResponse(_FOR_AGENTS, media_type="text/plain; charset=utf-8")
