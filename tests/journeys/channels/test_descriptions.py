"""WSDL and XSD of the SOAP channels: a SOAP client needs nothing else, and our answers keep to them; AsyncAPI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lxml import etree

from shared import contracts
from shared.pki.certificates import keys
from shared.pki.xml.wsse import open_body, sign_body
from tests.journeys.channel_documents import fetch_documents
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry, pem

zeep: Any = import_module("zeep")
plugins: Any = import_module("zeep.wsse.signature")
requests: Any = import_module("requests")
xmlsec: Any = import_module("xmlsec")

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSONS = "GBDFL_UniversalServiceSync"
SYNC, ASYNC, CLIENT = "/bip-sync-wss-gost/", "/bip-async-wss-gost/", "/bip-async-wss-gost/client/"
PORTS = {
    SYNC: (
        "{http://bip.bee.kz/SyncChannel/v10/Interfaces/Binding2}ISyncChannelHttpService",
        "SyncChannelHttpPort",
    ),
    ASYNC: ("{http://bip.bee.kz/AsyncChannel/v10/Interfaces}AsyncChannelHttpService", "AsyncChannelHttpPort"),
    CLIENT: (
        "{http://bip.bee.kz/AsyncChannel/v10/Interfaces/Client}AsyncChannelClientHttpService",
        "AsyncChannelClientHttpPort",
    ),
}
OPERATIONS = {
    SYNC: {"SendMessage"},
    ASYNC: {"sendMessage", "sendDeliveryNotification", "getMessageStatus", "getMessages"},
    CLIENT: {"sendMessage", "changeMassageStatusNotification"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    yield await join(country, "wsdl-asker", asks=[PERSONS])


class Signs:
    """zeep's own WS-Security by xmlsec; the answer's signature is opened with the certificate inside."""

    def __init__(self, folder: Path, system: JoinedSystem) -> None:
        (folder / "own.key").write_bytes(keys.to_pem(system.key))
        (folder / "own.pem").write_bytes(pem(system.certificate))
        methods = {
            "signature_method": xmlsec.Transform.RSA_SHA256,
            "digest_method": xmlsec.Transform.SHA256,
        }
        self._own = plugins.BinarySignature(str(folder / "own.key"), str(folder / "own.pem"), **methods)

    def apply(self, envelope: Any, headers: Any) -> Any:
        return self._own.apply(envelope, headers)

    def verify(self, envelope: Any) -> Any:
        open_body(etree.tostring(envelope))
        return envelope


def client_of(url: str, signs: Signs | None = None) -> Any:
    session = requests.Session()
    session.trust_env = False
    return zeep.Client(f"{url}?wsdl", wsse=signs, transport=zeep.Transport(session=session, timeout=20))


@pytest.mark.parametrize("path", PORTS)
async def test_wsdl_names_the_service_the_port_and_the_operations(country: RunningCountry, path: str) -> None:
    url = country.url("shep_gateway") + path
    client = await asyncio.to_thread(client_of, url)
    ((name, service),) = ((str(service.name), service) for service in client.wsdl.services.values())
    ((binding_name, _),) = client.wsdl.bindings.items()
    assert (f"{binding_name.rpartition('}')[0]}}}{name}", [*service.ports]) == (PORTS[path][0], [PORTS[path][1]])
    (port,) = service.ports.values()
    assert port.binding_options["address"] == url, "the address is that of the caller's request"
    assert set(port.binding.all()) == OPERATIONS[path]


async def test_document_of_the_bus_is_served_as_it_is_published(country: RunningCountry) -> None:
    served = await country.answer("shep_gateway", "GET", "/asyncapi.json")
    published = Path(contracts.__file__).parent / "published" / "asyncapi.json"
    assert (served.status_code, served.headers["content-type"]) == (200, "application/json")
    assert served.content == published.read_bytes()


async def test_zeep_reads_a_person_with_the_wsdl_alone(
    country: RunningCountry, asker: JoinedSystem, tmp_path: Path
) -> None:
    person, url = LIVING[12], country.url("shep_gateway") + SYNC

    def ask() -> Any:
        client = client_of(url, Signs(tmp_path, asker))
        question = f"<request><iin>{person.iin}</iin><messageId>1</messageId></request>"  # zeep escapes it
        info = {
            "messageId": "1",
            "serviceId": PERSONS,
            "messageDate": "2026-11-29T10:00:00+05:00",
            "sender": {"senderId": asker.address},
        }
        return client.service.SendMessage(request={"requestInfo": info, "requestData": {"data": question}})

    response = await asyncio.to_thread(ask)
    assert response.responseInfo.status.code == "SCSS001"
    assert response.responseInfo.sessionId.startswith("{")
    (found,) = response.responseData.data
    assert found.findtext(".//surname") == person.surname


@pytest.mark.parametrize("is_right", [True, False], ids=["answer", "fault"])
async def test_answer_and_fault_of_sync_channel_keep_to_the_schema(
    country: RunningCountry, asker: JoinedSystem, is_right: bool
) -> None:
    documents = await fetch_documents(country, SYNC)
    envelope = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<t:SendMessage xmlns:t="http://bip.bee.kz/SyncChannel/v10/Types"><request><requestInfo>'
        f"<messageId>1</messageId><serviceId>{PERSONS if is_right else 'is-cgo-citizen'}</serviceId>"
        "<messageDate>2026-11-29T10:00:00+05:00</messageDate>"
        f"<sender><senderId>{asker.address}</senderId></sender></requestInfo><requestData><data>"
        f"<iin>{LIVING[13].iin}</iin></data></requestData></request></t:SendMessage></s:Body></s:Envelope>"
    ).encode()
    documents.check_content(etree.fromstring(envelope)[0])  # and the schema takes the question itself
    signed = sign_body(envelope, asker.key, asker.certificate)
    response = await country.answer("shep_gateway", "POST", SYNC, content=signed)
    body = open_body(response.content).body
    if is_right:
        documents.check_content(body)
    else:
        detail = body.find("{*}Fault/detail")
        assert detail is not None
        documents.check_content(detail)


async def test_description_that_is_not_there_is_refused(country: RunningCountry) -> None:
    for query in ("", "?xsd=9", "?wsdl=other"):
        response = await country.answer("shep_gateway", "GET", SYNC + query)
        assert (response.status_code, response.json()["code"]) == (404, "description-unknown")
