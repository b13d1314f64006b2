"""НУЦ as the keeper of the bus's time: who may change it, what a restart remembers, what is refused."""

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
from services.launcher.settings import SettingsFault, settings_for
from shared.bus.clocks.clock import BusClock, SystemClock
from shared.bus.clocks.clock_client import learn
from shared.bus.errors import Conflict
from shared.client import ApiError
from shared.client.clock import ClockDesk
from tests.journeys.kit import Land, running
from tests.services.is_nuc.outsiders import person

pytestmark = pytest.mark.thorough

DAY = timedelta(days=1)
SANDBOX = {"EGOV_CLOCK": "sandbox"}
NUC = ("is_nuc",)


def desk(nuc: Land) -> ClockDesk:
    return ClockDesk(nuc.url("is_nuc"), token=(nuc.folder / "is_nuc" / "operator.token").read_text())


def moment(told: Any) -> datetime:
    return datetime.fromisoformat(told["now"])


async def test_the_real_clock_is_told_and_not_changed(tmp_path: Path) -> None:
    async with running(tmp_path, names=NUC) as nuc, desk(nuc) as clock:
        told = await clock.show()
        assert (told["mode"], told["is_sandbox"], told["lines"]) == ("real", False, [])
        assert abs(moment(told) - SystemClock().now()) < timedelta(seconds=5)
        assert told["now"] == told["machine"]
        for change in (clock.freeze(), clock.hurry(2), clock.real(), clock.advance(DAY)):
            with pytest.raises(ApiError) as caught:
                await change
            assert (caught.value.status, caught.value.code) == (403, "clock-real")
            assert set(caught.value.body["texts"]) == {"ru", "kk", "en"}


async def test_a_restart_goes_on_where_the_clock_stood(tmp_path: Path) -> None:
    async with running(tmp_path, names=NUC, environment=SANDBOX) as nuc, desk(nuc) as clock:
        await clock.freeze()
        before = await clock.advance(400 * DAY)
    async with running(tmp_path, names=NUC, environment=SANDBOX) as nuc, desk(nuc) as clock:
        after = await clock.show()
        assert (after["mode"], after["now"], after["version"]) == ("frozen", before["now"], before["version"])
        assert moment(await clock.advance(DAY)) == moment(before) + DAY
        crl = x509.load_der_x509_crl((await nuc.answer("is_nuc", "GET", "/root.crl")).content)
        assert crl.next_update_utc is not None
        assert crl.last_update_utc <= moment(before) < crl.next_update_utc


async def test_the_real_time_is_not_gone_back_to_while_the_bus_is_ahead(tmp_path: Path) -> None:
    async with running(tmp_path, names=NUC, environment=SANDBOX) as nuc, desk(nuc) as clock:
        told = await clock.advance(DAY)
        assert told["mode"] == "rate"
        with pytest.raises(ApiError) as caught:
            await clock.real()
        assert (caught.value.status, caught.value.code) == (409, "clock-backwards")
    with pytest.raises(Conflict) as refusal:
        async with running(tmp_path, names=NUC):
            pass
    assert refusal.value.code == "clock-backwards"


async def test_the_real_time_is_gone_back_to_from_behind(tmp_path: Path) -> None:
    behind = SANDBOX | {"EGOV_CLOCK_START": "2026-01-05T09:00:00+05:00"}
    async with running(tmp_path, names=NUC, environment=behind) as nuc, desk(nuc) as clock:
        assert moment(await clock.show()) < datetime(2026, 1, 6, tzinfo=UTC)
    async with running(tmp_path, names=NUC) as nuc, desk(nuc) as clock:
        assert (await clock.show())["mode"] == "real"
    async with running(tmp_path, names=NUC, environment=SANDBOX) as nuc, desk(nuc) as clock:
        told = await clock.show()
        assert (told["mode"], told["is_sandbox"], len(told["lines"])) == ("real", True, 2)
        assert abs(moment(told) - SystemClock().now()) < timedelta(seconds=5)


async def test_real_may_be_asked_for_over_http_once_it_has_caught_up(tmp_path: Path) -> None:
    behind = SANDBOX | {"EGOV_CLOCK_START": "2026-01-05T09:00:00+05:00"}
    async with running(tmp_path, names=NUC, environment=behind) as nuc, desk(nuc) as clock:
        assert (await clock.real())["mode"] == "real"


async def test_a_change_is_told_before_it_holds_where_others_follow(tmp_path: Path) -> None:
    apart = SANDBOX | {"AMQP_URL": "amqp://nobody:nothing@127.0.0.1:1/"}
    async with running(tmp_path, names=NUC, environment=apart) as nuc, desk(nuc) as clock:
        follower = BusClock()
        began = SystemClock().now()
        told = await clock.freeze()
        assert SystemClock().now() - began > timedelta(seconds=1.4)
        async with httpx.AsyncClient(base_url=nuc.url("is_nuc")) as http:
            await learn(http, follower)
        assert follower.line.since > began + timedelta(seconds=1.4)
        assert follower.now() == moment(told) == nuc.country.clock.now()


async def test_what_the_centre_promises_holds_as_long_as_ever_when_time_hurries(tmp_path: Path) -> None:
    async with running(tmp_path, names=NUC, environment=SANDBOX) as nuc, desk(nuc) as clock:
        signer = await person(nuc)
        question = ocsp.OCSPRequestBuilder().add_certificate(
            signer.certificate, x509.load_pem_x509_certificates(nuc.anchors())[1], hashes.SHA256()
        )
        await clock.hurry(1000)
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
def test_a_setting_of_the_clock_that_is_wrong_is_named(name: str, environment: dict[str, str]) -> None:
    nuc = next(one for one in INSTANCES if one.service == "is_nuc")
    with pytest.raises(SettingsFault) as caught:
        settings_for(nuc, environment, is_alone=False)
    assert f"{name}:" in str(caught.value)
