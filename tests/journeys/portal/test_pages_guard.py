"""Threats to the portal's pages: another's case, forged forms, hostile texts, foreign addresses, framing."""

from __future__ import annotations

import pytest

from tests.journeys.kit import RunningCountry
from tests.journeys.portal.portal_visitor import PortalVisitor, open_visitor, read_form
from tests.journeys.portal.test_pages_journey import SERVICE, applied
from tests.web.test_pages import HOSTILE

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSONAL = ("/cabinet", "/cabinet/notifications", "/cabinet/account", f"/apply/{SERVICE}/check")


@pytest.mark.parametrize("path", PERSONAL)
async def test_stranger_is_led_to_the_login_and_back(country: RunningCountry, path: str) -> None:
    async with open_visitor(country.url("portal_pep")).http as http:
        answer = await http.get(path)
    assert answer.status_code == 303
    assert f"login?next={path.removeprefix('/').replace('/', '%2F')}" in answer.headers["location"]


@pytest.mark.parametrize("path", ["", "/events", "/output.pdf", "/application.cms", "/output.cms"])
async def test_another_citizens_case_is_not_there(country: RunningCountry, path: str) -> None:
    owner = await applied(country, country.stranger().iin)
    other = await open_visitor(country.url("portal_pep")).enter(country.stranger().iin)
    await other.open(owner.path + path)
    assert (other.status, "application-unknown" in other.answer.text) == (404, True)  # type: ignore[union-attr]


@pytest.mark.parametrize("path", ["/steps/w1", "/steps/w1/papers", "/steps/w1/sign", "/questionnaire"])
async def test_another_citizens_case_takes_no_answer(country: RunningCountry, path: str) -> None:
    owner = await applied(country, country.stranger().iin)
    other = await open_visitor(country.url("portal_pep")).enter(country.stranger().iin)
    await other.open("/cabinet/account")
    token = {"form-token": other.page.find(".//input[@name='form-token']").get("value")}
    answer = await other.http.post(
        owner.path + path, data={**token, "by": "cloud", "answer": "met", "question-1": "1"}
    )
    assert answer.status_code == 404


async def test_document_that_waits_for_a_signature_is_not_anothers(country: RunningCountry) -> None:
    owner, other = [await open_visitor(country.url("portal_pep")).enter(country.stranger().iin) for _ in range(2)]
    await owner.fill_in(SERVICE)
    form = next(form for form in owner.page.iter("form") if form.find(".//button[@value='cloud']") is not None)
    await owner.send(form, {**read_form(form), "by": "cloud"})
    for path in (owner.path, f"{owner.path}/document"):
        assert (await other.open(path)).status == 404
        stranger = await open_visitor(country.url("portal_pep")).open(path)
        assert stranger.path == "/login"


@pytest.mark.parametrize("token", ["", "x", "0" * 32])
async def test_form_without_the_citizens_token_is_refused(country: RunningCountry, token: str) -> None:
    visitor = await open_visitor(country.url("portal_pep")).enter(country.stranger().iin)
    for path in (f"/apply/{SERVICE}/contact", f"/apply/{SERVICE}/check", "/logout", "/cabinet/account/sessions"):
        answer = await visitor.http.post(path, data={"form-token": token, "phone": "87252000000", "by": "cloud"})
        assert (answer.status_code, "form-expired" in answer.text) == (403, True), path


