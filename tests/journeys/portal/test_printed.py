"""The printed result: downloaded by its owner, checked by every holder."""

from __future__ import annotations

import asyncio
import html
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.portal_pep.api.printed_documents import MAX_UNKNOWN_CODES, MAX_UPLOAD_BYTES
from services.portal_pep.printing.issuer import STAMP_RETRY_PAUSE
from services.portal_pep.storage import PortalDocumentRow, get_printed
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.pki.cms import signed_data
from shared.web.formats import format_megabytes
from tests.journeys.kit import RunningCountry, Served, eventually, refused, running
from tests.services.is_nuc.outsiders import end_faults, order_fault

INLINE_SCRIPT = re.compile("<script(?! src=)")

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

FORM = {"Content-Type": "multipart/form-data; boundary=xyz"}


async def check_path(served: Served) -> str:
    """The path of the page behind the QR code of the printed document."""
    answer = await served.citizen.portal.call("GET", f"/api/v1/applications/{served.case}/output.pdf")
    url = re.fullmatch(r'<(\S+)>; rel="describedby"', answer.headers["link"])
    assert url is not None
    assert url[1].startswith(served.country.url("portal_pep") + "/check/")
    return url[1].removeprefix(served.country.url("portal_pep"))


async def asked(served: Served, path: str, method: str = "GET", **how: Any) -> httpx.Response:
    return await served.country.answer("portal_pep", method, path, **how)


async def checked(served: Served, **query: str) -> Any:
    code = (await check_path(served)).rpartition("/")[2]
    return (await asked(served, f"/api/v1/documents/{code}", params=query)).json()


async def test_printed_document_is_the_same_for_its_owner_each_time(served: Served) -> None:
    first = await served.citizen.portal.call("GET", f"/api/v1/applications/{served.case}/output.pdf")
    number = (await served.citizen.portal.get_application(served.case))["number"]
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["content-disposition"] == f'inline; filename="{number}.pdf"'
    assert first.content.startswith(b"%PDF-1.")
    assert await served.citizen.portal.get_output_pdf(served.case) == first.content


async def test_printed_document_is_one_for_several_first_downloads_at_once(brisk_country: RunningCountry) -> None:
    citizen = await brisk_country.newcomer()
    case = await citizen.apply()
    await citizen.is_served(case)
    copies = await asyncio.gather(*(citizen.portal.get_output_pdf(case) for _ in range(4)))
    assert len(set(copies)) == 1


async def test_printed_document_is_given_to_nobody_but_its_owner(served: Served) -> None:
    stranger = await served.country.citizen(is_even=False)
    error = await refused(stranger.portal.get_output_pdf(served.case))
    assert (error.status, error.code) == (404, "application-unknown")
    error = await refused(served.country.portal().get_output_pdf(served.case))
    assert (error.status, error.code) == (401, "login-needed")


async def test_printed_document_does_not_exist_before_the_result(country: RunningCountry) -> None:
    citizen = await country.citizen()
    error = await refused(citizen.portal.get_output_pdf(await citizen.apply()))
    assert (error.status, error.code) == (404, "no-output")


async def test_check_page_shows_a_stranger_with_the_code_the_document_and_its_signer(served: Served) -> None:
    told = await checked(served)
    output = await served.citizen.portal.get_output(served.case)
    document = told["document"]
    assert told["signature"] == {"state": "valid", "code": None, "texts": {}}
    assert document["number"] == output["document"]["number"]
    assert document["authority"] == output["document"]["authority"]
    assert (document["signer"]["name"], document["signer"]["organisation"]) == tuple(output["signer"].values())
    assert document["covers"] == "document"
    page = (await asked(served, await check_path(served), params={"lang": "ru"})).text
    assert "весь электронный документ; печатную копию заверяет портал" in page
    assert told["seal"]["is_stamped"]
    assert told["is_same"] is None


async def test_check_page_shows_strangers_neither_name_nor_number_of_the_applicant(served: Served) -> None:
    person, path = served.citizen.person, await check_path(served)
    for accept in ("text/html", "application/json"):
        text = html.unescape((await asked(served, path, headers={"Accept": accept})).text)
        assert person.iin not in text
        assert "*" * 10 + person.iin[-2:] in text
        for name in (person.surname, person.name, person.patronymic):
            assert name not in text
            assert name.upper() not in text


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("ru", ("Проверка документа", "Подпись действительна", "Орган, выдавший документ")),
        ("kk", ("Құжатты тексеру", "Қолтаңба жарамды", "Құжатты берген орган")),
        ("en", ("Check of a document", "The signature is valid", "Issuing authority")),
    ],
)
async def test_check_page_speaks_the_language_of_its_reader(
    served: Served, tag: str, words: tuple[str, ...]
) -> None:
    path = await check_path(served)
    by_browser = await asked(served, path, headers={"Accept-Language": tag})
    by_choice = await asked(served, path, params={"lang": tag}, headers={"Accept-Language": "de"})
    for page in (by_browser, by_choice):
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert f'<html lang="{tag}">' in page.text
        assert [word for word in words if word not in page.text] == []
    assert INLINE_SCRIPT.search(by_browser.text) is None
    assert "<style" not in by_browser.text
    assert "style=" not in by_browser.text
    assert by_browser.headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'; ")


