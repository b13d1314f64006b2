"""``/readyz`` and ``/metrics``: whether a system can work now, and the remedy if it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from shared.bus.http.endpoints import HealthView, Language, Texts
from shared.bus.http.request_budgets import RequestLoad
from shared.bus.metrics.service_metrics import TEXT_FORMAT, Gauge
from shared.bus.runtime.readiness import CertificateTerm, Readiness, ReadinessProblem
from shared.bus.runtime.service_runtime import Runtime

router = APIRouter(tags=["health"])


class ReadinessProblemView(BaseModel):
    """A problem that prevents a system from working, now or soon, with the remedy."""

    code: str
    is_fatal: Annotated[bool, Field(description="Whether the system is not ready because of it.")]
    detail: Annotated[str, Field(description="What it is and what to do, in the reader's language.")]
    texts: Annotated[dict[str, str], Field(description="The same in ru, kk and en.")]
    details: dict[str, str] = Field(default={}, description="Which one of its kind: owner, folder, tables…")


class ReadinessView(HealthView):
    """Whether a system can work now."""

    certificate_seconds_left: int | None = Field(
        default=None,
        description="The seconds of the bus's time until the first certificate ends; absent without one.",
    )
    problems: list[ReadinessProblemView] = Field(default=[], description="Absent where there is none.")


@router.get("/readyz", response_model_exclude_defaults=True, responses={503: {"model": ReadinessView}})
async def check_readiness(request: Request, response: Response, language: Language) -> ReadinessView:
    """Report whether the service can handle requests and messages now, 200 or 503, and each problem."""
    runtime: Runtime = request.app.state.runtime
    readiness: Readiness = request.app.state.readiness
    problems = await readiness.find_problems()
    is_ready = runtime.is_ready and not any(problem.is_fatal for problem in problems)
    response.status_code = 200 if is_ready else 503
    return ReadinessView(
        status="UP" if is_ready else "DOWN",
        failing_tasks=list(runtime.failing_tasks),
        certificate_seconds_left=_least_seconds(readiness.certificate_terms, runtime.now),
        problems=[_view_problem(problem, request.app.state.texts, language) for problem in problems],
    )


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def tell_metrics(request: Request) -> PlainTextResponse:
    """Counts of messages, batches, publications and requests, and the same problems, in the text format of
    Prometheus.
    """
    runtime: Runtime = request.app.state.runtime
    readiness: Readiness = request.app.state.readiness
    codes = {problem.code: problem.is_fatal for problem in await readiness.find_problems()}
    gauges = list_gauges(runtime, codes, readiness.certificate_terms)
    load: RequestLoad = request.app.state.request_load
    gauges.append(Gauge("egov_http_requests_under_way", "Requests under way", {"": load.under_way}))
    return PlainTextResponse(runtime.metrics.write_text(gauges), media_type=TEXT_FORMAT)


def list_gauges(runtime: Runtime, codes: Mapping[str, bool], terms: Sequence[CertificateTerm]) -> list[Gauge]:
    """What is read at the moment of the question; ``codes``: whether each problem is fatal."""
    is_ready = runtime.is_ready and not any(codes.values())
    return [
        Gauge("egov_ready", "Whether the system can work now", {"": is_ready}),
        Gauge(
            "egov_readiness_problem", "A problem of readiness, by code", dict.fromkeys(sorted(codes), 1), "code"
        ),
        Gauge(
            "egov_certificate_seconds_left",
            "Seconds of the bus's time until a certificate ends, by owner",
            {term.owner: _seconds_left(term, runtime.now) for term in terms},
            "owner",
        ),
        Gauge("egov_messages_parked", "Messages that wait for another", {"": runtime.parked_count}),
        Gauge("egov_messages_unconfirmed", "Messages that the carrier has not confirmed", {"": runtime.in_flight}),
        Gauge("egov_batch_backlog", "Messages and tasks that wait for a batch", {"": runtime.backlog}),
    ]


def _view_problem(problem: ReadinessProblem, texts: Texts, language: str) -> ReadinessProblemView:
    translations = dict(texts.get(problem.code, {}))
    detail = translations.get(language) or translations.get("ru") or problem.code
    return ReadinessProblemView(
        code=problem.code,
        is_fatal=problem.is_fatal,
        detail=detail,
        texts=translations,
        details=dict(problem.details),
    )


def _least_seconds(terms: Sequence[CertificateTerm], now: datetime) -> int | None:
    return min((_seconds_left(term, now) for term in terms), default=None)


def _seconds_left(term: CertificateTerm, now: datetime) -> int:
    return int((term.not_after - now).total_seconds())
