"""Every page of every system is in a room: the sweep for accessibility forgets none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from starlette.routing import Match

from services.catalog import INSTANCES
from shared.web.page_routes import PageRoute
from tests.pages import centre_pages, console_pages, desk_pages, gateway_pages, portal_pages

ROOMS = [module.ROOM for module in (gateway_pages, console_pages, portal_pages, desk_pages, centre_pages)]
A_FILE, A_PART, A_LEAD = "a file to download", "a part of a page, or its live stream", "only leads to another page"
NO_PAGES = {
    **dict.fromkeys(("/", "/apply/{service_id}"), A_LEAD),
    "/api/v1/receipts/{number}/page": "a paper to print, in the two languages of the state",
    **dict.fromkeys(
        (
            *("/cabinet/cases/{case_id}/output.pdf", "/cabinet/cases/{case_id}/{kind}.cms"),
            *("/sign/{request_id}/document", "/sign/{request_id}/qr.png", "/visits/{case}/statement/{iin}"),
            *("/cases/{case}/documents/{kind}", "/cases/{case}/records/{number}", "/cases/{case}/files/{file_id}"),
            *("/cases/{case}/attachments/{position}", "/console/cases/{case_id}/sequence.svg"),
        ),
        A_FILE,
    ),
    **dict.fromkeys(
        (
            *("/cabinet/events", "/cabinet/cases/{case_id}/events", "/console/map/events", "/start/state"),
            *("/hall/{centre}/screen/stream", "/sign/{request_id}/phone"),
        ),
        A_PART,
    ),
}
"""Addresses that answer with no page of their own; a system's own ``/`` is one where a room has the address."""


class AnyContent:
    """Stands for what the rooms prepare: every id is the same, and a case of the portal is its whole address."""

    granted = refused = asked = "/cabinet/cases/x"
    signing = code = "/sign/x"
    check = "/check/x"

    def __getattr__(self, name: str) -> Any:
        return AnyContent()

    def __getitem__(self, name: Any) -> Any:
        return AnyContent()

    def __str__(self) -> str:
        return "x"

    __repr__ = __str__


def list_pages(instance: Any) -> Iterator[APIRoute]:
    """The addresses of a system that answer GET with HTML."""
    service = instance.load_service()
    for router in (service.api, *service.extra_routers):
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and answers_page(route):
                yield route


def answers_page(route: APIRoute) -> bool:
    declared = any("text/html" in (response.get("content") or {}) for response in route.responses.values())
    kind: Any = getattr(route.response_class, "value", route.response_class)
    return isinstance(route, PageRoute) or declared or (isinstance(kind, type) and issubclass(kind, HTMLResponse))


def find_swept() -> set[Callable[..., Any]]:
    """What answers the pages of the rooms."""
    instances = {instance.name: list(list_pages(instance)) for instance in INSTANCES}
    swept = set()
    for room in ROOMS:
        for page in room.pages:
            path = page.path if isinstance(page.path, str) else str(page.path(AnyContent()))
            scope = {"type": "http", "method": "GET", "path": path.partition("?")[0]}
            routes = instances[page.instance or room.instance]
            answering = [route.endpoint for route in routes if route.matches(scope)[0] is Match.FULL]
            swept |= set(answering[:1])
    return swept


def test_every_page_of_every_system_is_in_a_room() -> None:
    swept = find_swept()
    forgotten = {
        f"{instance.name} {route.path}"
        for instance in INSTANCES
        for route in list_pages(instance)
        if route.endpoint not in swept and route.path not in NO_PAGES
    }
    assert forgotten == set()


def test_address_that_is_called_no_page_is_one_of_a_system() -> None:
    paths = {route.path for instance in INSTANCES for route in list_pages(instance)}
    assert set(NO_PAGES) <= paths
