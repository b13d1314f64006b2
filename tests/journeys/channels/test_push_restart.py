"""What ШЭП has to push, and what it has pushed, outlives a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.async_calls import PATH, AsyncSystem, provide
from tests.journeys.channel_documents import fetch_documents
from tests.journeys.doors import join
from tests.journeys.kit import running
from tests.journeys.participant_endpoint import endpoint_of, set_endpoint

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = ("is_nuc", "shep_gateway")


async def test_restart_pushes_what_waited_and_nothing_twice(tmp_path: Path) -> None:
    async with running(tmp_path, names=NAMES) as country:
        documents = await fetch_documents(country, PATH)
        names = ("early-asker", "late-provider")
        asker, provider = [AsyncSystem(country, await join(country, name), documents) for name in names]
        await provide(country, "late-service", *names)
        async with endpoint_of(provider.joined) as endpoint:
            await set_endpoint(country, endpoint)
            first_id, _ = await asker.send("REQUEST", "late-service")
            await endpoint.take(first_id)
        second_id, _ = await asker.send("REQUEST", "late-service")
    async with running(tmp_path, names=NAMES) as country:
        await endpoint.open()
        try:
            await endpoint.take(second_id)
            assert endpoint.message_ids == [first_id, second_id]
        finally:
            await endpoint.close()
