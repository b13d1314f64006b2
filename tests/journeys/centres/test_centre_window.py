"""A visitor at a service centre: the queue, the documents, the answers of registers, the расписка."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest

from shared.contracts.identifiers import make_iin
from shared.contracts.local_time import KAZAKHSTAN
from tests.journeys.centre import PAPERS, Centre
from tests.journeys.kit import RunningCountry, eventually, refused

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


async def test_queue_visitor_draws_a_number_is_called_and_his_papers_close_the_number(
    country: RunningCountry,
) -> None:
    centre = await Centre.of(country, "KZ-ATY.6")
    wanted = {"centre": "kz.con.01", "regulation": "KZ-ATY.6"}
    drawn = (await country.answer("is_con", "POST", "/api/v1/queue/tickets", json=wanted)).json()
    assert (drawn["state"], drawn["number"][:2], drawn["ahead"]) == ("waiting", "А-", 0)
    assert drawn["due_at"] is not None
    called = await centre.desk.post("/api/v1/queue/call", {"window": "3"})
    assert (called["number"], called["window"]) == (drawn["number"], "3")
    seen = (await country.answer("is_con", "GET", "/api/v1/queue/screens/kz.con.01")).json()
    assert {"number": drawn["number"], "state": "called", "window": "3"} in seen
    again = await centre.desk.post(f"/api/v1/queue/{drawn['number']}/recall", {})
    assert again["recalled_at"] >= again["called_at"]
    busy = await refused(centre.desk.post("/api/v1/queue/call", {"window": "3"}))
    assert busy.code == "window-busy"
    case = await centre.begun(country.stranger(), ticket=drawn["number"])
    closed = (await country.answer("is_con", "GET", f"/api/v1/queue/tickets/{drawn['id']}")).json()
    assert (closed["state"], closed["case"]) == ("served", case)
    nobody = await refused(centre.desk.post("/api/v1/queue/call", {"window": "3"}))
    assert (nobody.status, nobody.code) == (404, "queue-empty")


async def test_queue_number_that_was_not_called_takes_nobody_in(country: RunningCountry) -> None:
    centre = await Centre.of(country, "KZ-AKM.5")
    wanted = {"centre": "kz.con.01", "purpose": "result"}
    drawn = (await country.answer("is_con", "POST", "/api/v1/queue/tickets", json=wanted)).json()
    person = country.stranger()
    early = await refused(centre.takes_in(person.iin, ticket=drawn["number"]))
    assert early.code == "ticket-not-called"
    assert (await refused(centre.takes_in(person.iin, ticket="А-999"))).code == "ticket-unknown"
    uncalled = await refused(centre.desk.post(f"/api/v1/queue/{drawn['number']}/recall", {}))
    assert uncalled.code == "ticket-not-called"
    gone = await country.answer("is_con", "POST", f"/api/v1/queue/tickets/{drawn['id']}/leave")
    assert gone.json()["state"] == "left"
    assert await centre.takes_in(person.iin)


async def test_receipt_of_the_act_is_given_for_papers_handed_in(country: RunningCountry) -> None:
    centre, person = await Centre.of(country, "KZ-AKM.5"), country.stranger()
    contact = {"name": "Проверочный Проверяющий", "phone": "87252000000"}
    case = await centre.begun(person, attachments=PAPERS, contact=contact)
    assert await centre.about(case, "receipts") == []
    await centre.step(case, "w3", answer="complete")
    await centre.step(case, "w4")
    (receipt,) = await centre.about(case, "receipts")
    values = {line["label"]: line["value"] for line in receipt["lines"]}
    assert list(values) == list(next(one for one in centre.way.passport.receipts if one.channel == "con").holds)
    assert values["количество и названия приложенных документов"] == "1: справка с места учёбы.pdf"
    assert "Проверочный Проверяющий, 87252000000" in list(values.values())[5]
    ready = re.search(r"не позднее (\d\d\.\d\d\.\d{4} \d\d:\d\d), ", list(values.values())[3])
    assert ready is not None, values
    at = datetime.strptime(ready[1], "%d.%m.%Y %H:%M").replace(tzinfo=KAZAKHSTAN)
    assert 10 <= (at - datetime.fromisoformat(receipt["made_at"])).days <= 25  # nine working days, and holidays
    found = await country.answer("is_con", "GET", f"/api/v1/receipts/{receipt['number']}")
    assert found.json() == receipt
    page = await country.answer("is_con", "GET", f"/api/v1/receipts/{receipt['number']}/page?lang=kk")
    assert "Тиісті құжаттардың қабылданғаны туралы қолхат" in page.text
    assert receipt["number"] in page.text
    other = await country.answer("is_con", "GET", f"/api/v1/receipts/{receipt['number'][:-1]}")
    assert other.json()["code"] == "receipt-unknown"


@pytest.mark.parametrize(
    ("regulation", "kinds"),
    [("KZ-AKM.2", {"missing", "refused"}), ("KZ-AKM.12", {"missing"}), ("KZ-AKM.5", {"refused"})],
)
async def test_receipts_of_the_act_turn_away_a_visitor_who_lacks_a_paper(
    country: RunningCountry, regulation: str, kinds: set[str]
) -> None:
    centre = await Centre.of(country, regulation)
    told = await centre.takes_in(country.stranger().iin, missing=["удостоверение личности"])
    assert (told["stage"], told["outcome"]) == ("completed", "negative")
    assert told["reason"] == "не представлены документы: удостоверение личности"
    receipts = await centre.about(told["correlation_id"], "receipts")
    assert {one["kind"] for one in receipts} == kinds
    assert all(one["lines"][-1]["value"] == "удостоверение личности" for one in receipts)


async def test_receipt_that_the_act_lacks_lets_nothing_begin_without_the_papers(country: RunningCountry) -> None:
    centre, person = await Centre.of(country, "KZ-ATY.6"), country.stranger()
    told = await refused(centre.takes_in(person.iin, missing=["удостоверение личности"]))
    assert (told.status, told.code, told.body["missing"]) == (403, "papers-missing", ["удостоверение личности"])
    assert await centre.takes_in(person.iin)


async def test_receipt_names_papers_found_missing_at_the_comparison(country: RunningCountry) -> None:
    centre = await Centre.of(country, "KZ-AKM.12")
    case = await centre.begun(country.stranger())
    assert (await refused(centre.step(case, "w3", answer="incomplete"))).code == "reason-missing"
    told = await centre.step(case, "w3", answer="incomplete", missing=["трудовая книжка"])
    assert told["reason"] == "не представлены документы: трудовая книжка"
    (receipt,) = await centre.about(case, "receipts")
    assert receipt["lines"][-1]["value"] == "трудовая книжка"


async def test_visitor_unknown_to_the_register_of_people_gets_the_acts_refusal(country: RunningCountry) -> None:
    iin = next(made for n in range(9) if (made := make_iin(date(1851, 2, 3), female=True, serial=9000 + n)))
    centre = await Centre.of(country, "KZ-ATY.6")
    told = await centre.ended((await centre.takes_in(iin))["correlation_id"])
    assert told["outcome"] == "negative"
    assert told["reason"].endswith("получить их невозможно (НР ИИН)")
    assert await centre.about(told["correlation_id"], "receipts") == []


@pytest.mark.parametrize("flaw", ["unknown", "somebody-else", "run-out", "revoked"])
async def test_representative_without_a_power_in_force_is_refused(country: RunningCountry, flaw: str) -> None:
    powers = await country.operator("enis").get("/api/v1/powers")
    held = [one for one in powers if _suits(one, flaw)]
    power = held[-1]
    number = "E-999999" if flaw == "unknown" else power["number"]
    attorney = country.stranger().iin if flaw == "somebody-else" else power["attorneyIin"]
    centre = await Centre.of(country, "KZ-ATY.7")
    agent = {"iin": attorney, "power_number": number}
    told = await centre.takes_in(power["principalIin"], representative=agent)
    ended = await centre.ended(told["correlation_id"])
    assert ended["outcome"] == "negative"
    assert "ЕНИС" in ended["reason"].rsplit("(", 1)[1]


def _suits(power: dict[str, str], flaw: str) -> bool:
    if flaw == "revoked":
        return bool(power["isRevoked"])
    n = int(power["number"][2:]) - 1
    return n % 5 == (3 if flaw == "run-out" else {"unknown": 0, "somebody-else": 1}[flaw])


async def test_worker_compares_with_what_the_registers_answered(country: RunningCountry) -> None:
    centre, person = await Centre.of(country, "KZ-AKM.5"), country.stranger()
    case = await centre.begun(person)
    found = await eventually(
        lambda: centre.about(case, "answers"), lambda told: bool(told) and all(one["answer"] for one in told)
    )
    (citizen,) = [one for one in found if one["register"] == "is_cgo"]
    assert (citizen["step"], citizen["answer"]["iin"]) == ("w2", person.iin)
    assert citizen["answered_at"] >= citizen["asked_at"]


async def test_state_body_that_never_answers_holds_no_case_up(country: RunningCountry) -> None:
    centre, person = await Centre.of(country, "KZ-AKM.5"), country.stranger()
    conduct = f"/api/v1/conduct/{person.iin}"
    await country.operator("is_cgo").call("PUT", conduct, json={"mode": "silent"})
    case = await centre.begun(person)
    await eventually(
        lambda: country.operator("is_cgo").get("/api/v1/questions", iin=person.iin), lambda told: len(told) == 1
    )
    (asked,) = [one for one in await centre.about(case, "answers") if one["register"] == "is_cgo"]
    assert (asked["answer"], asked["answered_at"]) == (None, None)
    await centre.step(case, "w3", answer="complete")
    assert (await centre.step(case, "w4"))["stage"] != "completed"
