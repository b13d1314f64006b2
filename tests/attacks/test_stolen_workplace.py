"""Threat: somebody takes over an employee's account by way of its recovery with the ЭЦП.

Real keys and certificates of НУЦ: of the employee, of a colleague, of the person as a citizen or elsewhere, one
that has ended and one that НУЦ revoked.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.client import CertifiedPerson, certify_person
from shared.pki.certificates import keys
from tests.journeys.kit import AUTHORITY, EMPLOYEE_PASSWORD, OTHER_AUTHORITY, RunningCountry, refused
from tests.journeys.workplaces.test_manual_clerk import certify_employee

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEW_PASSWORD = "an-employee's-new-password"
PATH = "/api/v1/password/recovery"


async def ask(country: RunningCountry, path: str, body: Any) -> tuple[int, Any]:
    answer = await country.answer("is_mio", "POST", path, json=body)
    return answer.status_code, answer.json() if answer.content else None


async def proof(country: RunningCountry, iin: str, signer: CertifiedPerson, *, instance: str = "is_mio") -> str:
    """The challenge of a system for this person, signed by ``signer``; base64."""
    asked = {"iin": iin} if instance == "is_mio" else {"iin": iin, "purpose": "recovery"}
    challenge = await country.answer(instance, "POST", "/api/v1/challenges", json=asked)
    return b64encode(signer.sign(challenge.content, datetime.now(UTC))).decode()  # noqa: TID251 - the signer's clock


async def certify_ended(country: RunningCountry, employee: Any) -> CertifiedPerson:
    """A certificate of the employee that has ended."""
    nuc, fault = country.operator("is_nuc"), "/api/v1/faults/certificate-expired"
    await nuc.call("PUT", fault, json={"iin": employee["iin"], "count": 1})
    return await certify_employee(country, employee)


async def test_employee_with_a_lost_password_recovers_it_by_the_own_key_and_the_thief_is_out(
    country: RunningCountry,
) -> None:
    employee = await country.employee()
    thief = await country.works_as("is_mio", employee["iin"])
    cms = await proof(country, employee["iin"], await certify_employee(country, employee))
    body = {"iin": employee["iin"], "new_password": NEW_PASSWORD, "cms": cms}
    assert (await ask(country, PATH, {**body, "new_password": "short"}))[1]["code"] == "password-weak"
    cms = await proof(country, employee["iin"], await certify_employee(country, employee))
    assert await ask(country, PATH, {**body, "cms": cms}) == (204, None)
    assert (await refused(thief.list_cases())).code == "login-needed"
    status, told = await ask(country, PATH, {**body, "cms": cms})
    assert (status, told["code"]) == (403, "challenge-unknown"), "a proof is good once"
    old, new = ({"iin": employee["iin"], "password": word} for word in (EMPLOYEE_PASSWORD, NEW_PASSWORD))
    assert (await ask(country, "/api/v1/login", old))[0] == 401
    assert (await ask(country, "/api/v1/login", new))[1]["authority"] == AUTHORITY


async def test_account_of_an_employee_opens_to_no_other_certificate(country: RunningCountry) -> None:
    victim, colleague = await country.employee(OTHER_AUTHORITY), await country.employee()
    iin, own = victim["iin"], await certify_employee(country, victim)
    foreign = await certify_employee(country, colleague)
    citizen = await certify_person(
        country.url("is_nuc"), iin, victim["surname"], victim["name"], key=keys.new_ec_key()
    )
    revoked = await certify_employee(country, victim)
    await country.revoke(revoked.certificate)
    elsewhere = await certify_employee(country, {**victim, "authority": AUTHORITY})
    ended = await certify_ended(country, victim)
    attempts = {
        "a colleague's": ("eds-iin-mismatch", await proof(country, iin, foreign)),
        "the person's as a citizen": ("eds-purpose", await proof(country, iin, citizen)),
        "of another place of work": ("eds-bin-mismatch", await proof(country, iin, elsewhere)),
        "one that ended": ("eds-expired", await proof(country, iin, ended)),
        "a revoked one": ("eds-revoked", await proof(country, iin, revoked)),
        "the challenge of a colleague": ("challenge-unknown", await proof(country, colleague["iin"], own)),
        "the portal's challenge": ("challenge-unknown", await proof(country, iin, own, instance="portal_pep")),
    }
    for what, (code, cms) in attempts.items():
        status, told = await ask(country, PATH, {"iin": iin, "new_password": NEW_PASSWORD, "cms": cms})
        assert (status, told["code"]) == (403, code), what
    assert (await ask(country, "/api/v1/login", {"iin": iin, "password": EMPLOYEE_PASSWORD}))[0] == 200


async def test_challenge_and_recovery_tell_a_stranger_nothing_of_who_works_here(country: RunningCountry) -> None:
    stranger, employee = country.stranger(), await country.employee(OTHER_AUTHORITY)
    given = [await ask(country, "/api/v1/challenges", {"iin": iin}) for iin in (stranger.iin, employee["iin"])]
    assert [(status, sorted(document)) for status, document in given] == [(200, sorted(given[0][1]))] * 2
    signer = await country.certify(stranger)
    answers = [
        await ask(
            country, PATH, {"iin": iin, "new_password": NEW_PASSWORD, "cms": await proof(country, iin, signer)}
        )
        for iin in (stranger.iin, employee["iin"])
    ]
    assert [status for status, _ in answers] == [403, 403]
    assert "employee-unknown" not in [told["code"] for _, told in answers]
