"""НУЦ as the keeper of the bus's clock: who may change the clock, what survives a restart, what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from services.catalog import INSTANCES
from services.launcher.settings import SettingsError, settings_for
from shared.bus.clocks.clock import BusClock, SystemClock
from shared.bus.clocks.clock_client import fetch_segments
from shared.bus.errors import Conflict
from shared.client import ApiError
from shared.client.clock import ClockClient
from tests.journeys.kit import RunningCountry, running
from tests.services.is_nuc.outsiders import person

pytestmark = pytest.mark.thorough

DAY = timedelta(days=1)
SANDBOX = {"EGOV_CLOCK": "sandbox"}
NUC = ("is_nuc",)


def desk(nuc: RunningCountry) -> ClockClient:
    return ClockClient(nuc.url("is_nuc"), token=(nuc.folder / "is_nuc" / "operator.token").read_text())


def moment(told: Any) -> datetime:
    return datetime.fromisoformat(told["now"])


async def test_clock_that_is_real_is_told_and_not_changed(tmp_path: Path) -> None:
    async with running(tmp_path, names=NUC) as nuc, desk(nuc) as clock:
        before, told = SystemClock().now(), await clock.get_clock()
        assert (told["mode"], told["is_sandbox"], told["lines"]) == ("real", False, [])
        assert before <= moment(told) <= SystemClock().now()
        assert told["now"] == told["machine"]
        for change in (clock.freeze(), clock.set_rate(2), clock.set_real(), clock.advance(DAY)):
            with pytest.raises(ApiError) as caught:
                await change
            assert (caught.value.status, caught.value.code) == (403, "clock-real")
            assert set(caught.value.body["texts"]) == {"ru", "kk", "en"}


async def test_clock_goes_on_after_a_restart_from_where_the_clock_stood(tmp_path: Path) -> None:
    async with running(tmp_path, names=NUC, environment=SANDBOX) as nuc, desk(nuc) as clock:
        await clock.freeze()
        before = await clock.advance(400 * DAY)
    async with running(tmp_path, names=NUC, environment=SANDBOX) as nuc, desk(nuc) as clock:
        after = await clock.get_clock()
        assert (after["mode"], after["now"], after["version"]) == ("frozen", before["now"], before["version"])
        assert moment(await clock.advance(DAY)) == moment(before) + DAY
        crl = x509.load_der_x509_crl((await nuc.answer("is_nuc", "GET", "/root.crl")).content)
        assert crl.next_update_utc is not None
        assert crl.last_update_utc <= moment(before) < crl.next_update_utc


async def test_clock_does_not_go_back_to_real_time_while_the_bus_is_ahead(tmp_path: Path) -> None:
    async with running(tmp_path, names=NUC, environment=SANDBOX) as nuc, desk(nuc) as clock:
        told = await clock.advance(DAY)
        assert told["mode"] == "rate"
        with pytest.raises(ApiError) as caught:
            await clock.set_real()
        assert (caught.value.status, caught.value.code) == (409, "clock-backwards")
    with pytest.raises(Conflict) as refusal:
        async with running(tmp_path, names=NUC):
            pass
    assert refusal.value.code == "clock-backwards"


async def test_clock_goes_back_to_real_time_from_behind(tmp_path: Path) -> None:
    behind = SANDBOX | {"EGOV_CLOCK_START": "2026-01-05T09:00:00+05:00"}
    async with running(tmp_path, names=NUC, environment=behind) as nuc, desk(nuc) as clock:
        assert moment(await clock.get_clock()) < datetime(2026, 1, 6, tzinfo=UTC)
    async with running(tmp_path, names=NUC) as nuc, desk(nuc) as clock:
        assert (await clock.get_clock())["mode"] == "real"
    async with running(tmp_path, names=NUC, environment=SANDBOX) as nuc, desk(nuc) as clock:
        told = await clock.get_clock()
        assert (told["mode"], told["is_sandbox"], len(told["lines"])) == ("real", True, 2)
        assert abs(moment(told) - SystemClock().now()) < timedelta(seconds=5)


async def test_clock_may_be_set_to_real_over_http_once_real_time_has_caught_up(tmp_path: Path) -> None:
    behind = SANDBOX | {"EGOV_CLOCK_START": "2026-01-05T09:00:00+05:00"}
    async with running(tmp_path, names=NUC, environment=behind) as nuc, desk(nuc) as clock:
        assert (await clock.set_real())["mode"] == "real"


async def test_clock_change_is_told_before_taking_effect_where_others_follow(tmp_path: Path) -> None:
    apart = SANDBOX | {"AMQP_URL": "amqp://nobody:nothing@127.0.0.1:1/"}
    async with running(tmp_path, names=NUC, environment=apart) as nuc, desk(nuc) as clock:
        follower = BusClock()
        began = SystemClock().now()
        told = await clock.freeze()
        assert SystemClock().now() - began > timedelta(seconds=1.4)
        async with httpx.AsyncClient(base_url=nuc.url("is_nuc")) as http:
            await fetch_segments(http, follower)
        assert follower.current_segment.since > began + timedelta(seconds=1.4)
        assert follower.now() == moment(told) == nuc.deployment.clock.now()


async def test_nuc_promises_hold_as_long_as_ever_when_time_hurries(tmp_path: Path) -> None:
    async with running(tmp_path, names=NUC, environment=SANDBOX) as nuc, desk(nuc) as clock:
        signer = await person(nuc)
        question = ocsp.OCSPRequestBuilder().add_certificate(
            signer.certificate, x509.load_pem_x509_certificates(nuc.anchors())[1], hashes.SHA256()
        )
        await clock.set_rate(1000)
        answer = await nuc.answer(
            "is_nuc",
            "POST",
            "/ocsp",
            content=question.build().public_bytes(Encoding.DER),
            headers={"Content-Type": "application/ocsp-request"},
        )
        single = next(iter(ocsp.load_der_ocsp_response(answer.content).responses))
        assert single.next_update_utc is not None
        assert single.next_update_utc - single.this_update_utc == timedelta(seconds=60_000)
        age = answer.headers["Cache-Control"].partition(",")[0]
        assert 0 < int(age.removeprefix("max-age=")) <= 60
        crl = x509.load_der_x509_crl((await nuc.answer("is_nuc", "GET", "/crl")).content)
        assert crl.next_update_utc is not None
        assert crl.next_update_utc - crl.last_update_utc == timedelta(minutes=10_000)


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("EGOV_CLOCK", {"EGOV_CLOCK": "mine"}),
        ("EGOV_CLOCK_START", {"EGOV_CLOCK_START": "2026-01-05T09:00:00+05:00"}),
        ("EGOV_CLOCK_START", {"EGOV_CLOCK": "sandbox", "EGOV_CLOCK_START": "2026-01-05T09:00:00"}),
        ("EGOV_CLOCK_START", {"EGOV_CLOCK": "sandbox", "EGOV_CLOCK_START": "yesterday"}),
    ],
)
def test_clock_setting_that_is_wrong_is_named(name: str, environment: dict[str, str]) -> None:
    nuc = next(one for one in INSTANCES if one.service == "is_nuc")
    with pytest.raises(SettingsError) as caught:
        settings_for(nuc, environment, is_alone=False)
    assert f"{name}:" in str(caught.value)
