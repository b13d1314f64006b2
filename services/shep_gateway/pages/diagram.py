"""``/regulations/{id}/diagram``: the process of a regulation as a picture that bpmn-js draws in the browser."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.shep_gateway.api.graph_query import ChannelQuery, VariantQuery
from services.shep_gateway.pages.page_folder import BPMN_JS, PAGES, SITE
from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import declare_pages
from shared.bus.http.requests.call_limits import ManyCalls
from shared.regulations.bpmn import chosen_graph
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.coverage.validity import validity_sentence
from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph
from shared.regulations.translations import text_in, title_in
from shared.web.page_sites import make_page
from shared.web.pages import ChosenLanguage, path_to_root

router = APIRouter(tags=["pages"])

for static_folder in (BPMN_JS, PAGES.static):
    router.mount(static_folder.mount_path, static_folder)


@router.get(
    "/regulations/{passport_id}/diagram",
    response_class=HTMLResponse,
    responses=declare_pages(404),
    dependencies=[ManyCalls],
)
def show_diagram(
    passport_id: str,
    request: Request,
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
        page = make_page(SITE, request, tag)
        return page.show_fault("no_diagram.html", error, code=error.code)
    chosen = {"channel": graph.channel, "variant": graph.variant}
    root = path_to_root(request.url.path)
    drawing = urlencode(chosen | ({} if tag == "ru" else {"lang": tag}))
    return make_page(SITE, request, tag).show(
        "diagram.html",
        heading=f"{passport_id}. {title_in(tag, passport)}",
        validity=validity_sentence(CoverageBook.load().documents_by_regulation[passport_id], tag),
        query=urlencode(chosen),
        chosen=chosen,
        channels=[(name, PAGES.words[name][tag]) for name in passport.channels.accept],
        variants=_variant_titles(passport, tag),
        told_steps=_tell_steps(graph, tag),
        bpmn_address=f"{root}api/v1/regulations/{passport_id}/bpmn?{drawing}",
        bpmn_name=f"{passport_id}.{'.'.join(chosen.values())}.bpmn",
        library_file=lambda file: root + BPMN_JS.address(file),
    )


def _tell_steps(graph: ProcessGraph, tag: str) -> list[tuple[str, str]]:
    """Who does what, step by step, for who does not see the drawing."""
    told = [(text_in(tag, node.actor), text_in(tag, node.action)) for node in graph.nodes if node.end is None]
    return [step for step in dict.fromkeys(told) if any(map(str.isalpha, step[1]))]


def _variant_titles(passport: Passport, tag: str) -> list[tuple[str, str]]:
    """The variants, each with the act's title of the variant."""
    titles = {
        procedure.variant: procedure.title
        for procedure in passport.procedures
        if procedure.title and procedure.telling == "content"
    }
    return [(variant, text_in(tag, titles.get(variant, variant))) for variant in passport.variants]
