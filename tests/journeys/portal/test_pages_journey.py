"""A citizen's journey on the portal's pages, in each language: come in, apply, sign, watch, get the result."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.journeys.kit import RunningCountry, eventually
from tests.journeys.portal.portal_visitor import PortalVisitor, complete, open_visitor, read_form
from tests.services.portal_pep.filing import portal_graphs

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICE = "KZ-AKM.17"
COMPLETED = {"ru": "Услуга оказана", "kk": "Қызмет көрсетілді", "en": "The service is given"}
REFUSED = {"ru": "В услуге отказано", "kk": "Қызметтен бас тартылды", "en": "The service is refused"}
APPLY = {"ru": "Подать заявление", "kk": "Өтініш беру", "en": "Apply"}
PAPER = {"file": ("guarantee.pdf", b"%PDF-1.4 guarantee", "application/pdf")}


async def applied(country: RunningCountry, iin: str, tag: str = "ru", service: str = SERVICE) -> PortalVisitor:
    """A citizen's browser on the page of a case that was just filed."""
    visitor = await open_visitor(country.url("portal_pep"), tag).enter(iin)
    await visitor.fill_in(service)
    await visitor.sign(iin)
    assert "/cabinet/cases/" in visitor.path, visitor.text
    return visitor


async def settled(visitor: PortalVisitor) -> PortalVisitor:
    """The page of the case once it is decided."""
    path = visitor.path
    words = (*COMPLETED.values(), *REFUSED.values())
    return await eventually(lambda: visitor.open(path), lambda page: any(word in page.text for word in words))


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
async def test_citizen_gets_a_certificate_in_five_clicks(brisk_country: RunningCountry, tag: str) -> None:
    iin = brisk_country.stranger().iin
    visitor = await open_visitor(brisk_country.url("portal_pep"), tag).enter(iin)
    await visitor.open(f"/services/{SERVICE}")
    assert visitor.page.get("lang") == tag
    await visitor.click(APPLY[tag])
    assert visitor.path.endswith("/check"), "what is known is not asked again"
    await visitor.sign(iin)
    assert (visitor.status, visitor.clicks) == (200, 4)
    await settled(visitor)
    assert COMPLETED[tag] in visitor.text
    document = await visitor.http.get(visitor.page.find(".//a[@class='button']").get("href"))
    assert document.headers["content-type"] == "application/pdf"
    assert document.headers["cache-control"] == "private, no-store"


async def test_refused_citizen_reads_why(brisk_country: RunningCountry) -> None:
    visitor = await settled(
        await applied(brisk_country, brisk_country.stranger(is_even=False).iin, service="KZ-AKM.12")
    )
    assert REFUSED["ru"] in visitor.text
    assert "Причина" in visitor.text or "не подтвердилась" in visitor.text or "отказано" in visitor.text


@pytest.mark.parametrize("service", sorted({str(graph.passport_id) for graph in portal_graphs()}))
async def test_form_of_a_service_leads_to_an_application(brisk_country: RunningCountry, service: str) -> None:
    visitor = await applied(brisk_country, brisk_country.stranger().iin, service=service)
    assert visitor.status == 200
    await visitor.open("/cabinet")
    assert len(visitor.page.findall(".//ul[@class='cards-list cases']/li")) == 1


async def test_faulty_answer_is_told_beside_its_field_as_one_types_and_when_it_is_sent(
    brisk_country: RunningCountry,
) -> None:
    visitor = await open_visitor(brisk_country.url("portal_pep")).enter(brisk_country.stranger().iin)
    await visitor.open(f"/apply/{SERVICE}/contact")
    form = visitor.find_form("phone")
    typed = await visitor.http.post(
        visitor.answer.url.join("field?key=phone"),  # type: ignore[union-attr]
        data={**read_form(form), "phone": "no digits"},
        headers={"HX-Request": "true"},
    )
    assert (typed.status_code, "Допускаются только цифры" in typed.text) == (200, True)
    await visitor.send(form, {**read_form(form), "phone": "12a"})
    assert (visitor.status, visitor.page.find(".//input[@name='phone']").get("aria-invalid")) == (422, "true")
    await visitor.send(visitor.find_form("phone"), {**read_form(form), "phone": ""})
    assert "Поле обязательно" in visitor.text


async def test_same_application_again_leads_to_the_open_one(country: RunningCountry) -> None:
    iin = country.stranger().iin
    visitor = await applied(country, iin)
    first = visitor.path
    await visitor.fill_in(SERVICE)
    await visitor.sign(iin)
    assert visitor.status == 422
    await visitor.click("Открыть поданное заявление")
    assert visitor.path == first


