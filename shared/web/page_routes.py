"""The router of a site's pages: forms are checked before an endpoint sees them, errors become pages."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from shared.bus.errors import BusError, Malformed
from shared.bus.http.endpoints import HTTP_CODES
from shared.bus.http.requests.refusals import note_refusal
from shared.web.error_pages import respond_error
from shared.web.page_forms import read_form
from shared.web.page_sessions import FORM_TOKEN, FORM_TOKEN_HEADER, check_form_token, check_origin
from shared.web.page_sites import PageSite, lead_to_login, open_page

SAFE_METHODS = frozenset({"GET", "HEAD"})


class PageRoute(APIRoute):
    """An endpoint that answers with a page of ``site``.

    A form must come from a page of this system and carry the token of the visitor's session. An error becomes a
    page in the visitor's language, or leads to the page that ``PageSite.lead_of`` names.
    """

    site: ClassVar[PageSite]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        serve = super().get_route_handler()

        async def serve_page(request: Request) -> Response:
            try:
                if request.method not in SAFE_METHODS:
                    await _check_form(request)
                return await serve(request)
            except (BusError, HTTPException, RequestValidationError) as error:
                return await _answer_error(request, error)

        return serve_page


class PageRouter(APIRouter):
    """A router of pages of one site; pages are for people, and are not in the OpenAPI document."""

    def __init__(self, site: PageSite, **options: Any) -> None:
        route_class = type("SitePageRoute", (PageRoute,), {"site": site})
        settings = {"tags": ["pages"], "include_in_schema": False, "default_response_class": Response, **options}
        super().__init__(route_class=route_class, **settings)


async def _check_form(request: Request) -> None:
    """Refused ``form-foreign``, ``form-expired``; Malformed ``request-malformed``."""
    check_origin(request)
    page, form = await open_page(request), await read_form(request)
    check_form_token(page.session, request.headers.get(FORM_TOKEN_HEADER) or form.text(FORM_TOKEN))


async def _answer_error(request: Request, error: BusError | HTTPException | RequestValidationError) -> Response:
    page = await open_page(request)
    refusal, status = _read_error(error)
    note_refusal(request.scope, refusal)
    path = page.site.lead_of(refusal.code)
    if path is not None:
        return lead_to_login(page, path, refusal)
    return respond_error(page, refusal, status)


def _read_error(error: BusError | HTTPException | RequestValidationError) -> tuple[BusError, int]:
    if isinstance(error, BusError):
        return error, error.http_status
    if isinstance(error, HTTPException):
        code = HTTP_CODES.get(error.status_code, "http-error")
        return Malformed(code, str(error.detail)), error.status_code
    return Malformed("request-malformed", "the request is not valid"), 422
