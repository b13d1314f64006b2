"""AsyncChannel v10 in both directions: one system pulls its mail, ШЭП pushes the other's to its own endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
from cryptography import x509
from sqlalchemy import update
from sqlmodel import col

from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.doors.push.endpoint_rows import PushEndpointRow, pause_after
from shared.bus.runtime.unit_of_work import UnitOfWork
from tests.journeys.async_calls import DATA, PATH, AsyncSystem, provide
from tests.journeys.channel_documents import ChannelDocuments, fetch_documents
from tests.journeys.doors import join
from tests.journeys.kit import LIVING, RunningCountry, eventually, refused
from tests.journeys.participant_endpoint import (
    SOAP,
    ParticipantEndpoint,
    TakenCall,
    endpoint_of,
    http_response,
    set_endpoint,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICE, QUICK_SERVICE, BACK_SERVICE = "async-service", "quick-service", "back-service"
PERSONS = "GBDFL_UniversalServiceSync"


@dataclass
class Company:
    """An asker that pulls, a provider with an endpoint, and a second provider beside it."""

    asker: AsyncSystem
    provider: AsyncSystem
    quick: AsyncSystem
    endpoint: ParticipantEndpoint
    quick_endpoint: ParticipantEndpoint
    client_documents: ChannelDocuments


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def company(country: RunningCountry) -> AsyncIterator[Company]:
    documents = await fetch_documents(country, PATH)
    names = ("async-asker", "async-provider", "quick-provider")
    systems = [AsyncSystem(country, await join(country, name, asks=[PERSONS]), documents) for name in names]
    asker, provider, quick = systems
    await provide(country, SERVICE, asker.joined.address, provider.joined.address)
    await provide(country, QUICK_SERVICE, asker.joined.address, quick.joined.address)
    await provide(country, BACK_SERVICE, provider.joined.address, asker.joined.address)
    async with endpoint_of(provider.joined) as endpoint, endpoint_of(quick.joined) as quick_endpoint:
        for each in (endpoint, quick_endpoint):
            await set_endpoint(country, each)
        client_documents = await fetch_documents(country, f"{PATH}client/")
        yield Company(asker, provider, quick, endpoint, quick_endpoint, client_documents)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def settled(country: RunningCountry, company: Company) -> AsyncIterator[None]:
    """Both endpoints answer rightly again after each test, and ШЭП does not wait to call them."""
    yield
    for endpoint in (company.endpoint, company.quick_endpoint):
        endpoint.answer_rightly()
        await set_endpoint(country, endpoint)


async def endpoint_view(country: RunningCountry, company: Company) -> dict[str, object]:
    path = f"/api/v1/participants/{company.provider.joined.address}/endpoint"
    view: dict[str, object] = await country.operator("shep_gateway").get(path)
    return view


async def failing_with(country: RunningCountry, company: Company, code: str) -> None:
    """Wait until ШЭП has noted this fault of the provider's endpoint."""
    await eventually(lambda: endpoint_view(country, company), lambda view: view["last_error"] == code, seconds=10)


async def test_round_trip_of_a_request_and_its_response(country: RunningCountry, company: Company) -> None:
    asker, provider = company.asker, company.provider
    message_id, case = await asker.send("REQUEST", SERVICE)
    pushed = await company.endpoint.take(message_id)
    company.client_documents.check_content(pushed.body)
    assert pushed.operation == "sendMessage"
    assert pushed.text("correlationId") == case
    assert (pushed.text("senderId"), pushed.text("messageType")) == ("async-asker", "REQUEST")
    assert (pushed.text("properties/key"), pushed.text("properties/value")) == ("ключ", "мән")
    assert DATA.encode() in pushed.raw, "the data are not written anew"
    issuing = x509.load_pem_x509_certificates(country.anchors())[-1]
    pushed.signer.verify_directly_issued_by(issuing)
    assert await asker.state(message_id) == ("ON_DELIVERY", "SCSS001")

    concluded = await provider.conclude(message_id)
    assert (concluded.findtext("sessionId") or "").startswith("{")
    assert await asker.state(message_id) == ("DELIVERED", "SCSS001")

    response_id, same_case = await provider.send("RESPONSE", SERVICE, case)
    assert same_case == case
    (mail,) = await asker.pull(SERVICE, case=case)
    assert mail.findtext("messageInfo/messageId") == response_id
    assert mail.findtext("messageInfo/messageType") == "RESPONSE"
    assert mail.findtext("messageData/data/{urn:a}заявка") == "Ә & b"
    assert await provider.state(response_id) == ("ON_DELIVERY", "SCSS001")
    await asker.conclude(response_id)
    assert await asker.pull(SERVICE, case=case) == []

    notice = await company.endpoint.take(response_id)
    company.client_documents.check_content(notice.body)
    assert notice.operation == "changeMassageStatusNotification", "misspelt as in the contract"
    assert notice.text("messageState") == "DELIVERED"