async def test_check_page_gives_json_to_a_client_that_accepts_json_only(served: Served) -> None:
    page = await asked(served, await check_path(served), headers={"Accept": "application/json"})
    assert page.json() == await checked(served)


async def test_check_code_typed_off_the_paper_leads_to_the_page(served: Served) -> None:
    path = await check_path(served)
    told = await checked(served)
    form = await asked(served, "/check", params={"code": told["code"].lower(), "lang": "kk"})
    assert form.status_code == 303
    assert form.headers["location"] == f"check/{path.rpartition('/')[2].lower()}?lang=kk"
    assert (await asked(served, f"/{form.headers['location']}")).status_code == 200
    assert "бірегей нөмірді енгізіңіз" in (await asked(served, "/check", params={"lang": "kk"})).text


async def test_check_page_compares_a_file_with_the_original(served: Served) -> None:
    path, content = await check_path(served), await served.citizen.portal.get_output_pdf(served.case)
    code = path.rpartition("/")[2]
    for given, is_same in ((content, True), (content + b" ", False), (b"", False)):
        told = await asked(served, f"/api/v1/documents/{code}/comparison", "POST", content=given)
        assert told.json()["is_same"] is is_same
        assert (await checked(served, sha256=sha256(given).hexdigest()))["is_same"] is is_same
        page = await asked(served, path, "POST", files={"file": ("x.pdf", given, "application/pdf")})
        assert ("Файл совпадает с подлинником" in page.text) is is_same
        assert ("Файл отличается от подлинника" in page.text) is not is_same


@pytest.mark.parametrize(
    "body", [b"", b"--xyz", b"--xyz\r\n\r\nno end", b"--other\r\n\r\nx\r\n--other--", b"\x00" * 1000]
)
async def test_check_form_that_is_none_is_refused(served: Served, body: bytes) -> None:
    path = await check_path(served)
    for headers in (FORM, {"Content-Type": "application/pdf"}):
        page = await asked(served, path, "POST", content=body, headers=headers)
        assert page.status_code == 422
        assert "Запрос составлен неверно" in page.text
        assert "request-malformed" in page.text


async def test_check_page_compares_the_field_that_is_the_file_and_no_other(served: Served) -> None:
    path, content = await check_path(served), await served.citizen.portal.get_output_pdf(served.case)
    file = ("x.pdf", content, "application/pdf")
    page = await asked(served, path, "POST", data={"note": "not the file"}, files={"file": file})
    assert "Файл совпадает с подлинником" in page.text
    page = await asked(served, path, "POST", files={"other": file}, params={"lang": "en"})
    assert (page.status_code, "file-missing" in page.text) == (422, True)
    assert "The form has no file" in page.text


