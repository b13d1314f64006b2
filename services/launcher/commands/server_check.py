"""Whether the servers that the settings name are there: asked before a start that a person waits for."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from shared.bus.errors import Unavailable
from shared.bus.settings import Settings

PATIENCE = 3.0
SERVERS = (("amqp_url", "broker-away", 5672), ("database_url", "database-away", 5432))


async def check_servers(settings: Settings) -> None:
    """Connect to RabbitMQ and PostgreSQL where the settings name them, and say nothing there.

    Unavailable ``broker-away``, ``database-away``.
    """
    for field, code, port in SERVERS:
        parts = urlsplit(getattr(settings, field) or "")
        if parts.hostname:
            await _connect(code, parts.hostname, parts.port or (5671 if parts.scheme == "amqps" else port))


async def _connect(code: str, host: str, port: int) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        raise Unavailable(code, f"{host}:{port}: {error}", place=f"{host}:{port}") from None
    writer.close()
