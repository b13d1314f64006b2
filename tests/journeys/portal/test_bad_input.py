"""Faulty input at the portal: a stable code, texts, and no partial effect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import select

from services.portal_pep.storage import RegisterReplyRow
from services.tools.ncalayer.signing_request import encode_pem
from shared.client import ApiError
from shared.contracts.population import make_population
from tests.journeys.kit import (
    AUTHORITY,
    MOST_BYTES,
    PASSWORD,
    SERVICE,
    Citizen,
    RunningCountry,
    refused,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEAD = next(person for person in make_population(1, 1000) if not person.is_alive)
UNKNOWN = next(islice(make_population(1, 1001), 1000, None))
"""The first person who is not in the register."""


async def is_no_account(country: RunningCountry, iin: str) -> None:
    assert (await refused(country.portal().log_in(iin, PASSWORD))).code == "authorization-refused"


@pytest.mark.parametrize(
    ("iin", "password", "status", "code"),
    [
        ("850101100023", PASSWORD, 422, "iin-check-digit"),
        ("8501011", PASSWORD, 422, "iin-length"),
        ("85010110002x", PASSWORD, 422, "iin-digits"),
        (UNKNOWN.iin, PASSWORD, 403, "registration-refused"),
        (DEAD.iin, PASSWORD, 403, "registration-refused"),
        (UNKNOWN.iin, "seven77", 422, "password-weak"),
        (UNKNOWN.iin, "x" * 201, 422, "password-weak"),
    ],
)
async def test_registration_that_cannot_be_is_refused(
    country: RunningCountry, iin: str, password: str, status: int, code: str
) -> None:
    error = await refused(country.portal().register_citizen(iin, password))
    assert (error.status, error.code) == (status, code)
    assert set(error.body["texts"]) == {"ru", "kk", "en"}
    assert iin not in json.dumps(error.body)
    await is_no_account(country, iin)


async def test_registration_of_a_number_is_made_once_and_keeps_its_first_password(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    again = await refused(country.portal().register_citizen(citizen.person.iin, "another-password"))
    assert (again.status, again.code) == (409, "already-registered")
    assert (await refused(country.portal().log_in(citizen.person.iin, "another-password"))).status == 401
    await country.portal().log_in(citizen.person.iin, PASSWORD)


async def test_portal_does_not_keep_the_registers_answer(country: RunningCountry) -> None:
    await country.newcomer()
    await refused(country.portal().register_citizen(DEAD.iin, PASSWORD))
    kept = await country.runtime("portal_pep").read(
        lambda session: session.execute(select(RegisterReplyRow)).all()
    )
    assert kept == []


async def test_registrations_at_the_same_time_make_one_account(country: RunningCountry) -> None:
    iin = country.stranger().iin
    told = await asyncio.gather(
        *(country.portal().register_citizen(iin, f"{PASSWORD}-{n}") for n in range(2)), return_exceptions=True
    )
    (made,) = (one for one in told if isinstance(one, dict))
    (error,) = (one for one in told if isinstance(one, ApiError))
    assert made["iin"] == iin
    assert (error.status, error.code) == (409, "already-registered")


@pytest.mark.parametrize("path", ["", "/form", "/authorities", "/questionnaire"])
async def test_service_that_is_unknown_has_no_pages(country: RunningCountry, path: str) -> None:
    error = await refused(country.portal().get(f"/api/v1/services/KZ-YUZ.99{path}"))
    assert (error.status, error.code) == (404, "regulation-unknown")
    assert set(error.body["texts"]) == {"ru", "kk", "en"}


async def test_region_that_is_unknown_has_no_services(country: RunningCountry) -> None:
    assert {one["id"] for one in await country.portal().list_services("KZ-YUZ")} == {
        f"KZ-YUZ.{n}" for n in range(1, 5)
    }
    assert await country.portal().list_services("KZ-NOWHERE") == []


async def test_application_to_nobody_is_refused_before_it_is_signed(country: RunningCountry) -> None:
    citizen = await country.citizen()
    service = await refused(citizen.portal.draft_application("KZ-YUZ.99", AUTHORITY, citizen.form))
    authority = await refused(citizen.portal.draft_application(SERVICE, "kz-yuz.employment.99", citizen.form))
    assert (service.status, service.code) == (404, "regulation-unknown")
    assert (authority.status, authority.code) == (404, "authority-unknown")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"regulation": "KZ-YUZ.99"}, 404, "regulation-unknown"),
        ({"region": "KZ-AKM"}, 403, "region-mismatch"),
        ({"region": "KZ-NO"}, 403, "region-mismatch"),
        ({"authority": "kz-yuz.employment.99"}, 404, "authority-unknown"),
        ({"applicant": "somebody"}, 422, "document-malformed"),
        ({"made_at": "2026-01-01T00:00:00"}, 422, "document-malformed"),
        ({"application_id": "../../etc/passwd"}, 422, "document-malformed"),
        ({"shoe_size": 43}, 422, "document-malformed"),
    ],
)
async def test_signed_document_that_says_something_impossible_is_refused(
    country: RunningCountry, change: dict[str, Any], status: int, code: str
) -> None:
    citizen = await country.citizen()
    document = json.loads(await citizen.draft())
    before = len(await citizen.portal.get_history())
    error = await refused(
        citizen.portal.submit_application(citizen.sign(json.dumps({**document, **change}).encode()))
    )
    assert (error.status, error.code) == (status, code)
    assert set(error.body["texts"]) == {"ru", "kk", "en"}
    assert len(await citizen.portal.get_history()) == before
    assert await country.operator("shep_gateway").list_journal(correlation_id=document["application_id"]) == []


async def test_signed_document_that_is_not_json_is_refused(country: RunningCountry) -> None:
    citizen = await country.citizen()
    error = await refused(citizen.portal.submit_application(citizen.sign(b"\xff\xfe a letter")))
    assert (error.status, error.code) == (422, "document-malformed")


async def test_signed_document_is_submitted_once_and_has_its_answer_again(country: RunningCountry) -> None:
    citizen = await country.citizen()
    draft = await citizen.draft()
    signed = citizen.sign(draft)
    told = await asyncio.gather(
        *(citizen.portal.submit_application(signed) for _ in range(3)), return_exceptions=True
    )
    (case,) = {one["id"] for one in told if isinstance(one, dict)}
    again = await citizen.portal.submit_application(signed)
    assert (again["id"], again["submitted_at"]) == (
        case,
        next(one for one in told if isinstance(one, dict))["submitted_at"],
    )
    error = await refused(citizen.portal.submit_application(citizen.sign(draft + b"\n")))
    assert (error.status, error.code) == (409, "application-already-submitted")
    await country.arrived(case)
    accepted = await country.operator("shep_gateway").list_journal(correlation_id=case, event="ACCEPTED")
    assert [one["message_type"] for one in accepted].count("REQUEST") == 1
    assert [one["id"] for one in await citizen.portal.get_history()].count(case) == 1


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"{", "body.1"),
        (b"[]", "body"),
        (b"{}", "body.iin"),
        (b'{"iin": 1, "password": "12345678"}', "body.iin"),
        (b'{"iin": "1", "password": "12345678", "admin": true}', "body.admin"),
    ],
)
async def test_malformed_request_names_the_field_and_repeats_no_value(
    country: RunningCountry, content: bytes, field: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await country.answer("portal_pep", "POST", "/api/v1/login", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert field in {fault["field"] for fault in answer.json()["fields"]}
    assert "12345678" not in answer.text


def announced() -> bytes:
    return b"x" * (MOST_BYTES + 1)


async def streamed() -> AsyncIterator[bytes]:
    for _ in range(11):
        yield b"x" * (MOST_BYTES // 10)


@pytest.mark.parametrize("body", [announced, streamed])
async def test_oversize_request_is_refused(
    country: RunningCountry, body: Callable[[], bytes | Iterator[bytes]]
) -> None:
    citizen = await country.citizen()
    before = len(await citizen.portal.get_history())
    headers = {"Content-Type": "application/json"}
    error = await refused(citizen.portal.call("POST", "/api/v1/applications", content=body(), headers=headers))
    assert (error.status, error.code) == (413, "request-too-large")
    assert len(await citizen.portal.get_history()) == before


@pytest.mark.parametrize("body", [announced, streamed])
async def test_oversize_request_is_told_so(
    country: RunningCountry, body: Callable[[], bytes | Iterator[bytes]]
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await country.answer("portal_pep", "POST", "/api/v1/login", content=body(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")
    assert set(answer.json()["texts"]) == {"ru", "kk", "en"}


async def test_application_of_another_person_is_shown_to_nobody(country: RunningCountry) -> None:
    owner, other = await country.citizen(), await country.citizen(is_even=False)
    case = await owner.apply()
    for path in ("", "/steps", "/output", "/output.cms", "/events"):
        await is_unknown(other, "GET", f"/api/v1/applications/{case}{path}")
    await is_unknown(other, "POST", f"/api/v1/applications/{case}/questionnaire", json={"1": 1, "2": 1})
    assert case not in {one["id"] for one in await other.portal.get_history()}
    assert case not in {one["application_id"] for one in await other.portal.list_notifications()}


async def is_unknown(citizen: Citizen, method: str, path: str, **how: Any) -> None:
    error = await refused(citizen.portal.call(method, path, **how))
    assert (error.status, error.code) == (404, "application-unknown"), path


async def test_unknown_path_is_a_problem_too(country: RunningCountry) -> None:
    answer = await country.answer("portal_pep", "GET", "/nothing", headers={"Accept-Language": "en;q=1, xx"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert answer.json()["detail"] == "There is nothing at this address"


async def test_wrong_method_is_answered_with_the_right_one(country: RunningCountry) -> None:
    answer = await country.answer("portal_pep", "DELETE", "/api/v1/login")
    assert (answer.status_code, answer.json()["status"]) == (405, 405)
    assert answer.headers["Allow"] == "OPTIONS, POST"


async def test_signature_in_pem_as_our_own_signer_writes_it_is_taken(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    signed = encode_pem(citizen.sign(await citizen.draft()))
    assert signed.startswith("-----BEGIN CMS-----\n")
    assert (await citizen.portal.post("/api/v1/applications", {"cms": signed}))["id"]
