"""Calls of SyncChannel as clients of КДП write them: two prefixes for one namespace, ``text/plain``, constants."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from shared.pki.encoding.xmltree import XmlElement
from shared.pki.xml.wsse import open_body, sign_body
from tests.journeys.doors import JoinedSystem
from tests.journeys.kit import RunningCountry

ENVELOPE = (
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:ns3="http://bip.bee.kz/SyncChannel/v10/Types"><soap:Header/><soap:Body>'
    "<ns3:SendMessage><request><requestInfo><messageId>constant</messageId><serviceId>{service}</serviceId>"
    "<messageDate>2026-11-29T10:00:00</messageDate><sender><senderId>{sender}</senderId><password>p</password>"
    "</sender><sessionId>no guid</sessionId></requestInfo><requestData>{data}</requestData></request>"
    "</ns3:SendMessage></soap:Body></SOAP-ENV:Envelope>"
)


@dataclass(frozen=True)
class ProviderAnswer:
    """The answer of a provider: the status with its message, and the element ``data``."""

    code: str
    message: str
    data: XmlElement

    @property
    def reason(self) -> str:
        """The code of the refusal, with which the message begins."""
        return self.message.partition(":")[0]

    def find(self, name: str) -> str | None:
        """The text of the first element of the data with this local name."""
        found = next(self.data.iter("{*}" + name), None)
        return None if found is None else found.text


async def ask(
    country: RunningCountry, asker: JoinedSystem, service: str, fields: dict[str, str]
) -> ProviderAnswer:
    """Send the fields as children of ``data``."""
    return await send(country, asker, service, write_fields(fields))


def write_fields(fields: dict[str, str]) -> str:
    """The element ``data`` with fields as its children."""
    return "<data>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items()) + "</data>"


async def send(country: RunningCountry, asker: JoinedSystem, service: str, data: str) -> ProviderAnswer:
    """Sign and post an envelope with this element ``data``."""
    return await post(country, sign_body(write_envelope(asker, service, data), asker.key, asker.certificate))


def write_envelope(asker: JoinedSystem, service: str, data: str) -> bytes:
    """An envelope without a signature."""
    return ENVELOPE.format(service=service, sender=asker.address, data=data).encode()


async def post(country: RunningCountry, signed: bytes) -> ProviderAnswer:
    """Post a signed envelope; the answer is signed by ШЭП."""
    response = await country.answer(
        "shep_gateway", "POST", "/bip-sync-wss-gost/", content=signed, headers={"Content-Type": "text/plain"}
    )
    assert response.status_code == 200, response.text
    body = open_body(response.content).body
    data_element = body.find(".//responseData/data")
    assert data_element is not None, etree.tostring(body)
    status = ".//responseInfo/status"
    return ProviderAnswer(
        body.findtext(f"{status}/code") or "", body.findtext(f"{status}/message") or "", data_element
    )
