"""The requirements, from the YAML files of ``catalog``: what is required, by which source, how certain that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from shared.texts.catalog import LANGUAGES, Translations

CATALOG = Path(__file__).with_name("catalog")


class Certainty(StrEnum):
    """Whether the real contract is known to require it, or this project assumes so."""

    KNOWN = "known"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Requirement:
    """One requirement. ``source`` is a page of docs, a standard's section or an act's clause.

    A requirement that is no ``is_must`` is advice: its failure fails no run. An ``is_optional`` one holds for
    those that use the behaviour at all. ``untested`` says why nothing tests it; None for a tested one.
    """

    id: str
    group: str
    title: Translations
    source: str
    certainty: Certainty
    is_must: bool = True
    is_optional: bool = False
    untested: Translations | None = None


class CatalogInvalid(ValueError):
    """An invalid file of requirements: the message names the file and the fault."""


@cache
def load_requirements() -> Mapping[str, Requirement]:
    """All requirements by id, in the order of the files' names and of the files; CatalogInvalid."""
    requirements: dict[str, Requirement] = {}
    for path in sorted(CATALOG.glob("*.yaml")):
        for requirement in read_file(path):
            if requirement.id in requirements:
                raise CatalogInvalid(f"{path.name}: {requirement.id} stands twice")
            requirements[requirement.id] = requirement
    return requirements


def list_group(group: str) -> list[Requirement]:
    """The requirements of one file."""
    return [requirement for requirement in load_requirements().values() if requirement.group == group]


def read_file(path: Path) -> Iterator[Requirement]:
    """The requirements of one file, whose name is their group; CatalogInvalid."""
    import yaml

    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, fields in entries.items():
        try:
            yield _read_requirement(name, path.stem, dict(fields))
        except (KeyError, TypeError, ValueError) as error:
            raise CatalogInvalid(f"{path.name}: {name}: {error}") from None


def _read_requirement(name: str, group: str, fields: dict[str, Any]) -> Requirement:
    untested = fields.pop("untested", None)
    requirement = Requirement(
        id=name,
        group=group,
        title={language: fields.pop(language) for language in LANGUAGES},
        source=fields.pop("source"),
        certainty=Certainty(fields.pop("certainty")),
        is_must=fields.pop("need", "must") == "must",
        is_optional=fields.pop("optional", False),
        untested=None if untested is None else {language: untested[language] for language in LANGUAGES},
    )
    if fields:
        raise ValueError(f"unknown fields {sorted(fields)}")
    return requirement
