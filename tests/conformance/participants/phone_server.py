"""A server of the two addresses at which a phone signs, as an ASGI application."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.tools.conformance.kit_keys import KitKeys
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import BusError, Untrusted
from shared.pki.cms import signed_data
from shared.pki.xml import xmldsig
from tests.conformance.participants.buggy import SeededBugs

Json = dict[str, Any]
CONTENT = b"contract 17"
XML = "<contract><number>17</number></contract>"
HOST = "http://participant.test"
OPEN_TOKEN = "once"


@dataclass
class PhoneServer:
    """``method`` and ``auth`` are those of the contract: signMethod and auth_type."""

    keys: KitKeys
    bugs: SeededBugs = field(default_factory=SeededBugs)
    method: str = "CMS_WITH_DATA"
    auth: str = "Token"
    host: str = HOST
    is_signed: bool = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        response = self.answer(request, await request.body())
        await response(scope, receive, send)

    def answer(self, request: Request, body: bytes) -> Response:
        if request.url.path.endswith("/documents"):
            if not self.is_let_in(request, body):
                return JSONResponse({"message": "no entry"}, 401)
            return self.put(body) if request.method == "PUT" else self.shape(self.documents())
        if self.is_signed and not self.bugs.has("link-for-ever"):
            return JSONResponse({"message": "the link is used"}, 410)
        return self.shape(self.link())

    def shape(self, value: Json) -> Response:
        if self.bugs.has("type-text"):
            return Response(json.dumps(value), media_type="text/plain")
        return JSONResponse(value)

    def is_let_in(self, request: Request, body: bytes) -> bool:
        if self.auth == "Token":
            token = request.headers.get("authorization")
            return token == f"Bearer {OPEN_TOKEN}" or (
                self.bugs.has("token-unchecked") or (self.bugs.has("any-token") and token is not None)
            )
        if self.auth == "Eds" and request.method != "PUT":
            try:
                xmldsig.open_enveloped(body)
            except BusError:
                return self.bugs.has("login-unchecked")
        return True

    def link(self) -> Json:
        has = self.bugs.has
        moment = SystemClock().now() + timedelta(seconds=-60 if has("expired-link") else 180)
        date = (
            moment.strftime("%d.%m.%Y %H:%M") if has("date-of-own") else moment.strftime("%Y-%m-%dT%H:%M:%S.%f%z")
        )
        organisation = {"nameRu": "ТОО", "nameKz": "ЖШС", "nameEn": "LLP", "bin": "050340000128"}
        if has("names-missing"):
            del organisation["nameKz"]
        if has("bin-unchecked"):
            organisation["bin"] = "123456789012"
        uri = "/documents" if has("uri-relative") else f"{self.host}/documents"
        kind = "Bearer" if has("auth-of-own") else self.auth
        token = {"auth_token": "" if has("token-empty") else OPEN_TOKEN} if self.auth == "Token" else {}
        description = "" if has("description-empty") else "Contract"
        document = {"uri": uri, "auth_type": kind, **token}
        return {
            "description": description,
            "expiry_date": date,
            "organisation": organisation,
            "document": document,
        }

    def documents(self) -> Json:
        has = self.bugs.has
        names = {"nameRu": "Договор", "nameKz": "Шарт", "nameEn": "Contract"}
        if has("paper-names-missing"):
            del names["nameEn"]
        papers = []
        for number in (1, 2):
            paper: Json = {
                "id": 1 if has("ids-repeated") else number,
                **names,
                "meta": [{"name": "n", "value": "17"}],
            }
            if has("meta-object"):
                paper["meta"] = {"n": "17"}
            if self.method == "XML":
                paper["documentXml"] = XML
            else:
                data = CONTENT.decode() if has("data-plain") else base64.b64encode(CONTENT).decode()
                paper["document"] = {"file": {"mime": "@file/pdf", "data": data}}
            papers.append(paper)
        method = "CMS" if has("method-of-own") else self.method
        return {"signMethod": method, "version": 2, "documentsToSign": [] if has("no-papers") else papers}

    def put(self, body: bytes) -> Response:
        has = self.bugs.has
        try:
            value = json.loads(body)
        except ValueError:
            return self.refuse("no JSON", 500 if has("crashes") else 400)
        if self.is_signed and has("repeat-crashes"):
            return Response(status_code=500)
        try:
            for paper in value["documentsToSign"]:
                if paper["id"] not in (1, 2) and not has("any-id"):
                    raise Untrusted("id", "no such document")
                self.prove(paper)
        except (BusError, InvalidSignature, ValueError) as error:
            return self.refuse(str(error) or "untrusted", 403)
        self.is_signed = True
        return self.refuse("busy", 403) if has("refuses-good") else JSONResponse({"message": "success"})

    def refuse(self, reason: str, status: int) -> Response:
        return (
            Response(status_code=status)
            if self.bugs.has("no-message")
            else JSONResponse({"message": reason}, status)
        )

    def prove(self, paper: Json) -> None:
        """Require that a citizen with a certificate in force signed this document."""
        has = self.bugs.has
        if has("verifies-nothing"):
            return
        if self.method == "XML":
            signed = xmldsig.open_enveloped(paper["documentXml"].encode())
            self.trust(signed.certificate)
            return
        cms = base64.b64decode(paper["document"]["file"]["data"])
        if has("unsigned-allowed") and cms == CONTENT:
            return
        content = CONTENT if self.method == "CMS_SIGN_ONLY" else None
        try:
            opened = signed_data.open_signed(cms, content=content)
        except BusError:
            if has("signature-unchecked") and cms != CONTENT:
                return
            raise
        if opened.content != CONTENT and not has("content-unchecked"):
            raise Untrusted("content", "another document")
        self.trust(opened.certificate)

    def trust(self, certificate: x509.Certificate) -> None:
        has = self.bugs.has
        if not has("any-centre"):
            certificate.verify_directly_issued_by(self.keys.centre.issuing)
        if certificate.not_valid_after_utc < SystemClock().now() and not has("expired-allowed"):
            raise Untrusted("expired", "the certificate is over")
