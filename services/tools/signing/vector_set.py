"""Test vectors of every signature on the bus (JWS, hop, WS-Security, CMS), good ones and spoiled ones with a code.

The keys are made anew each time: a key in a repository is a secret that scanners report, and a certificate there
expires. Who needs the same bytes twice keeps the folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.messages import jws
from shared.bus.messages.gate import hop_payload
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import issue_certificate, make_issuing, make_root
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import signed_data
from shared.pki.xml.wsse import sign_body

SENDER, GATEWAY = "my-system", "shep_gateway"
PERSON = ("900101300017", "PRIMEROV", "PRIMER")
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<t:SendMessage xmlns:t="http://bip.bee.kz/SyncChannel/v10/Types"><request><requestInfo><messageId>1</messageId>'
    "<serviceId>GBDFL_UniversalServiceSync</serviceId><messageDate>{moment}</messageDate>"
    "<sender><senderId>my-system</senderId></sender></requestInfo>"
    "<requestData><data><iin>900101300017</iin></data></requestData></request></t:SendMessage></s:Body></s:Envelope>"
)


@dataclass(frozen=True)
class SignatureVector:
    """One vector: ``code`` is that of the refusal, None for a good one; the others are names of files.

    ``content`` is what the signature is over; for a hop ``inner`` is the sender's signature, which a hop covers
    with a dot behind it and the content.
    """

    name: str
    kind: str
    code: str | None
    signature: str
    certificate: str
    content: str | None = None
    inner: str | None = None


@dataclass(frozen=True)
class VectorSigner:
    """A key with its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def sign(self, payload: bytes, recipient: str, sequence: int = 1) -> str:
        """The detached JWS over a payload."""
        thumbprint = keys.certificate_thumbprint(self.certificate)
        return jws.sign(self.key, thumbprint, payload, {"to": recipient, "seq": sequence})


def make_vectors(now: datetime) -> dict[str, bytes]:
    """The content of every file by its name; ``vectors.json`` lists the vectors."""
    root_key, issuing_key = keys.new_rsa_key(), keys.new_rsa_key()
    root = make_root(root_key, now)
    issuing = make_issuing(root_key, root, issuing_key, now)
    issuer = (issuing_key, issuing)
    sender, gateway = (_certify_system(address, *issuer, now) for address in (SENDER, GATEWAY))
    person = _certify_person(*issuer, now)
    files = {"root.pem": _pem(root), "issuing.pem": _pem(issuing)}
    for name, signer in (("sender", sender), ("gateway", gateway), ("person", person)):
        files |= {f"{name}.pem": _pem(signer.certificate), f"{name}.key.pem": keys.to_pem(signer.key)}
    vectors = []
    for vector, contents in (
        *_message_vectors(sender, gateway, now),
        *_envelope_vectors(sender, now),
        *_document_vectors(person, now),
    ):
        vectors.append(asdict(vector))
        files |= contents
    index = {"made_at": now.isoformat(), "vectors": vectors}
    return {**files, "vectors.json": json.dumps(index, indent=1, ensure_ascii=False).encode()}


Vectors = Iterator[tuple[SignatureVector, dict[str, bytes]]]


def _message_vectors(sender: VectorSigner, gateway: VectorSigner, now: datetime) -> Vectors:
    info = {
        "messageId": "vector-1", "correlationId": "vector-case", "serviceId": "nr-iin-person",
        "messageType": "REQUEST", "messageDate": now.isoformat(), "sender": {"senderId": SENDER}, "properties": [],
    }  # fmt: skip
    data = {"contract": "person-query/1", "data": {"iin": PERSON[0]}}
    body = json.dumps({"messageInfo": info, "messageData": data}, ensure_ascii=False).encode()
    signature = sender.sign(body, GATEWAY)
    content = {"message.json": body, "message.jws": signature.encode()}
    named = ("message.jws", "sender.pem", "message.json")
    yield SignatureVector("jws", "jws", None, *named), content
    changed = body.replace(PERSON[0].encode(), b"900101300018")
    invalid = "signature-invalid"
    vector = SignatureVector("jws-content-changed", "jws", invalid, "message.jws", "sender.pem", "changed.json")
    yield vector, {"changed.json": changed}
    yield SignatureVector("jws-other-key", "jws", invalid, "message.jws", "gateway.pem", "message.json"), {}
    header, _, tail = signature.partition("..")
    spoiled = f"{header}..{tail[:-4]}AAAA"
    vector = SignatureVector("jws-spoiled", "jws", invalid, "spoiled.jws", "sender.pem", "message.json")
    yield vector, {"spoiled.jws": spoiled.encode()}
    hop = gateway.sign(hop_payload(signature, body), "nr_iin")
    hop_names = ("hop.jws", "gateway.pem", "message.json")
    yield SignatureVector("hop", "hop", None, *hop_names, "message.jws"), {"hop.jws": hop.encode()}
    yield SignatureVector("hop-over-another-signature", "hop", invalid, *hop_names, "spoiled.jws"), {}


def _envelope_vectors(sender: VectorSigner, now: datetime) -> Vectors:
    envelope = ENVELOPE.format(moment=now.isoformat()).encode()
    signed = sign_body(envelope, sender.key, sender.certificate)
    yield SignatureVector("wsse", "wsse", None, "envelope.xml", "sender.pem"), {"envelope.xml": signed}
    changed = signed.replace(b"<iin>900101300017", b"<iin>900101300018")
    vector = SignatureVector("wsse-content-changed", "wsse", "eds-signature-invalid", "changed.xml", "sender.pem")
    yield vector, {"changed.xml": changed}
    yield SignatureVector("wsse-unsigned", "wsse", "eds-missing", "bare.xml", "sender.pem"), {"bare.xml": envelope}


def _document_vectors(person: VectorSigner, now: datetime) -> Vectors:
    document = b"a document to sign"
    sign = (person.key, person.certificate)
    attached = signed_data.sign(document, *sign, at=now)
    yield SignatureVector("cms", "cms", None, "document.p7m", "person.pem"), {"document.p7m": attached}
    detached = signed_data.sign(document, *sign, at=now, detached=True)
    vector = SignatureVector("cms-detached", "cms", None, "document.p7s", "person.pem", "document.txt")
    yield vector, {"document.p7s": detached, "document.txt": document}
    invalid = "eds-signature-invalid"
    vector = SignatureVector("cms-content-changed", "cms", invalid, "document.p7s", "person.pem", "changed.txt")
    yield vector, {"changed.txt": document + b"!"}


def _certify_system(
    address: str, issuing_key: rsa.RSAPrivateKey, issuing: x509.Certificate, now: datetime
) -> VectorSigner:
    key = keys.new_rsa_key()
    subject = profile.system_subject("2.999", address, organisation="test", bin_="000000000000")
    uri = profile.system_uri(address)
    issuer = (issuing_key, issuing, key.public_key(), subject)
    return VectorSigner(key, issue_certificate(*issuer, CertificateKind.SYSTEM, now, san_uri=uri))


def _certify_person(issuing_key: rsa.RSAPrivateKey, issuing: x509.Certificate, now: datetime) -> VectorSigner:
    key = keys.new_rsa_key()
    issuer = (issuing_key, issuing, key.public_key(), profile.person_subject(*PERSON))
    return VectorSigner(key, issue_certificate(*issuer, CertificateKind.INDIVIDUAL, now))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)
