"""The console over HTTP, as a browser without a script has it: logins, forms, refusals, other sites."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update

from services.shep_gateway.console.console_sessions import ConsoleSessionRow
from shared.bus.http.tls import server_check
from shared.contracts.registers import PERSON_SERVICE
from shared.sandbox.country.country_reset import SEEDED, CountryReset
from tests.journeys.doors import join
from tests.journeys.kit import RunningCountry, eventually, running
from tests.pages.console_pages import MARKUP, ROOM, ConsoleContent, prepare_console

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKEN_FIELD = re.compile(r'name="form-token" value="([0-9a-f]{32})"')


class ConsoleVisitor:
    """A browser without a script: keeps cookies, follows redirects, sends the forms' token."""

    def __init__(self, country: RunningCountry, http: httpx.AsyncClient) -> None:
        self.country = country
        self.http = http

    async def open(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(self.country.url("shep_gateway") + path, headers=headers)

    async def send(self, page: str, path: str, **fields: str) -> httpx.Response:
        """Open ``page`` and send a form of it to ``path``."""
        found = TOKEN_FIELD.search((await self.open(page)).text)
        assert found is not None, page
        return await self.post(path, {"form-token": found[1], **fields})

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        return await self.http.post(self.country.url("shep_gateway") + path, data=fields, headers=headers)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[RunningCountry, ConsoleContent]]:
    async with running(tmp_path_factory.mktemp("console"), environment=dict(ROOM.settings)) as country:
        yield country, await prepare_console(country)


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(stage: tuple[RunningCountry, ConsoleContent]) -> AsyncIterator[ConsoleVisitor]:
    async with httpx.AsyncClient(timeout=30, follow_redirects=True, verify=server_check("http://")) as http:
        yield ConsoleVisitor(stage[0], http)


@pytest_asyncio.fixture(loop_scope="session")
async def operator(stranger: ConsoleVisitor, stage: tuple[RunningCountry, ConsoleContent]) -> ConsoleVisitor:
    token = (stage[0].folder / "shep_gateway" / "operator.token").read_text()
    answer = await stranger.send("/console/login", "/console/login", token=token)
    assert answer.url.path == "/console"
    return stranger


async def test_console_leads_a_stranger_to_the_login_and_back(stranger: ConsoleVisitor) -> None:
    answer = await stranger.open("/console/journal?region=KZ-YUZ")
    assert answer.url.path == "/console/login"
    assert parse_qs(urlsplit(str(answer.url)).query)["next"] == ["console/journal?region=KZ-YUZ"]


async def test_console_refuses_a_wrong_token_in_the_form(stranger: ConsoleVisitor) -> None:
    answer = await stranger.send("/console/login", "/console/login", token="wrong")
    assert answer.status_code == 422
    assert 'id="fault-token"' in answer.text
    assert (await stranger.open("/console")).url.path == "/console/login"


async def test_console_opens_without_a_token_on_ones_own_machine(stranger: ConsoleVisitor) -> None:
    assert (await stranger.send("/console/login", "/console/enter")).url.path == "/console"


async def test_console_opens_to_nobody_under_a_name_of_somebody_else(stranger: ConsoleVisitor) -> None:
    """A page that has bound its own name to this machine's address reads nothing here (DNS rebinding)."""
    login = await stranger.open("/console/login", Host="evil.example")
    found = TOKEN_FIELD.search(login.text)
    assert found is not None
    assert "/console/enter" not in login.text
    answer = await stranger.post("/console/enter", {"form-token": found[1]}, Host="evil.example")
    assert answer.status_code == 403


async def test_login_ends_with_its_time_and_with_the_log_out(
    operator: ConsoleVisitor, stage: tuple[RunningCountry, ConsoleContent]
) -> None:
    assert (await operator.open("/console")).url.path == "/console"

    def end_all(uow: Any) -> None:
        uow.session.execute(update(ConsoleSessionRow).values(ends_at=uow.machine_now))

    await stage[0].runtime("shep_gateway").write(end_all)
    assert (await operator.open("/console")).url.path == "/console/login"


