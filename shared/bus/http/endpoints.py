"""The HTTP parts that all services share: errors as problems, health, the limit on bodies, the operator token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from shared.bus.clocks.clock import read_both_clocks
from shared.bus.errors import BusError, Internal, Malformed, Throttled, Untrusted
from shared.bus.http.languages import preferred_language
from shared.bus.http.problems import answers_errors
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.http.requests.operator_door import OperatorDoor
from shared.bus.http.requests.refusals import RefusalLog, note_refusal
from shared.bus.logs import log
from shared.bus.runtime.service_runtime import Runtime

Texts = Mapping[str, Mapping[str, str]]
PROBLEM_TYPE = "application/problem+json"
MOST_FIELDS = 20
"""The number of faulty fields that a problem lists; ``fields_total`` gives the number of all."""
LONGEST_FIELD = 200
"""The number of characters after which the name of a faulty field is cut off: a stranger may have made it up."""
HTTP_CODES = {400: "request-malformed", 404: "not-found", 405: "method-not-allowed", 413: "request-too-large"}


async def runtime_of(request: Request) -> Runtime:
    """The service's runtime, as a dependency of an endpoint."""
    runtime: Runtime = request.app.state.runtime
    return runtime


ServiceRuntime = Annotated[Runtime, Depends(runtime_of)]


async def _reader_language(accept_language: Annotated[str, Header()] = "ru") -> str:
    return preferred_language(accept_language)


# Dependencies are coroutines although they await nothing: FastAPI would run a plain function in a thread.
Language = Annotated[str, Depends(_reader_language)]


_BEARER = HTTPBearer(auto_error=False)


