"""``/regulations/{id}/diagram``: the process of a regulation as a picture that bpmn-js draws in the browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode
from xml.etree.ElementTree import Element  # S405 is about reading: nothing is read here

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse

from services.shep_gateway.api.regulations import ChannelQuery, VariantQuery
from services.shep_gateway.pages.words import WORDS
from services.shep_gateway.texts import TEXTS
from shared.bus.errors import BusError, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.regulations.book import PassportBook
from shared.regulations.bpmn import chosen_graph
from shared.regulations.model import Passport
from shared.regulations.process.graph import ProcessGraph
from shared.web.pages import ChosenLanguage, el, html_document, language_links, page_headers

router = APIRouter(tags=["pages"])

FILES = Path(__file__).parent / "diagrams"
SCRIPTS = ("bpmn-navigated-viewer.production.min.js", "page.js")
STYLES = ("diagram-js.css", "bpmn-js.css", "page.css")
SERVED = {
    **dict.fromkeys(SCRIPTS, "text/javascript"),
    **dict.fromkeys(STYLES, "text/css"),
    "LICENSE": "text/plain",
}
HEADERS = page_headers(
    # bpmn-js sets style attributes on the elements that it draws, its watermark among them
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    Vary="Accept-Language",
)


@router.get("/diagrams/{name}", include_in_schema=False)
def serve_file(name: str) -> Response:
    """A static file of the page; ``not-found``."""
    if name not in SERVED:
        raise NotFound("not-found", "no such file")
    return FileResponse(FILES / name, media_type=SERVED[name], headers={"X-Content-Type-Options": "nosniff"})


@router.get("/regulations/{passport_id}/diagram", response_class=HTMLResponse)
def show_diagram(
    passport_id: str,
    runtime: ServiceRuntime,
    tag: ChosenLanguage,
    channel: ChannelQuery = None,
    variant: VariantQuery = None,
) -> Response:
    """The diagram of a channel and variant, with lists to choose both; unknown ones give a page with the error."""
    try:
        passport = runtime.resource(PassportBook).get_passport(passport_id)
        graph = chosen_graph(passport, channel, variant)
    except BusError as error:
        message = TEXTS.get(error.code, {}).get(tag, error.message)
        return _render_page(tag, "", [el("p", message, class_="fault")], error.http_status)
    title = passport.title.kk if tag == "kk" else None
    heading = f"{passport_id}. {title or passport.title.ru}"
    query = {"channel": graph.channel, "variant": graph.variant}
    return _render_page(
        tag,
        urlencode(query),
        [el("h1", heading), _build_picker(tag, passport, graph), *_build_canvas(tag, passport_id, query)],
    )


def _render_page(tag: str, query: str, parts: list[Element], status: int = 200) -> Response:
    title = WORDS["gateway"][tag]
    styles = [el("link", rel="stylesheet", href=f"../../diagrams/{name}") for name in STYLES]
    scripts = [el("script", src=f"../../diagrams/{name}") for name in SCRIPTS if query]
    body = [el("header", el("b", title), language_links(query)), *parts, *scripts]
    return HTMLResponse(html_document(tag, title, styles, body), status_code=status, headers=HEADERS)


def _build_picker(tag: str, passport: Passport, graph: ProcessGraph) -> Element:
    """The lists of channels and variants; a script submits the form on a change, a button does without scripts."""
    channels: dict[str, str] = {channel: WORDS[channel][tag] for channel in passport.channels.accept}
    lists = [el("label", WORDS["channel"][tag], " ", _build_select("channel", channels, graph.channel))]
    if len(passport.variants) > 1:
        select = _build_select("variant", _variant_titles(passport), graph.variant)
        lists.append(el("label", WORDS["variant"][tag], " ", select))
    hidden = el("input", type="hidden", name="lang", value=tag)
    return el("form", *lists, hidden, el("noscript", el("button", WORDS["show"][tag])))


def _variant_titles(passport: Passport) -> dict[str, str]:
    """The act's titles of the variants, by key."""
    titles = {
        procedure.variant: procedure.title
        for procedure in passport.procedures
        if procedure.title and procedure.telling == "content"
    }
    return {variant: titles.get(variant, variant) for variant in passport.variants}


def _build_select(name: str, options: dict[str, str], chosen_value: str) -> Element:
    option_elements = [el("option", title, value=value) for value, title in options.items()]
    for option in option_elements:
        if option.get("value") == chosen_value:
            option.set("selected", "")
    return el("select", *option_elements, name=name)


def _build_canvas(tag: str, passport_id: str, query: dict[str, str]) -> list[Element]:
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
