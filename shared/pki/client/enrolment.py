"""The enrolment of a system: its key, НУЦ's certificate for it and the anchors, as files in its folder."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic_core import to_json

from shared.bus.errors import Unavailable, Untrusted
from shared.bus.messages.trust import SystemIdentity
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.certificates.chain import TrustAnchors, verify_chain
from shared.pki.client.wire import post_request

FILES = ("system.key", "system.crt", "root.crt", "issuing.crt")
READ_ATTEMPTS, DRAFT = 3, "draft.key"
NEXT = ".next"
"""The end of the names of a renewed key and certificate while they take the places of the old ones."""


@dataclass(frozen=True)
class SystemEnrolment:
    """The result of an enrolment: the system's identity, its certificate, the anchors."""

    identity: SystemIdentity
    certificate: x509.Certificate
    anchors: TrustAnchors


def read_enrolment(home: Path, address: str) -> SystemEnrolment | None:
    """The enrolment that an earlier start stored in `home`; None when a file is missing.

    A renewal may be under way, or a crash may have interrupted it: the key and the certificate that belong
    together count. Untrusted ``enrolment-broken`` when none do.
    """
    files = [home / name for name in FILES]
    for _ in range(READ_ATTEMPTS):
        if not all(file.exists() for file in files):
            return None
        root, issuing = (file.read_bytes() for file in files[2:])
        with suppress(FileNotFoundError, ValueError, TypeError):  # a renewal replaced the pair: read again
            for key_end, certificate_end in (("", ""), ("", NEXT), (NEXT, NEXT)):
                key = (home / f"system.key{key_end}").read_bytes()
                certificate = (home / f"system.crt{certificate_end}").read_bytes()
                if keys.load_key(key).public_key() == x509.load_pem_x509_certificate(certificate).public_key():
                    return _load_enrolment(key, certificate, root, issuing, address)
    raise Untrusted("enrolment-broken", f"{home}: system.key and system.crt do not belong together")


def store_renewal(home: Path, address: str, key: keys.PrivateKey, certificate: bytes) -> SystemEnrolment:
    """Put a renewed key and certificate (PEM) in the places of the old ones, so that a reader finds one pair or
    the other at every moment, even after a crash.
    """
    root, issuing = ((home / name).read_bytes() for name in FILES[2:])
    renewed = _load_enrolment(keys.to_pem(key), certificate, root, issuing, address)
    for name, content in (("system.key", keys.to_pem(key)), ("system.crt", certificate)):
        keys.write_private(home / f"{name}{NEXT}", content)
    for name in ("system.key", "system.crt"):
        (home / f"{name}{NEXT}").replace(home / name)
    return renewed


async def enrol_system(home: Path, address: str, url: str, token_file: Path) -> SystemEnrolment:
    """Make a key, have НУЦ certify it with the one-time token in `token_file`, and store the enrolment in `home`.

    The token file also carries the root certificate: the issuer of the token vouches for the root. Unavailable
    not-enrolled when the token file is missing; raises as `post_request`. The key stays until its certificate is
    stored: НУЦ gives the same key with the same token the same certificate again.
    """
    invitation = _read_invitation(token_file, address)
    key = keys.fetch_draft_key(home / DRAFT)
    csr = make_csr(key, profile.system_subject("2.999", address, organisation="egov-bus", bin_="000000000000"))
    body = {"address": address, "token": invitation["token"], "csr": pem_text(csr)}
    reply = await post_request(url, "/api/v1/systems", to_json(body))
    parts = (
        keys.to_pem(key),
        reply["certificate"].encode(),
        invitation["root"].encode(),
        reply["issuing"].encode(),
    )
    enrolled = _load_enrolment(*parts, address)
    _write_enrolment(home, parts)
    token_file.unlink(missing_ok=True)  # noqa: ASYNC240 - once in a system's life
    return enrolled


def _read_invitation(token_file: Path, address: str) -> dict[str, str]:
    if not token_file.exists():
        raise Unavailable("not-enrolled", f"no enrolment token for {address} yet")
    invitation: dict[str, str] = json.loads(token_file.read_text())
    return invitation


def _write_enrolment(home: Path, parts: tuple[bytes, bytes, bytes, bytes]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    for name, content in zip(FILES, parts, strict=True):
        keys.write_private(home / name, content)
    (home / DRAFT).unlink(missing_ok=True)


def read_anchors(home: Path) -> TrustAnchors:
    """The root and the issuing authority as they lie in the folder of an enrolled system, or of НУЦ."""
    root, issuing = (x509.load_pem_x509_certificate((home / name).read_bytes()) for name in FILES[2:])
    return TrustAnchors((root,), (issuing,))


def _load_enrolment(key: bytes, certificate: bytes, root: bytes, issuing: bytes, address: str) -> SystemEnrolment:
    own = x509.load_pem_x509_certificate(certificate)
    anchors = TrustAnchors((x509.load_pem_x509_certificate(root),), (x509.load_pem_x509_certificate(issuing),))
    verify_chain(own, anchors, own.not_valid_before_utc)
    thumbprint = keys.certificate_thumbprint(own)
    identity = SystemIdentity(address, keys.load_key(key), thumbprint, own.not_valid_after_utc)
    return SystemEnrolment(identity, own, anchors)


def pem_text(csr: x509.CertificateSigningRequest) -> str:
    """The request as PEM."""
    return csr.public_bytes(Encoding.PEM).decode()


async def certify_another_key(
    identity: SystemIdentity, subject: x509.Name, key: keys.PrivateKey, url: str
) -> bytes:
    """A certificate (PEM) by НУЦ for another key of this system, for a request that the present key signs.

    Raises as `post_request`.
    """
    body = to_json({"csr": pem_text(make_csr(key, subject))})
    headers = {"X-Signature": identity.sign(body, {"to": "is_nuc"})}
    reply = await post_request(url, "/api/v1/renewals", body, headers)
    certificate: str = reply["certificate"]
    return certificate.encode()