async def test_wrong_code_is_refused_and_after_five_of_them_the_right_one_too(country: RunningCountry) -> None:
    iin = country.stranger().iin
    visitor = await open_visitor(country.url("portal_pep")).enter(iin)
    await visitor.fill_in(SERVICE)
    form = next(form for form in visitor.page.iter("form") if form.find(".//button[@value='cloud']") is not None)
    await visitor.send(form, {**read_form(form), "by": "cloud"})
    code = await visitor.read_code(iin)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        await visitor.send(visitor.find_form("code"), {**visitor.token, "code": wrong})
        assert visitor.status == 422
    await visitor.send(visitor.find_form("code"), {**visitor.token, "code": code})
    assert visitor.status == 429


async def test_citizen_is_asked_for_papers_and_sends_them_signed(brisk_country: RunningCountry) -> None:
    iin = brisk_country.stranger().iin
    visitor = await applied(brisk_country, iin, service="KZ-ATY.2")
    path = visitor.path
    await eventually(
        lambda: visitor.open(path), lambda page: page.page.find(".//section[@class='question']") is not None
    )
    form = visitor.find_form("file")
    await visitor.send(form, visitor.token)
    assert (visitor.status, "Выберите файл" in visitor.text) == (422, True)
    await visitor.open(path)
    await visitor.send(visitor.find_form("file"), visitor.token, files=PAPER)
    assert "guarantee.pdf" in visitor.text
    await visitor.sign(iin)
    assert (visitor.path, visitor.status) == (path, 200)
    assert visitor.page.find(".//section[@class='question']") is None


async def test_citizen_rates_the_service_once(brisk_country: RunningCountry) -> None:
    visitor = await settled(await applied(brisk_country, brisk_country.stranger().iin, service="KZ-YUZ.3"))
    form = visitor.find_form("question-1")
    await visitor.send(form, complete(form))
    assert "Спасибо" in visitor.text
    assert visitor.page.find(".//input[@name='question-1']") is None


async def test_registered_citizen_logs_in_changes_the_password_and_ends_the_other_session(
    country: RunningCountry,
) -> None:
    iin, url = country.stranger().iin, country.url("portal_pep")
    visitor = await open_visitor(url).open("/registration")
    await visitor.press("Зарегистрироваться", iin=iin, password="a first password")
    assert visitor.path == "/services"
    other = await open_visitor(url).open("/login?next=cabinet/account")
    await other.press("Войти", iin=iin, password="wrong password")
    assert other.status == 422
    await other.press("Войти", iin=iin, password="a first password")
    assert (other.path, other.heading) == ("/cabinet/account", "Мои данные")
    await other.press("Завершить все, кроме этого")
    assert (await visitor.open("/cabinet")).path == "/login"
    await other.press("Сменить пароль", **{"password": "a first password", "new-password": "short"})
    assert other.status == 422
    await other.press("Сменить пароль", **{"password": "a first password", "new-password": "another password"})
    assert (other.status, "Пароль изменён" in other.text) == (200, True)
    await other.press("Выйти")
    assert (await other.open("/cabinet")).path == "/login"


@pytest.mark.parametrize("way", ["eds", "eds-sms"])
async def test_citizen_comes_in_with_the_signature(country: RunningCountry, way: str) -> None:
    iin = country.stranger().iin
    await open_visitor(country.url("portal_pep")).enter(iin)
    visitor = await open_visitor(country.url("portal_pep")).open(f"/login?way={way}&next=cabinet")
    form = visitor.find_form("way")
    await visitor.send(form, {**read_form(form), "iin": iin, "by": "cloud"})
    await visitor.send(visitor.find_form("code"), {**visitor.token, "code": await visitor.read_code(iin)})
    assert visitor.path == "/cabinet"


@pytest.mark.parametrize("words", ["справ", "АНЫҚТАМА", "certificate unemployed"])
async def test_search_finds_a_service_by_words_of_any_language(country: RunningCountry, words: str) -> None:
    visitor = await open_visitor(country.url("portal_pep")).open(f"/services?q={words}&region=KZ-AKM")
    links = [link.get("href") for link in visitor.page.findall(".//ul[@class='cards-list']//a")]
    assert any(SERVICE in link for link in links)
    assert all("KZ-AKM" in link for link in links)


async def test_page_of_a_service_says_who_how_long_what_and_that_the_act_is_repealed(
    country: RunningCountry,
) -> None:
    visitor = await open_visitor(country.url("portal_pep")).open(f"/services/{SERVICE}")
    for words in (
        "Кто оказывает",
        "5 минут",
        "справка о регистрации",
        "подлинность ЭЦП",
        "А-4/130",
        "утратил силу",
    ):
        assert words in visitor.text


async def test_status_page_is_told_of_a_change_without_asking(brisk_country: RunningCountry) -> None:
    visitor = await applied(brisk_country, brisk_country.stranger().iin)
    async for line in _events(visitor, f"{visitor.path}/events"):
        if line == "event: changed":
            break
    part = await visitor.http.get(visitor.path, headers={"HX-Request": "true"})
    assert not re.search("<html", part.text)


async def _events(visitor: PortalVisitor, path: str) -> AsyncIterator[str]:
    async with visitor.http.stream("GET", path, timeout=httpx.Timeout(30)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            yield line
