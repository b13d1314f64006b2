"""One case over HTTP, for the operator: its timeline, also as a diagram, and its evidence bundle."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.shep_gateway.archive.archived_entries import JournalArchive
from services.shep_gateway.proof.case_evidence import make_case_bundle
from services.shep_gateway.proof.sequence_arrows import WORDS, SequenceDiagram, draw_sequence, write_mermaid
from services.shep_gateway.proof.sequence_picture import draw_svg
from services.shep_gateway.proof.timeline import TimelineEntryView, read_timeline
from services.shep_gateway.register import CachedRegister
from shared.bus.http.endpoints import Language, OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import OF_CASE
from shared.bus.http.media import declare_bytes, declare_text
from shared.bus.http.problems import declare_errors
from shared.bus.runtime.service_runtime import Runtime
from shared.evidence.container import MIMETYPE

router = APIRouter(prefix="/api/v1/cases/{case_id}", tags=["journal"], dependencies=[OperatorOnly])

CaseId = Annotated[str, Path(min_length=1, max_length=100)]
BUNDLE_TYPE = MIMETYPE.decode()
SVG_TYPE, MERMAID_TYPE = "image/svg+xml", "text/plain"
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A picture opened by itself runs no script, whatever the titles of systems are."""
UNKNOWN_CASE = declare_errors(not_found="case-unknown", unavailable="segment-missing")


@router.get("/timeline", responses=UNKNOWN_CASE)
async def list_timeline(case_id: CaseId, runtime: ServiceRuntime) -> Annotated[list[TimelineEntryView], OF_CASE]:
    """Every message of a case and of the questions asked for it: when, from whom, to whom, with what result;
    ``case-unknown``, ``segment-missing``.
    """
    return await runtime.read(partial(read_timeline, case_id=case_id, archive=runtime.resource(JournalArchive)))


@router.get("/timeline.mmd", response_class=Response, responses={**declare_text(MERMAID_TYPE), **UNKNOWN_CASE})
async def draw_timeline_text(case_id: CaseId, runtime: ServiceRuntime, language: Language) -> Response:
    """The timeline as a sequence diagram in the language of Mermaid; ``case-unknown``,
    ``segment-missing``.
    """
    diagram = await _draw_case(case_id, runtime, language)
    return Response(write_mermaid(diagram), media_type=MERMAID_TYPE)


@router.get("/timeline.svg", response_class=Response, responses={**declare_bytes(SVG_TYPE), **UNKNOWN_CASE})
async def draw_timeline_picture(case_id: CaseId, runtime: ServiceRuntime, language: Language) -> Response:
    """The timeline as a sequence diagram, a picture; ``case-unknown``, ``segment-missing``."""
    diagram = await _draw_case(case_id, runtime, language)
    picture = draw_svg(diagram, f"{WORDS['case'][language]} {case_id}")
    return Response(picture, media_type=SVG_TYPE, headers={"Content-Security-Policy": SVG_POLICY})


async def _draw_case(case_id: str, runtime: Runtime, language: str) -> SequenceDiagram:
    entries = await runtime.read(partial(read_timeline, case_id=case_id, archive=runtime.resource(JournalArchive)))
    register = runtime.resource(CachedRegister)
    snapshot = await runtime.read(register.current_snapshot)
    titles = {member.address: member.title for member in snapshot.members.values()}
    return draw_sequence(entries, titles, language)


@router.get(
    "/evidence",
    response_class=Response,
    responses={
        **declare_bytes(BUNDLE_TYPE),
        **declare_errors(
            not_found="case-unknown",
            conflict="evidence-too-large",
            unavailable="evidence-unavailable segment-missing",
        ),
    },
)
async def download_evidence(case_id: CaseId, runtime: ServiceRuntime) -> Response:
    """The evidence bundle of a case (ASiC-E): messages, signatures, certificates, revocation, the journal's proof.

    ``case-unknown``, ``evidence-too-large``; ``evidence-unavailable`` while НУЦ gives no time-stamp, certificate
    or revocation list; ``segment-missing`` while a file of the journal's archive is not where it belongs.
    """
    bundle = await make_case_bundle(runtime, case_id)
    return Response(
        bundle, media_type=BUNDLE_TYPE, headers={"Content-Disposition": 'attachment; filename="case.asice"'}
    )
