"""The lists of docs/reference/kazakh.md: every Kazakh text that is ours, for ``make docs``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import kazakh_title, load_words
from tests.docs_commands import ROOT

PAGE = ROOT / "docs" / "reference" / "kazakh.md"
MARK = "<!-- made by make docs -->\n"
LISTS = re.compile(re.escape(MARK) + r"[\s\S]*\Z")
OFFICIAL = "official-titles"
HEAD = "\n| ru | kk | read |\n|---|---|---|\n"


def make_page() -> str:
    """The page with the present texts."""
    parts = [_list_titles(), *_list_words(), *_list_system_texts()]
    return LISTS.sub(lambda _: MARK + "".join(parts), PAGE.read_text(encoding="utf-8"))


def _list_titles() -> str:
    rows = ((passport.id, kazakh_title(passport)) for passport in PassportBook.load().passports)
    taken = [f"| {name} | {title.text} | |\n" for name, title in rows if title.source == "akmola"]
    return "\n## Titles taken from the act of Akmola, for the same Russian title\n" + HEAD + "".join(taken)


def _list_words() -> Iterator[str]:
    for subject, words in load_words().items():
        if subject != OFFICIAL:
            rows = "".join(_make_row(ru, texts["kk"]) for ru, texts in words.items())
            yield f"\n## {subject.replace('-', ' ').capitalize()}\n{HEAD}{rows}"


def _list_system_texts() -> Iterator[str]:
    for path in sorted(path for top in ("services", "shared") for path in (ROOT / top).rglob("*.yaml")):
        pairs = list(_find_pairs(path))
        if pairs:
            rows = "".join(_make_row(ru, kk) for ru, kk in pairs)
            yield f"\n## `{path.relative_to(ROOT).as_posix()}`\n{HEAD}{rows}"


def _find_pairs(path: Path) -> Iterator[tuple[str, str]]:
    """The texts of a file that has them in both languages; those of the passports are above."""
    text = path.read_text(encoding="utf-8")
    if "kk:" in text and "regulations/kz-" not in path.as_posix() and "translations/words" not in path.as_posix():
        yield from _walk_texts(yaml.safe_load(text))


def _walk_texts(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        ru, kk = node.get("ru"), node.get("kk")
        if isinstance(ru, str) and isinstance(kk, str):
            yield ru, kk
        else:
            for child in node.values():
                yield from _walk_texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from _walk_texts(child)


def _make_row(ru: str, kk: str) -> str:
    return f"| {_cell(ru)} | {_cell(kk)} | |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
