"""The titles of systems, regions, services and types of messages, in the visitor's language."""

from __future__ import annotations

from services.shep_gateway.console.country_systems import instance_of
from services.shep_gateway.pages.console.site import FOLDER
from shared.bus.http.endpoints import ServiceRuntime
from shared.contracts import addresses
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import title_in
from shared.web.page_sites import Page


def short_title(page: Page, address: str, title: str = "") -> str:
    """The short title of a system in the visitor's language; of a participant the title in the register."""
    words = FOLDER.words.get(f"name-{instance_of(address).replace('_', '-')}")
    return words[page.tag] if words else title or address


def map_title(page: Page, address: str, title: str = "") -> str:
    """The title of a system in a box of the map: shortened where the short title has no room."""
    words = FOLDER.words.get(f"map-name-{instance_of(address).replace('_', '-')}")
    return words[page.tag] if words else short_title(page, address, title)


def is_known_system(address: str) -> bool:
    """Whether the console has a word for the system with this address."""
    return f"name-{instance_of(address).replace('_', '-')}" in FOLDER.words


def type_word(page: Page, message_type: str | None) -> str:
    """The type of a message in words."""
    return page.say(f"type-{message_type.lower()}") if message_type else ""


def region_word(page: Page, region: str | None) -> str:
    """The name of a region; the code of one that has no acts here."""
    if region in addresses.REGIONS:
        return str(addresses.region_name(region)[page.tag])
    return region or ""


def title_service(page: Page, code: str, region: str | None, runtime: ServiceRuntime) -> str:
    """The title of a service by its code: as its act has it, or a word of the console for a register's service."""
    for passport in runtime.resource(PassportBook).passports:
        if passport.service_type == code and region in (None, "", passport.region):
            return title_in(page.tag, passport)
    words = page.site.pages.words.get(f"service-{code}")
    return words[page.tag] if words else code
