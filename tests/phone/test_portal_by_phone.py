"""A citizen comes in and applies by phone: the portal's two endpoints, its pages, and the phone of the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.client.certification import CertificationClient
from shared.client.key_owners import find_owner
from shared.phone.mishaps import PhoneMishap
from shared.phone.network import PhoneNetwork
from shared.phone.owners import certify_owner
from shared.phone.session import PhoneSession, PhoneSettings
from shared.phone.steps import PhoneReport
from shared.pki.certificates.keys import new_ec_key
from tests.journeys.kit import RunningCountry, running
from tests.journeys.portal.portal_visitor import PortalVisitor, open_visitor

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]
SETTINGS = {"EGOV_CLERKS": "instant", "EGOV_EMPLOYEE_KEYS": "ec", "EGOV_CALLS_A_MINUTE": "1000"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def phone_country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("phone"), environment=SETTINGS) as country:
        yield country


async def begin_login(country: RunningCountry, iin: str) -> PortalVisitor:
    """The page with the QR code of a login."""
    visitor = open_visitor(country.url("portal_pep"))
    await visitor.open("/login?way=phone")
    return await visitor.press("QR", iin=iin)


def link_of(visitor: PortalVisitor) -> str:
    """The text of the QR code, as the link to the sandbox's phone has it."""
    address = next(one.get("href") for one in visitor.page.iter("a") if "sandbox/phone" in one.get("href", ""))
    return httpx.URL(address).params["link"]


async def scan_with_own_phone(
    country: RunningCountry, link: str, iin: str, mishap: PhoneMishap = PhoneMishap.NONE
) -> PhoneReport:
    other = country.stranger().iin
    async with CertificationClient(country.url("is_nuc")) as counter:
        owner, stranger = [
            await certify_owner(counter, find_owner(one, 1, 1000), new_ec_key) for one in (iin, other)
        ]
    clock = country.runtime("portal_pep").clock
    settings = PhoneSettings(mishap=mishap, delay=0.2)
    return await PhoneSession(owner, PhoneNetwork(), clock.now, settings, stranger).run(link)


async def test_citizen_comes_in_by_phone(phone_country: RunningCountry) -> None:
    iin = phone_country.stranger().iin
    await open_visitor(phone_country.url("portal_pep")).enter(iin)  # has an account
    visitor = await begin_login(phone_country, iin)
    signing = visitor.path
    picture = await visitor.http.get(f"{signing}/qr.png")
    assert picture.content.startswith(b"\x89PNG")
    assert (await visitor.http.get(f"{signing}/phone")).status_code == 200
    early = await visitor.press("Продолжить")
    assert early.status == 422
    assert early.code == "phone-signature-missing"
    report = await scan_with_own_phone(phone_country, link_of(visitor), iin)
    assert report.is_signed, report.failed_step
    assert report.back_url == phone_country.url("portal_pep") + signing
    state = await visitor.http.get(f"{signing}/phone")
    assert (state.status_code, "data-signed" in state.text) == (286, True)
    await visitor.press("Продолжить")
    assert visitor.path == "/services"
    await visitor.open("/cabinet/account")
    assert visitor.status == 200


async def test_citizen_files_an_application_by_the_phone_of_the_sandbox(phone_country: RunningCountry) -> None:
    iin = phone_country.stranger().iin
    visitor = await open_visitor(phone_country.url("portal_pep")).enter(iin)
    await visitor.fill_in("KZ-AKM.17")
    await visitor.press("Подписать телефоном")
    phone = open_visitor(phone_country.url("portal_pep"))
    await phone.open(f"/sandbox/phone?iin={iin}&link={link_of(visitor)}")
    await phone.press("Сканировать")
    badges = [one.text for one in phone.page.iter("span") if "badge" in one.get("class", "")]
    assert badges == ["пройден"] * 10, phone.text
    await visitor.press("Продолжить")
    assert visitor.path.startswith("/cabinet/cases/")


@pytest.mark.parametrize(
    ("mishap", "code"),
    [
        (PhoneMishap.WRONG_PERSON, "eds-iin-mismatch"),
        (PhoneMishap.SIGNATURE_SPOILED, "eds-signature-invalid"),
    ],
)
async def test_portal_answers_403_with_a_message_and_lets_nobody_in(
    phone_country: RunningCountry, mishap: PhoneMishap, code: str
) -> None:
    iin = phone_country.stranger().iin
    visitor = await begin_login(phone_country, iin)
    report = await scan_with_own_phone(phone_country, link_of(visitor), iin, mishap)
    assert report.is_as_expected
    failed = report.failed_step
    assert failed is not None
    assert failed.exchange is not None
    answer: dict[str, Any] = httpx.Response(403, content=failed.exchange.answer).json()
    assert answer["code"] == code
    assert answer["message"] == failed.facts["answer"] != ""
    await visitor.press("Продолжить")
    assert visitor.code == "phone-signature-missing"


async def test_portal_bears_every_other_mishap_as_the_document_asks(phone_country: RunningCountry) -> None:
    iin = phone_country.stranger().iin
    for mishap in set(PhoneMishap) - {PhoneMishap.WRONG_PERSON, PhoneMishap.SIGNATURE_SPOILED}:
        visitor = await begin_login(phone_country, iin)
        report = await scan_with_own_phone(phone_country, link_of(visitor), iin, mishap)
        assert report.is_as_expected, (mishap, report.failed_step, report.findings)


async def test_portal_gives_a_document_only_to_who_brings_the_token_and_another_one_back_is_refused(
    phone_country: RunningCountry,
) -> None:
    iin = phone_country.stranger().iin
    visitor = await begin_login(phone_country, iin)
    address = link_of(visitor).removeprefix("mobileSign:")
    async with httpx.AsyncClient() as http:
        invitation = (await http.get(address)).json()
        uri = invitation["document"]["uri"]
        bare = await http.get(uri)
        assert (bare.status_code, bare.json()["code"]) == (401, "phone-token-refused")
        head = {"Authorization": f"Bearer {invitation['document']['auth_token']}"}
        offered = (await http.get(uri, headers=head)).json()
        other_link = link_of(await begin_login(phone_country, iin)).removeprefix("mobileSign:")
        other = (await http.get(other_link)).json()["document"]
        other_head = {"Authorization": f"Bearer {other['auth_token']}"}
        assert (await http.get(uri, headers=other_head)).status_code == 401
        unsigned = await http.put(uri, headers=head, json=offered)
        assert (unsigned.status_code, unsigned.json()["code"]) == (403, "eds-malformed")
        unknown = await http.get(address.replace("phone/", "phone/x"))
        assert (unknown.status_code, unknown.json()["code"]) == (404, "phone-link-unknown")


@pytest.mark.parametrize("link", ["http://127.0.0.1:1/", "http://169.254.169.254/", "http://[::1]:8007/"])
async def test_phone_of_the_sandbox_calls_no_inner_address(phone_country: RunningCountry, link: str) -> None:
    phone = open_visitor(phone_country.url("portal_pep"))
    await phone.open("/sandbox/phone")
    await phone.press("Сканировать", link=f"mobileSign:{link}")
    assert "phone-host-refused" in phone.text
