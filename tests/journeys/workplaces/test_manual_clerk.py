"""An application handled by employees: the statuses at every stage, at every place that shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from markupsafe import escape
from pydantic_core import to_json

from shared.bus.messages import jws
from shared.client import CertifiedPerson
from shared.contracts.organisations import known_organisations
from shared.contracts.population import make_population
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.cms import signed_data
from shared.regulations.loader import load_passports
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.conformance import check_conformance
from shared.regulations.process.process_state import ProcessState
from tests.journeys.all_processes import journal
from tests.journeys.kit import AUTHORITY, PASSWORD, SERVICE, RunningCountry, eventually, refused
from tests.pages.console_pages import MARKUP, open_operators_login

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def on_board(country: RunningCountry, case: str, status: str) -> Any:
    """Wait for the line of ИС ЦОН's board with this status."""
    con = country.operator("is_con")
    return await eventually(lambda: con.get(f"/api/v1/board/{case}"), lambda row: row["status"] == status)


async def in_list(country: RunningCountry, case: str, stage: str) -> Any:
    """The case in ИС МИО's list of this stage."""
    clerk = await country.clerk()
    found = [one for one in await clerk.list_cases(stage) if one["correlation_id"] == case]
    assert len(found) == 1, f"not in the list of {stage}"
    return found[0]


