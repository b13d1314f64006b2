"""The HTTP edge that every service shares: errors as problems, health, limits, the operator's door."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.bus.errors import BusError, Internal, Malformed, NotFound, Untrusted
from shared.bus.logs import log
from shared.bus.runtime import Runtime

Texts = Mapping[str, Mapping[str, str]]
LANGUAGES = ("ru", "kk", "en")


def runtime_of(request: Request) -> Runtime:
    """The service's runtime; Unavailable before it has started."""
    runtime: Runtime = request.app.state.runtime
    return runtime


Bus = Annotated[Runtime, Depends(runtime_of)]


def language(accept_language: Annotated[str, Header()] = "ru") -> str:
    """The first of ru, kk, en that the caller asks for; Russian otherwise."""
    wanted = (part.split(";")[0].strip().lower()[:2] for part in accept_language.split(","))
    return next((tag for tag in wanted if tag in LANGUAGES), "ru")


Language = Annotated[str, Depends(language)]


def operator(request: Request, authorization: Annotated[str, Header()] = "") -> None:
    """Let only the operator of this system pass: ``Authorization: Bearer <operator token>``."""
    expected = f"Bearer {request.app.state.operator_token}"
    if not secrets.compare_digest(authorization.encode(), expected.encode()):
        raise Untrusted("operator-only", "this needs the operator's token")


OperatorOnly = Depends(operator)


def problem(error: BusError, texts: Texts, tag: str) -> JSONResponse:
    """RFC 9457: the stable code, the text in the reader's language, all languages beside it."""
    known = texts.get(error.code, {})
    body = {
        "type": f"urn:egov-bus:error:{error.code}",
        "title": type(error).__name__,
        "status": error.http_status,
        "code": error.code,
        "detail": known.get(tag) or known.get("ru") or error.message,
        **({"texts": dict(known)} if known else {}),
        **error.details,
    }
    headers = {"Retry-After": str(error.details["retry_after"])} if "retry_after" in error.details else None
    return JSONResponse(
        body, status_code=error.http_status, media_type="application/problem+json", headers=headers
    )


def install(app: FastAPI, texts: Texts, max_body: int) -> None:
    """Give an app its error mapping, its limit on bodies, /healthz and /readyz."""

    def answer(request: Request, error: BusError) -> JSONResponse:
        return problem(error, texts, language(request.headers.get("accept-language", "ru")))

    async def expected(request: Request, error: Exception) -> Response:
        assert isinstance(error, BusError)  # noqa: S101 - registered for it
        return answer(request, error)

    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
        fields = [{"field": ".".join(map(str, fault["loc"])), "fault": fault["type"]} for fault in error.errors()]
        return answer(request, Malformed("request-malformed", "the request is not valid", fields=fields))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        kind = NotFound if error.status_code == 404 else BusError
        response = answer(request, kind("not-found" if kind is NotFound else "http-error", str(error.detail)))
        response.status_code = error.status_code
        return response

    async def unexpected(request: Request, error: Exception) -> Response:
        log("http.failed", path=request.url.path, error=repr(error))
        return answer(request, Internal("internal", "the fault is ours"))

    app.add_exception_handler(BusError, expected)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)
    app.add_middleware(BodyLimit, most=max_body)
    _add_health(app)


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "UP"}

    @app.get("/readyz", tags=["health"])
    async def readyz(request: Request, response: Response) -> dict[str, Any]:
        """The service can work now: 200, else 503."""
        runtime: Runtime | None = getattr(request.app.state, "runtime", None)
        is_ready = runtime is not None and runtime.is_ready
        response.status_code = 200 if is_ready else 503
        return {"status": "UP" if is_ready else "DOWN"}


class BodyLimit:
    """Refuses a request body over ``most`` bytes, announced or not, before it is in memory."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._most:
            await self._refuse(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > self._most:
                raise Malformed("request-too-large", f"over {self._most} bytes")
            return message

        return counted

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = Malformed("request-too-large", f"over {self._most} bytes")
        await problem(error, {}, "ru")(scope, receive, send)
