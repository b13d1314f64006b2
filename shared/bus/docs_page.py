"""``/docs``: every service's API to read and to try, drawn without the network from the copy in this package."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

ASSETS = Path(__file__).parent / "swagger"
NO_ICON = "data:,"


def install(app: FastAPI) -> None:
    """Serve the page and its files; the app is made without FastAPI's own, which would ask the Internet."""

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url="/docs/files/swagger-ui-bundle.js",
            swagger_css_url="/docs/files/swagger-ui.css",
            swagger_favicon_url=NO_ICON,
        )

    app.mount("/docs/files", StaticFiles(directory=ASSETS), name="docs")