async def certify_employee(country: RunningCountry, employee: Any) -> CertifiedPerson:
    """An employee's own key, certified by НУЦ at the request of the employer's system."""
    key = keys.new_ec_key()
    name = (employee["iin"], employee["surname"], employee["name"])
    place = known_organisations().get_by_office(employee["authority"])
    subject = profile.employee_subject(*name, organisation=place.name, bin_=place.bin)
    body = to_json({"csr": make_csr(key, subject).public_bytes(Encoding.PEM).decode()})
    identity = country.deployment.nodes["is_mio"].dependencies.identity
    assert identity is not None
    signature = jws.sign(identity.key, identity.thumbprint, body, {"to": "is_nuc"})
    headers = {"X-Signature": signature, "Content-Type": "application/json"}
    answer = await country.answer("is_nuc", "POST", "/api/v1/employees", content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    certificate = x509.load_pem_x509_certificate(answer.json()["certificate"].encode())
    return CertifiedPerson(employee["iin"], key, certificate)


async def test_status_of_every_stage_is_in_the_cabinet_on_the_board_and_in_the_list(
    country: RunningCountry,
) -> None:
    citizen, clerk = await country.citizen(), await country.clerk()
    case = await citizen.apply()

    received = await citizen.sees(case, "поступившие")
    await on_board(country, case, "поступившие с ПЭП")
    listed = await in_list(country, case, "received")
    assert received["number"] == listed["number"]
    assert received["number"].startswith(f"KZ-YUZ-{datetime.now(UTC).year}-")  # noqa: TID251

    accepted = await clerk.accept_case(received["number"])
    assert (accepted["stage"], accepted["employee"]) == ("in-work", (await country.employee())["iin"])
    assert (await citizen.portal.get_application(case))["status"] == "поступившие"
    await in_list(country, case, "in-work")

    decided = await clerk.decide_case(received["number"], "positive")
    assert (decided["stage"], decided["outcome"]) == ("decided", "positive")
    assert (await citizen.sees(case, "в работе"))["outcome"] is None
    assert (await on_board(country, case, "в работе"))["number"] == received["number"]
    await in_list(country, case, "decided")

    signed = await clerk.sign_decision(received["number"])
    assert signed["stage"] == "completed"
    assert (await citizen.sees(case, "завершение оказания услуги"))["outcome"] == "positive"
    await on_board(country, case, "исполнение")
    await in_list(country, case, "completed")


async def test_window_of_any_centre_tells_the_status_and_the_executors_words_on_request(
    country: RunningCountry,
) -> None:
    """Clause 10 of the act: the status is told at МИО or ЦОН too; the executor's free text goes to «Уведомления»
    of the cabinet and to ИИС ЦОН (the output forms of the act, «Уведомления, предоставляемые потребителю»).
    """
    citizen, clerk = await country.citizen(), await country.clerk()
    case = await citizen.apply()
    await country.arrived(case)
    number = (await clerk.accept_case(case))["number"]
    words = "Справка готовится, подойдите с удостоверением личности"
    await clerk.post(f"/api/v1/cases/{case}/steps/t6", {"answer": "granted", "text": words})
    await citizen.sees(case, "в работе")
    told = next(row for row in await citizen.portal.list_notifications() if row["application_id"] == case)
    assert (told["status"], told["reason"]) == ("в работе", words)
    assert words in told["text"]

    staff = await country.operator("is_con").get("/api/v1/employees")
    for someone in (staff[0], staff[-1]):
        window = await country.works_as("is_con", someone["iin"])
        await on_board(country, case, "в работе")
        status = await window.get(f"/api/v1/statuses/{number}")
        assert (status["correlation_id"], status["status"]) == (case, "в работе")
        assert [row["words"] for row in status["words"]] == [words]
        assert citizen.person.iin not in str(status)
    assert (await refused(window.get("/api/v1/statuses/KZ-YUZ-2026-9999999"))).code == "case-unknown"
    stranger = await country.answer("is_con", "GET", f"/api/v1/statuses/{number}")
    assert stranger.status_code == 401


async def test_steps_that_all_systems_did_agree_with_the_regulation(country: RunningCountry) -> None:
    citizen, clerk = await country.citizen(), await country.clerk()
    graph = PassportBook.load().get_graph(SERVICE, "portal")
    case = await citizen.apply()
    await country.arrived(case)
    begun = await journal(country, case, citizen.portal)
    assert {step.step for step in begun if step.step.startswith("t")} == {"t1", "t2", "t3", "t4"}
    assert check_conformance(graph, begun, is_finished=False) == []

    await clerk.accept_case(case)
    await clerk.decide_case(case, "positive")
    await clerk.sign_decision(case)
    steps = await eventually(
        lambda: journal(country, case, citizen.portal), lambda told: ProcessState(graph, told).end_node is not None
    )
    assert check_conformance(graph, steps) == []


async def test_refusal_gives_the_reason_in_the_clerks_words(country: RunningCountry) -> None:
    citizen, clerk = await country.citizen(), await country.clerk()
    case = await citizen.apply()
    await country.arrived(case)
    await clerk.accept_case(case)
    await clerk.decide_case(case, "negative", "не приложены документы")
    await clerk.sign_decision(case)
    await citizen.is_served(case)
    document = (await citizen.portal.get_output(case))["document"]
    assert (document["outcome"], document["reason"]) == ("negative", "не приложены документы")
    assert "не приложены документы" in document["text"]


async def test_markup_in_the_words_of_a_refusal_is_shown_as_text_to_citizen_and_operator(
    country: RunningCountry,
) -> None:
    citizen, clerk = await country.citizen(), await country.clerk()
    case = await citizen.apply()
    await country.arrived(case)
    await clerk.accept_case(case)
    await clerk.decide_case(case, "negative", MARKUP, MARKUP)
    await clerk.sign_decision(case)
    await citizen.is_served(case)
    login = await citizen.portal.log_in(citizen.person.iin, PASSWORD)
    cookie = {"Cookie": f"egov-portal_pep={login}"}
    pages = [await country.answer("portal_pep", "GET", f"/cabinet/cases/{case}", headers=cookie)]
    cookie = {"Cookie": f"egov-shep_gateway={await open_operators_login(country)}"}
    entries = await country.operator("shep_gateway").list_journal(correlation_id=case, sender="is_mio")
    (result,) = [entry["n"] for entry in entries if entry["message_type"] == "RESPONSE"]
    pages.append(await country.answer("shep_gateway", "GET", f"/console/journal/{result}", headers=cookie))
    for page in pages:
        assert page.status_code == 200
        assert MARKUP not in page.text
        assert str(escape(MARKUP)) in page.text


async def test_employee_may_sign_with_a_key_of_his_own(country: RunningCountry) -> None:
    citizen, clerk = await country.citizen(), await country.clerk()
    signer = await certify_employee(country, await country.employee())
    case = await citizen.apply()
    await country.arrived(case)
    await clerk.accept_case(case)
    await clerk.decide_case(case, "positive")
    draft = await clerk.get_draft(case)
    await clerk.sign_decision(case, signer.sign(draft, datetime.now(UTC)))  # noqa: TID251 - his own clock
    await citizen.is_served(case)
    output = signed_data.open_signed(await citizen.portal.get_output_cms(case))
    assert output.content == draft
    assert output.certificate == signer.certificate


async def test_workplace_key_names_the_employee_and_his_authority(country: RunningCountry) -> None:
    citizen, clerk, employee = await country.citizen(), await country.clerk(), await country.employee()
    case = await citizen.apply()
    await country.arrived(case)
    await clerk.accept_case(case)
    await clerk.decide_case(case, "positive")
    await clerk.sign_decision(case)
    await citizen.is_served(case)
    output = await citizen.portal.get_output(case)
    assert output["signer"]["name"] == f"{employee['surname']} {employee['name']}".upper()
    assert output["signer"]["organisation"] == output["document"]["authority"]
    assert output["document"]["authority"].endswith("города Шымкент")


async def test_output_document_is_not_shown_before_it_is_signed(country: RunningCountry) -> None:
    citizen, clerk = await country.citizen(), await country.clerk()
    case = await citizen.apply()
    await country.arrived(case)
    await clerk.accept_case(case)
    await clerk.decide_case(case, "positive")
    told = await citizen.sees(case, "в работе")
    for ask in (citizen.portal.get_output(case), citizen.portal.get_output_cms(case)):
        error = await refused(ask)
        assert (error.status, error.code) == (404, "no-output")
    early = await refused(citizen.portal.answer_questionnaire(case, {1: 1, 2: 1}))
    assert (early.status, early.code) == (409, "questionnaire-early")
    assert told["outcome"] is None


async def test_centres_board_holds_no_personal_data(country: RunningCountry) -> None:
    citizen = await country.citizen()
    case = await citizen.apply()
    await country.arrived(case)
    row = await country.operator("is_con").get(f"/api/v1/board/{case}")
    assert row["authority"] == AUTHORITY
    assert not {citizen.person.iin, citizen.person.surname, citizen.person.name} & set(map(str, row.values()))


async def test_employees_are_other_people_than_the_citizens(country: RunningCountry) -> None:
    staff = await country.operator("is_mio").get("/api/v1/employees")
    offices = {office.code for passport in load_passports() for office in passport.directories.departments}
    assert {one["authority"] for one in staff} == offices
    assert not {one["iin"] for one in staff} & {person.iin for person in make_population(1, 1000)}
