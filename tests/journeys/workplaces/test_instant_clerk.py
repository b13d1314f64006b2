"""An application that is decided on arrival: the final state at every system."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.portal_pep.storage import get_document
from shared.client import PortalClient
from shared.pki.cms import signed_data
from tests.journeys.kit import PASSWORD, SERVICE, RunningCountry, Served, openssl, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")

LAST_STATUS = "завершение оказания услуги"


async def test_citizen_with_an_even_number_is_granted_the_certificate(served: Served) -> None:
    told = await served.citizen.portal.get_application(served.case)
    output = await served.citizen.portal.get_output(served.case)
    assert (told["status"], told["outcome"]) == (LAST_STATUS, "positive")
    assert output["document"]["outcome"] == "positive"
    assert output["document"]["number"] == told["number"]
    assert output["document"]["applicant"] == served.citizen.person.iin
    assert output["document"]["text"].startswith("Настоящая справка выдана")
    assert output["signer"]["organisation"] == "Отдел занятости и социальных программ города Шымкент"


async def test_citizen_with_an_odd_number_is_refused_and_told_why(brisk_country: RunningCountry) -> None:
    citizen = await brisk_country.citizen(is_even=False)
    case = await citizen.apply()
    told = await citizen.is_served(case)
    document = (await citizen.portal.get_output(case))["document"]
    assert (told["status"], told["outcome"]) == (LAST_STATUS, "negative")
    assert document["reason"] == "Заявитель не зарегистрирован в качестве безработного"
    assert document["reason"] in document["text"]


async def test_citizens_at_once_each_get_a_document_of_their_own(brisk_country: RunningCountry) -> None:
    citizens = await asyncio.gather(*(brisk_country.newcomer() for _ in range(3)))
    cases = await asyncio.gather(*(citizen.apply() for citizen in citizens for _ in range(2)))
    owners = [citizen for citizen in citizens for _ in range(2)]
    told = await asyncio.gather(*(one.is_served(case) for one, case in zip(owners, cases, strict=True)))
    outputs = await asyncio.gather(*(one.portal.get_output(case) for one, case in zip(owners, cases, strict=True)))
    assert len({one["number"] for one in told}) == len(cases)
    assert [one["document"]["application_id"] for one in outputs] == cases
    assert [one["document"]["applicant"] for one in outputs] == [one.person.iin for one in owners]
    assert sorted(one["id"] for one in await citizens[0].portal.get_history()) == sorted(cases[:2])


async def test_output_document_is_verified_by_openssl_up_to_the_root_of_nuc(
    served: Served, tmp_path: Path
) -> None:
    (tmp_path / "anchors.pem").write_bytes(served.country.anchors())
    (tmp_path / "output.cms").write_bytes(await served.citizen.portal.get_output_cms(served.case))
    done = openssl(tmp_path, "cms -verify -binary -inform DER -in output.cms -CAfile anchors.pem -out opened")
    assert done.returncode == 0, done.stderr
    opened = (tmp_path / "opened").read_text()
    assert f'"application_id":"{served.case}"' in opened
    assert '"outcome":"positive"' in opened


async def test_portal_and_authority_keep_the_very_bytes_that_the_citizen_signed(served: Served) -> None:
    clerk = await served.country.clerk()
    at_authority = await clerk.call("GET", f"/api/v1/cases/{served.case}/application")
    at_portal = await served.country.runtime("portal_pep").read(
        lambda session: get_document(session, served.case, "application")
    )
    assert at_authority.content == served.signed
    assert at_portal == served.signed
    assert signed_data.open_signed(served.signed).certificate == served.citizen.signer.certificate


async def test_output_document_is_the_same_at_portal_and_authority(served: Served) -> None:
    clerk = await served.country.clerk()
    at_authority = await clerk.call("GET", f"/api/v1/cases/{served.case}/output")
    assert at_authority.content == await served.citizen.portal.get_output_cms(served.case)


async def test_deliveries_of_the_case_all_end_delivered(served: Served) -> None:
    rows = await served.country.delivered(served.case, 7)
    recipients = [row["recipient"] for row in rows]
    assert {name: recipients.count(name) for name in recipients} == {"is_mio": 1, "is_con": 3, "portal_pep": 3}


async def test_gateway_of_the_region_alone_carries_the_case(served: Served) -> None:
    regions = ("akm", "aty", "sev", "yuz")
    operators = [served.country.operator(f"rshep_{region}") for region in regions]
    passed = [await one.get("/api/v1/passages", correlation_id=served.case) for one in operators]
    assert [len(rows) for rows in passed] == [0, 0, 0, 5]
    assert all(row["code"] is None for row in passed[-1])


async def test_history_lists_the_latest_application_first(served: Served) -> None:
    history = await served.citizen.portal.get_history()
    submitted = [one["submitted_at"] for one in history]
    assert submitted == sorted(submitted, reverse=True)
    assert served.case in {one["id"] for one in history}
    assert {one["regulation"] for one in history} == {SERVICE}


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [
        ("ru", "Запрос успешно сформирован и отправлен", "оказание услуги завершено"),
        ("kk", "Сұрау сәтті жасалды және жіберілді", "қызмет көрсету аяқталды"),
        ("en", "The request was made and sent", "the service is completed"),
    ],
)
async def test_notifications_speak_the_language_of_their_reader(
    served: Served, language: str, first: str, last: str
) -> None:
    portal = served.country.portal(language)
    await portal.log_in(served.citizen.person.iin, PASSWORD)
    newest_first = await portal.list_notifications()
    told = [one for one in reversed(newest_first) if one["application_id"] == served.case]
    assert [one["kind"] for one in told] == ["sent", "status", "status", "completed"]
    assert first in told[0]["text"]
    assert last in told[-1]["text"]
    assert [one["status"] for one in told] == ["отправлено", "поступившие", "в работе", LAST_STATUS]


async def collected(portal: PortalClient, case: str, count: int, after: int = 0) -> list[Any]:
    """The first ``count`` live updates of an application after the update ``after``."""
    found: list[Any] = []
    async for event in portal.follow_events(case, after):
        found.append(event)
        if len(found) == count:
            break
    return found


async def test_live_stream_shows_every_change_as_it_happens(brisk_country: RunningCountry) -> None:
    citizen = await brisk_country.citizen()
    case = await citizen.apply()
    live = await asyncio.wait_for(collected(citizen.portal, case, 4), 15)
    noted = [one for one in await citizen.portal.list_notifications() if one["application_id"] == case]
    assert live == noted[::-1]
    assert [one["kind"] for one in live] == ["sent", "status", "status", "completed"]


async def test_live_stream_takes_up_after_the_last_event_that_was_seen(served: Served) -> None:
    every = await asyncio.wait_for(collected(served.citizen.portal, served.case, 4), 15)
    rest = await asyncio.wait_for(collected(served.citizen.portal, served.case, 2, after=every[1]["id"]), 15)
    assert rest == every[2:]


async def test_live_stream_of_another_persons_application_is_refused_before_it_begins(served: Served) -> None:
    stranger = await served.country.citizen(is_even=False)
    error = await refused(stranger.portal.call("GET", f"/api/v1/applications/{served.case}/events"))
    assert (error.status, error.code) == (404, "application-unknown")


async def test_questionnaire_is_answered_once_and_completely(served: Served) -> None:
    asked = await served.citizen.portal.get(f"/api/v1/services/{SERVICE}/questionnaire")
    assert [question["n"] for question in asked["questions"]] == [1, 2]
    for answers in ({1: 3}, {1: 3, 2: 4}, {1: 3, 2: 3, 3: 3}):
        error = await refused(served.citizen.portal.answer_questionnaire(served.case, answers))
        assert (error.status, error.code) == (422, "questionnaire-invalid")
    await served.citizen.portal.answer_questionnaire(served.case, {1: 3, 2: 2})
    error = await refused(served.citizen.portal.answer_questionnaire(served.case, {1: 1, 2: 1}))
    assert (error.status, error.code) == (409, "questionnaire-answered")


async def test_answers_of_citizens_are_counted_in_the_indicators(served: Served) -> None:
    told = await served.citizen.portal.get("/api/v1/quality", region="KZ-YUZ")
    service = next(one for one in told if one["regulation"] == SERVICE)
    assert service["answered"] >= 1
    quality, accessibility = service["questions"]
    assert (quality["options"][2]["count"] >= 1, accessibility["options"][1]["count"] >= 1) == (True, True)
    page = await served.citizen.portal.call("GET", "/quality", params={"lang": "kk"})
    assert "Сапа және қолжетімділік көрсеткіштері" in page.text
