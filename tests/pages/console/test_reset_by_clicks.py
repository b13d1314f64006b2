"""A country goes back to its first state by clicks: what a citizen did is gone, the seeded people are there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.keys import Keys

from services.launcher.ports import random_offset
from tests.docs_commands import ROOT
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.walker import Walker, apply_and_sign
from tests.servers import environment

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses of a country of one process, which knows its first state."""
    folder = tmp_path_factory.mktemp("reset")
    settings = environment.inherited(
        PYTHONPATH=str(ROOT), EGOV_POPULATION_SIZE="40", EGOV_PORT_OFFSET=str(random_offset())
    )

    def run(*arguments: str) -> str:
        command = (sys.executable, "-m", "services", *arguments)
        return subprocess.run(
            command, cwd=folder, env=settings, check=True, stdout=subprocess.PIPE, timeout=120, text=True
        ).stdout

    try:
        facts: Any = json.loads(run("up", "--json"))
        yield {system["name"]: system["url"] for system in facts["systems"]}
    finally:
        run("down")


def test_operator_takes_the_country_back_by_clicks(browser: PageBrowser, urls: dict[str, str]) -> None:
    case = _apply(browser, urls)
    console = f"{urls['shep_gateway']}/console"
    browser.open(f"{console}/login")
    browser.click("form[action*='console/enter'] button")
    assert _find_in_journal(browser, console, case)

    browser.open(f"{console}/sandbox")
    browser.click("#reset form button")
    browser.wait_until("location.pathname.endsWith('/sandbox/reset')")
    assert "заявления, решения и выданные документы" in browser.text
    browser.find("main button.danger").send_keys(Keys.ENTER)
    browser.wait_until("location.pathname.endsWith('/console/login')", 60)
    assert "Страна вернулась" in browser.text

    browser.click("form[action*='console/enter'] button")
    browser.wait_until("location.pathname.endsWith('/console/sandbox')")
    assert not _find_in_journal(browser, console, case)
    assert _apply(browser, urls) != case, "the citizen of the first case is there, and has none"


def _apply(browser: PageBrowser, urls: dict[str, str]) -> str:
    """The number of an application of the first citizen on the portal's list of invented people."""
    browser.open(urls["shep_gateway"])
    apply_and_sign(Walker(browser), urls["portal_pep"], citizen=1)
    return str(urlsplit(browser.driver.current_url).path.rpartition("/")[2])


def _find_in_journal(browser: PageBrowser, console: str, case: str) -> bool:
    browser.open(f"{console}/journal?any_id={case}")
    return bool(browser.find_all(f"main a[href$='console/cases/{case}']"))
