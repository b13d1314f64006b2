"""Name the language of the parts of a page that are in another (WCAG 2.2, 3.1.2): a screen reader that reads
Russian with an English voice says nothing.

The acts, the registers and people write Russian and Kazakh. An English page may show what they wrote: its Cyrillic
letters tell that it is another language, those of Kazakh alone which one. A Russian page may show a name or a
sentence in Kazakh, whose letters tell it too. Russian words on a Kazakh page cannot be told by their letters:
there a template says ``lang="ru"``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KAZAKH = r"\u0406\u0456\u0492\u0493\u049a\u049b\u04a2\u04a3\u04ae-\u04b1\u04ba\u04bb\u04d8\u04d9\u04e8\u04e9"
"""The letters that Kazakh has and Russian has not, for a character class."""
_TOKEN = re.compile(
    r"<(?P<opaque>script|style|title|textarea)\b.*?</(?P=opaque)>"
    r"|<!.*?>"
    r"|<(?P<slash>/?)(?P<name>[a-zA-Z][\w-]*)(?P<attributes>[^>]*)>",
    re.DOTALL,
)
_OPTION = re.compile(r"<option([^>]*)>([^<]*)")
_LANG = re.compile(r'\blang="([^"]*)"')
_CYRILLIC = re.compile(r"[\u0400-\u04ff](?:[^A-Za-z&]*[\u0400-\u04ff])?")
_KAZAKH_WORDS = re.compile(rf"(?:[\w-]*[{_KAZAKH}][\w-]*)(?:\s+[\w-]*[{_KAZAKH}][\w-]*)*")
_KAZAKH_LETTER = re.compile(f"[{_KAZAKH}]")
_FOREIGN = {"en": _CYRILLIC, "ru": _KAZAKH_WORDS}
"""What is foreign by its letters, by the language of the page."""
_MARKS = {"text": "tspan"}
"""The element that holds a part inside of another than HTML's: ``tspan`` in a ``text`` of SVG."""
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})


def mark_language_parts(document: str, tag: str) -> str:
    """The HTML of a page or of a part of a page in the language ``tag`` (ru, kk, en), with ``lang`` on each text
    that its letters tell to be in another language. What already stands in an element with a ``lang`` stays.

    An ``option``, which may hold no element, takes the ``lang`` itself. Attributes, titles, scripts and what a
    visitor may edit stay as they are.
    """
    foreign = _FOREIGN.get(tag)
    if foreign is None or not foreign.search(document):
        return document
    options_marked = _OPTION.sub(lambda option: _mark_option(option, foreign), document)
    return "".join(_mark_texts(options_marked, tag, foreign))


def _mark_option(option: re.Match[str], foreign: re.Pattern[str]) -> str:
    if "lang=" in option[1] or not foreign.search(option[2]):
        return option[0]
    return f'<option{option[1]} lang="{_language_of(option[2])}">{option[2]}'


def _mark_texts(document: str, tag: str, foreign: re.Pattern[str]) -> Iterator[str]:
    open_elements = [("", tag)]
    end = 0
    for token in _TOKEN.finditer(document):
        yield _mark_text(document[end : token.start()], open_elements[-1], tag, foreign)
        yield token[0]
        end = token.end()
        if token["name"] is not None:
            _follow(token, open_elements)
    yield _mark_text(document[end:], open_elements[-1], tag, foreign)


def _mark_text(text: str, element: tuple[str, str], tag: str, foreign: re.Pattern[str]) -> str:
    """A text between two tags, directly in ``element``: its name and language."""
    name, language = element
    if language != tag or not text or text.isspace():
        return text
    mark = _MARKS.get(name, "span")
    return foreign.sub(lambda part: f'<{mark} lang="{_language_of(part[0])}">{part[0]}</{mark}>', text)


def _follow(token: re.Match[str], open_elements: list[tuple[str, str]]) -> None:
    """Keep the list of open elements, each its name and language, as the tag ``token`` says."""
    name = token["name"]
    if token["slash"]:
        while len(open_elements) > 1 and open_elements.pop()[0] != name:
            pass
    elif name not in _VOID and not token["attributes"].endswith("/"):
        own = _LANG.search(token["attributes"])
        open_elements.append((name, own[1] if own else open_elements[-1][1]))


def _language_of(text: str) -> str:
    return "kk" if _KAZAKH_LETTER.search(text) else "ru"
