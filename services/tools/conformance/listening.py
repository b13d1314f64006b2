"""The kit at an address: its side of a door, and the certificates that НУЦ would serve."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding

from services.launcher.http_server import InstanceHttpServer
from services.tools.conformance.kit_keys import KitKeys
from services.tools.conformance.serving import AsgiApp, Scope
from shared.bus.errors import Unavailable, Untrusted
from shared.bus.runtime.supervised_tasks import SupervisedTasks

CERTIFICATES = "/api/v1/certificates/"
REQUEST_SECONDS = 120.0


def with_certificates(app: AsgiApp, keys: KitKeys) -> AsgiApp:
    """The application with what a participant asks НУЦ for: a certificate of this run by its thumbprint."""

    async def serve(
        scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        path = str(scope.get("path", ""))
        if not path.startswith(CERTIFICATES):
            await app(scope, receive, send)
            return
        try:
            certificate = keys.find_certificate(path.removeprefix(CERTIFICATES))
            status, body = 200, certificate.public_bytes(Encoding.PEM)
        except Untrusted:
            status, body = 404, b""
        headers = [(b"content-type", b"application/x-pem-file"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return serve


async def serve_nothing(
    scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """The side of the kit in a role in which it calls: 404."""
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def listen(app: AsgiApp, host: str, port: int) -> AsyncIterator[str]:
    """Serve an application inside the context; yields its URL. Port 0 takes a free one.

    Unavailable ``port-taken``.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Unavailable(
            "port-taken", f"{host}:{port}: {error.strerror}", name="conformance", host=host, port=port
        ) from None
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
    server = InstanceHttpServer(config, REQUEST_SECONDS)
    tasks = SupervisedTasks()
    serving = tasks.run_once("conformance.server", server.serve(sockets=[listener]))
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # uvicorn tells nobody when it is ready
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.ask_to_stop()
        await serving
        listener.close()
