"""Every system has a front page, and each leads to the start page of the country."""

from __future__ import annotations

import pytest
from lxml import etree

from services.catalog import INSTANCES
from services.shep_gateway.pages.start.country_map import draw_country
from services.shep_gateway.pages.start.start_site import GROUPS
from tests.journeys.kit import RunningCountry

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]
NAMES = [instance.name for instance in INSTANCES]


@pytest.mark.parametrize("name", NAMES)
async def test_front_page_of_a_system_leads_to_the_start_page(country: RunningCountry, name: str) -> None:
    page = await country.answer(name, "GET", "/", headers={"Accept": "text/html"}, follow_redirects=True)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "unsafe" not in page.headers["content-security-policy"]
    links = {link.get("href") for link in etree.HTML(page.text).iter("a")}
    assert f"{country.url('shep_gateway')}/" in links


async def test_start_page_leads_to_every_system_that_the_catalogue_has(country: RunningCountry) -> None:
    page = await country.answer("shep_gateway", "GET", "/", headers={"Accept": "text/html"})
    links = {link.get("href") for link in etree.HTML(page.text).iter("a")}
    assert {f"{country.url(name)}/" for name in NAMES} <= links
    assert sorted(name for group in GROUPS.values() for name in group) == sorted(NAMES)
    assert sorted(node.name for node in draw_country({}, {}).nodes) == sorted(NAMES)


async def test_start_page_links_lead_to_pages_that_exist(country: RunningCountry) -> None:
    page = await country.answer("shep_gateway", "GET", "/", headers={"Accept": "text/html"})
    for link in etree.HTML(page.text).iter("a"):
        address = link.get("href") or ""
        for name in NAMES:
            if address.startswith(country.url(name) + "/"):
                answer = await country.answer(name, "GET", address.removeprefix(country.url(name)))
                assert answer.status_code in {200, 303}, address


async def test_start_page_says_how_each_system_is(country: RunningCountry) -> None:
    part = await country.answer("shep_gateway", "GET", "/start/state?lang=en", headers={"Accept": "text/html"})
    states = {one.get("id"): one.text for one in etree.HTML(part.text).iter("span")}
    assert states == {f"state-{name}": "works" for name in NAMES}


async def test_start_page_of_the_sandbox_tells_how_to_check_a_system_of_ones_own(country: RunningCountry) -> None:
    page = await country.answer("shep_gateway", "GET", "/?lang=kk", headers={"Accept": "text/html"})
    section = etree.HTML(page.text).find(".//section[@id='conformance']")
    assert section is not None
    assert "egov-bus conformance list" in etree.tostring(section, encoding="unicode")


async def test_employees_of_a_workplace_are_shown_with_their_first_password(country: RunningCountry) -> None:
    page = await country.answer("shep_gateway", "GET", "/start/employees/is_mio?lang=ru")
    assert "an-employee" in page.text
    assert len(etree.HTML(page.text).findall(".//tbody/tr")) > 10
    assert (await country.answer("shep_gateway", "GET", "/start/employees/enis")).status_code == 404
    hidden = {"X-Forwarded-For": "10.0.0.1"}
    assert (
        await country.answer("shep_gateway", "GET", "/start/employees/is_mio", headers=hidden)
    ).status_code == 404


async def test_front_page_answers_a_program_too(country: RunningCountry) -> None:
    assert (await country.answer("enis", "GET", "/")).status_code == 200
    unknown = await country.answer("enis", "GET", "/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")
