"""``/readyz`` and ``/metrics``: whether a system can work now, and the remedy if it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from shared.bus.http.endpoints import HealthView, Language, Texts
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
    """The same as numbers, in the text format of Prometheus."""
    runtime: Runtime = request.app.state.runtime
    readiness: Readiness = request.app.state.readiness
    problems = await readiness.find_problems()
    is_ready = runtime.is_ready and not any(problem.is_fatal for problem in problems)
    lines = ["# TYPE egov_ready gauge", f"egov_ready {int(is_ready)}"]
    lines.append("# TYPE egov_readiness_problem gauge")
    lines += [f'egov_readiness_problem{{code="{code}"}} 1' for code in sorted({each.code for each in problems})]
    lines.append("# TYPE egov_certificate_seconds_left gauge")
    lines += [
        f'egov_certificate_seconds_left{{owner="{term.owner}"}} {_seconds_left(term, runtime.now)}'
        for term in readiness.certificate_terms
    ]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


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
