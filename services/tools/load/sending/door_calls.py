"""What makes the calls: questions by the REST door or by SyncChannel, files of many sizes, whole applications."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from uuid import uuid4
from xml.sax.saxutils import escape

from services.tools.load.connections import ConnectionPool, HttpAnswer, write_request
from services.tools.load.generator import CallFailed
from shared.client.http import ApiError
from shared.client.participants import JoinedParticipant
from shared.client.people import CertifiedPerson
from shared.client.portal import PortalClient
from shared.contracts.registers import PERSON_SERVICE, TEMP_FILES_SERVICE, UNIVERSAL_PERSON_SERVICE
from shared.pki.xml.wsse import sign_body
from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.model import Passport

SYNC_CHANNEL = "/bip-sync-wss-gost/"
MESSAGES = "/api/v1/messages"
SOAP_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
POSITIVE_CODE = b"SCSS001"
KILOBYTE = 1024
SIZE_MIX = (
    (2 * KILOBYTE, 0.30),
    (10 * KILOBYTE, 0.60),
    (100 * KILOBYTE, 0.09),
    (2048 * KILOBYTE, 0.009),
    (10 * 1024 * KILOBYTE, 0.001),
)
"""Bytes of a message on the wire, and its share of the messages: the load that X-Road's own tests use."""
ENVELOPE_BYTES = 6 * KILOBYTE
POLL_SECONDS = 0.1
FIRST_PHONE = 87_000_000_000


@dataclass
class RestQuestions:
    """Who holds a number, asked by JSON; with ``wait`` seconds the answer comes in the same call."""

    pool: ConnectionPool
    asker: JoinedParticipant
    iins: Sequence[str]
    wait: int = 30

    async def send(self, number: int) -> None:
        content = {"contract": "person-query/1", "data": {"iin": self.iins[number % len(self.iins)]}}
        body = json.dumps({"service_id": PERSON_SERVICE, "content": content}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.asker.token}"}
        path = f"{MESSAGES}?wait={self.wait}"
        answer = await self.pool.call(write_request("POST", self.pool.url, path, headers, body))
        if answer.status >= 300:
            raise CallFailed(problem_code(answer))
        if self.wait and json.loads(answer.body).get("answer") is None:
            raise CallFailed("answer-late")


@dataclass
class SoapCalls:
    """Calls of SyncChannel, each with an id and a signature of its own, signed before the run."""

    pool: ConnectionPool
    requests: list[bytes] = field(repr=False)

    @classmethod
    async def prepare_questions(
        cls, pool: ConnectionPool, asker: JoinedParticipant, iins: Sequence[str], count: int, moment: datetime
    ) -> SoapCalls:
        """Sign ``count`` questions who holds a number, dated ``moment``."""
        numbers = cycle(iins)
        datas = [f"<data><messageId>{uuid4()}</messageId><iin>{next(numbers)}</iin></data>" for _ in range(count)]
        envelopes = [write_envelope(asker.address, UNIVERSAL_PERSON_SERVICE, data, moment) for data in datas]
        return cls(pool, await asyncio.to_thread(_sign_all, pool.url, asker, envelopes))

    @classmethod
    async def prepare_files(
        cls, pool: ConnectionPool, asker: JoinedParticipant, count: int, seed: int, moment: datetime
    ) -> SoapCalls:
        """Sign ``count`` calls that bring a file each, in sizes of `SIZE_MIX`; the same seed, the same sizes."""
        chance = random.Random(seed)  # noqa: S311 - sizes, no secrets
        sizes = chance.choices([size for size, _ in SIZE_MIX], [share for _, share in SIZE_MIX], k=count)
        datas = [_write_upload(size) for size in sizes]
        envelopes = [write_envelope(asker.address, TEMP_FILES_SERVICE, data, moment) for data in datas]
        return cls(pool, await asyncio.to_thread(_sign_all, pool.url, asker, envelopes))

    async def send(self, number: int) -> None:
        answer = await self.pool.call(self.requests[number % len(self.requests)])
        if answer.status != 200 or POSITIVE_CODE not in answer.body:
            raise CallFailed(_fault_code(answer))


