"""The timeline of a case at ШЭП: as JSON, as text for Mermaid, and as a picture."""

from __future__ import annotations

import pytest
import pytest_asyncio
from lxml import etree

from shared.contracts.registers import PERSON_SERVICE
from tests.journeys.doors import join
from tests.journeys.kit import LIVING, RunningCountry, Served
from tests.pages.console_pages import open_operators_login

pytestmark = pytest.mark.asyncio(loop_scope="session")

SVG = "{http://www.w3.org/2000/svg}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def refused(brisk_country: RunningCountry) -> str:
    """The id of a case with an answered question and a refused message."""
    system = await join(brisk_country, "timeline-asker", asks=[PERSON_SERVICE])
    question = {
        "service_id": PERSON_SERVICE,
        "content": {"contract": "person-query/1", "data": {"iin": LIVING[7].iin}},
    }
    sent = await brisk_country.answer(
        "shep_gateway", "POST", "/api/v1/messages?wait=10", headers=system.headers, json=question
    )
    case = str(sent.json()["correlation_id"])
    foreign = {**question, "service_id": "is-cgo-citizen", "correlation_id": case}
    answer = await brisk_country.answer(
        "shep_gateway", "POST", "/api/v1/messages", headers=system.headers, json=foreign
    )
    assert answer.json()["code"] == "no-right"
    return case


async def drawn(country: RunningCountry, case: str, end: str, language: str = "ru") -> str:
    token = (country.folder / "shep_gateway" / "operator.token").read_text()
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
    answer = await country.answer("shep_gateway", "GET", f"/api/v1/cases/{case}/timeline{end}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_timeline_tells_the_way_of_every_message_through_all_systems(served: Served) -> None:
    entries = await served.country.operator("shep_gateway").get(f"/api/v1/cases/{served.case}/timeline")
    assert [entry["n"] for entry in entries] == sorted(entry["n"] for entry in entries)
    first = next(entry for entry in entries if entry["correlation_id"] == served.case)
    assert (first["sender"], first["message_type"], first["event"]) == ("portal_pep", "REQUEST", "ACCEPTED")
    (delivery,) = first["deliveries"]
    assert (delivery["recipient"], delivery["state"]) == ("is_mio", "DELIVERED")
    steps = {entry["step"] for entry in entries if entry["sender"] == "is_mio"}
    assert len(steps) >= 2, "the steps of the provider"
    assert "RESPONSE" in {entry["message_type"] for entry in entries}


async def test_silence_of_a_case_that_has_ended_is_told_with_its_outcome(served: Served) -> None:
    gateway = served.country.operator("shep_gateway")
    findings = (await gateway.get(f"/api/v1/explanations/{served.case}"))["findings"]
    (ended,) = [finding for finding in findings if finding["code"] == "case-ended"]
    assert ended["details"] == {"outcome": "granted"}
    assert ended["texts"] == {"ru": "Дело закончено", "kk": "Іс аяқталды", "en": "The case has ended"}


async def test_timeline_tells_a_refusal(brisk_country: RunningCountry, refused: str) -> None:
    question, answer, refusal = await brisk_country.operator("shep_gateway").get(
        f"/api/v1/cases/{refused}/timeline"
    )
    assert [entry["sender"] for entry in (question, answer, refusal)] == [
        "timeline-asker",
        "nr_iin",
        "timeline-asker",
    ]
    assert (refusal["event"], refusal["code"], refusal["deliveries"]) == ("REFUSED", "no-right", [])
    text = await drawn(brisk_country, refused, ".mmd", "en")
    lines = text.splitlines()
    assert lines[0] == "sequenceDiagram"
    assert [line.split(" as ")[1] for line in lines if " as " in line] == [
        "timeline-asker",
        "НР ИИН",
        "ШЭП (the gateway)",
    ]
    assert [line.strip().split(":")[0] for line in lines[5:]] == ["s1->>s2", "s2-->>s1", "s1-xs3"]
    assert "refused no-right" in " ".join(lines[-1].replace(":", " ").split())


async def test_timeline_picture_has_systems_arrows_and_words_of_the_readers_language(served: Served) -> None:
    root = etree.fromstring((await drawn(served.country, served.case, ".svg")).encode())
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"ПЭП", "ИС МИО", "доставлено"} <= set(texts)
    entries = await served.country.operator("shep_gateway").get(f"/api/v1/cases/{served.case}/timeline")
    arrows = [path for path in root.iter(f"{SVG}path") if path.get("class") == "arrow"]
    assert len(arrows) == sum(len(entry["deliveries"]) for entry in entries)
    assert "жеткізілді" in await drawn(served.country, served.case, ".svg", "kk")
    width, places = float(root.attrib["width"]), [float(text.attrib["x"]) for text in root.iter(f"{SVG}text")]
    assert 0 < min(places) <= max(places) < width


async def test_title_of_a_system_cannot_put_a_script_into_the_picture(
    brisk_country: RunningCountry, refused: str
) -> None:
    gateway = brisk_country.operator("shep_gateway")
    member = {"title": "<script>alert(1)</script>; drop", "is_regional": False, "is_active": True}
    before = next(row for row in await gateway.get("/api/v1/members") if row["address"] == "nr_iin")
    await gateway.call("PUT", "/api/v1/members/nr_iin", json=member)
    try:
        picture, text = await drawn(brisk_country, refused, ".svg"), await drawn(brisk_country, refused, ".mmd")
    finally:
        await gateway.call("PUT", "/api/v1/members/nr_iin", json={**member, "title": before["title"]})
    root = etree.fromstring(picture.encode())
    assert {etree.QName(element).localname for element in root.iter()} <= {
        "svg", "title", "style", "rect", "line", "g", "text", "path",
    }  # fmt: skip
    assert not {"<", ";"} & set(text)


async def test_console_shows_that_a_served_case_has_ended_and_draws_no_waiting_step(served: Served) -> None:
    login = await open_operators_login(served.country)
    page = await served.country.answer(
        "shep_gateway",
        "GET",
        f"/console/cases/{served.case}?lang=en",
        headers={"Cookie": f"egov-shep_gateway={login}"},
    )
    assert "The case has ended" in page.text
    assert "The case goes on" not in page.text
    assert 'class="bar"' in page.text
    assert 'class="span waiting"' not in page.text
    assert 'class="now"' not in page.text
