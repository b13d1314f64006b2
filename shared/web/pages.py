"""Pages without a template: elements, a document of them, its headers, its language."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Literal
from xml.etree.ElementTree import Element, tostring  # S405 is about reading: nothing is read here

from fastapi import Depends, Query

from shared.bus.http.endpoints import LANGUAGES, Language

LanguageParameter = Annotated[
    Literal["ru", "kk", "en"] | None, Query(description="the language, whatever the browser asks for")
]


async def choose_language(tag: Language, lang: LanguageParameter = None) -> str:
    """The language of ``?lang=``, else the browser's."""
    return lang or tag


ChosenLanguage = Annotated[str, Depends(choose_language)]


def el(tag: str, *children: Element | str, **attributes: str) -> Element:
    """An element of HTML: ``class_`` is class, ``data_file`` is data-file. Text is escaped when it is written:
    there is no other way for it into the page."""
    element = Element(tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            element.append(child)
        elif len(element):
            element[-1].tail = (element[-1].tail or "") + child
        else:
            element.text = (element.text or "") + child
    return element


def html_document(tag: str, title: str, head: Iterable[Element], body: Iterable[Element]) -> str:
    """The text of an HTML document in a language; ``head`` is what it has besides title, charset and width."""
    standard_head = (
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
    )
    html = el("html", el("head", *standard_head, *head), el("body", *body), lang=tag)
    return "<!DOCTYPE html>\n" + tostring(html, encoding="unicode", method="html")


def language_links(query: str = "") -> Element:
    """Links to the same page in each language; ``query`` is the rest of its address, encoded."""
    ahead = f"{query}&" if query else ""
    return el("nav", *(el("a", tag, href=f"?{ahead}lang={tag}", hreflang=tag) for tag in LANGUAGES))


def page_headers(*sources: str, **other_headers: str) -> dict[str, str]:
    """The headers of a page that may use these sources (of its Content-Security-Policy) and nothing else, that is
    in nobody's frame and tells nobody where its reader came from. ``Cache_Control`` is Cache-Control."""
    closed = ("default-src 'none'", *sources, "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'")
    return {
        "Content-Security-Policy": "; ".join(closed),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        **{name.replace("_", "-"): value for name, value in other_headers.items()},
    }


def inline_style_source(style: str) -> str:
    """The source that is a style sheet written in the page itself."""
    return f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
