"""НУЦ as the other systems see it: anchors, certificates by thumbprint, the list of the revoked, enrolment."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Malformed, Unavailable, Untrusted
from shared.bus.trust import Identity, Peer
from shared.pki import keys, profile
from shared.pki.authority import make_csr
from shared.pki.chain import ChainCache, TrustAnchors, verify_chain
from shared.pki.check import CheckedDocument, CrlView, certificate_system, check_document
from shared.pki.profile import Purpose

FRESH_CRL = timedelta(seconds=30)
FORGET_UNKNOWN = timedelta(seconds=2)
MOST_UNKNOWN = 10_000
THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
FILES = ("system.key", "system.crt", "root.crt", "issuing.crt")


def needs_tls(url: str) -> bool:
    """Whether certificates are verified at all: reading the machine's authorities costs 40 ms a client."""
    return not url.startswith("http://")


@dataclass(frozen=True)
class _KnownPeer:
    peer: Peer
    serial: int


class Centre:
    """A client of НУЦ that remembers: certificates until they expire, the CRL for half a minute.

    Synchronous and safe for threads; it blocks only when something must be fetched.
    """

    def __init__(self, url: str, anchors: TrustAnchors, timeout: float = 5.0) -> None:
        self._http = httpx.Client(base_url=url, timeout=timeout, verify=needs_tls(url))
        self.anchors = anchors
        self._chains = ChainCache()
        self._peers: dict[str, _KnownPeer] = {}
        self._unknown: dict[str, datetime] = {}
        self._crl: CrlView | None = None
        self._crl_read_at: datetime | None = None
        self._lock = Lock()

    def peer(self, thumbprint: str, at: datetime) -> Peer:
        """The system that a certificate names; see ``shared.bus.trust.Directory``."""
        known = self._peers.get(thumbprint) or self._fetch_peer(thumbprint, at)
        if at >= known.peer.not_after:
            raise Untrusted("sender-certificate-expired", "the sender's certificate has expired")
        if self.crl(at).revocation(known.serial) is not None:
            raise Untrusted("sender-certificate-revoked", "the sender's certificate is revoked")
        return known.peer

    def check(self, der: bytes, *, at: datetime, expected_iin: str | None, purpose: Purpose) -> CheckedDocument:
        """«Условие 2» over a CMS with everything that НУЦ knows; see ``check_document``."""
        return check_document(
            der,
            anchors=self.anchors,
            crl=self.crl(at),
            at=at,
            expected_iin=expected_iin,
            purpose=purpose,
            cache=self._chains,
        )

    def crl(self, at: datetime) -> CrlView:
        """The list of the revoked, half a minute old at most while НУЦ answers, else as long as it promises."""
        with self._lock:
            is_fresh = self._crl_read_at is not None and abs(at - self._crl_read_at) < FRESH_CRL
            if self._crl is None or not is_fresh:
                self._read_crl(at)
            assert self._crl is not None  # noqa: S101 - read or raised
            return self._crl

    def _read_crl(self, at: datetime) -> None:
        try:
            answer = self._get("/crl")
            self._crl = CrlView.load(answer.content, self.anchors.intermediates[0])
        except BusError as error:
            if self._crl is None or not self._crl.is_current(at):
                raise Unavailable("directory-unavailable", f"no list of the revoked: {error.message}") from None
        self._crl_read_at = at

    def _fetch_peer(self, thumbprint: str, at: datetime) -> _KnownPeer:
        if not THUMBPRINT.fullmatch(thumbprint):  # a stranger wrote it, and it becomes part of a URL
            raise Malformed("signature-malformed", "a thumbprint is SHA-256 in base64url")
        if (asked := self._unknown.get(thumbprint)) and abs(at - asked) < FORGET_UNKNOWN:
            raise Untrusted("sender-unknown", "no certificate with this thumbprint is known")
        answer = self._get(f"/api/v1/certificates/{thumbprint}")
        if answer.status_code == 404:
            if len(self._unknown) > MOST_UNKNOWN:
                self._unknown.clear()
            self._unknown[thumbprint] = at
            raise Untrusted("sender-unknown", "no certificate with this thumbprint is known")
        known = self._known(x509.load_pem_x509_certificate(answer.content), thumbprint, at)
        self._peers[thumbprint] = known
        return known

    def _known(self, certificate: x509.Certificate, thumbprint: str, at: datetime) -> _KnownPeer:
        if keys.thumbprint(certificate) != thumbprint:
            raise Untrusted("sender-certificate-untrusted", "the directory gave another certificate")
        try:
            verify_chain(certificate, self.anchors, at)
        except BusError as error:
            kind = "expired" if error.code == "eds-expired" else "untrusted"
            raise Untrusted(f"sender-certificate-{kind}", error.message) from None
        address = certificate_system(certificate)
        if address is None or not profile.serves(certificate, Purpose.SYSTEM):
            raise Untrusted("sender-certificate-untrusted", "not the certificate of a system")
        peer = Peer(address, keys.strong(certificate), thumbprint, certificate.not_valid_after_utc)
        return _KnownPeer(peer, certificate.serial_number)

    def _get(self, path: str) -> httpx.Response:
        try:
            answer = self._http.get(path)
        except httpx.HTTPError as error:
            raise Unavailable("directory-unavailable", repr(error)) from None
        if answer.status_code not in (200, 404):
            raise Unavailable("directory-unavailable", f"НУЦ answered {answer.status_code}")
        return answer

    def close(self) -> None:
        self._http.close()


