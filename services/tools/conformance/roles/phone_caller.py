"""A phone (eGov Mobile) as it signs at a participant's server: both addresses, good signatures and bad ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import RunTrace
from services.tools.conformance.roles.cases.case_papers import CITIZEN, LATE_CITIZEN, add_people
from services.tools.conformance.roles.soap.push_caller import ServedTarget, call_participant
from services.tools.conformance.targets import is_led_astray
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import Malformed
from shared.client.keystore import KeyEntry
from shared.phone.links import read_link
from shared.phone.signing import PhoneOwner, compose_eds_request, sign_documents, spoil_signatures
from shared.phone.wire import AuthType, DocumentSet, SignMethod, put_signatures, read_documents

DOOR, FIRST, SECOND, PUT = "phone", "api1", "api2", "put"
STRANGER = "stranger"
OTHER_XML = b"<other/>"
BAD_PROBES = (
    "unsigned",
    "spoiled",
    "other-document",
    "expired-certificate",
    "foreign-centre",
    "unknown-id",
    "no-json",
)
Json = dict[str, Any]


@dataclass
class PhoneCaller:
    """The calls of one phone, in their order."""

    trace: RunTrace
    target: ServedTarget

    def __post_init__(self) -> None:
        add_people(self.trace.keys, SystemClock().now())

    async def play(self) -> None:
        """Fetch both addresses, put every bad answer, then the good one, twice."""
        address = _read_address(self.target.url)
        first = await self._call(FIRST, "good", "GET", address)
        document = _part(first.response.json, "document")
        uri = str(document.get("uri", ""))
        if not uri.startswith(("http://", "https://")):
            return
        if self.target.is_guarded and await is_led_astray(address, uri):
            first.facts["leads_astray"] = True
            return
        if document.get("auth_type") == AuthType.TOKEN:
            await self._call(SECOND, "no-token", "GET", uri)
            await self._call(SECOND, "wrong-token", "GET", uri, headers={"Authorization": "Bearer wrong"})
        if document.get("auth_type") == AuthType.EDS:
            await self._call(SECOND, "unsigned-request", "POST", uri, f"<login><url>{uri}</url></login>".encode())
        headers = self._headers(document)
        second = await self._fetch_documents(document, uri, headers)
        try:
            offered = read_documents(second.response.body)
        except Malformed:  # as a phone: it shows an error and signs nothing
            return
        await self._put_all(uri, headers, offered)
        await self._call(FIRST, "after", "GET", address)

    def _headers(self, document: Mapping[str, Any]) -> dict[str, str]:
        if document.get("auth_type") == AuthType.TOKEN:
            return {"Authorization": f"Bearer {document.get('auth_token', '')}"}
        return {}

    async def _fetch_documents(
        self, document: Mapping[str, Any], uri: str, headers: Mapping[str, str]
    ) -> KeptExchange:
        if document.get("auth_type") != AuthType.EDS:
            return await self._call(SECOND, "good", "GET", uri, headers=headers)
        signed = compose_eds_request(uri, self._owner(CITIZEN))
        return await self._call(SECOND, "good", "POST", uri, signed, {"Content-Type": "application/xml"})

    async def _put_all(self, uri: str, headers: Mapping[str, str], offered: DocumentSet) -> None:
        for probe, body in self._bad_answers(offered).items():
            await self._put(uri, headers, probe, body)
        good = put_signatures(offered, self._sign(offered, CITIZEN))
        await self._put(uri, headers, "good", good)
        await self._put(uri, headers, "repeated", good)

    def _bad_answers(self, offered: DocumentSet) -> dict[str, bytes]:
        """What must be refused, by the probes of ``BAD_PROBES``."""
        good = self._sign(offered, CITIZEN)
        other = OTHER_XML if offered.method is SignMethod.XML else b"another document"
        exchanged = replace(offered, documents=tuple(replace(one, content=other) for one in offered.documents))
        renamed = json.loads(put_signatures(offered, good))
        for number, entry in enumerate(renamed["documentsToSign"]):
            entry["id"] = f"unknown-{number}"
        return {
            "unsigned": json.dumps(offered.raw).encode(),
            "spoiled": put_signatures(offered, spoil_signatures(offered.method, good)),
            "other-document": put_signatures(offered, self._sign(exchanged, CITIZEN)),
            "expired-certificate": put_signatures(offered, self._sign(offered, LATE_CITIZEN)),
            "foreign-centre": put_signatures(offered, self._sign(offered, STRANGER)),
            "unknown-id": json.dumps(renamed).encode(),
            "no-json": b"{",
        }

    def _owner(self, name: str) -> PhoneOwner:
        keys = self.trace.keys
        pair = keys.stranger if name == STRANGER else keys.people[name]
        entry = KeyEntry(pair.key, pair.certificate, ())
        return PhoneOwner(entry, entry)

    def _sign(self, offered: DocumentSet, name: str) -> list[bytes]:
        try:
            return sign_documents(offered, self._owner(name), SystemClock().now())
        except Malformed:  # a documentXml that is none: a requirement says so, and the PUT shows the rest
            return [document.content for document in offered.documents]

    async def _put(self, uri: str, headers: Mapping[str, str], probe: str, body: bytes) -> None:
        await self._call(PUT, probe, "PUT", uri, body, {**headers, "Content-Type": "application/json"})

    async def _call(
        self,
        operation: str,
        probe: str,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> KeptExchange:
        client = self.target.client
        try:
            request = client.build_request(method, url, content=body, headers=dict(headers or {}))
        except (httpx.InvalidURL, ValueError):
            request = client.build_request(method, "http://invalid.invalid/")
        return await call_participant(self.trace, client, DOOR, operation, probe, request)


def _read_address(text: str) -> str:
    """The address of API 1: of a QR code, of a link that opens the app, or the address itself."""
    try:
        return read_link(text).url
    except Malformed:
        return text


def _part(value: Any, name: str) -> Json:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


async def play_phone(trace: RunTrace, target: ServedTarget) -> None:
    """Play a phone against the server whose first address is ``target``."""
    await PhoneCaller(trace, target).play()
