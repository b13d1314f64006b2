"""What a system counts, as Prometheus reads it: messages, refusals, publications, batches and requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter
from prometheus_client.parser import text_string_to_metric_families

from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.errors import Conflict
from shared.bus.http.request_budgets import LongStream
from shared.bus.service import ServiceNode
from tests.bus.kit import Company, Desk, effects_of, rows_when

Sample = tuple[str, tuple[tuple[str, str], ...]]

router = APIRouter()


@router.get("/people/{iin}")
async def show_person(iin: str) -> dict[str, str]:
    return {"iin": iin}


@router.get("/news", dependencies=[LongStream])
async def follow_news() -> dict[str, str]:
    return {}


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    transport = EmbeddedTransport()
    await transport.open()
    made = Company(tmp_path, transport)
    yield made
    await made.stack.aclose()
    await transport.close()


async def call(node: ServiceNode, method: str, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(node.app), base_url="http://node") as client:
        return await client.request(method, path)


async def read_samples(node: ServiceNode) -> Mapping[Sample, float]:
    """The samples of ``/metrics`` by name and labels, as Prometheus' own parser reads them."""
    answer = await call(node, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_metrics_count_messages_refusals_and_publications(company: Company) -> None:
    desk = Desk(trouble={3: Conflict("not-today", "no")})
    sender, sink = await company.node("sender"), await company.node("sink", desk.router, desk.metadata)
    await company.tell(sender, "sink", (1, 2), case="granted")
    await company.tell(sender, "sink", (3,), case="refused")
    await effects_of(sink, desk.effects, 2)
    await rows_when(sink, "bus_dead", 1)
    received, dispatched = await read_samples(sink), await read_samples(sender)
    assert received["egov_messages_handled_total", ()] == 2
    assert received["egov_message_refusals_total", (("code", "not-today"),)] == 1
    assert received["egov_messages_parked", ()] == received["egov_batch_backlog", ()] == 0
    assert received["egov_batch_items_sum", ()] >= 3
    assert received["egov_batch_seconds_count", ()] == received["egov_batch_items_count", ()] > 0
    assert dispatched["egov_messages_published_total", ()] == 3
    assert dispatched["egov_messages_unconfirmed", ()] == 0
    assert received["egov_ready", ()] == 1
    assert received["process_cpu_seconds_total", ()] > 0


async def test_metrics_name_the_endpoint_of_a_request_and_nobody_of_its_address(company: Company) -> None:
    node = await company.node("desk", api=router)
    for _ in range(2):
        assert (await call(node, "GET", "/people/900101300123")).status_code == 200
    assert (await call(node, "GET", "/nothing/900101300123")).status_code == 404
    assert (await call(node, "STEAL", "/people/900101300123")).status_code == 405
    samples = await read_samples(node)
    name = "egov_http_request_seconds_count"
    assert samples[name, (("method", "GET"), ("route", "/people/{iin}"), ("status", "200"))] == 2
    assert samples[name, (("method", "GET"), ("route", "none"), ("status", "404"))] == 1
    (odd,) = (labels for sample, labels in samples if sample == name and ("status", "405") in labels)
    assert ("method", "other") in odd
    assert not [sample for sample in samples if "900101300123" in str(sample) or "STEAL" in str(sample)]


async def test_metrics_measure_no_stream_of_events(company: Company) -> None:
    node = await company.node("desk", api=router)
    assert (await call(node, "GET", "/news")).status_code == 200
    assert not [sample for sample in await read_samples(node) if ("route", "/news") in sample[1]]
