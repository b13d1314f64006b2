"""A case as a timeline, as a sequence diagram, and on the process of its regulation with its steps marked."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Path, Request, Response
from pydantic import ValidationError
from sqlmodel import Session

from services.shep_gateway.archive.archived_entries import JournalArchive
from services.shep_gateway.console.case_spans import CaseSpan, list_spans
from services.shep_gateway.pages.console.drawings.case_timeline import draw_timeline
from services.shep_gateway.pages.console.site import SITE, OperatorPage, read_titles
from services.shep_gateway.pages.console.views.firings import describe_firing
from services.shep_gateway.pages.console.views.titles import short_title
from services.shep_gateway.pages.page_folder import BPMN_JS
from services.shep_gateway.proof.sequence_arrows import draw_sequence
from services.shep_gateway.proof.sequence_picture import draw_svg
from services.shep_gateway.proof.timeline import TimelineEntryView, read_timeline
from services.shep_gateway.sandbox.rule_rows import list_case_firings
from services.shep_gateway.whereabouts.waiting_steps import CALENDAR, CaseProgress, learn_progress
from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.contracts import addresses
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.process_state import ProcessState
from shared.regulations.translations import text_in, title_in
from shared.web.page_routes import PageRouter
from shared.web.page_sites import Page

router = PageRouter(SITE)

CaseId = Annotated[str, Path(min_length=1, max_length=100)]


@router.get("/console/cases/{case_id}")
async def show_case(case_id: CaseId, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """The timeline with its steps in words, and the messages of the case."""
    entries, progress = await _read_case(case_id, runtime)
    firings = await runtime.read(lambda session: list_case_firings(session, case_id))
    now, state = runtime.now, progress.state if progress is not None else None
    spans = _list_spans(progress, now) if progress is not None else []
    return page.show(
        "case.html",
        case_id=case_id,
        heading=_title_case(page, state, runtime),
        drawing=draw_timeline(spans, now) if spans else None,
        system_title=lambda address: short_title(page, address),
        steps=[_describe_span(page, span, now) for span in spans],
        entries=entries,
        firings=[describe_firing(page, row) for row in firings],
        now=now,
        is_ended=progress is not None and progress.is_ended,
        late=[span for span in spans if span.is_late(now)],
        say_text=lambda text: text_in(page.tag, text),
        title_of=lambda address: short_title(page, address) if address else "—",
        outcome=(state.outcome or "") if state is not None else "",
        has_process=state is not None,
    )


@router.get("/console/cases/{case_id}/sequence")
async def show_sequence(case_id: CaseId, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """The sequence diagram as a page with the picture."""
    entries, progress = await _read_case(case_id, runtime)
    return page.show(
        "sequence.html",
        case_id=case_id,
        heading=_title_case(page, progress.state if progress is not None else None, runtime),
        entries=entries,
        title_of=lambda address: short_title(page, address) if address else "—",
        has_process=progress is not None,
    )


@router.get("/console/cases/{case_id}/sequence.svg")
async def draw_sequence_picture(case_id: CaseId, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """The picture of the sequence diagram."""
    archive = runtime.resource(JournalArchive)
    entries = await runtime.read(partial(read_timeline, case_id=case_id, archive=archive))
    titles = {
        address: short_title(page, address, title) for address, title in (await read_titles(runtime)).items()
    }
    picture = draw_svg(draw_sequence(entries, titles, page.tag), page.say("case-number", number=case_id))
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return Response(picture, media_type="image/svg+xml", headers={"Content-Security-Policy": policy})


@router.get("/console/cases/{case_id}/process")
async def show_process(case_id: CaseId, request: Request, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """The process of the case's regulation, its done steps and the step of its token marked."""
    _, progress = await _read_case(case_id, runtime)
    if progress is None:
        return page.lead_to(f"console/cases/{case_id}")
    graph = progress.state.graph
    language = {} if page.tag == "ru" else {"lang": page.tag}
    chosen = urlencode({"channel": graph.channel, "variant": graph.variant} | language)
    now = runtime.now
    spans = _list_spans(progress, now)
    return page.show(
        "process.html",
        headers={"Content-Security-Policy": PROCESS_POLICY},
        case_id=case_id,
        heading=_title_case(page, progress.state, runtime),
        bpmn_address=page.address(f"api/v1/regulations/{graph.passport_id}/bpmn") + f"?{chosen}",
        library_file=lambda file: page.root + BPMN_JS.address(file),
        done=" ".join(span.step for span in spans if span.end is not None),
        current=" ".join(span.step for span in spans if span.end is None),
        steps=[_describe_span(page, span, now) for span in spans],
        has_process=True,
    )


PROCESS_POLICY = (
    "default-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""As every page of the console, and the pictures that the style sheets of bpmn-js bring."""


async def _read_case(case_id: str, runtime: ServiceRuntime) -> tuple[list[TimelineEntryView], CaseProgress | None]:
    """The messages of a case and its progress, None where it has no process; NotFound ``case-unknown``,
    Unavailable ``segment-missing``.
    """
    book, archive = runtime.resource(PassportBook), runtime.resource(JournalArchive)

    def read(session: Session) -> tuple[list[TimelineEntryView], CaseProgress | None]:
        entries = read_timeline(session, case_id, archive)
        try:
            return entries, learn_progress(session, case_id, book)
        except (BusError, ValidationError):  # a participant may tell steps that no act has
            return entries, None

    return await runtime.read(read)


def _list_spans(progress: CaseProgress, now: datetime) -> list[CaseSpan]:
    return list_spans(progress.state, progress.waiting, now, CALENDAR)


def _title_case(page: Page, state: ProcessState | None, runtime: ServiceRuntime) -> str:
    if state is None:
        return page.say("case")
    return title_in(page.tag, runtime.resource(PassportBook).get_passport(state.graph.passport_id))


def _describe_span(page: Page, span: CaseSpan, now: Any) -> dict[str, Any]:
    system = short_title(page, span.system) if span.system != addresses.GATEWAY else page.say("gateways")
    waits = "applicant" if span.is_applicants else "waiting"
    limit = span.limit
    return {
        "step": span.step,
        "system": system,
        "actor": text_in(page.tag, span.actor),
        "action": text_in(page.tag, span.action),
        "begin": span.begin,
        "end": span.end,
        "due": span.due,
        "limit": limit,
        "state": waits if span.end is None else "done",
        "is_late": span.is_late(now),
        "late_by": ((span.end or now) - span.due) if span.due is not None and span.is_late(now) else None,
        "took": (span.end or now) - span.begin,
    }
