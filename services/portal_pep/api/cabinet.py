"""The личный кабинет: apply, watch, read the result, answer the questionnaire."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response, status
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from services.portal_pep import storage, submission
from services.portal_pep.api.accounts import Citizen, Visiting
from services.portal_pep.case_session import Given, asked_of_citizen
from services.portal_pep.domain import NOTIFICATIONS, PORTAL, EventKind, file_name, moment
from services.portal_pep.printing.issuer import Press
from services.portal_pep.storage import AnswersRow, ApplicationRow, EventRow
from services.portal_pep.submission import Form
from shared.bus.errors import Conflict, Malformed, NotFound
from shared.bus.http.endpoints import Bus, Language
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.cases import Outcome, StepDone
from shared.contracts.documents import Attachment, read_output
from shared.pki.certificates.profile import Purpose
from shared.pki.client.nuc import Centre
from shared.pki.cms import signed_data as cms
from shared.pki.verification.check import signer_info
from shared.regulations.book import PassportBook
from shared.regulations.process.graph import Node
from shared.regulations.process.process_state import Course, read_steps

router = APIRouter(prefix="/api/v1", tags=["cabinet"])


class FormIn(BaseModel):
    """A filled form: field keys of the form's schema to values."""

    model_config = ConfigDict(extra="forbid")

    authority: Annotated[str, Field(max_length=100)]
    fields: Annotated[dict[str, Annotated[str, Field(max_length=4000)]], Field(max_length=100)]
    attachments: Annotated[list[Attachment], Field(max_length=20)] = []
    variant: Annotated[str, Field(max_length=40)] | None = None


class SubmissionIn(BaseModel):
    """The signed document: base64 of a DER CMS with the document inside."""

    model_config = ConfigDict(extra="forbid")

    cms: Base64Bytes


class AnswerIn(BaseModel):
    """A citizen's answer: one of those to choose from, or his words where the act wants it in writing; ``cms``
    (base64 of DER) where papers are wanted, over the document that ``draft`` gave."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, Field(max_length=40)] | None = None
    text: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    cms: Base64Bytes | None = None


class PapersIn(BaseModel):
    """Papers that the act waits for."""

    model_config = ConfigDict(extra="forbid")

    attachments: Annotated[list[Attachment], Field(min_length=1, max_length=20)]


class AskedOut(BaseModel):
    """What is asked of the citizen: the step, what it is about in the act, the answers to choose from, and whether
    ``papers`` go with the answer."""

    step: str
    text: str
    choose: list[str]
    papers: bool


class ApplicationOut(BaseModel):
    """An application as the cabinet lists it.

    Where it was refused without a document, ``refusal`` is what the act says of that and ``reason`` what the
    provider said.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    regulation: str
    variant: str
    region: str
    authority: str
    number: str | None
    status: str
    outcome: Outcome | None
    reason: str | None
    refusal: str | None
    submitted_at: datetime
    changed_at: datetime


class StepOut(StepDone):
    """A step of the regulation with the unit and the action as the passport tells them; ``label`` is the act's
    own («процесс 3»), ``n`` its number there."""

    label: str
    n: int | None
    unit: str
    action: str


class NotificationOut(BaseModel):
    """A line of «Уведомления», in the reader's language; ``until`` and ``reason`` of an extended deadline."""

    id: int
    application_id: str
    at: datetime
    kind: EventKind
    status: str
    number: str | None
    text: str
    until: datetime | None = None
    reason: str | None = None


@router.post("/services/{service_id}/draft")
async def draft(service_id: str, form: FormIn, me: Citizen, bus: Bus) -> Response:
    """Check the form (ФЛК) and give back the document to sign; ``form-invalid``, ``not-entitled``,
    ``authority-unknown``, ``channel-not-given``, ``variant-needed``, ``variant-not-found``."""
    passport = bus.use(PassportBook).get(service_id)

    def make(work: Work) -> bytes:
        filled = Form(form.authority, form.fields, form.attachments, form.variant)
        return submission.draft(work, passport, me, filled).model_dump_json().encode()

    return Response(await bus.write(make), media_type="application/json")


