"""The kit answers by SOAP as ШЭП does: the same calls to both, and the names, the order and the signature of what
comes back.

What the kit lets pass on purpose, so that its report can name the broken requirement (an unsigned call, a call of
another sender), is not compared.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from copy import copy
from difflib import ndiff
from typing import Any, TypeVar

import httpx
import pytest
import pytest_asyncio
from lxml import etree

from services.tools.conformance.kit_keys import KeyPair
from services.tools.conformance.roles.role_list import load_roles
from services.tools.conformance.roles.samples import list_people
from services.tools.conformance.run import ConformanceRun
from shared.client.participants import JoiningOrder, Operators
from shared.contracts.registers import KDP_SERVICE, TOKEN_PERSON_SERVICE
from shared.pki.certificates.keys import new_rsa_key
from shared.pki.xml.wsse import open_body
from tests.conformance.participants.soap_client import ASYNC, COMPANY, KDP, AsyncClient, SyncClient
from tests.conformance.playing import KIT, fresh_keys
from tests.journeys.async_calls import provide
from tests.journeys.kit import RunningCountry, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]

SYNC_PATH, ASYNC_PATH = "/bip-sync-wss-gost/", "/bip-async-wss-gost/"
SERVICE = "conformance-service"
Client = TypeVar("Client", SyncClient, AsyncClient)
NAMED_ATTRIBUTES = ("Algorithm", "EncodingType", "ValueType", "mustUnderstand")
OPTIONAL = {"errorData", "properties"}
"""What ШЭП adds where it has something to tell; the contract lets a client meet both."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    names = ("is_nuc", "shep_gateway", "nr_iin", "kdp")
    async with running(tmp_path_factory.mktemp("beside"), names=names) as running_country:
        yield running_country


async def open_pair(kind: type[Client], role: str, country: RunningCountry, name: str) -> tuple[Client, Client]:
    """A client at the kit, and the same client at ШЭП with the keys of a participant there."""
    run = ConformanceRun(load_roles()[role], fresh_keys(), 60)
    assert run.app is not None
    kit = kind(httpx.AsyncClient(transport=httpx.ASGITransport(run.app), base_url=KIT), run.keys)
    order = JoiningOrder(name, name, bin=COMPANY, asks=[KDP_SERVICE, TOKEN_PERSON_SERVICE])
    operators = Operators(country.operator("is_nuc"), country.operator("shep_gateway"))
    joined = await operators.join(order, new_rsa_key())
    keys = copy(run.keys)
    keys.address, keys.participant = name, KeyPair(joined.key, joined.certificate)
    http = httpx.AsyncClient(base_url=country.url("shep_gateway"), trust_env=False, timeout=60)
    return kit, kind(http, keys)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sync_pair(country: RunningCountry) -> AsyncIterator[tuple[SyncClient, SyncClient]]:
    pair = await open_pair(SyncClient, "sync", country, "sync-system")
    yield pair
    for client in pair:
        await client.client.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def async_pair(country: RunningCountry) -> AsyncIterator[tuple[AsyncClient, AsyncClient]]:
    """Both past the outage that the kit has first; at ШЭП the asker's questions go to itself."""
    kit, gateway = await open_pair(AsyncClient, "async", country, "async-system")
    await provide(country, SERVICE, "async-system", "async-system")
    await kit.send_message("REQUEST", SERVICE, "")
    yield kit, gateway
    for client in (kit, gateway):
        await client.client.aclose()


def outline(element: etree._Element) -> Iterator[str]:
    """The elements of a document in their order, with the attributes that a client reads."""
    for child in element.iter():
        if isinstance(child.tag, str) and child.tag not in OPTIONAL and not _is_inside_optional(child):
            marks = (f"{etree.QName(name).localname}={value!s}" for name, value in sorted(child.attrib.items()))
            kept = [mark for mark in marks if mark.partition("=")[0] in NAMED_ATTRIBUTES]
            yield " ".join([child.tag, *kept])


def _is_inside_optional(element: etree._Element) -> bool:
    return any(parent.tag in OPTIONAL for parent in element.iterancestors())


def shape_of(answer: httpx.Response) -> dict[str, Any]:
    """What a client sees of an answer, without ids, moments and words for people."""
    kind = answer.headers.get("content-type", "").lower().replace(" ", "")
    document = etree.fromstring(answer.content)
    codes = [
        (item.tag, item.text)
        for item in document.iter("faultcode", "errorCode", "code", "statusCode", "messageState")
    ]
    return {"status": answer.status_code, "type": kind, "codes": codes, "elements": list(outline(document))}


