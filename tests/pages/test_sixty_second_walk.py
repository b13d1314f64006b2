"""The sixty-second walk: from the address that the demo prints, a stranger applies, decides, and watches.

A second window with the address that the demo printed costs no click: the address is in the terminal.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs_commands import ROOT
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.walker import Walker, apply_and_sign
from tests.servers import environment

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

MOST_SECONDS = 60.0
MOST_CLICKS = 12
STARTS_WITHIN_SECONDS = 120.0
START_PAGE = re.compile(r"Откройте страну здесь: (\S+)")
EMPLOYEE = re.compile(
    r"где: (?P<workplace>\S+)\nкто: .+\nИИН для входа: (?P<iin>\d{12})\nпароль: (?P<password>\S+)\n"
)


@dataclass
class PrintedDemo:
    """What the demo has printed for the person before it."""

    start_page: str
    workplace: str
    iin: str
    password: str

    @property
    def portal(self) -> str:
        """The portal's address: its port is the one before the gateway's, wherever the demo has moved all."""
        host, _, port = self.start_page.strip("/").rpartition(":")
        return f"{host}:{int(port) - 1}"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrintedDemo]:
    """A demo that runs in a folder of its own, as ``make demo`` runs it."""
    folder = tmp_path_factory.mktemp("walk")
    output = folder / "output"
    settings = environment.inherited(PYTHONPATH=str(ROOT), EGOV_LANG="ru")
    with output.open("w") as file:
        command = (sys.executable, "-m", "services", "demo")
        process = subprocess.Popen(command, cwd=folder, env=settings, stdout=file, stderr=file)
        try:
            yield _read_demo(process, output)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def _read_demo(process: subprocess.Popen[bytes], output: Path) -> PrintedDemo:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while not (employee := EMPLOYEE.search(output.read_text(encoding="utf-8"))):
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.1)
    start_page = START_PAGE.search(output.read_text(encoding="utf-8"))
    assert start_page is not None
    return PrintedDemo(start_page[1], **employee.groupdict())


def test_stranger_applies_decides_and_watches_within_a_minute_and_twelve_clicks(
    browser: PageBrowser, demo: PrintedDemo
) -> None:
    walker = walk(browser, demo, citizen=1)
    if walker.seconds >= MOST_SECONDS:  # a busy machine: once more, as another citizen
        browser.forget()
        walker = walk(browser, demo, citizen=2)
    assert walker.seconds < MOST_SECONDS
    assert walker.clicks <= MOST_CLICKS


def walk(browser: PageBrowser, demo: PrintedDemo, citizen: int) -> Walker:
    """The whole walk, as the citizen of this number on the portal's list."""
    driver = browser.driver
    walker = Walker(browser)
    browser.open(demo.start_page)
    apply_and_sign(walker, demo.portal, citizen)
    citizens_window = driver.current_window_handle
    driver.switch_to.new_window("tab")
    browser.open(demo.start_page)
    decide(walker, demo)
    driver.close()
    driver.switch_to.window(citizens_window)
    browser.wait_until("/услуга оказана|завершение оказания услуги/i.test(document.body.innerText)", 20)
    walker.stop()
    assert browser.complaints() == []
    return walker


def decide(walker: Walker, demo: PrintedDemo) -> None:
    """The employee's part: from the start page to the signed document."""
    walker.click(f"main a[href^='{demo.workplace}']")
    walker.browser.fill(iin=demo.iin)
    walker.type_and_enter("password", demo.password)
    walker.click("main a[href*='/cases/'], main a[href^='cases/']")
    walker.click("main a[href$='/decision/granted']")
    walker.click("main form button[type='submit'], main form button:not([type])")
