"""What every page for people is made of."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from lxml import etree

from shared.web.pages import ChosenLanguage, el, html_document, inline_style_source, language_links, page_headers

app = FastAPI()


@app.get("/")
async def tell(tag: ChosenLanguage) -> str:
    return tag


def test_page_text_is_never_read_as_html() -> None:
    text = html_document("ru", "<b>", [], [el("p", "a<script>", el("b", '"', title='">'), " & ", el("i"), "<b>")])
    assert "<script" not in text
    root = etree.HTML(text)
    assert root.findtext("head/title") == "<b>"
    (told,) = root.iter("p")
    assert told.xpath("string()") == 'a<script>" & <b>'
    assert [one.get("title") for one in told.iter("b")] == ['">']


def test_page_attribute_may_be_a_word_of_python_and_may_have_a_hyphen() -> None:
    made = el("p", class_="fault", data_file="x")
    assert made.attrib == {"class": "fault", "data-file": "x"}


def test_page_says_its_language_and_fits_a_telephone() -> None:
    root = etree.HTML(html_document("kk", "t", [el("style", "p>b{}")], []))
    assert root.get("lang") == "kk"
    assert [one.get("name") for one in root.iter("meta")] == [None, "viewport"]
    assert root.findtext("head/style") == "p>b{}"


@pytest.mark.parametrize(("query", "ahead"), [("", "?"), ("channel=con", "?channel=con&")])
def test_page_is_linked_in_every_language(query: str, ahead: str) -> None:
    assert [one.get("href") for one in language_links(query)] == [
        f"{ahead}lang={tag}" for tag in ("ru", "kk", "en")
    ]


def test_page_may_use_what_it_names_and_nothing_else() -> None:
    style = "p{}"
    told = page_headers(inline_style_source(style), Cache_Control="no-store")
    policy = told["Content-Security-Policy"].split("; ")
    assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} < set(policy)
    assert (told["Cache-Control"], told["X-Content-Type-Options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize(
    ("address", "browser", "tag"), [("/", "kk-KZ,ru;q=0.5", "kk"), ("/?lang=en", "kk", "en"), ("/", "de", "ru")]
)
async def test_page_language_of_the_readers_choice_goes_before_the_browsers(
    address: str, browser: str, tag: str
) -> None:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://page") as client:
        assert (await client.get(address, headers={"Accept-Language": browser})).json() == tag
        assert (await client.get("/?lang=de")).status_code == 422
