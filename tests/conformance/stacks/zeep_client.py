"""A client of SyncChannel over zeep, which signs and verifies by xmlsec; it knows the WSDL and the authority."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

zeep: Any = import_module("zeep")
plugins: Any = import_module("zeep.wsse.signature")
xmlsec: Any = import_module("xmlsec")

BINDING = "{http://bip.bee.kz/SyncChannel/v10/Interfaces/Binding2}SyncChannelHttpBinding"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
KDP = "{http://service.2fa-chain.kz/ns/kdp}"
COMPANY = "050340000128"


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class SignedCalls:
    """zeep's plug-in: signs a call, and takes no answer whose signer the issuing authority did not certify."""

    def __init__(self, pem: Path, folder: Path) -> None:
        text = pem.read_text()
        key, certificate, issuing, *_ = (part.strip() for part in text.split("-----BEGIN ") if part.strip())
        (folder / "zeep.key").write_text(f"-----BEGIN {key}\n")
        (folder / "zeep.pem").write_text(f"-----BEGIN {certificate}\n")
        self.issuing = x509.load_pem_x509_certificate(f"-----BEGIN {issuing}\n".encode())
        self.trusted = folder / "signer.pem"
        methods = {"signature_method": xmlsec.Transform.RSA_SHA256, "digest_method": xmlsec.Transform.SHA256}
        self.own = plugins.BinarySignature(str(folder / "zeep.key"), str(folder / "zeep.pem"), **methods)
        self.key = load_pem_private_key((folder / "zeep.key").read_bytes(), None)

    def apply(self, envelope: Any, headers: Any) -> Any:
        envelope, headers = self.own.apply(envelope, headers)
        (security,) = envelope.iter("{*}Security")
        security.set(f"{SOAP}mustUnderstand", "1")
        return envelope, headers

    def verify(self, envelope: Any) -> Any:
        texts = [one.text or "" for one in envelope.iter("{*}KeyIdentifier")]
        if not texts:
            raise plugins.SignatureVerificationFailed
        certificate = x509.load_der_x509_certificate(base64.b64decode(texts[0]))
        certificate.verify_directly_issued_by(self.issuing)
        self.trusted.write_bytes(certificate.public_bytes(Encoding.PEM))
        plugins.verify_envelope(envelope, str(self.trusted))
        return envelope


class FieldsAsElements(zeep.Plugin):  # type: ignore[misc]
    """zeep writes anyType as text only: the fields in the text become elements before the call is signed."""

    def egress(self, envelope: Any, headers: Any, operation: Any, options: Any) -> Any:
        (data,) = envelope.iter("{*}data")
        fields, data.text = etree.fromstring(data.text), None
        data.extend(fields)
        return envelope, headers


def take_part(url: str, wsdl: Path, pem: Path, folder: Path, system: str, iin: str) -> int:
    """Six consents; returns how many of them led to a question to the register."""
    signs = SignedCalls(pem, folder)
    session = requests.Session()
    session.trust_env = False
    client = zeep.Client(
        str(wsdl), wsse=signs, plugins=[FieldsAsElements()], transport=zeep.Transport(session=session, timeout=20)
    )
    service = client.create_service(BINDING, url)
    asked = 0
    for _ in range(6):
        consent = {
            "uin": iin, "company": "Co", "company_bin": COMPANY, "company_responsible": "A", "employee_name": "B",
            "access_name": "GBDFLUniversal_token", "personal_data_name": "all", "expiresIn": "3600000",
            "omit-sms": "true", "ovt": make_token(signs.key),
        }  # fmt: skip
        answer = send(service, system, "KDP_SERVICE", consent)
        data = None if answer is None else answer.responseData and answer.responseData.data
        if answer is None or answer.responseInfo.status.code != "SCSS001" or data is None:
            continue
        parts = {one.tag: (one.text or "").strip() for one in flatten(data)}
        question = {
            "messageId": str(uuid4()), "messageDate": now().isoformat(), "senderCode": system,
            "iin": iin, "kdpToken": parts[f"{KDP}code"], "publicKey": parts[f"{KDP}public-key"],
        }  # fmt: skip
        send(service, system, "GBDFLUniversal_token", question)
        asked += 1
    return asked


def flatten(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [found for one in value for found in flatten(one)]
    return list(value.iter())


def send(service: Any, system: str, name: str, fields: dict[str, str]) -> Any:
    """The answer; None for a fault, and for an answer that proves nothing."""
    data = etree.Element("data")
    for key, value in fields.items():
        etree.SubElement(data, key).text = value
    info = {
        "messageId": str(uuid4()), "serviceId": name, "messageDate": now(), "sender": {"senderId": system},
    }  # fmt: skip
    try:
        return service.SendMessage(
            request={"requestInfo": info, "requestData": {"data": etree.tostring(data).decode()}}
        )
    except Exception:
        return None


def make_token(key: Any) -> str:
    assert isinstance(key, rsa.RSAPrivateKey)
    now = int(time.time())
    claims = {"cbin": COMPANY, "mcheck": "Bio", "iat": now, "exp": now + 600}
    head = f"{encode(json.dumps({'alg': 'RS256'}).encode())}.{encode(json.dumps(claims).encode())}"
    return f"{head}.{encode(key.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