async def test_form_of_another_site_changes_nothing(operator: ConsoleVisitor) -> None:
    found = TOKEN_FIELD.search((await operator.open("/console/sandbox")).text)
    assert found is not None
    fields = {"form-token": found[1], "name": "ocsp-silent", "act": "start", "percent": "100"}
    foreign = await operator.post("/console/sandbox/faults", fields, **{"Sec-Fetch-Site": "cross-site"})
    without = await operator.post("/console/sandbox/faults", {**fields, "form-token": "0" * 32})
    assert (foreign.status_code, without.status_code) == (403, 403)
    assert "ocsp-silent" not in str(await operator.country.operator("is_nuc").get("/api/v1/faults"))


async def test_page_of_the_console_cannot_be_framed_or_cached(operator: ConsoleVisitor) -> None:
    headers = (await operator.open("/console/journal")).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


async def test_text_of_a_message_is_shown_as_text(operator: ConsoleVisitor) -> None:
    answer = await operator.open("/console/journal?any_id=" + "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    assert MARKUP not in answer.text
    assert "&lt;img" in answer.text


async def test_data_of_a_journaled_message_is_shown_as_text(operator: ConsoleVisitor) -> None:
    country = operator.country
    asker = await join(country, "markup-asker", asks=[PERSON_SERVICE])
    question = {"service_id": PERSON_SERVICE, "content": {"contract": "person-query/1", "data": {"iin": MARKUP}}}
    sent = await country.answer("shep_gateway", "POST", "/api/v1/messages", headers=asker.headers, json=question)
    assert sent.status_code == 201, sent.text
    (entry,) = await country.operator("shep_gateway").list_journal(sender=asker.address, event="ACCEPTED")
    page = await operator.open(f"/console/journal/{entry['n']}")
    assert page.status_code == 200
    assert MARKUP not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.text


async def test_search_finds_a_message_and_its_page_explains_the_refusal(
    operator: ConsoleVisitor, stage: tuple[RunningCountry, ConsoleContent]
) -> None:
    answer = await operator.open("/console/journal?event=REFUSED&system=console-asker&lang=en")
    assert f"/journal/{stage[1].refused}" in answer.text
    page = await operator.open(f"/console/journal/{stage[1].refused}?lang=en")
    assert "the sender has no right to this message" in page.text
    assert 'id="near-miss"' in page.text, "the register's entry that would let it pass"


async def test_changed_message_is_replayed_or_refused_clearly(
    operator: ConsoleVisitor, stage: tuple[RunningCountry, ConsoleContent]
) -> None:
    gateway = operator.country.operator("shep_gateway")
    questions = await gateway.list_journal(sender="console-asker", event="ACCEPTED")
    path = f"/console/journal/{questions[0]['n']}"
    wrong = await operator.send(path, f"{path}/replay", data="{")
    assert (wrong.status_code, "data-not-json" in wrong.text) == (422, True)
    changed = await operator.send(path, f"{path}/replay", data='{"iin": "000000000000"}')
    assert re.fullmatch(r"/console/journal/[0-9]+", changed.url.path)
    assert int(changed.url.path.rpartition("/")[2]) > questions[0]["n"]
    assert "Новое сообщение прошло" in changed.text
    assert "ещё не ответил" not in changed.text, "the page waits for the recipient"


async def test_late_case_shows_its_lateness_on_the_timeline(
    operator: ConsoleVisitor, stage: tuple[RunningCountry, ConsoleContent]
) -> None:
    page = (await operator.open(f"/console/cases/{stage[1].case}?lang=en")).text
    assert "The case is late" in page
    assert 'class="overrun"' in page
    assert "late by 59" in page
    message = (await operator.open(f"/console/journal/{stage[1].entry}?lang=en")).text
    assert re.search(r"59\sdays\s23\shours", message)
    assert "59 days," not in message, "the duration as a program writes it"


async def test_fault_is_put_in_force_shown_and_ended(operator: ConsoleVisitor) -> None:
    await operator.send("/console/sandbox", "/console/sandbox/faults", name="crl-stale", percent="30", act="start")
    board = await eventually(lambda: operator.open("/console?lang=en"), lambda page: "list stale" in page.text)
    assert "30 %" in board.text
    await operator.send("/console/sandbox", "/console/sandbox/faults", name="crl-stale", act="end")
    assert "list stale" not in (await operator.open("/console?lang=en")).text


async def test_clock_is_moved_ahead_from_the_board(operator: ConsoleVisitor) -> None:
    before = await operator.country.operator("is_nuc").get("/api/v1/clock")
    await operator.send("/console/sandbox", "/console/sandbox/clock", act="advance", by="2", unit="days")
    after = await operator.country.operator("is_nuc").get("/api/v1/clock")
    assert after["now"][:10] > before["now"][:10]


async def test_register_changed_at_the_console_is_journaled_and_in_the_audit_trail(
    operator: ConsoleVisitor,
) -> None:
    await operator.send("/console/register", "/console/register/members", address="enis", is_active="no")
    gateway = operator.country.operator("shep_gateway")
    (entry, *_) = await gateway.list_journal(event="CHANGED")
    assert entry["recipients"] == "member enis active=False"
    (act, *_) = await gateway.list_audit_entries()
    assert (act["operation"], act["target"]["address"]) == ("put_member", "enis")
    await operator.send("/console/register", "/console/register/members", address="enis", is_active="yes")


async def test_employee_token_opens_no_console(stranger: ConsoleVisitor) -> None:
    """Only ШЭП's own operator is let in: the token of another system's operator is refused."""
    foreign = (stranger.country.folder / "is_mio" / "operator.token").read_text()
    answer = await stranger.send("/console/login", "/console/login", token=foreign)
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["stuck", "deadlines", "statistics", "register", "sandbox", "journal"])
async def test_console_page_answers(operator: ConsoleVisitor, path: str) -> None:
    assert (await operator.open(f"/console/{path}")).status_code == 200


