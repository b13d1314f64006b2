"""Every page in a browser: narrow and wide, light and dark, without console messages or requests to other
hosts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.tools.simulation.report_page import render_page
from shared.web.pages import PageFolder, page_headers
from tests.journeys.kit import Served, eventually, running
from tests.journeys.portal.test_printed import check_path, newly_served
from tests.web.browser import Browser, open_browser
from tests.web.test_pages import HOSTILE, TEMPLATE, WORDS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.servers]

DRAWN = "document.body.dataset.state === 'drawn'"
PAGES = {
    "/check?lang=kk": ("portal_pep", "true"),
    "/monitor?lang=ru": ("is_mio", "true"),
    "/explain?lang=ru": ("shep_gateway", "true"),
    "/regulations/KZ-AKM.1/diagram?channel=portal": ("shep_gateway", DRAWN),
    "/docs": ("portal_pep", DRAWN),
    "/coverage?lang=kk": ("shep_gateway", "true"),
    "/regulations/KZ-YUZ.3/clauses?lang=kk": ("shep_gateway", "true"),
    "/quality?lang=kk": ("portal_pep", "true"),
}
REPORT = {
    "plan": {"days": 2, "first": "2026-03-02", "cases": 3, "seed": 1},
    "applications": {
        "by_day": {"2026-03-02": 1, "2026-03-03": 2},
        "by_region": {"KZ-YUZ": 3},
        "by_channel": {"portal": 3},
        "by_service": {"x" * 60: 2, "<script>alert(1)</script>": 1},
    },
    "cases": {"granted": 3},
    "late": {"by_service": {"a": 1}, "cases": 1, "steps": 1, "steps_out_of_hours": 0, "waiting": 0},
    "refusals": {},
    "payments": {"by_service": {"b": 1234567.5}, "executed": 1, "orders": 1, "tenge": 1234567.5},
    "delivery": {"accepted": 9, "delivered": 9, "dead": 0, "in_flight": 0, "lost": 0},
    "steps": [
        {"regulation": "KZ-YUZ.3", "channel": "portal", "step": "t5", "op": "<b>", "actor": "a", "count": 3}
        | {"median": 60.0, "p90": 7200.0, "limit": None, "late": 1}
    ],
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with open_browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with running(tmp_path_factory.mktemp("seen"), environment={"EGOV_CLERKS": "instant"}) as country:
        yield await newly_served(country)


async def looks_right(browser: Browser, url: str, ready: str = "true") -> None:
    """Narrow and wide, light and dark: the page fits, has both colour schemes, needs no other host, and runs no
    script that its policy forbids.
    """
    pictures = []
    for width in (390, 1280):
        for is_dark in (False, True):
            sight = await browser.see(url, width, is_dark=is_dark, ready=ready)
            assert sight.complaints == []
            assert sight.overflow <= 0, f"{url} is wider than {width} pixels"
            assert sight.hosts <= {url.split("/")[2]}
            pictures.append(sight.picture)
    assert len(set(pictures)) == len(pictures)


@pytest.mark.parametrize("path", PAGES)
async def test_page_fits_every_window_and_asks_no_other_host(browser: Browser, served: Served, path: str) -> None:
    instance, ready = PAGES[path]
    await looks_right(browser, served.country.url(instance) + path, ready)


async def test_check_page_of_a_document_fits_every_window(browser: Browser, served: Served) -> None:
    await looks_right(browser, served.country.url("portal_pep") + await check_path(served))


SHOW = "document.querySelector('[name=token]').value = {!r}; document.querySelector('button').click()"
LABELS = "getComputedStyle(document.querySelector('td'), '::before').content"


async def test_monitor_page_shows_its_table_as_columns_or_as_cards(browser: Browser, tmp_path: Path) -> None:
    async with running(tmp_path, environment={"EGOV_CLERKS": "manual"}) as country:
        await (await country.newcomer()).apply()
        await eventually(lambda: country.operator("is_mio").get("/api/v1/deadlines"), lambda told: told["groups"])
        token = (country.folder / "is_mio" / "operator.token").read_text()
        seen = []
        for width in (390, 1280):
            await browser.see(country.url("is_mio") + "/monitor?lang=ru", width)
            await browser.evaluate(SHOW.format(token))
            await browser.wait_until("document.querySelector('table') !== null")
            assert await browser.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
            head = await browser.evaluate("document.querySelector('thead').offsetHeight > 0")
            seen.append((head, await browser.evaluate(LABELS)))
        assert seen == [(False, '"Услуга"'), (True, "none")]


async def test_hostile_texts_run_nothing_in_a_browser_even_without_a_policy(
    browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(TEMPLATE, encoding="utf-8")
    pages = PageFolder(tmp_path, WORDS, page_headers())
    shown = tmp_path / "shown.html"
    for text in HOSTILE:
        shown.write_text(pages.render_text("page.html", "ru", "/", text=text), encoding="utf-8")
        sight = await browser.see(shown.as_uri())
        assert not [complaint for complaint in sight.complaints if "ERR_FILE_NOT_FOUND" not in complaint]
        assert await browser.evaluate("document.querySelector('#it').textContent") == text


async def test_simulation_report_is_one_file_that_a_browser_shows_with_its_styles(
    browser: Browser, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    report.write_text(render_page(REPORT), encoding="utf-8")
    await looks_right(browser, report.as_uri())
    background = "getComputedStyle(document.querySelector('.masthead')).backgroundColor"
    assert await browser.evaluate(background) != "rgba(0, 0, 0, 0)"
    assert await browser.evaluate("document.querySelectorAll('script').length") == 0
    assert "<script>alert(1)</script>" in await browser.evaluate("document.body.textContent")