@dataclass(frozen=True)
class Enrolled:
    """What a system has after enrolment: its identity, its certificate, the anchors."""

    identity: Identity
    certificate: x509.Certificate
    anchors: TrustAnchors


def read_enrolled(home: Path, address: str) -> Enrolled | None:
    """What an earlier start left in ``home``, or None."""
    files = [home / name for name in FILES]
    if not all(file.exists() for file in files):
        return None
    key, certificate, root, issuing = (file.read_bytes() for file in files)
    return _enrolled(key, certificate, root, issuing, address)


async def enrol(home: Path, address: str, url: str, token_file: Path) -> Enrolled:
    """Make a key, have НУЦ certify it with the one-time token of ``token_file``, and keep all in ``home``.

    The token's file also carries the root: whoever hands out the token vouches for it. Unavailable
    ``not-enrolled`` when the token is not there yet, ``directory-unavailable`` when НУЦ does not answer;
    Untrusted with НУЦ's code when it refuses.
    """
    invitation = _invitation(token_file, address)
    key = keys.new_ec_key()
    csr = make_csr(key, profile.system("2.999", address, organisation="egov-bus", bin_="000000000000"))
    body = {"address": address, "token": invitation["token"], "csr": _pem_text(csr)}
    try:
        async with httpx.AsyncClient(base_url=url, timeout=10, verify=needs_tls(url)) as http:
            answer = await http.post("/api/v1/systems", json=body)
    except httpx.HTTPError as error:
        raise Unavailable("directory-unavailable", repr(error)) from None
    if answer.status_code != 201:
        raise Untrusted("enrolment-refused", answer.text)
    given = answer.json()
    parts = (keys.pem(key), given["certificate"].encode(), invitation["root"].encode(), given["issuing"].encode())
    enrolled = _enrolled(*parts, address)
    _keep(home, parts)
    token_file.unlink(missing_ok=True)  # noqa: ASYNC240 - once in a system's life
    return enrolled


def _invitation(token_file: Path, address: str) -> dict[str, str]:
    if not token_file.exists():
        raise Unavailable("not-enrolled", f"no enrolment token for {address} yet")
    invitation: dict[str, str] = json.loads(token_file.read_text())
    return invitation


def _keep(home: Path, parts: tuple[bytes, bytes, bytes, bytes]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    for name, content in zip(FILES, parts, strict=True):
        keys.write_private(home / name, content)


def _enrolled(key: bytes, certificate: bytes, root: bytes, issuing: bytes, address: str) -> Enrolled:
    own = x509.load_pem_x509_certificate(certificate)
    anchors = TrustAnchors((x509.load_pem_x509_certificate(root),), (x509.load_pem_x509_certificate(issuing),))
    verify_chain(own, anchors, own.not_valid_before_utc)
    identity = Identity(address, keys.load_key(key), keys.thumbprint(own))
    return Enrolled(identity, own, anchors)


def _pem_text(csr: x509.CertificateSigningRequest) -> str:
    return csr.public_bytes(Encoding.PEM).decode()