async def test_statistics_count_what_the_journal_has(operator: ConsoleVisitor) -> None:
    page = await eventually(
        lambda: operator.open("/console/statistics?period=all&lang=en"), lambda answer: "ПЭП" in answer.text
    )
    assert 'id="step"' in page.text


async def test_page_of_the_clauses_links_the_operator_to_a_case_that_passed_the_step(
    operator: ConsoleVisitor, stage: tuple[RunningCountry, ConsoleContent]
) -> None:
    rows = await stage[0].operator("shep_gateway").get("/api/v1/regulations/KZ-YUZ.3/passed-steps")
    page = await operator.open("/regulations/KZ-YUZ.3/clauses")
    linked = set(re.findall(r'href="[^"]*console/cases/([^"?]+)', page.text))
    assert linked <= {row["case_id"] for row in rows}
    assert linked, "a case of the console's content passed the steps"
    assert (await operator.open(f"/console/cases/{min(linked)}")).status_code == 200


async def test_dead_letter_is_set_aside_with_its_reason_and_taken_up_again(operator: ConsoleVisitor) -> None:
    runtime = operator.country.runtime("is_mio")
    letter = {"id": "letter-of-this-test", "died_at": runtime.now, "source": MARKUP, "code": "sender-unknown"}
    row = {**letter, "reason": MARKUP, "body": b"x", "signature": "x"}
    await runtime.write(lambda uow: uow.session.execute(runtime.tables.dead.insert(), [row]))
    path = "/console/stuck/is_mio/set-aside"
    assert letter["id"] in (await operator.open("/console/stuck")).text
    without = await operator.send("/console/stuck", path, key="letter-of-this-test", reason=" ")
    assert (without.status_code, "reason-missing" in without.text) == (422, True)
    aside = await operator.send("/console/stuck", path, key="letter-of-this-test", code="x", reason=MARKUP)
    letters, _, set_aside = aside.text.partition('id="aside"')
    assert "letter-of-this-test" not in letters
    assert "&lt;img src=x" in set_aside
    assert MARKUP not in aside.text
    (act, *_) = await operator.country.operator("shep_gateway").list_audit_entries()
    assert (act["operation"], act["target"]["reason"]) == ("set-aside", MARKUP)
    answer = await operator.send("/console/stuck", "/console/stuck/is_mio/take-up", key="letter-of-this-test")
    assert 'id="aside"' not in answer.text
    assert "letter-of-this-test" in answer.text


