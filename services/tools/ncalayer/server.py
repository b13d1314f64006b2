"""The WebSocket of the signer: it greets, answers each request, and keeps the connection open after errors."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from services.tools.ncalayer import protocol
from services.tools.ncalayer.dispatch import HandledFrame, handle_frame, refuse_long_frame
from services.tools.ncalayer.signing_device import SigningDevice
from shared.bus.errors import Unavailable

PORT = 13579
MOST_BYTES = 64 * 1024 * 1024
"""The limit of a request: base64 of the largest document that can be signed, with room to spare."""


@dataclass(frozen=True)
class ListenOptions:
    """Where the signer listens, and for which pages. `origins` None accepts the pages of every site."""

    host: str = "127.0.0.1"
    port: int = PORT
    tls: ssl.SSLContext | None = None
    origins: Sequence[str] | None = None
    most_bytes: int = MOST_BYTES


RequestObserver = Callable[[str, HandledFrame], None]
"""Gets each answered request: the origin of the page, and the handled frame."""


@asynccontextmanager
async def serve_device(
    device: SigningDevice, options: ListenOptions, observer: RequestObserver = lambda origin, handled_frame: None
) -> AsyncIterator[str]:
    """Run the signer inside the context; yields its URL. Unavailable port-taken."""

    async def attend_connection(connection: ServerConnection) -> None:
        try:
            await _answer_page(connection, device, options.most_bytes, observer)
        except ConnectionClosed:
            return

    try:
        server = await serve(
            attend_connection,
            options.host,
            options.port,
            ssl=options.tls,
            origins=_allowed_origins(options.origins),
            compression=None,  # useless on one machine, and it would need a limit against zip bombs
            max_size=(None, 2 * options.most_bytes),  # a larger frame closes the connection (1009)
            logger=_silent_logger(),
        )
    except OSError as error:
        explanation = f"port {options.port} is taken ({error.strerror}); give another one with --port"
        raise Unavailable("port-taken", explanation) from None
    async with server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"{'wss' if options.tls else 'ws'}://{options.host}:{port}"


async def _answer_page(
    connection: ServerConnection, device: SigningDevice, most_bytes: int, observer: RequestObserver
) -> None:
    """Serve one page from the greeting until the page disconnects."""
    await connection.send(protocol.write_answer(protocol.GREETING))
    while True:
        frame = await _receive_frame(connection, most_bytes)
        if frame == protocol.HEARTBEAT.encode():
            await connection.send(protocol.HEARTBEAT)
            continue
        # Signing takes milliseconds and time-stamping a request: neither runs in the loop.
        handled_frame = (
            refuse_long_frame(device, most_bytes)
            if frame is None
            else await asyncio.to_thread(handle_frame, frame, device)
        )
        origin = connection.request.headers.get("Origin", "") if connection.request else ""
        observer(origin, handled_frame)
        await connection.send(protocol.write_answer(handled_frame.answer))


async def _receive_frame(connection: ServerConnection, most_bytes: int) -> bytes | None:
    """The next message; None for a message that is too long, of which at most one frame is held in memory."""
    parts: list[bytes] = []
    size = 0
    async for part in connection.recv_streaming(decode=False):
        size += len(part)
        if size > most_bytes:
            parts.clear()
        else:
            parts.append(part)
    return None if size > most_bytes else b"".join(parts)


def _allowed_origins(origins: Sequence[str] | None) -> list[Origin | None] | None:
    """The allowed origins. None in the list lets in programs, which send no origin and could send any."""
    return None if origins is None else [*map(Origin, origins), None]


def _silent_logger() -> logging.Logger:
    """A silent logger: the library logs each probe of the port with a traceback."""
    logger = logging.getLogger("egov.ncalayer.websocket")
    logger.setLevel(logging.CRITICAL)
    return logger
