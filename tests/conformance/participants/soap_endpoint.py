"""A participant's own endpoint of AsyncChannel over lxml, as an ASGI application."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from services.tools.conformance.kit_keys import KitKeys
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import BusError, Untrusted
from shared.pki.xml.keyinfo import CertificateName, KnownCertificates
from shared.pki.xml.wsse import open_body, sign_body
from tests.conformance.participants.buggy import SeededBugs

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ASYNC = "http://bip.bee.kz/AsyncChannel/v10/Types"
OPERATIONS = {"sendMessage": ASYNC, "changeMassageStatusNotification": f"{ASYNC}/Client"}
WSDL = b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>'


@dataclass
class SoapEndpoint:
    keys: KitKeys
    bugs: SeededBugs = field(default_factory=SeededBugs)
    seen: set[str] = field(default_factory=set)
    is_broken: bool = False

    async def __call__(self, scope: dict, receive: object, send: object) -> None:  # type: ignore[type-arg]
        request = Request(scope, receive)  # type: ignore[arg-type]
        body = await request.body()
        response = Response(WSDL, media_type="text/xml")
        if request.method == "POST":
            response = self.answer(body)
        elif self.bugs.has("no-wsdl"):
            response = Response(status_code=404)
        await response(scope, receive, send)  # type: ignore[arg-type]

    def answer(self, envelope: bytes) -> Response:
        has = self.bugs.has
        if (self.is_broken and has("breaks-down")) or (len(envelope) > 100_000 and has("small-bodies")):
            return Response(status_code=503)
        try:
            return self.respond(self.read(envelope))
        except (BusError, etree.XMLSyntaxError) as error:
            self.is_broken = True
            return self.refuse(str(error))

    def read(self, envelope: bytes) -> etree._Element:
        """The operation's element of a call that ШЭП signed."""
        has = self.bugs.has
        if has("dtd-allowed") and b"<!DOCTYPE" in envelope:
            return self.unproved(envelope[envelope.index(b"]>") + 2 :].replace(b"&e;", b""))
        if has("prefix-fixed") and b"<soap:Body" not in envelope:
            raise Untrusted("malformed", "no soap:Body")
        if has("verifies-nothing"):
            return self.unproved(envelope)
        if has("unsigned-allowed") and b"Signature" not in envelope:
            return self.unproved(envelope)
        if has("wrapped-allowed") and b"<x:moved" in envelope:
            return self.unproved(envelope)
        if has("token-refused") and b"BinarySecurityToken" in envelope:
            raise Untrusted("key-info", "KeyInfo of another form")

        def look_up(name: CertificateName) -> object:
            known = () if has("issuer-serial-unknown") else (self.keys.gateway.certificate,)
            return KnownCertificates(known)(name)

        try:
            signed = open_body(envelope, lookup=look_up)  # type: ignore[arg-type]
        except BusError:
            if has("digest-unchecked") and b"changed " in envelope:
                return self.unproved(envelope)
            raise
        try:
            signed.certificate.verify_directly_issued_by(self.keys.centre.issuing)
        except (InvalidSignature, ValueError, TypeError):
            if not has("any-centre"):
                raise Untrusted("chain", "another centre") from None
        if signed.certificate.not_valid_after_utc < SystemClock().now() and not has("expired-allowed"):
            raise Untrusted("expired", "the certificate is over")
        return signed.body[0]

    def unproved(self, envelope: bytes) -> etree._Element:
        return next(etree.fromstring(envelope).iter("{*}Body"))[0]

    def respond(self, wrapper: etree._Element) -> Response:
        has, name = self.bugs.has, etree.QName(wrapper).localname
        if name not in OPERATIONS and not has("any-operation"):
            raise Untrusted("operation", "no such operation")
        if name.startswith("change") and has("status-operation-absent"):
            raise Untrusted("operation", "no such operation")
        message_id = str(wrapper.findtext(".//{*}messageId"))
        if message_id in self.seen and has("repeat-refused"):
            raise Untrusted("duplicate", "again")
        self.seen.add(message_id)
        moment = SystemClock().now()
        moment = moment.replace(tzinfo=None) if has("date-without-zone") else moment
        date = f"<responseDate>{moment.isoformat()}</responseDate>"
        session = f"<sessionId>{{{uuid4()}}}</sessionId>"
        own_id = str(uuid4()) if has("answers-own-id") else message_id
        chain = wrapper.findtext(".//{*}correlationId")
        ids = f"<messageId>{own_id}</messageId><correlationId>{chain}</correlationId>"
        if has("ids-missing"):
            ids = ""
        content = f"{date}{session}" if name.startswith("change") else f"{ids}{date}{session}"
        if has("order-changed"):
            content = f"{session}{date}{ids}"
        space = "urn:own" if has("response-namespace") else OPERATIONS.get(name, ASYNC)
        body = f'<n:{name}Response xmlns:n="{space}"><response>{content}</response></n:{name}Response>'
        return self.sign(body, 200)

    def refuse(self, reason: str) -> Response:
        has = self.bugs.has
        if has("fault-as-html"):
            return Response(f"<html><body>{reason}</body></html>", 500, media_type="text/html")
        trace = f'Traceback (most recent call last): File "/srv/x.py" {reason}'
        reason = trace if has("leaks-trace") else "refused"
        fault = f"<s:Fault><faultcode>s:Client</faultcode><faultstring>{reason}</faultstring></s:Fault>"
        return self.sign(fault, 200 if has("fault-with-200") else 500)

    def sign(self, content: str, status: int) -> Response:
        has = self.bugs.has
        envelope = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{content}</s:Body></s:Envelope>'.encode()
        pair = self.keys.stranger if has("signs-by-foreign-key") else self.keys.participant
        signed = envelope if has("answers-unsigned") else sign_body(envelope, pair.key, pair.certificate)
        kind = "application/octet-stream" if has("type-binary") else "text/xml"
        return Response(signed, status, media_type=kind)