async def bearer_token(authorization: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> str:
    """The token in ``Authorization: Bearer …``; an empty string without the header."""
    return authorization.credentials if authorization else ""


BearerToken = Annotated[str, Depends(bearer_token)]


def holds_operator_token(app: FastAPI, token: str) -> bool:
    """Whether ``token`` is the token of the operator of this system."""
    return operator_door(app).fits(token)


def operator_door(app: FastAPI) -> OperatorDoor:
    """The door of the operator of this system."""
    door: OperatorDoor = app.state.operator_door
    return door


@answers_errors(Untrusted("operator-only"), Throttled("too-many-attempts"))
async def require_operator(request: Request, token: BearerToken, address: CallerAddress) -> None:
    """Require the operator's token of this system; Untrusted ``operator-only``, Throttled ``too-many-attempts``
    after too many wrong tokens from this address.
    """
    operator_door(request.app).admit(token, address)


OperatorOnly = Depends(require_operator)


def limit_fields(details: Mapping[str, Any], total: int | None = None) -> dict[str, Any]:
    """The details of an error with at most ``MOST_FIELDS`` of its ``fields``; ``fields_total`` gives the number of
    all when there are more.
    """
    fields = details.get("fields", ())
    count = len(fields) if total is None else total
    if count <= MOST_FIELDS:
        return dict(details)
    return {**details, "fields": list(fields[:MOST_FIELDS]), "fields_total": count}


def problem_response(error: BusError, texts: Texts, tag: str, status: int | None = None) -> JSONResponse:
    """The error as a problem (RFC 9457): the stable code, the text in the language ``tag``, and ``texts`` in all
    languages.

    ``status`` replaces the HTTP status of the error's class.
    """
    status = status or error.http_status
    translations = texts.get(error.code, {})
    body = {
        **(limit_fields(error.details) if "fields" in error.details else error.details),
        "type": f"urn:egov-bus:error:{error.code}",
        "title": type(error).__name__,
        "status": status,
        "code": error.code,
        "detail": translations.get(tag) or translations.get("ru") or error.message,
        **({"texts": dict(translations)} if translations else {}),
    }
    headers = {"Retry-After": str(error.details["retry_after"])} if "retry_after" in error.details else None
    return JSONResponse(body, status_code=status, media_type=PROBLEM_TYPE, headers=headers)


ErrorRenderer = Callable[[str, BusError, Texts, str, int | None], Response]
"""Renders an error for a path; arguments: path, error, texts, language, and an HTTP status that replaces the
status of the error's class (or None).
"""


def render_problem(path: str, error: BusError, texts: Texts, tag: str, status: int | None = None) -> JSONResponse:
    """The error as a problem on every path (an ``ErrorRenderer``)."""
    return problem_response(error, texts, tag, status)


def install_error_handling(app: FastAPI, texts: Texts, render_error: ErrorRenderer = render_problem) -> None:
    """Give an app the rendering of errors, and a log of its refusals."""
    app.state.refusal_log = RefusalLog()

    def render_response(request: Request, error: BusError, status: int | None = None) -> Response:
        tag = preferred_language(request.headers.get("accept-language", "ru"))
        note_refusal(request.scope, error)
        return render_error(request.url.path, error, texts, tag, status)

    async def handle_bus_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, BusError)  # noqa: S101 - registered for it
        return render_response(request, error)

    async def handle_invalid_request(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
        if _is_json_under_another_name(request, error):
            other = Malformed("content-type-unsupported", "the body must come as application/json")
            response = render_response(request, other, 415)
            if response.media_type == PROBLEM_TYPE:  # NCANode answers 400, and so does a system in its form
                return response
        faults = error.errors()
        fields = [
            {"field": ".".join(map(str, fault["loc"]))[:LONGEST_FIELD], "fault": fault["type"]}
            for fault in faults[:MOST_FIELDS]
        ]
        details = limit_fields({"fields": fields}, len(faults))
        return render_response(request, Malformed("request-malformed", "the request is not valid", **details))

    async def handle_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        code = HTTP_CODES.get(error.status_code, "http-error")
        response = render_response(request, Malformed(code, str(error.detail)), error.status_code)
        response.headers.update(error.headers or {})
        return response

    async def handle_unexpected(request: Request, error: Exception) -> Response:
        log("http.failed", path=request.url.path, error=repr(error))
        return render_response(request, Internal("internal", "the system has a fault"))

    app.add_exception_handler(BusError, handle_bus_error)
    app.add_exception_handler(RequestValidationError, handle_invalid_request)
    app.add_exception_handler(HTTPException, handle_http_error)
    app.add_exception_handler(Exception, handle_unexpected)


def _is_json_under_another_name(request: Request, error: RequestValidationError) -> bool:
    """Whether a body that has to be JSON came under another Content-Type or none: FastAPI leaves such a body."""
    field = getattr(request.scope.get("route"), "body_field", None)
    is_json_wanted = field is not None and getattr(field.field_info, "media_type", "") == "application/json"
    return is_json_wanted and isinstance(error.body, bytes) and bool(error.body)


class HealthView(BaseModel):
    """Whether a system is alive (``/healthz``) or ready (``/readyz``)."""

    status: Literal["UP", "DOWN"]
    failing_tasks: list[str] = Field(
        default=[],
        description="The background tasks that fail again and again, named as in the log; absent if none does.",
    )


class BothClocksView(BaseModel):
    """The bus's time and the machine's time at one moment."""

    now: datetime
    machine: datetime


health_router = APIRouter(tags=["health"])
"""/healthz and /api/v1/time; /readyz is in ``shared.bus.http.readiness``."""


@health_router.get("/healthz", response_model_exclude_defaults=True, responses={503: {"model": HealthView}})
async def check_liveness(request: Request, response: Response) -> HealthView:
    """Report that the process is alive: 200, or 503 once a task of the kernel fails again and again."""
    runtime: Runtime | None = getattr(request.app.state, "runtime", None)
    is_alive = runtime is None or runtime.is_alive
    response.status_code = 200 if is_alive else 503
    failing = [] if is_alive or runtime is None else list(runtime.failing_tasks)
    return HealthView(status="UP" if is_alive else "DOWN", failing_tasks=failing)


@health_router.get("/api/v1/time")
async def tell_time(runtime: ServiceRuntime) -> BothClocksView:
    """The bus's time, which is equal in all systems, and the time of this system's machine."""
    now, machine = read_both_clocks(runtime.clock, runtime.machine_clock)
    return BothClocksView(now=now, machine=machine)
