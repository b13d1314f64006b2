"""The pages of the portal for a citizen: their frame, and who looks at them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import Depends

from services.portal_pep import storage
from services.portal_pep.api.visitors import require_visitor
from services.portal_pep.form_drafts import SCANS
from services.portal_pep.submission import CabinetVisitor
from shared.bus.errors import Untrusted
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.runtime.service_runtime import Runtime
from shared.texts.catalog import TextCatalog, texts_beside
from shared.web.page_sites import OpenPage, PageSite, SiteLink
from shared.web.pages import PageFolder, page_headers
from shared.web.static_files import StaticFolder

_FOLDER = Path(__file__).parent
WORDS = TextCatalog(
    texts_beside(__file__, file="portal_words.yaml"),
    texts_beside(__file__, file="catalogue_words.yaml"),
    texts_beside(__file__, file="cabinet_words.yaml"),
    texts_beside(__file__, file="phone_words.yaml"),
)
STATIC = StaticFolder("portal", _FOLDER / "static")
PAGES = PageFolder(
    _FOLDER / "templates",
    WORDS,
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept, Accept-Language, Cookie"),
    STATIC,
)
SITE = PageSite(
    PAGES,
    "portal",
    links=(
        SiteLink("services", "nav-services"),
        SiteLink("cabinet", "nav-history", is_for_visitors=True),
        SiteLink("cabinet/notifications", "nav-notifications", is_for_visitors=True),
        SiteLink("cabinet/account", "nav-account", is_for_visitors=True),
        SiteLink("check", "nav-check"),
    ),
    home="services",
    login="login",
    logout="logout",
    describe=lambda page: {"scan_types": ",".join(SCANS)},
)


async def require_page_citizen(page: OpenPage, runtime: ServiceRuntime) -> CabinetVisitor:
    """The logged-in citizen, whom the frame names; Untrusted ``login-needed``, which leads to the login."""
    visitor = await require_visitor(runtime, page.session.token)
    page.visitor = await name_citizen(runtime, visitor.iin)
    return visitor


async def find_page_citizen(page: OpenPage, runtime: ServiceRuntime) -> CabinetVisitor | None:
    """The logged-in citizen, or None for a page that is open to all."""
    if not page.session.token:
        return None
    try:
        return await require_page_citizen(page, runtime)
    except Untrusted:
        return None


async def name_citizen(runtime: Runtime, iin: str) -> str:
    """The citizen's name as the frame shows it: the ИИН where the portal may not tell the name."""
    account = await runtime.read(lambda session: storage.get_account(session, iin))
    is_told = account is not None and (
        account.is_proved or await runtime.read(lambda session: storage.has_filed(session, iin))
    )
    return f"{account.surname} {account.name}" if account is not None and is_told else iin


PageCitizen = Annotated[CabinetVisitor, Depends(require_page_citizen)]
MaybeCitizen = Annotated[CabinetVisitor | None, Depends(find_page_citizen)]