async def test_answer_without_success_says_why(company: Company) -> None:
    _, case = await company.asker.send("REQUEST", PERSONS, data="<data><iin>1</iin></data>")
    (mail,) = await eventually(lambda: company.asker.pull(PERSONS, case=case), bool, seconds=10)
    told = {each.findtext("key"): each.findtext("value") for each in mail.findall("messageInfo/properties")}
    assert told["statusCode"] == "SCSE002"
    assert str(told["statusMessage"]).startswith("person-request-malformed")


async def test_refusal_reaches_the_sender_as_a_change_of_the_status(company: Company) -> None:
    asker, provider = company.asker, company.provider
    message_id, case = await asker.send("REQUEST", SERVICE)
    await provider.conclude(message_id)
    sent_id, _ = await provider.send("NOTIFICATION", SERVICE, case)
    await asker.conclude(sent_id, "MESSAGE_NOT_ACCTEPTED", code="SCE015")
    notice = await company.endpoint.take(sent_id)
    company.client_documents.check_content(notice.body)
    assert (notice.operation, notice.text("messageState")) == ("changeMassageStatusNotification", "NOT_DELIVERED")
    assert (notice.text("status/statusCode"), notice.text("error/errorCode")) == ("SCE015", "SCE015")
    assert await provider.state(sent_id) == ("NOT_DELIVERED", "SCE015")
    late = await asker.fault("sendDeliveryNotification", asker.verdict(sent_id, "MESSAGE_ACCEPTED"))
    assert late == ("SCE008", "mail-concluded")


async def test_message_that_is_wanted_again_before_its_push_has_ended_is_pushed_again(company: Company) -> None:
    company.endpoint.respond = lambda call: None
    message_id, _ = await company.asker.send("REQUEST", SERVICE)
    await company.endpoint.take(message_id)
    await company.provider.conclude(message_id, "MESSAGE_NOT_ACCTEPTED", "RESEND", code="SCE909")
    await company.endpoint.answer_late()
    await company.endpoint.take(message_id, times=2)
    await company.provider.conclude(message_id)
    assert (await company.asker.state(message_id))[0] == "DELIVERED"


async def test_message_to_be_sent_again_is_pushed_again(company: Company) -> None:
    message_id, _ = await company.asker.send("REQUEST", SERVICE)
    await company.endpoint.take(message_id)
    await company.provider.conclude(message_id, "MESSAGE_NOT_ACCTEPTED", "RESEND", code="SCE909")
    await company.endpoint.take(message_id, times=2)
    assert (await company.asker.state(message_id))[0] == "ON_DELIVERY"
    await company.provider.conclude(message_id)
    assert (await company.asker.state(message_id))[0] == "DELIVERED"


async def test_endpoint_that_is_gone_gets_everything_in_order_when_it_is_back(
    country: RunningCountry, company: Company
) -> None:
    _, case = await company.provider.send("REQUEST", BACK_SERVICE)
    await company.endpoint.close()
    kinds = ("NOTIFICATION", "NOTIFICATION", "RESPONSE")
    sent = [(await company.asker.send(kind, BACK_SERVICE, case))[0] for kind in kinds]
    await failing_with(country, company, "endpoint-silent")
    other_id, _ = await company.asker.send("REQUEST", QUICK_SERVICE)
    await company.quick_endpoint.take(other_id, seconds=2)  # nobody else is slowed
    (first,) = await company.provider.pull(BACK_SERVICE, case=case, amount="1")
    assert first.findtext("messageInfo/messageId") == sent[0], "it can be pulled meanwhile"
    await company.endpoint.open()
    await company.endpoint.take(sent[-1])
    assert [each for each in company.endpoint.message_ids if each in sent] == sent
    view = await eventually(lambda: endpoint_view(country, company), lambda view: view["failures"] == 0)
    assert view["last_error"] is None


