"""Strangers, other offices and hostile texts at the employees' pages."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from shared.bus.http.tls import server_check
from tests.journeys.kit import EMPLOYEE_PASSWORD
from tests.pages.desk_pages import arrives, enter
from tests.pages.kit.rooms import RoomStage

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def client_of(stage: RoomStage, token: str = "", instance: str = "is_mio") -> httpx.Client:
    cookies = {f"egov-{instance}": token} if token else {}
    url = stage.served.url(instance, "")
    return httpx.Client(base_url=url, cookies=cookies, trust_env=False, timeout=30, verify=server_check(url))


def form_token(client: httpx.Client, path: str) -> str:
    found = re.search(r'name="form-token" value="([0-9a-f]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def test_page_without_a_session_leads_to_the_login_and_back(stage: RoomStage) -> None:
    with client_of(stage) as client:
        page = client.get(f"/cases/{stage.content.free}")
        assert page.status_code == 303
        login = page.headers["location"].replace("../", "/")
        assert login == f"/login?next=cases%2F{stage.content.free}"
        token = form_token(client, login)
        form = {
            "form-token": token,
            "iin": stage.content.iins["is_mio", "employee"],
            "password": EMPLOYEE_PASSWORD,
        }
        assert client.post(login, data=form).headers["location"].endswith(f"cases/{stage.content.free}")


def test_login_leads_to_no_other_site(stage: RoomStage) -> None:
    with client_of(stage) as client:
        address = "/login?next=%2F%2Fevil.example"
        form = {"iin": stage.content.iins["is_mio", "employee"], "password": EMPLOYEE_PASSWORD}
        answer = client.post(address, data={**form, "form-token": form_token(client, address)})
        assert "evil" not in answer.headers["location"]


def test_session_that_ended_leads_to_the_login(stage: RoomStage) -> None:
    country = stage.served.country
    iin = stage.content.iins["is_mio", "employee"]
    with client_of(stage, stage.served.wait_for(enter(country, "is_mio", iin))) as client:
        token = form_token(client, "/work")
        assert client.post("/logout", data={"form-token": token}).status_code == 303
    with client_of(stage, "no-such-session") as client:
        assert client.get("/work").headers["location"].startswith("login?next=")


@pytest.mark.parametrize("path", ["take", "give-back", "decision/granted", "steps/t5", "extension", "resend"])
def test_form_of_another_site_changes_nothing(stage: RoomStage, path: str) -> None:
    with client_of(stage, stage.content.token) as client:
        address = f"/cases/{stage.content.free}/{path}"
        foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        assert client.post(address, data={}, headers=foreign).status_code == 403
        assert client.post(address, data={"form-token": "0" * 32}).status_code == 403
        assert client.get(f"/cases/{stage.content.free}/steps/t5").status_code == 200


@pytest.mark.parametrize("path", ["", "/documents", "/history", "/decision/granted", "/steps/t5", "/extension"])
def test_case_of_another_office_is_refused(stage: RoomStage, path: str) -> None:
    with client_of(stage, stage.content.token) as client:
        page = client.get(f"/cases/{stage.content.of_other_office}{path}")
        assert page.status_code == 403
        assert "other-authority" in page.text
        assert client.get(f"/cases/no-such-case{path}").status_code == 404


def test_load_of_an_office_is_for_its_head(stage: RoomStage) -> None:
    with client_of(stage, stage.content.token) as client:
        assert client.get("/office").status_code == 403


def test_hostile_words_are_shown_as_they_were_typed(stage: RoomStage) -> None:
    country, content = stage.served.country, stage.content
    case = stage.served.wait_for(content.citizen.apply())
    stage.served.wait_for(arrives(country, "is_mio", case, content.iins["is_mio", "employee"]))
    with client_of(stage, content.token) as client:
        address = f"/cases/{case}/decision/refused"
        form = {"form-token": form_token(client, address), "reason": HOSTILE, "reason-kk": HOSTILE}
        assert client.post(address, data=form).status_code == 303
        search = client.get("/search", params={"search": HOSTILE})
        for page in (client.get(f"/cases/{case}"), search, client.get(f"/login?iin={HOSTILE}")):
            assert "<script>alert" not in page.text
            assert "<img src=x" not in page.text
        assert "&lt;script&gt;alert(1)" in client.get(f"/cases/{case}").text


def test_pages_are_kept_by_nobody_and_framed_by_nobody(stage: RoomStage) -> None:
    with client_of(stage, stage.content.token) as client:
        headers: Any = client.get(f"/cases/{stage.content.free}").headers
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


def test_wrong_password_comes_back_without_the_password(stage: RoomStage) -> None:
    with client_of(stage) as client:
        form = {"iin": "910815186789", "password": "wrong-and-secret"}
        page = client.post("/login", data={**form, "form-token": form_token(client, "/login")})
    assert page.status_code == 422
    assert "wrong-and-secret" not in page.text