@router.post("/applications", status_code=status.HTTP_201_CREATED)
async def submit(submitted: SubmissionIn, visitor: Visiting, bus: Bus) -> ApplicationOut:
    """«Условие 2», then the application goes to the provider. The codes of «условие 2» (``eds-…``), those of the
    draft, ``document-malformed``, ``application-already-submitted``, ``application-open-already``."""

    centre = bus.use(Centre)
    checked = await bus.compute(
        lambda: centre.check(submitted.cms, at=bus.now, expected_iin=visitor.iin, purpose=Purpose.APPLICANT)
    )

    def run(work: Work) -> ApplicationOut:
        return ApplicationOut.model_validate(submission.submit(work, checked, submitted.cms, visitor))

    return await bus.write(run)


@router.get("/history")
async def history(me: Citizen, bus: Bus, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[ApplicationOut]:
    """«История получения услуг», the latest first."""
    rows = await bus.read(lambda session: storage.history(session, me, limit))
    return [ApplicationOut.model_validate(row) for row in rows]


@router.get("/notifications")
async def notifications(
    me: Citizen, bus: Bus, tag: Language, after: Annotated[int, Query(ge=0)] = 0
) -> list[NotificationOut]:
    """«Уведомления», in order, from the one after ``after``."""
    rows = await bus.read(lambda session: storage.events(session, iin=me, after=after))
    return [_notification(row, tag, bus.use(PassportBook)) for row in rows]


@router.get("/applications/{application_id}")
async def application(application_id: str, me: Citizen, bus: Bus) -> ApplicationOut:
    """One of the citizen's applications; ``application-unknown``."""
    return ApplicationOut.model_validate(await _own(application_id, me, bus))


@router.get("/applications/{application_id}/steps")
async def steps(application_id: str, me: Citizen, bus: Bus) -> list[StepOut]:
    """The steps of the regulation that the portal knows to be done."""
    row = await _own(application_id, me, bus)
    graph = bus.use(PassportBook).graph(row.regulation, PORTAL, row.variant)
    return [_step(step, graph.node(step.step)) for step in read_steps(row.steps)]


@router.get("/applications/{application_id}/asked")
async def asked(application_id: str, me: Citizen, bus: Bus) -> list[AskedOut]:
    """What the citizen is asked at this moment."""
    row = await _own(application_id, me, bus)
    graph = bus.use(PassportBook).graph(row.regulation, PORTAL, row.variant)
    nodes = asked_of_citizen(Course.read(graph, row.steps))
    return [
        AskedOut(step=node.id, text=node.action, choose=list(node.chooses), papers=node.wait is not None)
        for node in nodes
    ]


@router.post("/applications/{application_id}/steps/{step}/draft")
async def draft_papers(application_id: str, step: str, given: PapersIn, me: Citizen, bus: Bus) -> Response:
    """The document to sign in a step that waits for papers; ``step-not-found``, ``step-out-of-order``,
    ``step-already-done``."""

    def make(work: Work) -> bytes:
        made = submission.supplement(work, application_id, me, step, given.attachments)
        return made.model_dump_json().encode()

    return Response(await bus.write(make), media_type="application/json")


@router.post("/applications/{application_id}/steps/{step}")
async def answer_asked(application_id: str, step: str, given: AnswerIn, me: Citizen, bus: Bus) -> ApplicationOut:
    """The citizen's answer. ``step-not-found``, ``step-out-of-order``, ``step-already-done``, ``answer-needed``,
    ``words-missing``, ``papers-needed``; with papers the codes of «условие 2» (``eds-…``), ``document-malformed``,
    ``other-document``."""
    centre, signed = bus.use(Centre), given.cms
    if signed is not None:
        checked = await bus.compute(
            lambda: centre.check(signed, at=bus.now, expected_iin=me, purpose=Purpose.APPLICANT)
        )
        submission.check_supplement(checked.content, application_id, step, me)

    def run(work: Work) -> ApplicationOut:
        case = submission.answer(work, application_id, me, step, Given(given.answer, given.text, signed))
        return ApplicationOut.model_validate(case)

    return await bus.write(run)


@router.get("/applications/{application_id}/output")
async def output(application_id: str, me: Citizen, bus: Bus) -> dict[str, Any]:
    """The output document and who signed it, ``stamped_at`` None before its time-stamp is there; ``no-output``."""
    result = await _result(application_id, me, bus)
    signed = cms.open_signed(result)
    signer = signer_info(signed.certificate)  # checked when the result came, and kept as it was
    return {
        "document": json.loads(read_output(signed.content).model_dump_json()),
        "signer": {"name": signer.common_name, "organisation": signer.organisation},
        "signed_at": signed.signing_time,
        "stamped_at": await bus.read(lambda session: storage.stamped_at(session, application_id, "result")),
    }


@router.get("/applications/{application_id}/output.pdf", response_class=Response)
async def output_pdf(application_id: str, me: Citizen, bus: Bus) -> Response:
    """The output document to print, sealed by the portal (PAdES), with the signed original inside; ``no-output``.
    ``Link`` names the page on which anybody can check it."""
    row = await _own(application_id, me, bus)
    press = bus.use(Press)
    printed = await press.printed(bus, row)
    headers = {
        "Content-Disposition": f'inline; filename="{file_name(row.number or row.id)}.pdf"',
        "Cache-Control": "private, no-store",
        "Link": f'<{press.url(printed.code)}>; rel="describedby"',
    }
    return Response(printed.content, media_type="application/pdf", headers=headers)


@router.post("/applications/{application_id}/questionnaire", status_code=204)
async def answer(application_id: str, answers: dict[int, int], me: Citizen, bus: Bus) -> None:
    """Answer the questionnaire, once: question to option. ``questionnaire-invalid``, ``questionnaire-early``,
    ``questionnaire-answered``, ``questionnaire-absent``."""
    row = await _own(application_id, me, bus)
    if row.outcome is None:
        raise Conflict("questionnaire-early", "the service is not completed yet")
    asked = bus.use(PassportBook).questionnaire(row.regulation).questions
    options = {question.n: {option.n for option in question.options} for question in asked}
    if set(answers) != set(options) or any(chosen not in options[n] for n, chosen in answers.items()):
        raise Malformed("questionnaire-invalid", "one option for each question", questions=sorted(options))
    kept = AnswersRow(application_id=row.id, answers=json.dumps(answers), answered_at=bus.now)
    await bus.write(lambda work: storage.keep_answers(work.session, kept))


async def own_id(application_id: str, me: Citizen, bus: Bus) -> str:
    """The id of one of the citizen's applications; a dependency, so that it is checked before a stream begins."""
    return (await _own(application_id, me, bus)).id


@router.get("/applications/{application_id}/events", response_class=EventSourceResponse)
async def events(
    application_id: Annotated[str, Depends(own_id)],
    me: Citizen,
    bus: Bus,
    tag: Language,
    last_event_id: Annotated[int, Header(ge=0)] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """Live updates (SSE): every change of the application; ``Last-Event-ID`` takes up where a stream broke."""
    after = last_event_id
    while True:
        rows = await bus.wait_for(
            f"application:{application_id}",
            lambda session, after=after: (  # type: ignore[misc]
                storage.events(session, iin=me, application_id=application_id, after=after) or None
            ),
            15.0,
        )
        if rows is None:
            yield ServerSentEvent(comment="waiting")
        for row in rows or ():
            after = row.id or after
            shown = _notification(row, tag, bus.use(PassportBook))
            yield ServerSentEvent(data=shown.model_dump(mode="json"), id=str(after), event=row.kind)


async def _own(application_id: str, me: str, bus: Bus) -> ApplicationRow:
    return await bus.read(lambda session: storage.get_application(session, application_id, me))


async def _result(application_id: str, me: str, bus: Bus) -> bytes:
    await _own(application_id, me, bus)
    result = await bus.read(lambda session: storage.document(session, application_id, "result"))
    if result is None:
        raise NotFound("no-output", "the output document is not there yet")
    return result


def _step(step: StepDone, node: Node) -> StepOut:
    return StepOut(**step.model_dump(), label=node.label, n=node.n, unit=node.actor, action=node.action)


def _notification(row: EventRow, tag: str, book: PassportBook) -> NotificationOut:
    kind = EventKind(row.kind)
    service = book.get(row.regulation).title
    title = service.kk if tag == "kk" and service.kk else service.ru
    text = NOTIFICATIONS[kind][tag].format(
        service=title,
        number=row.number or "",
        status=row.status,
        code=row.code or "",
        until=moment(row.until) if row.until else "",
        reason=row.reason or "",
    )
    return NotificationOut(
        id=row.id or 0,
        application_id=row.application_id,
        at=row.at,
        kind=kind,
        status=row.status,
        number=row.number,
        text=text,
        until=row.until,
        reason=row.reason,
    )
