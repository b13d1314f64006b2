"""An endpoint of AsyncChannel over http.server: WS-Security written out by hand over lxml and RSA."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
DS = "http://www.w3.org/2000/09/xmldsig#"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
TOKEN = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ASYNC = "http://bip.bee.kz/AsyncChannel/v10/Types"
OPERATIONS = {f"{{{ASYNC}}}sendMessage", f"{{{ASYNC}/Client}}changeMassageStatusNotification"}
PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class BadCall(Exception):
    pass


class PlainEndpoint:
    def __init__(self, key: rsa.RSAPrivateKey, certificate: x509.Certificate, issuing: x509.Certificate) -> None:
        self.key, self.certificate, self.issuing = key, certificate, issuing
        self.known: list[x509.Certificate] = []

    def answer(self, envelope: bytes) -> tuple[int, bytes]:
        try:
            return 200, self.sign(self.respond(self.read(envelope)))
        except (BadCall, InvalidSignature, ValueError, etree.XMLSyntaxError, IndexError, AttributeError):
            fault = "<s:Fault><faultcode>s:Client</faultcode><faultstring>refused</faultstring></s:Fault>"
            return 500, self.sign(fault)

    def read(self, envelope: bytes) -> Any:
        if b"<!DOCTYPE" in envelope:
            raise BadCall
        root: Any = etree.fromstring(envelope, PARSER)
        (body,) = [child for child in root if child.tag == f"{{{SOAP}}}Body"]
        (signature,) = root.iter(f"{{{DS}}}Signature")
        info: Any = signature.find(f"{{{DS}}}SignedInfo")
        (reference,) = info.findall(f"{{{DS}}}Reference")
        name = body.get(f"{{{WSU}}}Id")
        if (
            not name
            or reference.get("URI") != f"#{name}"
            or len(root.xpath("//*[@*[local-name()='Id']=$n]", n=name)) != 1
        ):
            raise BadCall
        if base64.b64decode(reference.findtext(f"{{{DS}}}DigestValue")) != sha256(canonical(body)).digest():
            raise BadCall
        certificate = self.find_certificate(root, signature)
        certificate.verify_directly_issued_by(self.issuing)
        if certificate.not_valid_after_utc < now():
            raise BadCall
        value = base64.b64decode(signature.findtext(f"{{{DS}}}SignatureValue"))
        key = certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(value, canonical(info), padding.PKCS1v15(), hashes.SHA256())
        self.known.append(certificate)
        return body[0]

    def find_certificate(self, root: Any, signature: Any) -> x509.Certificate:
        texts = [one.text for one in signature.iter(f"{{{WSSE}}}KeyIdentifier")]
        texts += [one.text for one in root.iter(f"{{{WSSE}}}BinarySecurityToken")]
        if texts:
            return x509.load_der_x509_certificate(base64.b64decode(texts[0]))
        serial = int(signature.findtext(f".//{{{DS}}}X509SerialNumber"))
        return next(known for known in self.known if known.serial_number == serial)

    def respond(self, wrapper: Any) -> str:
        if wrapper.tag not in OPERATIONS:
            raise BadCall
        tag = etree.QName(wrapper)
        date = f"<responseDate>{now().isoformat()}</responseDate>"
        session = f"<sessionId>{{{uuid4()}}}</sessionId>"
        names = ("messageId", "correlationId")
        ids = "".join(f"<{name}>{wrapper.findtext(f'.//{name}')}</{name}>" for name in names)
        content = f"{ids if tag.localname == 'sendMessage' else ''}{date}{session}"
        name = f"{tag.localname}Response"
        return f'<n:{name} xmlns:n="{tag.namespace}"><response>{content}</response></n:{name}>'

    def sign(self, content: str) -> bytes:
        name, own = f"id-{uuid4()}", base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()
        body = f'<s:Body xmlns:s="{SOAP}" xmlns:wsu="{WSU}" wsu:Id="{name}">{content}</s:Body>'
        digest = base64.b64encode(sha256(canonical(etree.fromstring(body))).digest()).decode()
        info = (
            f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
            '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
            f'<ds:Reference URI="#{name}"><ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>'
            '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
            f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        )
        raw = self.key.sign(canonical(etree.fromstring(info)), padding.PKCS1v15(), hashes.SHA256())
        return (
            f'<s:Envelope xmlns:s="{SOAP}"><s:Header><w:Security xmlns:w="{WSSE}" s:mustUnderstand="1">'
            f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{base64.b64encode(raw).decode()}'
            f"</ds:SignatureValue><ds:KeyInfo><w:SecurityTokenReference>"
            f'<w:KeyIdentifier ValueType="{TOKEN}" EncodingType="{BASE64}">{own}</w:KeyIdentifier>'
            f"</w:SecurityTokenReference></ds:KeyInfo></ds:Signature></w:Security></s:Header>{body}</s:Envelope>"
        ).encode()


def canonical(element: Any) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def make_server(endpoint: PlainEndpoint) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.reply(*endpoint.answer(body))

        def do_GET(self) -> None:
            self.reply(200, b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>')

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)
