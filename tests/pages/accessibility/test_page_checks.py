"""Each of the sweep's own checks finds the fault of the page that must fail, and none in a page that is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.kit.browser import NARROW, PageBrowser
from tests.pages.kit.page_checks import own_faults

pytestmark = pytest.mark.servers

PAGE = """<!DOCTYPE html>
<html lang="{tag}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>
body {{ margin: 1rem }} .narrow {{ width: 7rem; overflow-wrap: anywhere }} .cut {{ overflow: hidden }}
</style>
<title>Дела</title></head>
<body><main><h1>Дела</h1>{content}</main></body></html>"""
RIGHT = """<p class="narrow">Ваши дела: все решены, у соседей социально-трудовой отдел и мир/дом</p>
<p class="narrow"><code>unemploymentcertificate</code> KZ-AKM.17.unemployment https://localhost/unemployment</p>
<p>удовлетворены</p>"""
BAD = {
    "a word is broken: удовлетворены": '<p class="narrow">Все дела удовлетворены</p>',
    "a word is broken: трудоустройства": '<p class="narrow">(трудоустройства)</p>',
    "a text is cut off": '<p class="cut" style="height: 0.5rem">Дела</p>',
    "wider than the window": '<p style="width: 30rem">Дела</p>',
    "a raw code is shown: working_day": "<p>9 working_day</p>",
    "a text in another language": "<p>Дела of the office</p>",
    "title in another language": '<p title="Cases of the office">Дела</p>',
    "the page has 2 h1": "<h1>Люди</h1>",
    "a text leaves its picture": '<svg width="40" height="20"><text x="10" y="10">Заявления</text></svg>',
}


def show(browser: PageBrowser, folder: Path, content: str, tag: str = "ru") -> None:
    file = folder / "page.html"
    file.write_text(PAGE.format(tag=tag, content=content), encoding="utf-8")
    browser.open(file.as_uri(), width=NARROW)


def test_page_that_is_right_has_no_fault(browser: PageBrowser, tmp_path: Path) -> None:
    show(browser, tmp_path, RIGHT)
    assert own_faults(browser, "ru") == []


@pytest.mark.parametrize("fault", BAD)
def test_page_that_must_fail_a_check_fails_it(browser: PageBrowser, tmp_path: Path, fault: str) -> None:
    show(browser, tmp_path, BAD[fault])
    assert any(fault in found for found in own_faults(browser, "ru"))


def test_page_in_another_language_than_it_was_asked_for_is_a_fault(browser: PageBrowser, tmp_path: Path) -> None:
    show(browser, tmp_path, "", tag="kk")
    assert "lang is kk and not ru" in own_faults(browser, "ru")
