"""``/docs``: every service's API to read and to try, drawn without the network from the copy in this package."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

ASSETS = Path(__file__).parent / "swagger"
NO_ICON = "data:,"


router = APIRouter()
"""For an app made without FastAPI's own page, which would ask the Internet."""


@router.get("/docs", include_in_schema=False)
async def show_docs_page(request: Request) -> HTMLResponse:
    """The page."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=request.app.title,
        swagger_js_url="/docs/files/swagger-ui-bundle.js",
        swagger_css_url="/docs/files/swagger-ui.css",
        swagger_favicon_url=NO_ICON,
    )


router.mount("/docs/files", StaticFiles(directory=ASSETS), name="docs")
