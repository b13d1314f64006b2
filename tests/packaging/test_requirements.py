"""pyproject.toml, requirements.in and NOTICE name the same packages."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

from tests.docs_commands import ROOT

PERMISSIVE = re.compile(r"\b(?:MIT|MIT-0|MIT-CMU|BSD|ISC)\b|BSD-[23]-Clause", re.IGNORECASE)


def read_project() -> dict[str, object]:
    project: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def read_licence(package: str) -> str:
    """The licence texts and fields of a package."""
    description = metadata.metadata(package)
    classifiers = [line for line in description.get_all("Classifier") or () if line.startswith("License")]
    fields = [description[name][:60] for name in ("License-Expression", "License") if name in description]
    return " ".join([*fields, *classifiers])


def test_project_depends_on_what_requirements_ask_for() -> None:
    project = read_project()
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    assert isinstance(project["dependencies"], list)
    assert extras.pop("testing") == ["pytest"], "for the tests of others: pinned among what checks this project"
    assert extras.pop("agents") == ["mcp"], "for the programs of agents: tests/agents pins what it installs"
    named = [*project["dependencies"], *(name for names in extras.values() for name in names)]
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    asked = [line.strip() for line in lines if line.strip() and line[0] not in "#-"]
    assert sorted(named) == sorted(asked)


def test_notice_names_every_package_with_a_licence_that_asks_for_more_than_its_text() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8").lower().replace("_", "-")
    locked = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    demanding = [name for name in locked if not PERMISSIVE.search(read_licence(name))]
    assert {"psycopg", "fpdf2"} <= set(demanding)
    assert [name for name in demanding if name.removesuffix("-binary").lower() not in notice] == []


def test_project_ships_the_licence_of_every_vendored_folder() -> None:
    shipped = read_project()["license-files"]
    assert isinstance(shipped, list)
    texts = [
        path.relative_to(ROOT).as_posix()
        for pattern in ("LICENSE*", "*LICENSE.txt", "NOTICE", "OFL.txt")
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob(pattern)
    ]
    assert sorted(set(shipped) - {"LICENSE", "NOTICE"}) == sorted(set(texts))
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert [text for text in texts if f"{text.rpartition('/')[0]}/" not in notice] == []
