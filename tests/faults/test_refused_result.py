"""A result that the front refuses comes back to the provider as a fault that people see, and is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.workplace.people.keys import SigningKeys
from shared.workplace.records import storage
from tests.journeys.kit import (
    AUTHORITY,
    EMPLOYEE_PASSWORD,
    OTHER_AUTHORITY,
    RunningCountry,
    eventually,
    refused,
    running,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = ("is_nuc", "nr_iin", "portal_pep", "shep_gateway", "rshep_yuz", "is_mio", "is_con")
SERVICE_TYPE = "unemployment-certificate"
SAID = {
    "ru": "Результат не принят: Сертификат отозван.",
    "kk": "Нәтиже қабылданбады: Сертификат кері қайтарып алынған.",
    "en": "The result was not accepted: The certificate has been revoked.",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country in which every employee of two authorities has a revoked certificate.

    The certificates are revoked before any message makes a system read the revocation list.
    """
    environment = {"EGOV_CLERKS": "manual", "EGOV_EMPLOYEE_KEYS": "ec"}
    async with running(tmp_path_factory.mktemp("refused"), names=NAMES, environment=environment) as made:
        for authority in (AUTHORITY, OTHER_AUTHORITY):
            await revoke_employees(made, authority)
        yield made


async def revoke_employees(country: RunningCountry, authority: str) -> None:
    mio = country.runtime("is_mio")
    for row in await mio.read(lambda session: storage.employees_of(session, authority)):
        signer = await asyncio.to_thread(mio.resource(SigningKeys).find_signer, row, mio.now)
        await country.revoke(signer.certificate)


async def problems(country: RunningCountry) -> list[Any]:
    answer = await country.answer("is_mio", "GET", "/readyz")
    assert answer.status_code == 200
    return list(answer.json().get("problems", []))


async def offers_sending(country: RunningCountry, case: str) -> tuple[bool, bool]:
    """Whether the page of sending a result again has its form, and whether it says that nothing was refused."""
    employee = await country.employee()
    token = (await country.answer("is_mio", "POST", "/api/v1/login", json=credentials(employee))).json()["token"]
    headers = {"Cookie": f"egov-is_mio={token}", "Accept": "text/html"}
    page = await country.answer("is_mio", "GET", f"/cases/{case}/resend?lang=en", headers=headers)
    assert page.status_code == 200
    return 'action="../../cases' in page.text, "there is nothing to send again" in page.text


def credentials(employee: Any) -> dict[str, str]:
    return {"iin": employee["iin"], "password": EMPLOYEE_PASSWORD}


async def test_employee_sees_a_refused_result_and_sends_it_again_signed_anew(country: RunningCountry) -> None:
    citizen, clerk = await country.newcomer(), await country.clerk()
    case = await citizen.apply()
    await country.arrived(case)
    await clerk.accept_case(case)
    await clerk.decide_case(case, "positive")
    assert (await refused(clerk.resend_result(case))).code == "nothing-to-resend"
    assert await offers_sending(country, case) == (False, True)
    signed = await clerk.sign_decision(case)
    assert signed["refusals"] == []

    shown = await eventually(lambda: clerk.get_case(case), lambda view: bool(view["refusals"]))
    (refusal,) = shown["refusals"]
    assert (refusal["code"], refusal["recipient"], refusal["step"]) == ("eds-revoked", "portal_pep", "t12")
    assert (refusal["message_type"], refusal["texts"], refusal["resent_at"]) == ("RESPONSE", SAID, None)
    (listed,) = await clerk.get("/api/v1/cases", refused=True)
    assert (listed["correlation_id"], listed["refusals"]) == (case, [refusal])
    (told,) = await country.operator("is_mio").get("/api/v1/refusals")
    assert (told["correlation_id"], told["message_id"]) == (case, refusal["message_id"])
    (problem,) = await eventually(lambda: problems(country), bool)  # checked once a second, whoever asks
    assert (problem["code"], problem["details"], set(problem["texts"])) == (
        "results-refused",
        {"count": "1"},
        {"ru", "kk", "en"},
    )
    metrics = (await country.answer("is_mio", "GET", "/metrics")).text
    assert 'egov_readiness_problem{code="results-refused"} 1' in metrics
    assert (await citizen.portal.get_application(case))["outcome"] is None

    assert await offers_sending(country, case) == (True, False)
    again = await clerk.resend_result(case)
    assert again["refusals"][0]["resent_at"] is not None
    assert (await citizen.is_served(case))["outcome"] == "positive"
    assert await citizen.portal.get_output(case)
    assert (await refused(clerk.resend_result(case))).code == "nothing-to-resend"
    assert await clerk.get("/api/v1/cases", refused=True) == []
    assert await eventually(lambda: problems(country), lambda now: now == []) == []


async def test_clerks_of_a_machine_send_a_refused_result_again_by_themselves(country: RunningCountry) -> None:
    rules = {"rules": [{"service": SERVICE_TYPE, "policy": "instant"}]}
    await country.operator("is_mio").call("PUT", "/api/v1/clerks", json=rules)
    citizen = await country.newcomer()
    case = await citizen.apply(OTHER_AUTHORITY)
    assert (await citizen.is_served(case))["outcome"] == "positive"
    (letter,) = await country.operator("portal_pep").get("/api/v1/dead-letters", correlation_id=case)
    assert letter["code"] == "eds-revoked"
