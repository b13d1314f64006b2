"""НУЦ's services for tests of their clients: a real HTTP server over the test centre, with faults."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from asn1crypto import tsp as asn1_tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from shared.pki.certificates import authority
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import signed_data
from shared.pki.encoding import der as encode
from tests.pki.pki_centre import LATER, centre

Signer = tuple[PrivateKey, x509.Certificate]
Revoked = tuple[datetime, x509.ReasonFlags]
Reply = tuple[int, bytes]
HOUR = timedelta(hours=1)


@cache
def responder() -> Signer:
    """A delegated OCSP responder of the test centre."""
    return centre().issue(CertificateKind.OCSP)


@cache
def tsa() -> Signer:
    """A time-stamping service of the test centre."""
    return centre().issue(CertificateKind.TSA)


def answer(
    question: bytes,
    *,
    signer: Signer | None = None,
    revoked: Revoked | None = None,
    at: datetime = LATER,
    term: timedelta | None = HOUR,
    **changes: Any,
) -> bytes:
    """The DER of an OCSP response about a certificate of the test centre; good unless `revoked`."""
    asked = ocsp.load_der_ocsp_request(question)
    key, certificate = signer or responder()
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        issuer_name_hash=asked.issuer_name_hash,
        issuer_key_hash=changes.get("issuer_key_hash", asked.issuer_key_hash),
        serial_number=changes.get("serial", asked.serial_number),
        algorithm=asked.hash_algorithm,
        cert_status=changes.get("status", ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD),
        this_update=at,
        next_update=at + term if term is not None else None,
        revocation_time=revoked[0] if revoked else None,
        revocation_reason=revoked[1] if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate)
    if certificate != centre().issuing and changes.get("with_certificate", True):
        builder = builder.certificates([certificate])
    for extension in asked.extensions:
        builder = builder.add_extension(changes.get("nonce", extension.value), critical=False)
    return builder.sign(key, changes.get("digest", hashes.SHA256())).public_bytes(Encoding.DER)


def failure(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def token(data: bytes, moment: datetime = LATER, *, signer: Signer | None = None, **changes: Any) -> bytes:
    """A time-stamp token over `data`."""
    key, certificate = signer or tsa()
    digest = changes.get("digest", "sha256")
    algorithm = encode.oid({"sha256": "2.16.840.1.101.3.4.2.1", "sha1": "1.3.14.3.2.26"}[digest])
    imprint = encode.octet_string(hashlib.new(digest, data).digest())
    nonce = changes.get("nonce")
    info = encode.sequence(
        encode.integer(changes.get("version", 1)),
        encode.oid("2.999.398.6.1"),
        encode.sequence(encode.sequence(algorithm, encode.null()), imprint),
        encode.integer(7),
        b"\x18\x0f" + f"{moment:%Y%m%d%H%M%SZ}".encode(),
        encode.sequence(encode.integer(1)),
        b"" if nonce is None else encode.integer(nonce),
    )
    content_type = changes.get("content_type", signed_data.TIME_STAMP)
    return signed_data.sign(changes.get("info", info), key, certificate, at=moment, content_type=content_type)


def stamp(question: bytes, moment: datetime = LATER) -> bytes:
    """The TimeStampResp to a TimeStampReq."""
    asked = asn1_tsp.TimeStampReq.load(question).native
    made = stamp_of_digest(asked["message_imprint"]["hashed_message"], asked["nonce"], moment)
    return encode.sequence(encode.sequence(encode.integer(0)), made)


def stamp_of_digest(digest: bytes, nonce: int, moment: datetime) -> bytes:
    info = encode.sequence(
        encode.integer(1),
        encode.oid("2.999.398.6.1"),
        encode.sequence(encode.sequence(encode.oid("2.16.840.1.101.3.4.2.1")), encode.octet_string(digest)),
        encode.integer(8),
        b"\x18\x0f" + f"{moment:%Y%m%d%H%M%SZ}".encode(),
        encode.integer(nonce),
    )
    return signed_data.sign(info, *tsa(), at=moment, content_type=signed_data.TIME_STAMP)


@dataclass
class Nuc:
    """The answers of the server, which a test can change; `asked` counts the requests by path."""

    now: datetime = LATER
    revoked: dict[int, Revoked] = field(default_factory=dict)
    since_full: dict[int, Revoked] = field(default_factory=dict)
    number: int = 10
    delta: int | None = None
    """The number of the delta list, or None where there is none."""
    delta_base: int = 10
    list_term: timedelta = HOUR
    faults: dict[str, Callable[[bytes], Reply]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    url: str = ""
    over: Event = field(default_factory=Event)

    def reply(self, path: str, body: bytes) -> Reply:
        self.asked[path] += 1
        if path in self.faults:
            return self.faults[path](body)
        made = {"/ocsp": self._ocsp, "/crl": self._crl, "/crl/delta": self._delta, "/tsp": self._tsp}.get(path)
        return (404, b"") if made is None else made(body)

    def silent(self, path: str) -> None:
        """No answer: longer than any client waits."""

        def wait(body: bytes) -> Reply:
            self.over.wait(20)
            return 503, b""

        self.faults[path] = wait

    def says(self, path: str, content: bytes, status: int = 200) -> None:
        self.faults[path] = lambda body: (status, content)

    def _ocsp(self, body: bytes) -> Reply:
        serial = ocsp.load_der_ocsp_request(body).serial_number
        found = (self.revoked | self.since_full).get(serial)
        return 200, answer(body, revoked=found, at=self.now)

    def _tsp(self, body: bytes) -> Reply:
        return 200, stamp(body, self.now)

    def _crl(self, body: bytes) -> Reply:
        return 200, crl(self.revoked, self.number, self.now - 2 * HOUR, self.now + self.list_term)

    def _delta(self, body: bytes) -> Reply:
        if self.delta is None:
            return 404, b""
        until = self.now + self.list_term
        return 200, crl(self.since_full, self.delta, self.now, until, base=self.delta_base)


def crl(
    revoked: dict[int, Revoked], number: int, now: datetime, until: datetime, *, base: int | None = None
) -> bytes:
    """A list of the test centre; a delta list when it has a `base`."""
    if base is None:
        entries = [(serial, *told) for serial, told in revoked.items()]
        made = authority.make_crl(centre().issuing_key, centre().issuing, entries, number, now, until)
        return made.public_bytes(Encoding.DER)
    builder = x509.CertificateRevocationListBuilder().issuer_name(centre().issuing.subject)
    builder = builder.last_update(now).next_update(until).add_extension(x509.CRLNumber(number), critical=False)
    builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    for serial, (when, reason) in revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when)
        builder = builder.add_revoked_certificate(entry.add_extension(x509.CRLReason(reason), False).build())
    return builder.sign(centre().issuing_key, hashes.SHA256()).public_bytes(Encoding.DER)


@contextmanager
def serving() -> Iterator[Nuc]:
    """A server on a free local port inside the context."""
    nuc = Nuc()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other for 40 ms

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            status, content = nuc.reply(self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Suppress the log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    nuc.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield nuc
    finally:
        nuc.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Stopwatch:
    """The machine's seconds, moved by the test, while the bus's time stands still."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds
