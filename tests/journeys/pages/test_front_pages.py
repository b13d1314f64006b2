"""Every system has a front page, and each leads to the start page of the country."""

from __future__ import annotations

import pytest
from lxml import etree

from services.catalog import INSTANCES
from tests.journeys.kit import RunningCountry

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("name", [instance.name for instance in INSTANCES])
async def test_front_page_of_a_system_leads_to_the_start_page(country: RunningCountry, name: str) -> None:
    page = await country.answer(name, "GET", "/", headers={"Accept": "text/html"}, follow_redirects=True)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "unsafe" not in page.headers["content-security-policy"]
    links = {link.get("href") for link in etree.HTML(page.text).iter("a")}
    assert f"{country.url('shep_gateway')}/" in links


async def test_front_page_answers_a_program_too(country: RunningCountry) -> None:
    assert (await country.answer("enis", "GET", "/")).status_code == 200
    unknown = await country.answer("enis", "GET", "/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")