async def test_form_of_another_site_is_refused_even_with_the_token(country: RunningCountry) -> None:
    visitor = await open_visitor(country.url("portal_pep")).enter(country.stranger().iin)
    await visitor.open("/cabinet/account")
    data = {"form-token": visitor.page.find(".//input[@name='form-token']").get("value")}
    for headers in ({"Origin": "https://evil.kz"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await visitor.http.post("/logout", data=data, headers=headers)
        assert (answer.status_code, "form-foreign" in answer.text) == (403, True)
    assert (await visitor.open("/cabinet")).path == "/cabinet"


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_in_a_form_is_shown_and_not_read(country: RunningCountry, text: str) -> None:
    iin = country.stranger().iin
    visitor = await open_visitor(country.url("portal_pep")).enter(iin)
    await visitor.open("/apply/KZ-AKM.12/work")
    form = visitor.find_form("profession")
    await visitor.send(form, {**read_form(form), "profession": text, "last_workplace": text})
    if visitor.status != 200:
        assert visitor.status in (400, 422), "characters that nobody sees are refused"
        return
    await visitor.open("/apply/KZ-AKM.12/check")
    assert is_inert(visitor)
    await visitor.open(f"/services?q={text[:90]}")
    assert is_inert(visitor)


def is_inert(visitor: PortalVisitor) -> bool:
    """Whether the page has our scripts alone, and no attribute that runs something."""
    scripts = [script.get("src") for script in visitor.page.iter("script")]
    handlers = [
        name for one in visitor.page.iter() if isinstance(one.tag, str) for name in one.attrib if name[:2] == "on"
    ]
    frames = list(visitor.page.iter("iframe", "object", "embed", "base"))
    return all(scripts) and not handlers and not frames


@pytest.mark.parametrize("wanted", ["//evil.kz", "https://evil.kz/x", "/\\evil.kz", "javascript:alert(1)"])
async def test_login_leads_to_no_other_host(country: RunningCountry, wanted: str) -> None:
    visitor = open_visitor(country.url("portal_pep"))
    answer = await visitor.http.get("/sandbox/citizens", params={"next": wanted})
    assert wanted not in answer.text
    await visitor.open("/sandbox/citizens")
    token = visitor.page.find(".//input[@name='form-token']").get("value")
    form = {"form-token": token, "iin": country.stranger().iin}
    entered = await visitor.http.post("/sandbox/citizens", params={"next": wanted}, data=form)
    assert (entered.status_code, "evil" in entered.headers["location"]) == (303, False)


@pytest.mark.parametrize("path", ["/services", "/login", f"/services/{SERVICE}", "/check", "/quality"])
async def test_page_cannot_be_framed_and_runs_no_inline_script(country: RunningCountry, path: str) -> None:
    visitor = await open_visitor(country.url("portal_pep")).open(path)
    policy = visitor.answer.headers["content-security-policy"]  # type: ignore[union-attr]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert visitor.answer.headers["x-frame-options"] == "DENY"  # type: ignore[union-attr]


async def test_page_of_a_signature_may_call_ncalayer_and_no_other_page_may(country: RunningCountry) -> None:
    visitor = await open_visitor(country.url("portal_pep")).enter(country.stranger().iin)
    await visitor.fill_in(SERVICE)
    assert "wss:" not in visitor.answer.headers["content-security-policy"]  # type: ignore[union-attr]
    form = next(
        form for form in visitor.page.iter("form") if form.find(".//button[@value='ncalayer']") is not None
    )
    await visitor.send(form, {**read_form(form), "by": "ncalayer"})
    policy = visitor.answer.headers["content-security-policy"]  # type: ignore[union-attr]
    assert "connect-src 'self' wss://127.0.0.1:13579" in policy


@pytest.mark.parametrize("cms", ["", "no base64!", "bm8gQ01T"])
async def test_broken_signature_is_told_on_its_page(country: RunningCountry, cms: str) -> None:
    visitor = await open_visitor(country.url("portal_pep")).enter(country.stranger().iin)
    await visitor.fill_in(SERVICE)
    form = next(
        form for form in visitor.page.iter("form") if form.find(".//button[@value='ncalayer']") is not None
    )
    await visitor.send(form, {**read_form(form), "by": "ncalayer"})
    await visitor.send(visitor.find_form("cms"), {**visitor.token, "cms": cms})
    assert (visitor.status, visitor.page.find(".//section[@class='notice bad']") is not None) == (422, True)


async def test_large_file_is_taken_from_a_citizen_and_not_from_a_stranger(country: RunningCountry) -> None:
    paper = {"file": ("scan.pdf", b"%PDF-" + b"x" * 100_000, "application/pdf")}
    visitor = await open_visitor(country.url("portal_pep")).enter(country.stranger().iin)
    await visitor.open(f"/apply/{SERVICE}/papers")
    await visitor.send(visitor.find_form("file"), visitor.token, files=paper)
    assert (visitor.status, "scan.pdf" in visitor.text) == (200, True)
    stranger = await open_visitor(country.url("portal_pep")).open("/login")
    token = {"form-token": stranger.page.find(".//input[@name='form-token']").get("value")}
    answer = await stranger.http.post(f"/apply/{SERVICE}/papers", data=token, files=paper)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "../../login")
