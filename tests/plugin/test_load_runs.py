"""The loads run against a country: every call is answered, and nothing that joined for them stays."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.tools.load.load_run import DEPTH, run_load
from services.tools.load.preparation import LoadDoor, LoadProfile, LoadTarget, LoadWish
from services.tools.load.report_page import render_page
from services.tools.load.schedule import LoadPlan
from shared.bus.errors import Malformed
from shared.client.participants import Operators
from tests.journeys.kit import RunningCountry, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    folder = tmp_path_factory.mktemp("loaded")
    async with running(folder, environment={"EGOV_CLERKS": "instant"}) as running_country:
        yield running_country


def target(country: RunningCountry) -> LoadTarget:
    return LoadTarget(country.url("shep_gateway"), country.url("portal_pep"), country.url("is_nuc"), 1, 1000)


def operators(country: RunningCountry) -> Operators:
    return Operators(country.operator("is_nuc"), country.operator("shep_gateway"))


async def list_register(country: RunningCountry) -> dict[str, int]:
    """How many members, rights and routes ШЭП has."""
    gateway = country.operator("shep_gateway")
    return {kind: len(await gateway.list_all(f"/api/v1/{kind}")) for kind in ("members", "rights", "routes")}


@pytest.mark.parametrize(
    ("profile", "door"),
    [
        (LoadProfile.REGISTER, LoadDoor.REST),
        (LoadProfile.REGISTER, LoadDoor.SOAP),
        (LoadProfile.FILES, LoadDoor.SOAP),
        (LoadProfile.RELAY, LoadDoor.REST),
        (LoadProfile.CASES, LoadDoor.REST),
    ],
)
async def test_load_is_answered_and_leaves_nothing_behind(
    country: RunningCountry, profile: LoadProfile, door: LoadDoor
) -> None:
    before = await list_register(country)
    wish = LoadWish(profile, door, LoadPlan(rate=3, seconds=2), users=2)
    report = await run_load(wish, target(country), operators(country), lambda *_: None)
    figures = report["figures"]
    assert (figures["answered"], figures["errors"]) == (figures["intended"], {})
    assert figures["answered"] >= 5
    assert report["samples"][DEPTH]
    assert all(sample["value"] >= 0 for sample in report["samples"][DEPTH])
    assert await list_register(country) == before
    page = await asyncio.to_thread(render_page, report)
    assert re.search(r'<polyline class="curve curve-0" points="\d', page)


@pytest.mark.parametrize(
    ("profile", "door"),
    [
        (LoadProfile.FILES, LoadDoor.REST),
        (LoadProfile.RELAY, LoadDoor.SOAP),
        (LoadProfile.CASES, LoadDoor.AMQP),
        (LoadProfile.REGISTER, LoadDoor.AMQP),  # of a country without a broker
    ],
)
async def test_load_that_a_door_cannot_serve_is_refused(
    country: RunningCountry, profile: LoadProfile, door: LoadDoor
) -> None:
    wish = LoadWish(profile, door, LoadPlan(1, 1), users=1)
    with pytest.raises(Malformed) as refusal:
        await run_load(wish, target(country), operators(country), lambda *_: None)
    assert refusal.value.code == "load-wish"


async def test_picture_of_the_report_needs_no_other_file() -> None:
    figures = {
        "intended": 1, "answered": 0, "rate": 0.0, "error_share": 1.0, "errors": {"no-right": 1}, "seconds": [],
        "latency_ms": dict.fromkeys(("p50", "p90", "p99", "p99.9", "max"), 0.0),
        "service_ms": dict.fromkeys(("p50", "p90", "p99", "p99.9", "max"), 0.0),
    }  # fmt: skip
    report = {
        "profile": "register", "door": "rest", "target": "http://127.0.0.1:1", "rate": 1.0, "shape": "constant",
        "seconds": 1.0, "warm_up": 0.0, "faults": ["РШЭП <b>down</b>"], "figures": figures, "samples": {},
        "thresholds": [], "comparison": [],
    }  # fmt: skip
    page = render_page(report)
    assert "no-right" in page
    assert "<b>down</b>" not in page
    assert "http-equiv" in page
    assert not re.search(r' (src|href)="', page)
