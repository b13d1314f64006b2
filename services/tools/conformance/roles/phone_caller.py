"""A phone (eGov Mobile) as it signs at a participant's server: both addresses, good signatures and bad ones."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import httpx

from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import RunTrace
from services.tools.conformance.kit_keys import KeyPair
from services.tools.conformance.roles.cases.case_papers import CITIZEN, LATE_CITIZEN, add_people
from services.tools.conformance.roles.soap.push_caller import ServedTarget, call_participant
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import BusError
from shared.pki.cms import signed_data
from shared.pki.xml import xmldsig

DOOR, FIRST, SECOND, PUT = "phone", "api1", "api2", "put"
PREFIX = "mobileSign:"
XML, WITH_DATA, SIGN_ONLY = "XML", "CMS_WITH_DATA", "CMS_SIGN_ONLY"
METHODS = (XML, WITH_DATA, SIGN_ONLY)
TOKEN, EDS, NO_AUTH = "Token", "Eds", "None"
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
        address = self.target.url.removeprefix(PREFIX)
        first = await self._call(FIRST, "good", "GET", address)
        document = _part(first.response.json, "document")
        uri = str(document.get("uri", ""))
        if not uri.startswith(("http://", "https://")):
            return
        if document.get("auth_type") == TOKEN:
            await self._call(SECOND, "no-token", "GET", uri)
            await self._call(SECOND, "wrong-token", "GET", uri, headers={"Authorization": "Bearer wrong"})
        if document.get("auth_type") == EDS:
            await self._call(SECOND, "unsigned-request", "POST", uri, f"<login><url>{uri}</url></login>".encode())
        headers = self._headers(document)
        second = await self._fetch_documents(document, uri, headers)
        papers = second.response.json
        if isinstance(papers, dict) and isinstance(papers.get("documentsToSign"), list):
            await self._put_all(uri, headers, papers)
            await self._call(FIRST, "after", "GET", address)

    def _headers(self, document: Mapping[str, Any]) -> dict[str, str]:
        if document.get("auth_type") == TOKEN:
            return {"Authorization": f"Bearer {document.get('auth_token', '')}"}
        return {}

    async def _fetch_documents(
        self, document: Mapping[str, Any], uri: str, headers: Mapping[str, str]
    ) -> KeptExchange:
        if document.get("auth_type") != EDS:
            return await self._call(SECOND, "good", "GET", uri, headers=headers)
        pair = self.trace.keys.people[CITIZEN]
        login = f"<login><url>{uri}</url></login>".encode()
        signed = xmldsig.sign_enveloped(login, pair.key, pair.certificate)
        return await self._call(SECOND, "good", "POST", uri, signed, {"Content-Type": "application/xml"})

    async def _put_all(self, uri: str, headers: Mapping[str, str], papers: Json) -> None:
        keys = self.trace.keys
        citizen, late = keys.people[CITIZEN], keys.people[LATE_CITIZEN]
        foreign = KeyPair(citizen.key, keys.stranger.certificate)
        bad: Mapping[str, Callable[[], Json]] = {
            "unsigned": lambda: papers,
            "spoiled": lambda: sign_papers(papers, citizen, is_spoiled=True),
            "other-document": lambda: sign_papers(papers, citizen, is_exchanged=True),
            "expired-certificate": lambda: sign_papers(papers, late),
            "foreign-centre": lambda: sign_papers(papers, KeyPair(keys.stranger.key, foreign.certificate)),
            "unknown-id": lambda: rename_papers(sign_papers(papers, citizen)),
        }
        for probe, make in bad.items():
            await self._put(uri, headers, probe, json.dumps(make(), ensure_ascii=False).encode())
        await self._put(uri, headers, "no-json", b"{")
        good = json.dumps(sign_papers(papers, citizen), ensure_ascii=False).encode()
        await self._put(uri, headers, "good", good)
        await self._put(uri, headers, "repeated", good)

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


def sign_papers(papers: Json, pair: KeyPair, *, is_spoiled: bool = False, is_exchanged: bool = False) -> Json:
    """The documents with the signed bytes in the place of the originals, all else unchanged."""
    copied, method = deepcopy(papers), papers.get("signMethod")
    for paper in copied["documentsToSign"]:
        if method == XML:
            paper["documentXml"] = _sign_xml(str(paper.get("documentXml")), pair, is_spoiled, is_exchanged)
            continue
        file = _part(_part(paper, "document"), "file")
        content = _decode(str(file.get("data", "")))
        if is_exchanged:
            content += b" and more"
        is_detached = method == SIGN_ONLY
        cms = signed_data.sign(content, pair.key, pair.certificate, at=SystemClock().now(), detached=is_detached)
        if is_spoiled:
            cms = cms[:-4] + bytes(byte ^ 0xFF for byte in cms[-4:])
        file["data"] = base64.b64encode(cms).decode()
    return copied


def _sign_xml(text: str, pair: KeyPair, is_spoiled: bool, is_exchanged: bool) -> str:
    document = f"<other>{text.count('x')}</other>" if is_exchanged else text
    try:
        signed = xmldsig.sign_enveloped(document.encode(), pair.key, pair.certificate).decode()
    except BusError:
        return text
    if is_spoiled:
        place = signed.index("SignatureValue>") + len("SignatureValue>") + 4
        signed = signed[:place] + ("A" if signed[place] != "A" else "B") + signed[place + 1 :]
    return signed


def rename_papers(papers: Json) -> Json:
    """The documents under ids that the server never gave."""
    for number, paper in enumerate(papers["documentsToSign"]):
        paper["id"] = f"unknown-{number}"
    return papers


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return text.encode()


def _part(value: Any, name: str) -> Json:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


async def play_phone(trace: RunTrace, target: ServedTarget) -> None:
    """Play a phone against the server whose first address is ``target``."""
    await PhoneCaller(trace, target).play()
