"""The frame of the start page, its systems with their pages, and their addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Request

from services.shep_gateway.console.country_systems import read_places
from services.shep_gateway.settings import GatewaySettings
from shared.texts.catalog import TextCatalog, texts_beside
from shared.web.page_sites import PageSite
from shared.web.pages import PageFolder, page_headers
from shared.web.static_files import StaticFolder
from shared.web.system_links import link_to_port

STATIC = StaticFolder("start", Path(__file__).parent / "static")
FOLDER = PageFolder(
    Path(__file__).parent / "templates",
    TextCatalog(texts_beside(__file__, file="start_words.yaml"), texts_beside(__file__, file="system_words.yaml")),
    page_headers(has_script=True, Cache_Control="no-store", Vary="Accept-Language, Cookie"),
    STATIC,
)
SITE = PageSite(FOLDER, "brand")
OWN = "shep_gateway"
THIS_MACHINE = ("127.0.0.1", "localhost", "::1")

GROUPS: Mapping[str, Sequence[str]] = {
    "group-people": ("portal_pep", "is_con"),
    "group-providers": (*("is_mio", "is_esobes", "is_rynok_truda", "gbd_elicense", "arm_shep", "arm_rshep"),),
    "group-bus": (OWN, "rshep_akm", "rshep_aty", "rshep_sev", "rshep_yuz", "is_nuc"),
    "group-registers": ("nr_iin", "enis", "is_cgo", "gcvp", "kdp", "gbd_ul", "temp_files"),
}
WITH_CASES = ("is_mio", "is_con", "is_esobes", "is_rynok_truda", "gbd_elicense", "arm_shep", "arm_rshep")
"""The systems at which cases wait: each has a monitor of its deadlines."""
PAGES: Mapping[str, Sequence[tuple[str, str]]] = {
    "portal_pep": (("check", "page-check"), ("quality", "page-quality")),
    OWN: (
        ("coverage", "page-coverage"),
        ("explain", "page-explain"),
        ("regulations/KZ-YUZ.3/diagram?channel=portal", "page-diagram"),
    ),
    **dict.fromkeys(WITH_CASES, (("monitor", "page-monitor"),)),
}
"""The pages of a system beside its front page: path, and the code of its word."""


@dataclass(frozen=True)
class SystemEntry:
    """A system on the start page: its address for the visitor, its pages."""

    name: str
    url: str
    pages: Sequence[tuple[str, str]]

    @property
    def code(self) -> str:
        """The name as words have it."""
        return self.name.replace("_", "-")


def list_entries(request: Request, settings: GatewaySettings) -> Mapping[str, SystemEntry]:
    """The systems by name, with addresses that the visitor's browser reaches."""
    places = {place.name: place.url for place in read_places(settings.system_urls)}
    return {
        name: SystemEntry(
            name, url := _visitor_url(request, name, places), [(url + path, w) for path, w in PAGES.get(name, ())]
        )
        for names in GROUPS.values()
        for name in names
    }


def _visitor_url(request: Request, name: str, places: Mapping[str, str]) -> str:
    """The address of a system for a browser: at the visitor's host, where the setting names this machine or, as
    containers do, the system's own name.
    """
    if name == OWN or name not in places:
        return str(request.base_url)
    parts = urlsplit(places[name])
    if parts.hostname in (*THIS_MACHINE, name) and parts.port:
        return link_to_port(request, parts.port)
    return places[name].rstrip("/") + "/"
