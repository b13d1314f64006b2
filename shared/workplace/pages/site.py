"""The site of a workplace: its frame, and the employee behind a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends

from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.regulations.model import EmployeeRole
from shared.texts.catalog import COMMON, TextCatalog, texts_beside
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, Page, PageSite, SiteLink
from shared.web.pages import PageFolder, page_headers
from shared.web.static_files import StaticFolder
from shared.workplace.people.sessions import authenticate_employee, authenticate_session
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.settings import WorkplaceSettings
from shared.workplace.steps.work.assigning import HEADS

STATIC = StaticFolder("workplace", Path(__file__).parent / "static")
SUBJECTS = ("frame", "role", "work", "case", "action", "record", "office")
WORDS = TextCatalog(*(texts_beside(__file__, file=f"{subject}_words.yaml") for subject in SUBJECTS))
PAGES = PageFolder(
    Path(__file__).parent / "templates",
    WORDS,
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept, Accept-Language, Cookie"),
    STATIC,
)
LINKS = (
    SiteLink("work", "link-work", is_for_visitors=True),
    SiteLink("office", "link-office", is_for_visitors=True),
    SiteLink("places", "link-places", is_for_visitors=True),
    SiteLink("password", "link-password", is_for_visitors=True),
)
FOR_HEADS = frozenset({"office"})
"""The paths of the pages that only the head of an office sees."""


def _describe_frame(page: Page) -> Mapping[str, Any]:
    """The name of the system, and the links that this employee may open."""
    employee: EmployeeRow | None = getattr(page.request.state, "employee", None)
    profile: WorkplaceProfile = page.request.app.state.runtime.resource(WorkplaceProfile)
    hidden = set() if employee is not None and employee.role in HEADS else set(FOR_HEADS)
    if not profile.has_places:
        hidden.add("places")
    links = tuple(link for link in (*profile.further_links, *page.site.links) if link.path not in hidden)
    title = page.request.app.state.texts["system-title"][page.tag].split(",")[0]
    return {
        "brand_text": title,
        "site": replace(page.site, links=links),
        "employee": employee,
        "signer": _find_signer(page),
    }


def _find_signer(page: Page) -> str:
    """The address of NCALayer on the employee's machine."""
    settings: WorkplaceSettings = page.request.app.state.runtime.resource(WorkplaceSettings)
    return settings.ncalayer_url


def _let_pages_sign(page: Page) -> Mapping[str, str]:
    """The policy that lets the scripts of pages call NCALayer, and nothing else outside the system."""
    policy = page_headers(has_script=True, calls=(_find_signer(page),))["Content-Security-Policy"]
    return {"Content-Security-Policy": policy}


SITE = PageSite(
    PAGES,
    "brand",
    links=LINKS,
    home="work",
    login="login",
    logout="logout",
    leads={"password-change-needed": "password"},
    describe=_describe_frame,
    describe_headers=_let_pages_sign,
)


def make_router(**options: Any) -> PageRouter:
    """A router for pages of employees."""
    return PageRouter(SITE, **options)


async def enter_employee(page: OpenPage, runtime: ServiceRuntime) -> EmployeeRow:
    """The logged-in employee of a page; ``login-needed`` and ``password-change-needed`` lead to the pages for
    them.
    """
    return _show_employee(page, await authenticate_employee(runtime, page.session.token))


async def enter_anybody(page: OpenPage, runtime: ServiceRuntime) -> EmployeeRow:
    """The employee of a session, also before the first password is changed."""
    return _show_employee(page, await authenticate_session(runtime, page.session.token))


PageEmployee = Annotated[EmployeeRow, Depends(enter_employee)]
AnyPageEmployee = Annotated[EmployeeRow, Depends(enter_anybody)]


def _show_employee(page: Page, employee: EmployeeRow) -> EmployeeRow:
    page.visitor = f"{employee.surname} {employee.name}"
    page.request.state.employee = employee
    return employee


def name_role(role: str, tag: str) -> str:
    """The name of a role in the language of a page."""
    return WORDS[f"role-{EmployeeRole(role).value}"][tag]


def explain_error(page: Page, error: BusError) -> str:
    """The text of an error in the language of a page."""
    texts: Mapping[str, Mapping[str, str]] = page.request.app.state.texts
    return (texts.get(error.code) or COMMON.get(error.code) or {}).get(page.tag, error.message)
