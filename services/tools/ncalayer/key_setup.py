"""Opening the desk: the keys it signs with, and the TLS that a browser asks for."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.tools.ncalayer.signing_device import Stamp
from shared.bus.clocks.clock import Clock
from shared.bus.errors import BusError, NotFound, Unavailable
from shared.client.counter import Counter
from shared.client.keystore import KeyEntry, read_pkcs12
from shared.client.owners import Owner
from shared.pki.certificates import keys
from shared.pki.certificates.chain import TrustAnchors, verify_chain
from shared.pki.certificates.profile import Usage
from shared.pki.client.nuc import Centre
from shared.pki.cms import cades

FOLDER = "ncalayer"


def read_entries(files: Sequence[Path], password: str) -> list[KeyEntry]:
    """The entries of PKCS #12 files, all under one password; NotFound file-unreadable."""
    return [read_pkcs12(_read(file), password) for file in files]


async def certify_entries(counter: Counter, owner: Owner) -> list[KeyEntry]:
    """New RSA-2048 keys of a person, certified by НУЦ's counter: one to sign, one to log in."""
    made = [await asyncio.to_thread(keys.new_rsa_key) for _ in Usage]
    return [await counter.certify(owner, usage, key) for usage, key in zip(Usage, made, strict=True)]


async def ask_anchors(counter: Counter) -> TrustAnchors | None:
    """НУЦ's root and issuing certificate; None while it is silent."""
    try:
        return await counter.anchors()
    except Unavailable:
        return None


async def local_tls(
    home: Path, counter: Counter, anchors: TrustAnchors | None, clock: Clock
) -> tuple[ssl.SSLContext, Path]:
    """A TLS context for 127.0.0.1 and the file of the root behind it, kept in `home` between starts.

    A new certificate is asked for when there is none, when it has run out, or when this НУЦ is another one.
    While НУЦ is silent (no `anchors`) the kept one serves; Unavailable nuc-unavailable when there is none.
    """
    files = [home / name for name in ("tls.key", "tls.crt", "root.crt")]
    key, certificate, root = files
    known = anchors or await asyncio.to_thread(_kept_anchors, root, certificate)
    if known is None or not await asyncio.to_thread(_holds, certificate, known, clock):
        entry = await counter.local_tls(keys.new_ec_key())
        await asyncio.to_thread(_keep, files, entry, anchors or await counter.anchors())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, root


def stamper(centre: Centre, clock: Clock) -> Stamp:
    """Time-stamps of this НУЦ, each proved before it is put beside its signature."""

    def stamp(made: bytes) -> bytes:
        found = centre.stamp(cades.signature(made), clock.now())
        return cades.extended(made, token=found.token)

    return stamp


def _kept_anchors(root: Path, certificate: Path) -> TrustAnchors | None:
    try:
        _, *issuing = x509.load_pem_x509_certificates(certificate.read_bytes())
        return TrustAnchors((x509.load_pem_x509_certificate(root.read_bytes()),), tuple(issuing))
    except (OSError, ValueError):
        return None


def _holds(file: Path, anchors: TrustAnchors, clock: Clock) -> bool:
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
        verify_chain(found, anchors, clock.now())
    except (OSError, ValueError, BusError):
        return False
    return True


def _keep(files: Sequence[Path], entry: KeyEntry, anchors: TrustAnchors) -> None:
    files[0].parent.mkdir(parents=True, exist_ok=True)
    root = anchors.roots[0].public_bytes(Encoding.PEM)
    for file, content in zip(files, (keys.pem(entry.key), entry.pem, root), strict=True):
        keys.write_private(file, content)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound("file-unreadable", f"{file}: {error.strerror}") from None