async def test_consent_and_the_person_behind_it_are_answered_alike(
    sync_pair: tuple[SyncClient, SyncClient],
) -> None:
    iin, shapes = list_people()[0].iin, []
    for client in sync_pair:
        answers = await _record(client)
        await client.consent(iin)
        body = open_body(answers[-1].content).body  # the client itself trusts the kit's ШЭП only
        code, key = (body.findtext(f".//{KDP}{name}") or "" for name in ("code", "public-key"))
        await client.ask(iin, code, key)
        shapes.append([shape_of(answer) for answer in answers])
    kit, gateway = shapes
    assert [answer["codes"][:2] for answer in kit] == [answer["codes"][:2] for answer in gateway]
    assert kit[0] == gateway[0]
    for name in ("status", "type"):
        assert kit[1][name] == gateway[1][name]
    frame = [element for element in gateway[1]["elements"] if "Types}" in element or "wsse" in element]
    assert [element for element in kit[1]["elements"] if "Types}" in element or "wsse" in element] == frame


async def _record(client: SyncClient) -> list[httpx.Response]:
    answers: list[httpx.Response] = []

    async def keep(response: httpx.Response) -> None:
        await response.aread()
        answers.append(response)

    client.client.event_hooks = {"response": [keep]}
    return answers


async def test_service_that_nobody_provides_is_refused_alike(sync_pair: tuple[SyncClient, SyncClient]) -> None:
    shapes = []
    for client in sync_pair:
        answers = await _record(client)
        await client.call("SERVICE_OF_NOBODY", "<iin>850101100014</iin>")
        shapes.append(shape_of(answers[0]))
    kit, gateway = shapes
    assert kit == gateway


@pytest.mark.parametrize("content", [b"{", b"", b"<a/>"], ids=["JSON", "nothing", "no envelope"])
@pytest.mark.parametrize("path", [SYNC_PATH, ASYNC_PATH])
async def test_what_is_no_envelope_is_refused_alike(
    sync_pair: tuple[SyncClient, SyncClient],
    async_pair: tuple[AsyncClient, AsyncClient],
    path: str,
    content: bytes,
) -> None:
    pair = sync_pair if path == SYNC_PATH else async_pair
    kit, gateway = [shape_of(await client.post(path, content)) for client in pair]
    assert kit == gateway


async def test_operations_of_async_channel_are_answered_alike(
    async_pair: tuple[AsyncClient, AsyncClient],
) -> None:
    shapes: list[list[dict[str, Any]]] = []
    for client in async_pair:
        own: list[dict[str, Any]] = []
        now, sender = client.now(), client.sender()
        info = (
            f"<messageInfo><serviceId>{SERVICE}</serviceId><messageType>REQUEST</messageType>"
            f"<messageDate>{now}</messageDate>{sender}</messageInfo>"
        )
        data = "<messageData><data><question>1</question></data></messageData>"
        sent = await _operate(client, "sendMessage", info + data)
        own.append(shape_of(sent))
        message_id = etree.fromstring(sent.content).findtext(".//{*}messageId")
        pull = f"<requestDate>{now}</requestDate><serviceId>{SERVICE}</serviceId>{sender}<amount>1</amount>"
        mail = None
        while mail is None:
            pulled = await _operate(client, "getMessages", pull)
            mail = etree.fromstring(pulled.content).find(".//messages")
            if mail is not None and b"Signature" not in pulled.content:
                mail = None  # the trap of the kit
        own.append(shape_of(pulled))
        verdict = (
            f"<notification><messageId>{mail.findtext('.//messageId')}</messageId><serviceId>{SERVICE}</serviceId>"
            f"<notificationDate>{now}</notificationDate><deliveryStatus><receiveStatus>MESSAGE_ACCEPTED"
            f"</receiveStatus><statusDate>{now}</statusDate><resendMessage>NOT_RESEND</resendMessage>"
            f"</deliveryStatus></notification><requestDate>{now}</requestDate>{sender}"
        )
        own.append(shape_of(await _operate(client, "sendDeliveryNotification", verdict)))
        state = f"<messageId>{message_id}</messageId><requestDate>{now}</requestDate>{sender}"
        own.append(shape_of(await _operate(client, "getMessageStatus", state)))
        shapes.append(own)
    kit, gateway = shapes
    for one, other in zip(kit, gateway, strict=True):
        assert one == other, "\n".join(ndiff(one["elements"], other["elements"]))


async def _operate(client: AsyncClient, operation: str, request: str) -> httpx.Response:
    wrapped = f'<r:{operation} xmlns:r="{ASYNC}"><request>{request}</request></r:{operation}>'
    return await client.post(ASYNC_PATH, client.write(wrapped))
