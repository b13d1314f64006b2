"""Texts in several languages, from YAML files that are read and checked when a text is first asked for.

A file holds codes, each with its text in every language:

    iin-unknown:
      ru: "НР ИИН не знает такого номера: проверьте ИИН"
      kk: "ЖСН ҰТ мұндай нөмірді білмейді: ЖСН-ді тексеріңіз"
      en: "НР ИИН knows no such number: check the ИИН"
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

LANGUAGES = ("ru", "kk", "en")
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Translations = Mapping[str, str]
"""The texts by language."""


class TextFileInvalid(ValueError):
    """An invalid file of texts: the message names the file, the code and the fault."""


class TextCatalog(Mapping[str, Translations]):
    """Texts by code and language: several sources seen as one, of which a later one takes precedence.

    A source is another catalogue or a function that reads one. Nothing is read before a text is needed, so neither
    an import nor a start waits for it.
    """

    def __init__(self, *sources: Mapping[str, Translations] | Callable[[], Mapping[str, Translations]]) -> None:
        self._sources = sources

    @cached_property
    def _texts(self) -> Mapping[str, Translations]:
        merged: dict[str, Translations] = {}
        for source in self._sources:
            merged.update(source() if callable(source) else source)
        return MappingProxyType(merged)

    def __getitem__(self, code: str) -> Translations:
        return self._texts[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def texts_beside(
    module_file: str,
    *shared_texts: Mapping[str, Translations],
    file: str = "texts.yaml",
    languages: Iterable[str] = LANGUAGES,
) -> TextCatalog:
    """The texts of ``file`` beside a module (``__file__``), which take precedence over ``shared_texts``."""
    path = Path(module_file).with_name(file)
    return TextCatalog(*shared_texts, lambda: read_texts(path, tuple(languages)))


def select_texts(texts: Mapping[str, Translations], prefix: str) -> TextCatalog:
    """The texts whose code begins with ``prefix``."""
    return TextCatalog(
        lambda: {code: translations for code, translations in texts.items() if code.startswith(prefix)}
    )


def read_texts(path: Path, languages: tuple[str, ...] = LANGUAGES) -> Mapping[str, Translations]:
    """The checked texts of a file; TextFileInvalid."""
    import yaml

    try:
        # S506 - the loader is derived from a safe one
        content = yaml.load(path.read_text(encoding="utf-8"), _strict_loader())  # noqa: S506
    except yaml.YAMLError as error:
        raise TextFileInvalid(f"{_place_of(path)}: {error}") from error
    if not isinstance(content, dict):
        raise TextFileInvalid(f"{_place_of(path)}: no codes with texts")
    return MappingProxyType(
        {code: _check_translations(path, code, texts, languages) for code, texts in content.items()}
    )


def _strict_loader() -> type[yaml.CSafeLoader] | type[yaml.SafeLoader]:
    """This installation's safe loader, in C where present, extended to refuse a repeated key."""
    import yaml

    fast: type[yaml.CSafeLoader] | type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class StrictTextLoader(fast):  # type: ignore[misc, valid-type]
        """Refuses a key that occurs twice in one mapping."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
            keys = [key.value for key, _ in node.value]
            if len(keys) != len(set(keys)):
                repeated = sorted({key for key in keys if keys.count(key) > 1})
                problem = f"{', '.join(repeated)} stands there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
            mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
            return mapping

    return StrictTextLoader


def _check_translations(path: Path, code: Any, texts: Any, languages: tuple[str, ...]) -> Translations:
    """The texts of a code: one for each language, none empty, with equal placeholders."""
    place = f"{_place_of(path)}, {code}"
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise TextFileInvalid(f"{place}: a code has small letters, digits and hyphens")
    if not isinstance(texts, dict) or set(texts) != set(languages):
        raise TextFileInvalid(f"{place}: a text in {', '.join(languages)} and nothing else")
    if not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise TextFileInvalid(f"{place}: a text is empty, or no text")
    try:
        named = {_placeholders(text) for text in texts.values()}
    except ValueError as error:
        raise TextFileInvalid(f"{place}: a brace that names nothing") from error
    if len(named) > 1:
        raise TextFileInvalid(f"{place}: the languages name different {{placeholders}}")
    return MappingProxyType({language: texts[language] for language in languages})


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def _place_of(path: Path) -> str:
    """The path of a file in errors, relative to the project."""
    return f"{path.parent.name}/{path.name}"


READINESS = texts_beside(__file__, file="readiness_texts.yaml")
"""The problems that prevent a system from working, with their remedies."""

COMMON = texts_beside(__file__, READINESS, file="common_texts.yaml")
"""The texts of several systems."""
