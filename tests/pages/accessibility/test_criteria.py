"""Each check of a criterion finds the fault of the page that must fail, and none in a page that is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.generated.accessibility_page import PATH, render_page
from tests.pages.accessibility.criteria import compare_pages, find_faults, take_snapshot
from tests.pages.accessibility.criteria_list import Criterion, read_criteria
from tests.pages.kit.browser import PageBrowser

pytestmark = pytest.mark.servers

CRITERIA = read_criteria()
OF_SEVERAL_PAGES = ("3.2.3", "3.2.4")
FEWEST_HELD = 45
PAGE = """<!DOCTYPE html>
<html lang="ru">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Дела отдела</title>
<style>
:focus-visible { outline: 3px solid #b3450b }
input, select, button { border: 1px solid #555; min-height: 2.5rem }
a { display: inline-block; min-height: 1.5rem }
</style></head>
<body><a href="#main">К содержанию</a>
%s
<main id="main"><h1>Дела отдела</h1>%s</main>
<footer><a href="/start">Вся страна</a></footer></body></html>"""
HEADER = '<header><a class="brand" href="/">Кабинет</a></header>'
RIGHT = """<p>Выберите дело.</p>
<table><thead><tr><th scope="col">Дело</th></tr></thead><tbody><tr><td>Первое</td></tr></tbody></table>
<form><label for="a">Имя</label><input id="a" name="a" aria-invalid="true" aria-describedby="f">
<p id="f">Напишите имя так, как в документе</p><button>Отправить</button></form>
<p><a href="/x" hreflang="kk" lang="kk">Қаз</a></p><div hx-trigger="every 3s"><p role="status">Готово</p></div>"""
NAVIGATION = '<header><div class="strip"><nav><a href="/a">Дела</a><a href="/b">Люди</a></nav></div></header>'


def show(browser: PageBrowser, folder: Path, page: str) -> None:
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    browser.open(file.as_uri())


def test_criteria_are_those_of_the_recommendation_and_enough_are_held() -> None:
    assert len(CRITERIA) == 55
    assert [criterion.level for criterion in CRITERIA].count("A") == 31
    assert len([criterion for criterion in CRITERIA if criterion.means]) >= FEWEST_HELD


def test_page_of_the_criteria_is_as_the_list_says() -> None:
    assert PATH.read_text(encoding="utf-8") == render_page(), "make docs"


def test_page_that_is_right_has_no_fault(browser: PageBrowser, tmp_path: Path) -> None:
    show(browser, tmp_path, PAGE % (HEADER, RIGHT))
    assert find_faults(browser) == {}


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.number)
def test_page_that_must_fail_a_criterion_fails_it(
    browser: PageBrowser, tmp_path: Path, criterion: Criterion
) -> None:
    if criterion.number in OF_SEVERAL_PAGES:
        snapshots = []
        for header in (NAVIGATION, criterion.bad_page):
            show(browser, tmp_path, PAGE % (header, ""))
            snapshots.append(take_snapshot(browser))
        assert compare_pages(snapshots)[criterion.number]
        assert compare_pages([snapshots[0], snapshots[0]]) == {}
        return
    is_whole = criterion.bad_page.startswith("<!DOCTYPE")
    show(browser, tmp_path, criterion.bad_page if is_whole else PAGE % (HEADER, criterion.bad_page))
    assert criterion.number in find_faults(browser, criterion.number), criterion.means