async def test_endpoint_that_was_gone_for_an_hour_has_lost_nothing(
    country: RunningCountry, company: Company
) -> None:
    _, case = await company.provider.send("REQUEST", BACK_SERVICE)
    await company.endpoint.close()
    sent = [(await company.asker.send(kind, BACK_SERVICE, case))[0] for kind in ("NOTIFICATION", "RESPONSE")]
    await failing_with(country, company, "endpoint-silent")

    def let_an_hour_pass(uow: UnitOfWork) -> None:
        """The failures and the moments as an hour of attempts leaves them."""
        hour, failures = timedelta(hours=1), 0
        while sum((pause_after(number + 1) for number in range(failures)), timedelta()) < hour:
            failures += 1
        own = col(PushEndpointRow.participant) == company.provider.joined.address
        values = {"failures": failures, "next_try_at": uow.machine_now + pause_after(failures)}
        uow.session.execute(update(PushEndpointRow).where(own).values(values))
        ids = col(MailRow.message_id).in_(sent)
        uow.session.execute(update(MailRow).where(ids).values(arrived_at=uow.now - hour))

    await country.runtime("shep_gateway").write(let_an_hour_pass)
    view = await endpoint_view(country, company)
    assert isinstance(view["failures"], int)
    assert view["failures"] > 12
    assert {(await company.asker.state(message_id))[0] for message_id in sent} == {"ON_DELIVERY"}
    await company.endpoint.open()
    await set_endpoint(country, company.endpoint)  # or ten minutes later by itself
    await company.endpoint.take(sent[-1])
    assert [each for each in company.endpoint.message_ids if each in sent] == sent


async def test_endpoint_that_answers_slowly_slows_nobody_else(company: Company) -> None:
    company.endpoint.respond = lambda call: None
    message_id, _ = await company.asker.send("REQUEST", SERVICE)
    await company.endpoint.take(message_id)
    next_id, _ = await company.asker.send("REQUEST", SERVICE)
    other_id, _ = await company.asker.send("REQUEST", QUICK_SERVICE)
    await company.quick_endpoint.take(other_id, seconds=2)
    assert next_id not in company.endpoint.message_ids, "one call at a time"
    company.endpoint.answer_rightly()
    await company.endpoint.take(next_id)
    assert company.endpoint.message_ids.count(message_id) > 1, "a call without an answer is repeated"


async def test_signed_fault_delays_its_own_case_only(company: Company) -> None:
    fault = f'<s:Fault xmlns:s="{SOAP}"><faultcode>s:Server</faultcode></s:Fault>'
    company.endpoint.respond = lambda call: company.endpoint.signed(fault, "500 Internal Server Error")
    _, case = await company.provider.send("REQUEST", BACK_SERVICE)
    first_id, _ = await company.asker.send("NOTIFICATION", BACK_SERVICE, case)
    await company.endpoint.take(first_id)
    company.endpoint.respond = None
    next_id, _ = await company.asker.send("NOTIFICATION", BACK_SERVICE, case)
    other_id, _ = await company.asker.send("REQUEST", SERVICE)
    await company.endpoint.take(next_id)
    order = [each for each in company.endpoint.message_ids if each in (first_id, next_id, other_id)]
    assert order == [first_id, other_id, first_id, next_id]


@pytest.mark.parametrize("kind", ["rubbish", "unsigned", "signed by another", "status", "other operation"])
async def test_answer_that_is_none_counts_as_a_failure_of_the_endpoint(
    country: RunningCountry, company: Company, kind: str
) -> None:
    endpoint = company.endpoint
    other = ParticipantEndpoint(company.quick.joined)
    unsigned = f'<s:Envelope xmlns:s="{SOAP}"><s:Body/></s:Envelope>'.encode()
    answers: dict[str, tuple[Callable[[TakenCall], bytes], str]] = {
        "rubbish": (lambda call: http_response(b"<html>"), "xml-malformed"),
        "unsigned": (lambda call: http_response(unsigned), "eds-missing"),
        "signed by another": (other.right_answer, "sender-mismatch"),
        "status": (lambda call: http_response(b"", "404 Not Found"), "endpoint-status"),
        "other operation": (lambda call: endpoint.signed("<other/>"), "endpoint-answer-malformed"),
    }
    endpoint.respond, code = answers[kind]
    message_id, _ = await company.asker.send("REQUEST", SERVICE)
    await failing_with(country, company, code)
    endpoint.respond = None
    tries = endpoint.message_ids.count(message_id)
    await set_endpoint(country, endpoint)  # which also makes it call at once
    await endpoint.take(message_id, times=tries + 1)
    await eventually(lambda: endpoint_view(country, company), lambda view: view["last_error"] is None)


