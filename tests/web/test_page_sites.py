"""A site's pages: session in a cookie, forms that only the visitor can send, errors as pages, language."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from lxml import etree

from shared.web.page_sessions import PageSession, local_path
from tests.web.site_of_tests import TOKEN, make_app, open_client
from tests.web.test_pages import HOSTILE

ENGLISH = re.compile(r"[A-Za-z]{3,} [a-z]{2,}")


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return make_app(tmp_path)


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with open_client(app) as client:
        yield client


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with open_client(app) as client:
        await client.post("/login", data={**await form_of(client, "/open"), "password": TOKEN})
        yield client


def read(page: Response) -> Any:
    return etree.HTML(page.text)


async def form_of(client: AsyncClient, path: str = "/cases") -> dict[str, str]:
    fields = read(await client.get(path)).findall(".//main//input")
    return {field.get("name"): field.get("value") for field in fields}


async def test_visitor_without_a_session_is_led_to_the_login_and_back_to_the_page(stranger: AsyncClient) -> None:
    answer = await stranger.get("/cases?status=open")
    assert (answer.status_code, answer.headers["location"]) == (303, "login?next=cases%3Fstatus%3Dopen")
    form = await form_of(stranger, "/open")
    answer = await stranger.post(f"/{answer.headers['location']}", data={**form, "password": TOKEN})
    assert (answer.status_code, answer.headers["location"]) == (303, "cases?status=open")
    assert read(await stranger.get("/cases")).findtext(".//h1") == "СЕРИК"


@pytest.mark.parametrize(
    "wanted",
    ["//evil.kz/x", "https://evil.kz", "/\\evil.kz", "javascript:alert(1)", "../x", "x" * 499 + ":"],
)
async def test_login_leads_to_no_other_host(stranger: AsyncClient, wanted: str) -> None:
    assert local_path(wanted) == local_path("\t" + wanted) == ""
    form = await form_of(stranger, "/open")
    answer = await stranger.post("/login", params={"next": wanted}, data={**form, "password": TOKEN})
    assert answer.headers["location"] == "cases"


async def test_session_cookie_goes_to_no_script_and_to_no_form_of_another_site(stranger: AsyncClient) -> None:
    form = await form_of(stranger, "/open")
    answer = await stranger.post("/login", data={**form, "password": TOKEN})
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("egov-test="))
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    secure = await stranger.post("https://page/login", data={**form, "password": TOKEN})
    assert all("Secure" in one for one in secure.headers.get_list("set-cookie"))


async def test_logging_out_deletes_the_session_cookie(visitor: AsyncClient) -> None:
    answer = await visitor.post("/logout", data=await form_of(visitor))
    assert answer.status_code == 303
    assert (await visitor.get("/cases")).status_code == 303


async def test_form_without_the_visitors_token_is_refused_on_a_page(visitor: AsyncClient) -> None:
    form = await form_of(visitor)
    assert form["form-token"] == PageSession(TOKEN).form_token
    for token in ("", "x", PageSession("another").form_token):
        answer = await visitor.post("/cases", data={"form-token": token, "note": "x"})
        assert (answer.status_code, read(answer).findtext(".//code")) == (403, "form-expired")
    assert (await visitor.post("/cases", data={**form, "note": "x"})).status_code == 303
    by_script = await visitor.post("/cases", data={"note": "x"}, headers={"X-Form-Token": form["form-token"]})
    assert by_script.status_code == 303


async def test_guests_form_token_belongs_to_one_browser(app: FastAPI, stranger: AsyncClient) -> None:
    form = await form_of(stranger, "/open")
    assert (await stranger.post("/login", data=form)).status_code == 303
    async with open_client(app) as other:
        await other.get("/open")
        assert (await other.post("/login", data=form)).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://page"}, 303),
        ({"Origin": "http://page"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://page:81"}, 403),
    ],
)
async def test_form_of_another_origin_is_refused_even_with_the_token(
    visitor: AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await visitor.post("/cases", data={**await form_of(visitor), "note": "x"}, headers=headers)
    assert answer.status_code == status


def notices_of(answer: Response) -> list[str]:
    """What the page announces when it is opened; an empty place for later news announces nothing."""
    return [text for place in read(answer).iterfind(".//p[@role='status']") if (text := place.text)]


async def test_form_is_answered_by_a_way_on_and_a_notice_that_is_shown_once(visitor: AsyncClient) -> None:
    answer = await visitor.post("/cases", data={**await form_of(visitor), "note": "әүө"})
    assert answer.headers["location"].startswith("cases?note=")
    assert notices_of(await visitor.get("/cases")) == ["Отправлено"]
    assert notices_of(await visitor.get("/cases")) == []


async def test_notice_that_a_stranger_wrote_into_the_cookie_is_not_shown(visitor: AsyncClient) -> None:
    visitor.cookies.set("egov-test-notice", "good.<b>")
    assert notices_of(await visitor.get("/cases")) == []


async def test_faulty_form_says_which_field_is_wrong_and_leads_there(visitor: AsyncClient) -> None:
    answer = await visitor.post("/cases", data={**await form_of(visitor), "note": " "})
    root = read(answer)
    assert answer.status_code == 422
    link = root.find(".//div[@role='alert']//a")
    assert (link.get("href"), link.text) == ("#field-note", "Дела: пусто <b>")
    field = root.find(".//input[@id='field-note']")
    assert (field.get("aria-invalid"), field.get("aria-describedby").strip()) == ("true", "fault-note")
    assert root.find(".//span[@id='fault-note']") is not None


async def test_script_that_asks_for_a_part_is_led_by_a_header(stranger: AsyncClient) -> None:
    answer = await stranger.get("/cases", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "login")


async def test_error_with_a_page_of_its_own_leads_there(stranger: AsyncClient) -> None:
    answer = await stranger.get("/fault/lead")
    assert (answer.status_code, answer.headers["location"]) == (303, "../password")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/fault/conflict", 409, "password-same"),
        ("/fault/throttled", 429, "too-many-calls"),
        ("/no/such/page", 404, "not-found"),
        ("/logout", 405, "method-not-allowed"),
        ("/broken", 500, "internal"),
    ],
)
@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
async def test_error_is_a_page_in_the_visitors_language_with_its_code(
    stranger: AsyncClient, path: str, status: int, code: str, tag: str
) -> None:
    answer = await stranger.get(path, headers={"Accept-Language": tag})
    root = read(answer)
    assert (answer.status_code, root.get("lang"), root.findtext(".//code")) == (status, tag, code)
    assert len(root.findall(".//h1")) == 1
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/fault/conflict", 409),
        ("GET", "/fault/throttled", 429),
        ("GET", "/no/such/page", 404),
        ("GET", "/logout", 405),
        ("GET", "/broken", 500),
        ("POST", "/cases", 403),
        ("POST", "/cases?large", 413),
        ("POST", "/no/such/page", 404),
        ("POST", "/no/such/page?large", 413),
    ],
)
@pytest.mark.parametrize("is_in_address", [False, True])
async def test_every_error_is_told_in_the_language_that_the_visitor_chose(
    stranger: AsyncClient, method: str, path: str, status: int, is_in_address: bool
) -> None:
    """Whatever the language of the browser; the choice stands in the address, or was made on a page before."""
    chosen = "?lang=kk" if "?" not in path else "&lang=kk"
    await stranger.get("/open?lang=en" if is_in_address else "/open?lang=kk")
    form = f"form-token={'0' * 32}&note=" + "x" * (200_000 if "large" in path else 1)
    headers = {"Accept-Language": "en", "Content-Type": "application/x-www-form-urlencoded"}
    address = path + chosen * is_in_address
    answer = await stranger.request(method, address, content=form, headers=headers)
    root = read(answer)
    assert (answer.status_code, root.get("lang")) == (status, "kk")
    assert not ENGLISH.search(" ".join(root.xpath("//main//text()[not(ancestor::code)]"))), "another language"


async def test_error_of_a_wait_says_how_long(stranger: AsyncClient) -> None:
    assert (await stranger.get("/fault/throttled")).headers["retry-after"] == "60"


async def test_body_that_is_too_large_for_a_page_is_told_on_a_page(visitor: AsyncClient) -> None:
    answer = await visitor.post("/cases", content=b"x" * 50_000)
    assert (answer.status_code, read(answer).findtext(".//code")) == (413, "request-too-large")


@pytest.mark.parametrize(("path", "accept"), [("/broken", "*/*"), ("/api/v1/broken", "text/html")])
async def test_error_of_the_api_stays_a_problem(app: FastAPI, path: str, accept: str) -> None:
    async with open_client(app, accept=accept) as client:
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal")


async def test_language_of_the_last_choice_is_remembered(stranger: AsyncClient) -> None:
    assert read(await stranger.get("/open")).get("lang") == "ru"
    assert read(await stranger.get("/open?lang=kk")).get("lang") == "kk"
    assert read(await stranger.get("/open")).get("lang") == "kk"
    assert read(await stranger.get("/open?lang=de")).get("lang") == "kk"
    assert read(await stranger.get("/open?lang=en")).get("lang") == "en"


async def test_entries_for_visitors_are_shown_to_visitors_alone(
    visitor: AsyncClient, stranger: AsyncClient
) -> None:
    def entries(page: Response) -> list[str]:
        return [link.text for link in read(page).findall(".//div[@class='strip']/nav/a")]

    assert entries(await stranger.get("/open")) == ["Отправлено"]
    assert entries(await visitor.get("/cases")) == ["Дела", "Отправлено"]
    assert read(await visitor.get("/cases")).findtext(".//form[@class='visitor']/span") == "СЕРИК"


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_in_a_form_is_shown_and_not_read(stranger: AsyncClient, text: str) -> None:
    root = read(await stranger.get("/open", params={"text": text}))
    assert root.findtext(".//h1[@id='it']") == text
    assert root.find(".//input[@id='field-note']").get("value") == text
    assert {script.get("src") is not None for script in root.iter("script")} == {True}
    assert not [name for one in root.iter() for name in one.attrib if name.startswith("on")]
