"""KZ-ATY.2: the guarantee documents that the citizen sends from the portal, and a commission that refuses."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.documents import read_supplement
from shared.pki.cms import signed_data
from shared.regulations.process.conformance import check_conformance
from tests.journeys.all_processes import PAPERS, Way, apply, ended, settled
from tests.journeys.kit import Citizen, RunningCountry, eventually, refused
from tests.journeys.step_records import fill_record

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

ISSUE = Way("KZ-ATY.2", "portal", "employer-issue", is_granted=True)
REISSUE = Way("KZ-ATY.2", "portal", "worker-reissue", is_granted=True)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a citizen looks at his own clock


async def is_asked(citizen: Citizen, case: str) -> Any:
    (question,) = await eventually(lambda: citizen.portal.get_open_question(case), bool)
    return question


async def draft_of(citizen: Citizen, case: str, step: str) -> bytes:
    path = f"/api/v1/applications/{case}/steps/{step}/draft"
    return (await citizen.portal.call("POST", path, json={"attachments": PAPERS})).content


async def send(citizen: Citizen, case: str, step: str, signed: bytes | None, answer: str = "received") -> Any:
    body = {"answer": answer, "cms": signed and b64encode(signed).decode()}
    return await citizen.portal.post(f"/api/v1/applications/{case}/steps/{step}", body)


async def staff_of(country: RunningCountry) -> list[Any]:
    return list(await country.operator("gbd_elicense").get("/api/v1/employees"))


@pytest.mark.parametrize("way", [ISSUE, REISSUE], ids=str)
async def test_papers_signed_reach_the_authority_and_the_permit_is_issued(
    brisk_country: RunningCountry, way: Way
) -> None:
    citizen = await brisk_country.newcomer()
    case = await apply(citizen, way)
    question = await is_asked(citizen, case)
    assert (question["choose"], question["papers"]) == (["received"], True)
    assert "гарантирующих выезд" in question["text"]
    assert (await citizen.portal.list_notifications())[0]["kind"] == "asked"
    (waiting,) = await brisk_country.operator("gbd_elicense").get("/api/v1/deadlines/cases", step=question["step"])
    assert (waiting["case"], waiting["is_applicants"]) == (case, True)
    await is_explained(brisk_country, case, question["step"])
    desk = await brisk_country.works_as("gbd_elicense", (await staff_of(brisk_country))[0]["iin"])
    early = await refused(desk.get(f"/api/v1/cases/{case}/supplement"))
    assert (early.status, early.code) == (404, "no-supplement")
    signed = citizen.signer.sign(await draft_of(citizen, case, question["step"]), now())
    await send(citizen, case, question["step"], signed)
    assert (await settled(citizen, case))["outcome"] == "positive"
    kept = (await desk.call("GET", f"/api/v1/cases/{case}/supplement")).content
    assert kept == signed
    assert read_supplement(signed_data.open_signed(kept).content).attachments[0].name == PAPERS[0]["name"]
    assert await citizen.portal.get_document_cms(case, "supplement") == signed
    end, steps = await ended(brisk_country, way, case, citizen.portal)
    assert (end.end, check_conformance(way.graph, steps)) == ("completed", [])
    again = await refused(draft_of(citizen, case, question["step"]))
    assert (again.status, again.code) == (409, "step-already-done")


async def is_explained(country: RunningCountry, case: str, step: str) -> None:
    """ШЭП says that the case waits for its applicant."""
    explanation = await country.operator("shep_gateway").get(f"/api/v1/explanations/{case}")
    (waiting,) = [each for each in explanation["findings"] if each["code"] == "step-of-applicant"]
    assert step.endswith(waiting["details"]["step"])
    for tag, words in (("ru", "ждёт заявителя"), ("kk", "өтініш берушіні"), ("en", "waits for the applicant")):
        assert words in waiting["texts"][tag]


async def test_papers_are_an_answer_only_if_the_applicant_signed_his_own(brisk_country: RunningCountry) -> None:
    citizen, other = await brisk_country.newcomer(), await brisk_country.newcomer()
    case = await apply(citizen, ISSUE)
    step = (await is_asked(citizen, case))["step"]
    draft = await draft_of(citizen, case, step)
    good = citizen.signer.sign(draft, now())
    attempts = {
        "papers-needed": send(citizen, case, step, None),
        "eds-iin-mismatch": send(citizen, case, step, other.signer.sign(draft, now())),
        "document-malformed": send(citizen, case, step, citizen.signer.sign(b"{}", now())),
        "other-document": send(citizen, case, step, citizen.signer.sign(draft.replace(b"p10", b"p11"), now())),
        "answer-needed": send(citizen, case, step, good, "met"),
        "application-unknown": send(
            other,
            case,
            step,
            other.signer.sign(draft.replace(citizen.person.iin.encode(), other.person.iin.encode()), now()),
        ),
        "step-not-found": draft_of(citizen, case, "p10"),
        "request-malformed": citizen.portal.post(f"/api/v1/applications/{case}/steps/{step}/draft", {}),
    }
    for code, attempt in attempts.items():
        error = await refused(attempt)
        assert error.code == code
        assert set(error.body["texts"]) == {"ru", "kk", "en"}
    assert (await is_asked(citizen, case))["step"] == step


async def test_commission_that_is_against_ends_the_case_with_its_reason(country: RunningCountry) -> None:
    citizen, why = await country.newcomer(), "квота исчерпана"
    case = await apply(citizen, ISSUE)
    people = [(await country.works_as("gbd_elicense", one["iin"]), one["role"]) for one in await staff_of(country)]

    async def go_on() -> Any:
        for desk, role in people:
            if all(row["correlation_id"] != case for row in await desk.list_cases()):
                continue
            for todo in await desk.get(f"/api/v1/cases/{case}/todo"):
                if todo["is_here"] and role in todo["roles"]:
                    answers = {(): {}, ("met", "unmet"): {"answer": "met"}}
                    against = {"answer": "refused", "reason": why}
                    answer = answers.get(tuple(todo["choose"]), against)
                    record = fill_record(todo, citizen.person.iin)
                    await desk.post(f"/api/v1/cases/{case}/steps/{todo['step']}", {**answer, **record})
        return await citizen.portal.get_application(case)

    told = await eventually(go_on, lambda row: row["outcome"] is not None)
    assert (told["outcome"], told["reason"]) == ("negative", why)
    assert (await citizen.portal.get_output(case))["document"]["outcome"] == "negative"
    end, steps = await ended(country, ISSUE, case, citizen.portal)
    assert (end.end, check_conformance(ISSUE.graph, steps)) == ("refused", [])
    assert next(one.answer for one in steps if one.step == "p4") == "refused"