@dataclass
class LoadCitizen:
    """A citizen with an account and a key, logged in."""

    signer: CertifiedPerson
    portal: PortalClient


@dataclass
class WholeCases:
    """Applications at the portal, each followed to its result: the call ends when the service is completed."""

    passport: Passport
    authorities: Sequence[str]
    citizens: Sequence[LoadCitizen]

    async def send(self, number: int) -> None:
        citizen = self.citizens[number % len(self.citizens)]
        phone = str(FIRST_PHONE + secrets.randbelow(10**9))  # an equal open application would be refused
        form = make_valid_form(self.passport, citizen.signer.iin, phone=phone)
        authority = self.authorities[number % len(self.authorities)]
        try:
            case = await citizen.portal.apply_for_service(
                citizen.signer, self.passport.id, authority, form, self.passport.variants[0]
            )
            await _wait_until_completed(citizen.portal, str(case["id"]))
        except ApiError as error:
            raise CallFailed(error.code) from error


async def _wait_until_completed(portal: PortalClient, case_id: str) -> None:
    is_completed = False
    while not is_completed:
        is_completed = (await portal.get_application(case_id))["outcome"] is not None
        await asyncio.sleep(0 if is_completed else POLL_SECONDS)


def _sign_all(url: str, asker: JoinedParticipant, envelopes: Sequence[bytes]) -> list[bytes]:
    signed = (sign_body(envelope, asker.key, asker.certificate) for envelope in envelopes)
    return [write_request("POST", url, SYNC_CHANNEL, SOAP_HEADERS, body) for body in signed]


def write_envelope(sender: str, service: str, data: str, moment: datetime) -> bytes:
    """``SendMessage`` of SyncChannel around the element ``data``, not yet signed."""
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:typ="http://bip.bee.kz/SyncChannel/v10/Types"><soapenv:Header/><soapenv:Body>'
        f"<typ:SendMessage><request><requestInfo><messageId>{uuid4()}</messageId>"
        f"<serviceId>{service}</serviceId><messageDate>{moment.isoformat()}</messageDate>"
        f"<sender><senderId>{escape(sender)}</senderId></sender></requestInfo>"
        f"<requestData>{data}</requestData></request></typ:SendMessage></soapenv:Body></soapenv:Envelope>"
    ).encode()


def problem_code(answer: HttpAnswer) -> str:
    """The ``code`` of a problem of the REST door, else the HTTP status."""
    try:
        return str(json.loads(answer.body)["code"])
    except (ValueError, KeyError, TypeError):
        return f"http-{answer.status}"


def _fault_code(answer: HttpAnswer) -> str:
    """The code in a fault's ``errorData`` or ``errorCode``, else the HTTP status."""
    for name in (b"errorData", b"errorCode", b"code"):
        _, _, rest = bytes(answer.body).partition(b"<" + name + b">")
        if code := rest.partition(b"<")[0].split(b"\n")[0].split(b":")[0].strip():
            return code.decode(errors="replace")[:60]
    return f"http-{answer.status}"


def _write_upload(size: int) -> str:
    """A file for EDS_TEMP_FILES whose signed envelope has about ``size`` bytes."""
    content = b64encode(secrets.token_bytes(max(1, (size - ENVELOPE_BYTES) * 3 // 4))).decode()
    return (
        '<data><t:tempStorageRequest xmlns:t="http://egov.bee.kz/eds/tempstorage/v2/"><type>UPLOAD</type>'
        f"<uploadRequest><fileUploadRequests><fileProcessIdentifier>{uuid4()}</fileProcessIdentifier>"
        f"<content>{content}</content><name>load.bin</name><mime>application/octet-stream</mime>"
        "<lifeTime>60000</lifeTime><needToBeConfirmed>false</needToBeConfirmed></fileUploadRequests>"
        "</uploadRequest></t:tempStorageRequest></data>"
    )
