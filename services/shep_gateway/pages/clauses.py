"""``/coverage`` and ``/regulations/{id}/clauses``: what becomes of every clause of the acts."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.shep_gateway.console.console_sessions import is_login
from services.shep_gateway.pages.page_folder import SITE
from services.shep_gateway.proof.passed_steps import StepOfProcess, StepPassage, find_passages
from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import declare_pages
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.coverage.appeal import appeal_texts, find_appeal_clause
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.coverage.validity import validity_sentence
from shared.regulations.coverage.views import ClauseView, view_clauses, view_coverage
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in, title_in
from shared.web.page_sites import make_page
from shared.web.pages import ChosenLanguage, path_to_root

router = APIRouter(tags=["pages"])


@router.get("/coverage", response_class=HTMLResponse, dependencies=[ManyCalls])
async def show_coverage(request: Request, runtime: ServiceRuntime, tag: ChosenLanguage) -> Response:
    """The figures of the five documents and of their regulations, with links to the lists."""
    passports = runtime.resource(PassportBook)

    def respond() -> Response:
        coverage = CoverageBook.load()
        return make_page(SITE, request, tag).show(
            "coverage.html",
            coverage=view_coverage(coverage, passports),
            fates=coverage.fates,
            validity={name: validity_sentence(document, tag) for name, document in coverage.documents.items()},
        )

    return await runtime.compute(respond)


@router.get(
    "/regulations/{passport_id}/clauses",
    response_class=HTMLResponse,
    responses=declare_pages(404),
    dependencies=[ManyCalls],
)
async def show_clauses(
    passport_id: str, request: Request, runtime: ServiceRuntime, tag: ChosenLanguage
) -> Response:
    """Every clause of a regulation with what executes it, or why nothing does; an unknown regulation gives a page
    with the error.
    """
    passports = runtime.resource(PassportBook)
    passages = await _read_passages(passport_id, request, runtime)

    def respond() -> Response:
        coverage = CoverageBook.load()
        try:
            passport = passports.get_passport(passport_id)
            clauses = view_clauses(coverage, passports, passport_id)
            document = coverage.documents_by_regulation[passport_id]
        except BusError as error:
            page = make_page(SITE, request, tag)
            return page.show_fault("no_diagram.html", error, code=error.code)
        return make_page(SITE, request, tag).show(
            "clauses.html",
            heading=f"{passport_id}. {title_in(tag, passport)}",
            validity=validity_sentence(document, tag),
            clauses=clauses,
            passages=passages,
            fates=_count_fates(clauses, tag),
            terms=_used_terms(coverage, clauses),
            symbols=_used_symbols(coverage, clauses),
            cited=_cited_acts(coverage, clauses),
            appeal=appeal_texts(has_clause=find_appeal_clause(coverage, passport_id) is not None)[tag],
            offices=passport.directories.departments,
            say_text=lambda text: text_in(tag, text),
            link=lambda address: path_to_root(request.url.path) + address.removeprefix("/"),
        )

    return await runtime.compute(respond)


async def _read_passages(
    passport_id: str, request: Request, runtime: Runtime
) -> Mapping[StepOfProcess, StepPassage]:
    """The newest case of each step, for ШЭП's operator with a login at the console; empty for all others."""
    now, operator = runtime.machine_now, request.app.state.operator_token
    token = make_page(SITE, request).session.token
    passports = {passport.id: passport for passport in runtime.resource(PassportBook).passports}
    is_operator = await runtime.read_short(lambda session: is_login(session, token, operator, now))
    if not is_operator or passport_id not in passports:
        return {}
    return await runtime.read(lambda session: find_passages(session, passports[passport_id]))


def _count_fates(clauses: list[ClauseView], tag: str) -> list[tuple[str, int]]:
    numbers: dict[str, int] = {}
    for clause in clauses:
        numbers[clause.fate_text[tag]] = numbers.get(clause.fate_text[tag], 0) + 1
    return sorted(numbers.items(), key=lambda item: -item[1])


def _used_terms(coverage: CoverageBook, clauses: list[ClauseView]) -> list[object]:
    used = {clause.term for clause in clauses}
    return [term for name, term in coverage.terms.items() if name in used]


def _used_symbols(coverage: CoverageBook, clauses: list[ClauseView]) -> list[object]:
    used = {clause.symbol for clause in clauses}
    return [symbol for name, symbol in coverage.symbols.items() if name in used]


def _cited_acts(coverage: CoverageBook, clauses: list[ClauseView]) -> list[object]:
    used = {name for clause in clauses for name in clause.cites}
    return [act for name, act in coverage.cited_acts.items() if name in used]
