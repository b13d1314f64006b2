"""Pages without a template: elements, a document of them, its headers, its language."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Literal
from xml.etree.ElementTree import Element, tostring  # S405 is about reading: nothing is read here

from fastapi import Depends, Query

from shared.bus.http.endpoints import LANGUAGES, Language

Lang = Annotated[
    Literal["ru", "kk", "en"] | None, Query(description="the language, whatever the browser asks for")
]


async def chosen(tag: Language, lang: Lang = None) -> str:
    """The language of ``?lang=``, else the browser's."""
    return lang or tag


Chosen = Annotated[str, Depends(chosen)]


def el(tag: str, *children: Element | str, **attributes: str) -> Element:
    """An element of HTML: ``class_`` is class, ``data_file`` is data-file. Text is escaped when it is written:
    there is no other way for it into the page."""
    made = Element(tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + child
        else:
            made.text = (made.text or "") + child
    return made


def document(tag: str, title: str, head: Iterable[Element], body: Iterable[Element]) -> str:
    """The text of an HTML document in a language; ``head`` is what it has besides title, charset and width."""
    known = (
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
    )
    html = el("html", el("head", *known, *head), el("body", *body), lang=tag)
    return "<!DOCTYPE html>\n" + tostring(html, encoding="unicode", method="html")


def languages(query: str = "") -> Element:
    """Links to the same page in each language; ``query`` is the rest of its address, encoded."""
    ahead = f"{query}&" if query else ""
    return el("nav", *(el("a", tag, href=f"?{ahead}lang={tag}", hreflang=tag) for tag in LANGUAGES))


def headers(*sources: str, **more: str) -> dict[str, str]:
    """The headers of a page that may use these sources (of its Content-Security-Policy) and nothing else, that is
    in nobody's frame and tells nobody where its reader came from. ``Cache_Control`` is Cache-Control."""
    closed = ("default-src 'none'", *sources, "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'")
    return {
        "Content-Security-Policy": "; ".join(closed),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def only(style: str) -> str:
    """The source that is a style sheet written in the page itself."""
    return f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
