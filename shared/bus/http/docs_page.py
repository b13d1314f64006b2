"""``/docs``: the API of a service to read and to try, drawn without the network from the copy in this package."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from shared.web.static_files import PAGE_FOLDERS, SHARED_STATIC, StaticFolder
from shared.web.templates import render_template

SWAGGER_UI = StaticFolder("swagger-ui", Path(__file__).parent / "swagger")
OWN_STATIC = StaticFolder("docs", Path(__file__).parent / "static")
TEMPLATES = Path(__file__).parent / "templates"
HEADERS = {
    # swagger-ui's style sheet carries its own images; its script sets styles, but writes none into the page
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

PATH = "/docs"
router = APIRouter()
"""For an app without FastAPI's own page, which would load files from the Internet; includes the files of all
pages.
"""


@router.get(PATH, include_in_schema=False)
async def show_docs_page(request: Request) -> HTMLResponse:
    """The documentation page."""
    text = render_template(
        TEMPLATES,
        "docs.html",
        title=request.app.openapi()["info"]["title"],
        shared_file=SHARED_STATIC.address,
        own_file=OWN_STATIC.address,
        library_file=SWAGGER_UI.address,
    )
    return HTMLResponse(text, headers=HEADERS)


for static_folder in (*PAGE_FOLDERS, SWAGGER_UI, OWN_STATIC):
    router.mount(static_folder.mount_path, static_folder)
