"""docs/reference/requirements.md, made from the catalogue of the kit of conformance, for ``make docs``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from services.tools.conformance.requirements import Certainty, Requirement, load_requirements
from services.tools.conformance.roles.role_list import load_roles
from services.tools.conformance.texts import TEXTS
from tests.docs_commands import ROOT

PAGE = ROOT / "docs" / "reference" / "requirements.md"
HEAD = """# The requirements of conformance

Made by `make docs` of `services/tools/conformance/catalog`: change the files there, not this page.
[Conformance](../how-to/conformance.md) tells how a run judges them. *Known*: the real contract, a standard or the
act is known to require it. *Ours*: this project assumes it, and no document of the real bus confirms it.
"""


def make_page() -> str:
    """The page as the catalogue says now."""
    return "\n".join((HEAD, *_summarize(), *_list_groups(), *_list_untested()))


def is_tested(requirement: Requirement) -> bool:
    """Whether a check of a role judges it."""
    return requirement.untested is None and any(requirement.id in role.checks for role in load_roles().values())


def _summarize() -> Iterator[str]:
    known = list(load_requirements().values())
    tested = sum(map(is_tested, known))
    assumed = sum(one.certainty is Certainty.ASSUMED for one in known)
    share = 100 * tested / len(known)
    heading = f"There are {len(known)} requirements"
    yield f"{heading}; {tested} of them ({share:.1f} %) are tested; {assumed} are ours.\n"
    yield "| role | groups | requirements |\n|---|---|---|"
    for role in load_roles().values():
        count = sum(one.group in role.groups for one in known)
        yield f"| `{role.name}`: {TEXTS[f'role-{role.name}']['en']} | {', '.join(role.groups)} | {count} |"
    yield ""


def _list_groups() -> Iterator[str]:
    for group, requirements in groupby(load_requirements().values(), key=lambda one: one.group):
        code = f"group-{group}" if f"group-{group}" in TEXTS else f"role-{group}"
        yield f"## `{group}`: {TEXTS[code]['en']}\n"
        yield "| id | requirement | source | certainty |\n|---|---|---|---|"
        for one in requirements:
            marks = " ".join(
                mark for mark, holds in (("*advice*", not one.is_must), ("*if used*", one.is_optional)) if holds
            )
            certainty = "known" if one.certainty is Certainty.KNOWN else "ours"
            title = one.title["en"].replace("|", "\\|")
            yield f"| {one.id} | {title}{' ' + marks if marks else ''} | {_link(one.source)} | {certainty} |"
        yield ""


def _link(source: str) -> str:
    page, _, section = source.partition(", ")
    if not page.startswith("docs/"):
        return source
    path = page.removeprefix("docs/")
    address = path.removeprefix("reference/") if path.startswith("reference/") else f"../{path}"
    return f"[{section or page.rpartition('/')[2]}]({address})"


def _list_untested() -> Iterator[str]:
    yield "## What is not tested, and why\n"
    yield "| id | reason |\n|---|---|"
    for one in load_requirements().values():
        if one.untested is not None:
            yield f"| {one.id} | {one.untested['en']} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