@pytest.mark.parametrize(
    ("system", "advice"),
    [("shep_gateway", "the sender keeps no copy"), ("is_mio", "find the original under")],
)
async def test_spoilt_message_is_told_with_what_can_be_done_where_it_was_spoilt(
    operator: ConsoleVisitor, system: str, advice: str
) -> None:
    runtime = operator.country.runtime(system)
    letter = {"id": f"spoilt-{system}", "died_at": runtime.now, "source": None, "code": "signature-invalid"}
    row = {**letter, "reason": "spoilt", "body": b"x", "signature": "x"}
    await runtime.write(lambda uow: uow.session.execute(runtime.tables.dead.insert(), [row]))
    page = (await operator.open("/console/stuck?lang=en")).text
    row_of_letter = page.partition(f'value="{letter["id"]}"')[0].rpartition("<tr>")[2]
    assert advice in row_of_letter


async def test_page_of_the_stuck_asks_each_system_one_question(operator: ConsoleVisitor) -> None:
    async def count_requests() -> float:
        metrics = (await operator.country.answer("enis", "GET", "/metrics")).text
        counts = re.findall(
            r'^egov_http_request_seconds_count\{.*route="/api/v1/.* ([0-9.]+)$', metrics, re.MULTILINE
        )
        return sum(map(float, counts))

    before = await count_requests()
    assert (await operator.open("/console/stuck")).status_code == 200
    assert await count_requests() == before + 1


async def test_line_of_a_scenario_is_written_shown_and_removed(operator: ConsoleVisitor) -> None:
    async def read_rules() -> Any:
        return (await operator.country.operator("is_mio").get("/api/v1/clerks"))["rules"]

    before = await read_rules()
    path = "/console/sandbox/clerks/lines"
    line = {"system": "is_mio", "region": "KZ-ATY", "ends": "4", "moment": "after", "amount": "3", "unit": "hour"}
    without = await operator.send("/console/sandbox", path, **line, answer="refused")
    assert (without.status_code, "reason-missing" in without.text) == (422, True)
    assert await read_rules() == before
    page = await operator.send("/console/sandbox?lang=en", path, **line, answer="refused", reason=MARKUP)
    assert "ИИН ending in 4" in re.sub("<[^>]+>", "", page.text)
    assert MARKUP not in page.text
    (rule,) = [rule for rule in await read_rules() if rule["policy"] == "scripted"]
    when = {"ends": "4", "op": "decide"}
    after = {"amount": 3, "unit": "hour"}
    assert rule["scenario"] == [{"when": when, "answer": "refused", "reason": MARKUP, "after": after}]
    end = {"act": "end", "system": "is_mio", "region": "KZ-ATY", "number": "0"}
    await operator.send("/console/sandbox", path, **end)
    assert await read_rules() == before


async def test_refused_reset_is_told_in_words_and_recorded(
    operator: ConsoleVisitor, stage: tuple[RunningCountry, ConsoleContent]
) -> None:
    resets = stage[0].runtime("shep_gateway").resource(CountryReset)
    page, path = "/console/sandbox/reset?lang=en", "/console/sandbox/reset"
    resets.wished = SEEDED
    unknown = await operator.send(page, path, snapshot="never-kept")
    assert (unknown.status_code, "reset-under-way" in unknown.text) == (409, True)
    resets.wished = None
    unknown = await operator.send(page, path, snapshot=MARKUP)
    assert (unknown.status_code, "snapshot-unknown" in unknown.text, MARKUP in unknown.text) == (404, True, False)
    fields = {"form-token": "0" * 32, "snapshot": "seeded"}
    assert (await operator.post(path, fields)).status_code == 403
    assert not resets.asked.is_set()
    (act, *_) = await operator.country.operator("shep_gateway").list_audit_entries()
    assert (act["operation"], act["code"]) == ("reset_country", "snapshot-unknown")
    token = TOKEN_FIELD.search((await operator.open(page)).text)
    assert token is not None
    resets.is_offered = False
    several = await operator.post(path, {"form-token": token[1], "snapshot": "seeded"})
    assert (several.status_code, "no single process on SQLite" in several.text) == (409, True)
    board = await operator.open("/console/sandbox?lang=en")
    assert "This country cannot go back" in board.text


async def test_page_that_waits_leads_to_the_login_when_nothing_is_under_way(
    operator: ConsoleVisitor, stage: tuple[RunningCountry, ConsoleContent]
) -> None:
    stage[0].runtime("shep_gateway").resource(CountryReset).wished = None
    answer = await operator.open("/console/sandbox/reset-progress?lang=en")
    assert answer.url.path == "/console/login"
    assert "The country is back" in answer.text
