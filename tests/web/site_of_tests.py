"""A small system with pages of every kind, as a system builds them over ``shared.web``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Response
from httpx import ASGITransport, AsyncClient

from shared.bus.errors import Conflict, Refused, Throttled, Untrusted
from shared.bus.http.endpoints import install_error_handling, render_problem
from shared.bus.http.problem_pages import ProblemPages
from shared.bus.http.request_budgets import RequestLimits, install_budgets
from shared.texts.catalog import COMMON
from shared.web.error_pages import draw_problem
from shared.web.page_forms import SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, PageSite, SiteLink
from shared.web.pages import PageFolder, page_headers

TOKEN = "session-of-serik"
WORDS = {
    "brand": {"ru": "Кабинет", "kk": "Кабинет", "en": "Cabinet"},
    "cases": {"ru": "Дела", "kk": "Істер", "en": "Cases"},
    "sent": {"ru": "Отправлено", "kk": "Жіберілді", "en": "Sent"},
    "greeting": {"ru": "Здравствуйте, {name}", "kk": "Сәлем, {name}", "en": "Hello, {name}"},
}
PAGE = """{% extends "site.html" %}{% import "forms.html" as fields with context %}
{% block title %}{{ say("cases") }}{% endblock %}
{% block content %}<h1 id="it">{{ text }}</h1>
{{ fields.error_summary({"note": say("cases")}) }}
{% call fields.form(link("cases")) %}{{ fields.text("note", say("cases"), text) }}
{{ fields.button(say("sent")) }}{% endcall %}{% endblock %}"""


def make_app(folder: Path) -> FastAPI:
    """The app; its templates go to ``folder``."""
    (folder / "page.html").write_text(PAGE, encoding="utf-8")
    pages = PageFolder(folder, WORDS, page_headers(has_script=True, Cache_Control="no-store"))
    site = PageSite(
        pages,
        "brand",
        links=(SiteLink("cases", "cases", is_for_visitors=True), SiteLink("open", "sent")),
        home="cases",
        login="login",
        logout="logout",
        leads={"password-change-needed": "password"},
    )
    router = PageRouter(site)
    _add_pages(router)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, routes=router.routes)
    app.state.instance, app.state.texts, app.state.draw_problem = "test", COMMON, draw_problem
    install_error_handling(app, COMMON)
    install_budgets(app, RequestLimits(100_000, 50), COMMON, render_problem)
    app.add_api_route("/broken", _break)
    app.add_api_route("/api/v1/broken", _break)
    return app


async def _break() -> None:
    raise RuntimeError("a fault of ours")


async def _require_visitor(page: OpenPage) -> str:
    if page.session.token != TOKEN:
        raise Untrusted("login-needed", "log in first")
    page.visitor = "СЕРИК"
    return page.visitor


Visitor = Annotated[str, Depends(_require_visitor)]


def _add_pages(router: PageRouter) -> None:
    @router.get("/cases")
    async def show_cases(page: OpenPage, me: Visitor) -> Response:
        return page.show("page.html", text=me)

    @router.get("/open")
    async def show_open(page: OpenPage, text: str = "x") -> Response:
        return page.show("page.html", text=text)

    @router.post("/cases")
    async def send_note(page: OpenPage, me: Visitor, form: SentForm) -> Response:
        if not form.text("note"):
            return page.refuse("page.html", {"note": "пусто <b>"}, text="")
        page.leave_notice("sent")
        return page.lead_to("cases", note=form.text("note"))

    @router.post("/login")
    async def log_in(page: OpenPage, form: SentForm) -> Response:
        page.open_session(form.secret("password"))
        return page.lead_back()

    @router.post("/logout")
    async def log_out(page: OpenPage, me: Visitor) -> Response:
        page.end_session()
        return page.lead_to("open")

    @router.get("/fault/{code}")
    async def fail(code: str) -> Response:
        raise {
            "conflict": Conflict("password-same", "x"),
            "throttled": Throttled("too-many-calls", "x", retry_after=60),
            "lead": Refused("password-change-needed", "x"),
        }[code]


def open_client(app: FastAPI, *, accept: str = "text/html", **headers: str) -> AsyncClient:
    """A browser without a window: keeps cookies, accepts pages."""
    transport = ASGITransport(HttpApp(app), raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://page", headers={"Accept": accept, **headers})


class HttpApp(ProblemPages):
    """The app with the layer that a service has around it."""

    def __init__(self, app: FastAPI) -> None:
        async def serve(scope, receive, send):  # type: ignore[no-untyped-def]
            await app(scope, receive, send)

        super().__init__(serve)
        self._fastapi = app

    async def __call__(self, scope, receive, send):  # type: ignore[no-untyped-def]
        scope["app"] = self._fastapi
        await super().__call__(scope, receive, send)
