"""``/docs``: every service's API to read and to try, drawn without the network from the copy in this package."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from shared.web.static_files import SHARED_STATIC, StaticFolder
from shared.web.templates import render_template

SWAGGER_UI = StaticFolder("swagger-ui", Path(__file__).parent / "swagger")
OWN_STATIC = StaticFolder("docs", Path(__file__).parent / "static")
TEMPLATES = Path(__file__).parent / "templates"
HEADERS = {
    # the style sheet of swagger-ui brings images of its own; its script sets styles, and writes none into the page
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

router = APIRouter()
"""For an app made without FastAPI's own page, which would ask the Internet; with the files of every page."""


@router.get("/docs", include_in_schema=False)
async def show_docs_page(request: Request) -> HTMLResponse:
    """The page."""
    text = render_template(
        TEMPLATES,
        "docs.html",
        title=request.app.title,
        shared_file=SHARED_STATIC.address,
        own_file=OWN_STATIC.address,
        library_file=SWAGGER_UI.address,
    )
    return HTMLResponse(text, headers=HEADERS)


for static_folder in (SHARED_STATIC, SWAGGER_UI, OWN_STATIC):
    router.mount(static_folder.mount_path, static_folder)
