"""``/regulations/{id}/diagram``: a regulation's process as a picture, drawn in the browser by bpmn-js."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse, HTMLResponse
from lxml import etree

from services.shep_gateway.diagram_words import WORDS
from services.shep_gateway.regulations_api import ChannelIn, VariantIn
from services.shep_gateway.texts import TEXTS
from shared.bus.errors import BusError, NotFound
from shared.bus.http import LANGUAGES, Bus, Language
from shared.regulations.book import PassportBook
from shared.regulations.bpmn import chosen_graph
from shared.regulations.graph import Graph
from shared.regulations.model import Passport

router = APIRouter(tags=["pages"])

FILES = Path(__file__).parent / "diagrams"
SCRIPTS = ("bpmn-navigated-viewer.production.min.js", "page.js")
STYLES = ("diagram-js.css", "bpmn-js.css", "page.css")
SERVED = {
    **dict.fromkeys(SCRIPTS, "text/javascript"),
    **dict.fromkeys(STYLES, "text/css"),
    "LICENSE": "text/plain",
}
HEADERS = {
    # bpmn-js sets style attributes of what it draws, its watermark among them
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Language",
}

Lang = Annotated[
    Literal["ru", "kk", "en"] | None, Query(description="the language, whatever the browser asks for")
]


def language_of(tag: Language, lang: Lang = None) -> str:
    """The language of ``?lang=``, else the browser's."""
    return lang or tag


Chosen = Annotated[str, Depends(language_of)]


@router.get("/diagrams/{name}", include_in_schema=False)
def file(name: str) -> Response:
    """A file of the page; ``not-found``."""
    if name not in SERVED:
        raise NotFound("not-found", "no such file")
    return FileResponse(FILES / name, media_type=SERVED[name], headers={"X-Content-Type-Options": "nosniff"})


@router.get("/regulations/{passport_id}/diagram", response_class=HTMLResponse)
def page(
    passport_id: str, bus: Bus, tag: Chosen, channel: ChannelIn = None, variant: VariantIn = None
) -> Response:
    """The diagram of a channel and variant, with both to choose from; unknown ones are told on a page."""
    try:
        passport = bus.use(PassportBook).get(passport_id)
        graph = chosen_graph(passport, channel, variant)
    except BusError as error:
        told = TEXTS.get(error.code, {}).get(tag, error.message)
        return _page(tag, "", [el("p", told, class_="fault")], error.http_status)
    title = passport.title.kk if tag == "kk" else None
    heading = f"{passport_id}. {title or passport.title.ru}"
    query = {"channel": graph.channel, "variant": graph.variant}
    return _page(
        tag,
        urlencode(query),
        [el("h1", heading), _picker(tag, passport, graph), *_canvas(tag, passport_id, query)],
    )


def el(tag: str, *children: etree._Element | str, **attributes: str) -> etree._Element:
    """An element of HTML. Text is escaped when it is written: there is no other way for it into the page."""
    made = etree.Element(tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})
    for child in children:
        if not isinstance(child, str):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + child
        else:
            made.text = (made.text or "") + child
    return made


def _page(tag: str, query: str, parts: list[etree._Element], status: int = 200) -> Response:
    links = [el("a", name, href="?" + "&".join(filter(None, (query, f"lang={name}")))) for name in LANGUAGES]
    head = [
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", WORDS["gateway"][tag]),
        *(el("link", rel="stylesheet", href=f"../../diagrams/{name}") for name in STYLES),
    ]
    scripts = [el("script", src=f"../../diagrams/{name}") for name in SCRIPTS if query]
    body = [el("header", el("b", WORDS["gateway"][tag]), el("nav", *links)), *parts, *scripts]
    html = el("html", el("head", *head), el("body", *body), lang=tag)
    text = "<!DOCTYPE html>\n" + etree.tostring(html, encoding="unicode", method="html")
    return HTMLResponse(text, status_code=status, headers=HEADERS)


def _picker(tag: str, passport: Passport, graph: Graph) -> etree._Element:
    """Two lists; the script sends the form when one changes, the button does without it."""
    channels: dict[str, str] = {one: WORDS[one][tag] for one in passport.channels.accept}
    lists = [el("label", WORDS["channel"][tag], " ", _select("channel", channels, graph.channel))]
    if len(passport.variants) > 1:
        select = _select("variant", _variants(passport), graph.variant)
        lists.append(el("label", WORDS["variant"][tag], " ", select))
    hidden = el("input", type="hidden", name="lang", value=tag)
    return el("form", *lists, hidden, el("noscript", el("button", WORDS["show"][tag])))


def _variants(passport: Passport) -> dict[str, str]:
    """Titles by key, as the act has them."""
    told = {one.variant: one.title for one in passport.procedures if one.title and one.telling == "content"}
    return {variant: told.get(variant, variant) for variant in passport.variants}


def _select(name: str, options: dict[str, str], chosen_one: str) -> etree._Element:
    made = [el("option", title, value=value) for value, title in options.items()]
    for option in made:
        if option.get("value") == chosen_one:
            option.set("selected", "")
    return el("select", *made, name=name)


def _canvas(tag: str, passport_id: str, query: dict[str, str]) -> list[etree._Element]:
    address = f"../../api/v1/regulations/{passport_id}/bpmn?{urlencode(query)}"
    names = ("readable", "whole", "closer", "further")
    buttons = [el("button", WORDS[name][tag], id=name, type="button") for name in names]
    link = el("a", WORDS["file"][tag], href=address, download=f"{passport_id}.{'.'.join(query.values())}.bpmn")
    return [
        el("div", *buttons, link, class_="tools"),
        el("p", WORDS["failed"][tag], class_="fault", id="failed", hidden=""),
        el("noscript", el("p", WORDS["no-script"][tag], class_="fault")),
        el("div", id="canvas", data_file=address),
        el("p", WORDS["press"][tag], id="told"),
        el("footer", WORDS["words"][tag]),
    ]