async def test_redirect_is_not_followed(country: RunningCountry, company: Company) -> None:
    inner = f"Location: {company.quick_endpoint.url}\r\n"
    company.endpoint.respond = lambda call: http_response(b"", "307 Temporary Redirect", inner)
    message_id, _ = await company.asker.send("REQUEST", SERVICE)
    await failing_with(country, company, "endpoint-redirects")
    assert message_id not in company.quick_endpoint.message_ids
    gateway = country.operator("shep_gateway")
    attempts = await gateway.get("/api/v1/exchanges", door="push", message_id=message_id)
    assert {(one["http_status"], one["code"], one["operation"]) for one in attempts} == {
        (307, "endpoint-redirects", "sendMessage")
    }
    whole = await gateway.get(f"/api/v1/exchanges/{attempts[0]['id']}")
    assert whole["response"]["headers"]["location"] == company.quick_endpoint.url
    assert message_id in whole["request"]["body"]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://10.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://example.com/",
        "http://localhost.example.com/",
        "http://localhost@10.0.0.1/",
        "http://user:word@127.0.0.1/",
    ],
)
async def test_endpoint_on_a_host_that_is_not_listed_is_refused(
    country: RunningCountry, company: Company, url: str
) -> None:
    path = f"/api/v1/participants/{company.provider.joined.address}/endpoint"
    error = await refused(country.operator("shep_gateway").call("PUT", path, json={"url": url}))
    assert (error.status, error.code) == (403, "push-host-refused")
    assert (await endpoint_view(country, company))["url"] == company.endpoint.url


async def test_answer_of_a_question_that_waits_is_not_pushed(country: RunningCountry, company: Company) -> None:
    path = "/api/v1/messages?wait=10"
    question = {
        "service_id": PERSONS,
        "content": {"contract": "soap-data/1", "data": {"xml": f"<data><iin>{LIVING[3].iin}</iin></data>"}},
    }
    headers = company.provider.joined.headers
    response = await country.answer("shep_gateway", "POST", path, json=question, headers=headers)
    assert response.json()["answer"]["state"] == "ACCEPTED"
    message_id, _ = await company.asker.send("REQUEST", SERVICE)
    await company.endpoint.take(message_id)
    assert response.json()["answer"]["message_id"] not in company.endpoint.message_ids
    assert response.json()["message_id"] not in company.endpoint.message_ids, "nor a notice about the question"


async def test_call_that_departs_from_the_contract_is_refused_with_the_fault_of_its_operation(
    company: Company,
) -> None:
    asker = company.asker
    no_case = asker.message("UPDATE", SERVICE)
    assert await asker.fault("sendMessage", no_case) == ("SCE001", "soap-call-malformed")
    no_type = asker.message("REQUEST", SERVICE).replace("REQUEST", "QUERY")
    assert await asker.fault("sendMessage", no_type) == ("SCE001", "soap-call-malformed")
    question = f"<messageId>nobody-knows</messageId><requestDate>-</requestDate>{asker.sender}"
    assert await asker.fault("getMessageStatus", question) == ("SCE008", "delivery-unknown")
    verdict = asker.verdict("nobody-knows", "MESSAGE_ACCEPTED")
    assert await asker.fault("sendDeliveryNotification", verdict) == ("SCE008", "mail-unknown")
    pull = f"<serviceId>{SERVICE}</serviceId><amount>many</amount>{asker.sender}"
    assert await asker.fault("getMessages", pull) == ("SCE001", "soap-call-malformed")
    foreign = asker.message("REQUEST", SERVICE).replace(asker.joined.address, "quick-provider")
    assert await asker.fault("sendMessage", foreign) == ("SCE006", "sender-mismatch")


async def test_status_in_right_spelling_is_taken_and_at_a_strict_door_refused(company: Company) -> None:
    asker, provider = company.asker, company.provider
    _, case = await asker.send("REQUEST", SERVICE)
    sent_id, _ = await provider.send("NOTIFICATION", SERVICE, case)
    verdict = asker.verdict(sent_id, "MESSAGE_NOT_ACCEPTED")
    strict = await asker.fault("sendDeliveryNotification", verdict, **{"X-Strict": "true"})
    assert strict == ("SCE001", "soap-deviation")
    await asker.call("sendDeliveryNotification", verdict)
    assert await provider.state(sent_id) == ("NOT_DELIVERED", "refused")