async def test_check_page_refuses_an_endless_file_before_it_is_read(served: Served) -> None:
    async def endless() -> Any:
        for _ in range(MAX_UPLOAD_BYTES // 1000):
            yield b"x" * 2000

    path = await check_path(served)
    for where in (path, f"/api/v1/documents/{path.rpartition('/')[2]}/comparison"):
        told = await asked(served, where, "POST", content=endless(), headers=FORM)
        assert told.status_code == 413


@pytest.mark.parametrize(
    ("tag", "limit"),
    [("ru", "Не больше {} МБ."), ("kk", "{} МБ аспауы керек."), ("en", "At most {} MB.")],
)
async def test_check_page_tells_before_how_large_a_file_may_be_and_takes_that(
    served: Served, tag: str, limit: str
) -> None:
    path = await check_path(served)
    page = await asked(served, path, params={"lang": tag})
    most = int(page.text.partition('data-most="')[2].partition('"')[0])
    assert limit.format(format_megabytes(most, tag)) in page.text
    for size, status in ((most, 200), (most + 1, 413)):
        file = ("x.pdf", b"%PDF-1.7".ljust(size), "application/pdf")
        assert (await asked(served, path, "POST", files={"file": file})).status_code == status


async def test_check_code_that_is_none_is_told_so_in_words(served: Served) -> None:
    for code in ("0" * 20, "x", "%3Cscript%3E"):
        page = await asked(served, f"/check/{code}", params={"lang": "ru"})
        told = await asked(served, f"/api/v1/documents/{code}")
        assert (page.status_code, told.status_code, told.json()["code"]) == (404, 404, "printed-unknown")
        assert "Документа с таким номером нет" in page.text
        assert INLINE_SCRIPT.search(page.text) is None


NO_EVIDENCE = {"EGOV_CLERKS": "instant", "EGOV_EVIDENCE": "false"}


@pytest.mark.parametrize(
    ("environment", "later"),
    [
        (NO_EVIDENCE, [("invalid", "eds-revoked"), ("unknown", "eds-revocation-unknown")]),
        ({"EGOV_CLERKS": "instant"}, [("valid", None), ("valid", None)]),
    ],
    ids=["now", "as of its time-stamp"],
)
async def test_check_page_holds_the_signature_against_what_is_known_now(
    tmp_path: Path, environment: dict[str, str], later: list[tuple[str, str | None]]
) -> None:
    """Three states of one deployment: the employee's certificate is good, then revoked, then НУЦ is
    unavailable.
    """
    async with running(tmp_path, environment=environment) as country:
        served = await newly_served(country)
        path, content = await check_path(served), await served.citizen.portal.get_output_pdf(served.case)
        assert (await checked(served))["signature"]["state"] == "valid"
        if environment is not NO_EVIDENCE:
            await stamped(served)
        await country.revoke(await signer_of(served))
    states = []
    for names in (("is_nuc", "portal_pep"), ("portal_pep",)):
        async with running(tmp_path, names=names, environment=environment) as next_life:
            told = await next_life.answer("portal_pep", "GET", path, headers={"Accept": "application/json"})
            same = {"sha256": sha256(content).hexdigest()}
            page = await next_life.answer("portal_pep", "GET", path, params=same)
            states.append((told.json()["signature"]["state"], told.json()["signature"]["code"]))
            assert "Файл совпадает с подлинником" in page.text
    assert states == later


async def test_check_page_tells_of_an_original_that_is_not_what_was_signed(tmp_path: Path) -> None:
    async with running(tmp_path, environment=NO_EVIDENCE) as country:
        served = await newly_served(country)
        path = await check_path(served)

        def spoil(uow: UnitOfWork) -> None:
            row = uow.session.get_one(PortalDocumentRow, (served.case, "result"))
            row.content = row.content.replace(b"positive", b"negative")

        await country.runtime("portal_pep").write(spoil)
        told = (await asked(served, path, headers={"Accept": "application/json"})).json()
        page = html.unescape((await asked(served, path)).text)
        assert (told["signature"]["state"], told["signature"]["code"]) == ("invalid", "eds-signature-invalid")
        assert told["document"] is None
        assert "Подпись недействительна" in page
        assert "Документ изменён после подписания" in page


async def stamped(served: Served) -> None:
    """Wait until the employee's signature has its time-stamp, and one second more, the precision of a
    revocation.
    """
    path = f"/api/v1/applications/{served.case}/evidence"
    await eventually(lambda: served.citizen.portal.get(path), lambda told: all(one["code"] for one in told))
    await asyncio.sleep(1)


async def newly_served(country: RunningCountry) -> Served:
    """A new citizen with a result."""
    citizen = await country.newcomer()
    case = await citizen.apply()
    await citizen.is_served(case)
    return Served(country, citizen, case, b"")


async def signer_of(served: Served) -> Any:
    """The certificate of the employee who signed the result."""
    return signed_data.open_signed(await served.citizen.portal.get_output_cms(served.case)).certificate


async def test_check_code_guessing_must_wait_and_a_right_code_is_answered_all_the_same(tmp_path: Path) -> None:
    async with running(tmp_path, environment={"EGOV_CLERKS": "instant"}) as country:
        served = await newly_served(country)
        path = await check_path(served)
        answers = [await asked(served, f"/check/{n:020}") for n in range(MAX_UNKNOWN_CODES + 1)]
        assert [answer.status_code for answer in answers] == [404] * MAX_UNKNOWN_CODES + [429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 900
        assert (await asked(served, path)).status_code == 200


async def test_time_stamp_that_is_missing_is_added_later_and_older_copies_stay_good(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, environment={"EGOV_CLERKS": "instant"}) as country:
        served = await newly_served(country)
        citizen, case = served.citizen, served.case
        await order_fault(country, "tsa-refusing")
        bare = await citizen.portal.get_output_pdf(case)
        await forget_the_last_try(country, case)
        assert await citizen.portal.get_output_pdf(case) == bare
        await end_faults(country)
        assert await citizen.portal.get_output_pdf(case) == bare  # the last attempt was a moment ago
        assert not (await checked(served))["seal"]["is_stamped"]
        await forget_the_last_try(country, case)
        stamped = await citizen.portal.get_output_pdf(case)
        assert stamped != bare
        assert stamped.startswith(bare)
        assert (await checked(served))["seal"]["is_stamped"]
        for copy, is_same in ((bare, True), (stamped, True), (stamped[:-1], False)):
            assert (await checked(served, sha256=sha256(copy).hexdigest()))["is_same"] is is_same


async def forget_the_last_try(country: RunningCountry, case: str) -> None:
    """Set the last attempt to a minute ago."""

    def age(uow: UnitOfWork) -> None:
        row = get_printed(uow.session, case)
        assert row is not None
        row.tried_at = row.tried_at - STAMP_RETRY_PAUSE

    await country.runtime("portal_pep").write(age)
