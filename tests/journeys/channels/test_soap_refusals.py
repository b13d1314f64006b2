"""A SOAP client gets a SOAP fault whatever goes wrong, also where ШЭП can sign nothing and read nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lxml import etree

from tests.journeys.kit import MOST_BYTES, RunningCountry, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

SYNC, ASYNC = "/bip-sync-wss-gost/", "/bip-async-wss-gost/"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """ШЭП that has no key for its SOAP answers yet, and that does not reach НУЦ."""
    away = {"shep_gateway": {"EGOV_NUC_URL": "http://127.0.0.1:9"}}
    names = ("is_nuc", "shep_gateway")
    async with running(tmp_path_factory.mktemp("soap"), names=names, own=away) as made:
        yield made


async def fault(country: RunningCountry, path: str, content: bytes, query: str = "") -> tuple[str, str, str]:
    """The party, the channel's code and the bus's code of the fault that a call gets."""
    answer = await country.answer("shep_gateway", "POST", path + query, content=content)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    found = etree.fromstring(answer.content).find(f"{SOAP}Body/{SOAP}Fault")
    assert found is not None, answer.text
    texts = [found.findtext(name) for name in ("faultcode", ".//errorCode", ".//errorData")]
    return texts[0] or "", texts[1] or "", texts[2] or ""


@pytest.mark.parametrize("path", [SYNC, "/SmartBridgeService/", ASYNC])
async def test_call_while_nuc_does_not_certify_the_answer_key_gets_a_fault(
    country: RunningCountry, path: str
) -> None:
    assert await fault(country, path, b"<x/>") == ("soap:Server", "SCE900", "directory-unavailable")


@pytest.mark.parametrize("path", [SYNC, ASYNC])
async def test_call_that_is_too_long_gets_a_fault(country: RunningCountry, path: str) -> None:
    told = await fault(country, path, b" " * (MOST_BYTES + 1))
    assert told == ("soap:Client", "SCE001", "request-too-large")


async def test_call_with_an_odd_address_gets_a_fault(country: RunningCountry) -> None:
    told = await fault(country, SYNC, b"<x/>", "?a=%00")
    assert told == ("soap:Client", "SCE001", "request-malformed")


async def test_description_that_does_not_exist_is_a_problem(country: RunningCountry) -> None:
    answer = await country.answer("shep_gateway", "GET", SYNC, params={"xsd": "99"})
    assert (answer.status_code, answer.json()["code"]) == (404, "description-unknown")
