"""The services that a place gives, by region, to choose the visitor's one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.regulations.model import Passport
from shared.regulations.translations import title_in


@dataclass(frozen=True)
class NamedText:
    """A value to choose, its text, and the language in which the text stands."""

    value: str
    text: str
    tag: str


@dataclass(frozen=True)
class RegionServices:
    """The services of a region that a place gives."""

    region: str
    services: Sequence[NamedText]


def name_service(passport: Passport, tag: str) -> NamedText:
    """The title of a service in the language of the page."""
    return NamedText(passport.id, title_in(tag, passport), tag)


def group_services(passports: Iterable[Passport], tag: str, query: str = "") -> list[RegionServices]:
    """The services by region, each by its title; with ``query`` those that have its words."""
    words = query.casefold().split()
    regions: dict[str, list[NamedText]] = {}
    for passport in passports:
        text = title_in(tag, passport)
        if all(word in f"{text} {passport.title.ru}".casefold() for word in words):
            regions.setdefault(passport.region, []).append(name_service(passport, tag))
    return [
        RegionServices(region, sorted(services, key=lambda service: service.text))
        for region, services in sorted(regions.items())
    ]
