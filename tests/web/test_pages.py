"""The common parts of pages for people: language, layout, headers, hostile texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from jinja2 import UndefinedError
from lxml import etree
from starlette.requests import Request

from shared.web.pages import ChosenLanguage, PageFolder, page_headers, path_to_root

app = FastAPI()

WORDS = {"title": {"ru": "Страница", "kk": "Бет", "en": "Page"}}
TEMPLATE = """{% extends "layout.html" %}{% from "components.html" import facts, notice, select %}
{% block title %}{{ say("title") }}{% endblock %}{% block brand %}{{ text }}{% endblock %}
{% block main %}{{ notice("bad", text, [text], code=text) }}{{ facts([(text, text, text)]) }}
{{ select(text, [(text, text)], text) }}<a id="it" title="{{ text }}">{{ text }}</a>{% endblock %}"""
HOSTILE = [
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "\"><svg onload='alert(1)'>",
    "' onclick='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "&lt;b&gt; &amp;",
    "javascript:alert(1)",
]


@app.get("/")
async def tell(tag: ChosenLanguage) -> str:
    return tag


@pytest.fixture
def pages(tmp_path: Path) -> PageFolder:
    (tmp_path / "page.html").write_text(TEMPLATE, encoding="utf-8")
    return PageFolder(tmp_path, WORDS, page_headers())


def read(pages: PageFolder, text: str, tag: str = "ru", path: str = "/", **values: Any) -> Any:
    return etree.HTML(pages.render_text("page.html", tag, path, text=text, **values))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_in_every_place_of_a_page_and_never_read_as_html(
    pages: PageFolder, text: str
) -> None:
    root = read(pages, text)
    assert [one.tag for one in root.iter("script", "img", "svg", "style")] == []
    assert not [name for one in root.iter() for name in one.attrib if name.startswith("on")]
    link = root.find(".//a[@id='it']")
    assert (link.text, link.get("title")) == (text, text)
    shown = ["header/div/b", "section/h2", "section/p", "section/small", "dl/dt", "select/option"]
    assert [root.findtext(f".//{place}") for place in shown] == [text] * len(shown)
    assert root.find(".//option").get("value") == text


@pytest.mark.parametrize(
    "unseen", ["\x00", "\x1b", "\x85", "\u202e", "\u2066", "\u200f", "\u061c", "\ufeff", "\ud800"], ids=ascii
)
def test_character_that_no_reader_can_see_is_shown_as_one_that_is(pages: PageFolder, unseen: str) -> None:
    text = pages.render_text("page.html", "ru", "/", text=f"СЕРИК{unseen}txt.exe")
    assert unseen not in text
    assert text.encode("utf-8").count("СЕРИК\N{REPLACEMENT CHARACTER}txt.exe".encode()) == 12


def test_text_of_several_lines_and_of_other_scripts_stays_as_it_is(pages: PageFolder) -> None:
    text = "әғқңөұүһі\tعمر\nשלום 👨‍👩‍👧"
    assert "".join(read(pages, text).find(".//a[@id='it']").itertext()) == text


def test_template_without_a_value_is_an_error_and_not_an_empty_place(pages: PageFolder) -> None:
    with pytest.raises(UndefinedError):
        pages.render_text("page.html", "ru", "/")
    with pytest.raises(ValueError, match="nothing to write"):
        pages.render_text("page.html", "ru", "/", text=None)


def test_page_says_its_language_and_fits_a_telephone(pages: PageFolder) -> None:
    root = read(pages, "x", "kk")
    assert root.get("lang") == "kk"
    assert root.findtext("head/title") == "Бет"
    assert root.find("head/meta[@name='viewport']").get("content") == "width=device-width, initial-scale=1"
    assert root.find("head/meta[@name='color-scheme']").get("content") == "light dark"


@pytest.mark.parametrize(("query", "ahead"), [("", "?"), ("channel=con", "?channel=con&")])
def test_page_is_linked_in_every_language_and_marks_its_own(pages: PageFolder, query: str, ahead: str) -> None:
    links = read(pages, "x", "kk", query=query).findall(".//nav/a")
    assert [one.get("href") for one in links] == [f"{ahead}lang={tag}" for tag in ("ru", "kk", "en")]
    assert [one.get("hreflang") for one in links if one.get("aria-current")] == ["kk"]


@pytest.mark.parametrize(("path", "root"), [("/check", ""), ("/check/x", "../"), ("/receipts/1/page", "../../")])
def test_page_names_its_files_from_where_it_stands(pages: PageFolder, path: str, root: str) -> None:
    assert path_to_root(path) == root
    addresses = [one.get("href") for one in read(pages, "x", path=path).iter("link")]
    assert len(addresses) == 4
    assert all(address.startswith(f"{root}static/web/") for address in addresses)


def test_page_may_use_what_its_own_system_serves_and_nothing_written_into_it() -> None:
    policy = page_headers()["Content-Security-Policy"].split("; ")
    expected = {"default-src 'self'", "script-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"}
    assert expected | {"form-action 'self'", "object-src 'none'"} == set(policy)
    drawn = page_headers(has_script=True, draws_inline_images=True, Cache_Control="no-store")
    assert "unsafe" not in drawn["Content-Security-Policy"]
    assert {"script-src 'self'", "img-src 'self' data:"} < set(drawn["Content-Security-Policy"].split("; "))
    kept = ("Cache-Control", "X-Content-Type-Options", "Referrer-Policy")
    assert [drawn[name] for name in kept] == ["no-store", "nosniff", "same-origin"]


def test_page_is_answered_with_its_headers_and_status(pages: PageFolder) -> None:
    request = Request({"type": "http", "path": "/check/x", "headers": [(b"host", b"h")], "scheme": "http"})
    answer = pages.respond(
        "page.html", "en", request.url, status=404, extra_headers={"Retry-After": "9"}, text="x"
    )
    assert (answer.status_code, answer.headers["retry-after"]) == (404, "9")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert b'href="../static/web/' in answer.body


@pytest.mark.parametrize(
    ("address", "browser", "tag"), [("/", "kk-KZ,ru;q=0.5", "kk"), ("/?lang=en", "kk", "en"), ("/", "de", "ru")]
)
async def test_page_language_of_the_readers_choice_goes_before_the_browsers(
    address: str, browser: str, tag: str
) -> None:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://page") as client:
        assert (await client.get(address, headers={"Accept-Language": browser})).json() == tag
        assert (await client.get("/?lang=de")).status_code == 422
