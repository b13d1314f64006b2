"""One call to a participant's endpoint: a signed envelope out, a signed answer back, within fixed limits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import httpx
from lxml import etree

from services.shep_gateway.doors.push.allowed_hosts import AllowedHosts
from services.shep_gateway.doors.push.checked_posts import post_to
from shared.bus.errors import BusError
from shared.pki.certificates.keys import certificate_thumbprint
from shared.pki.client.nuc import CertificationCentre
from shared.pki.xml.wsse import SOAP_11, SOAP_12, open_body

CALL_SECONDS: Final = 30.0
"""How long one call may take from the name's address to the last byte of the answer."""
LONGEST_ANSWER: Final = 1024 * 1024
HEADERS: Final = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', "Accept": "text/xml"}


@dataclass(frozen=True)
class EndpointAnswer:
    """What an endpoint answered; ``status`` is 0 and the rest empty where it answered nothing."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


SILENCE = EndpointAnswer()


class EndpointFault(Exception):
    """The endpoint is silent or answers rubbish: everything for this participant waits. ``code`` says why,
    ``answer`` is what came.
    """

    def __init__(self, code: str, answer: EndpointAnswer = SILENCE) -> None:
        super().__init__(code)
        self.code = code
        self.answer = answer


class MailRejected(Exception):
    """The participant answers this one call with a signed fault: this case waits, the others go on."""


@dataclass(frozen=True)
class PushClient:
    """Calls endpoints on the allowed hosts; ``replica`` is the name under which this process holds endpoints."""

    hosts: AllowedHosts
    replica: str

    async def call(self, url: str, envelope: bytes) -> EndpointAnswer:
        """The endpoint's answer, unread; EndpointFault ``push-host-refused``, ``endpoint-silent``,
        ``endpoint-redirects``, ``endpoint-status``, ``endpoint-answer-long``.
        """
        try:
            async with asyncio.timeout(CALL_SECONDS):
                parts = self.hosts.check_url(url)
                addresses = await self.hosts.resolve(parts)
                async with post_to(addresses, parts, HEADERS, envelope, CALL_SECONDS) as answer:
                    return await _read_answer(answer)
        except BusError as error:
            raise EndpointFault(error.code) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError):
            raise EndpointFault("endpoint-silent") from None


async def _read_answer(answer: httpx.Response) -> EndpointAnswer:
    head = EndpointAnswer(answer.status_code, dict(answer.headers))
    if answer.is_redirect:
        raise EndpointFault("endpoint-redirects", head)
    if answer.status_code not in (200, 500):  # a fault of SOAP 1.1 comes with 500
        raise EndpointFault("endpoint-status", head)
    content = b""
    async for part in answer.aiter_raw():
        content += part
        if len(content) > LONGEST_ANSWER:
            raise EndpointFault("endpoint-answer-long", replace(head, content=content))
    return replace(head, content=content)


def check_answer(
    content: bytes, operation: str, participant: str, centre: CertificationCentre, now: datetime
) -> None:
    """Require the response of an operation, signed by the participant.

    MailRejected for a signed fault; EndpointFault with the code of what is wrong with the answer:
    ``endpoint-answer-malformed``, ``sender-mismatch``, or as ``open_body`` and ``find_peer`` raise.
    """
    try:
        signed = open_body(content, lookup=centre.find_named)
        peer = centre.find_peer(certificate_thumbprint(signed.certificate), now)
    except BusError as error:
        raise EndpointFault(error.code) from None
    if peer.address != participant:
        raise EndpointFault("sender-mismatch")
    tags = [child.tag for child in signed.body if isinstance(child.tag, str)]
    if tags in ([f"{{{SOAP_11}}}Fault"], [f"{{{SOAP_12}}}Fault"]):
        raise MailRejected
    if [etree.QName(tag).localname for tag in tags] != [f"{operation}Response"]:
        raise EndpointFault("endpoint-answer-malformed")
