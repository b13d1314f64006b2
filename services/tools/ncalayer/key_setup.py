"""The keys of the signer, and the TLS certificate for browsers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.tools.ncalayer.signing_device import CmsStamper
from shared.bus.clocks.clock import Clock
from shared.bus.errors import BusError, NotFound, Unavailable
from shared.client.certification import CertificationClient
from shared.client.key_owners import CertificateOwner
from shared.client.keystore import KeyEntry, read_pkcs12
from shared.pki.certificates import keys
from shared.pki.certificates.chain import TrustAnchors, verify_chain
from shared.pki.certificates.profile import CertificateUsage
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import cades

FOLDER = "ncalayer"


def read_entries(files: Sequence[Path], password: str) -> list[KeyEntry]:
    """The entries of PKCS #12 files with one common password; NotFound file-unreadable."""
    return [read_pkcs12(_read_file(file), password) for file in files]


async def certify_entries(counter: CertificationClient, owner: CertificateOwner) -> list[KeyEntry]:
    """New RSA-2048 keys of a person, certified by НУЦ: one for signatures, one for logins."""
    new_keys = [await asyncio.to_thread(keys.new_rsa_key) for _ in CertificateUsage]
    return [
        await counter.certify_key(owner, usage, key) for usage, key in zip(CertificateUsage, new_keys, strict=True)
    ]


async def ask_anchors(counter: CertificationClient) -> TrustAnchors | None:
    """НУЦ's root and issuing certificates; None while НУЦ does not answer."""
    try:
        return await counter.fetch_anchors()
    except Unavailable:
        return None


async def open_local_tls(
    home: Path, counter: CertificationClient, anchors: TrustAnchors | None, clock: Clock
) -> tuple[ssl.SSLContext, Path]:
    """A TLS context for 127.0.0.1 and the file of its root, kept in `home` between starts.

    A new certificate is requested when there is none, when it has expired, or when it comes from another НУЦ.
    While НУЦ does not answer (no `anchors`) the kept certificate serves; Unavailable nuc-unavailable when there is
    none.
    """
    files = [home / name for name in ("tls.key", "tls.crt", "root.crt")]
    key, certificate, root = files
    known_anchors = anchors or await asyncio.to_thread(_kept_anchors, root, certificate)
    if known_anchors is None or not await asyncio.to_thread(
        _is_certificate_valid, certificate, known_anchors, clock
    ):
        entry = await counter.certify_local_tls(keys.new_ec_key())
        await asyncio.to_thread(_store_tls_files, files, entry, anchors or await counter.fetch_anchors())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, root


def make_stamper(centre: CertificationCentre, clock: Clock) -> CmsStamper:
    """A function that adds proved time-stamps of this НУЦ to a CMS."""

    def add_timestamp(signed_cms: bytes) -> bytes:
        timestamp = centre.request_time_stamp(cades.signature_value(signed_cms), clock.now())
        return cades.extend_cms(signed_cms, token=timestamp.token)

    return add_timestamp


def _kept_anchors(root: Path, certificate: Path) -> TrustAnchors | None:
    try:
        _, *issuing = x509.load_pem_x509_certificates(certificate.read_bytes())
        return TrustAnchors((x509.load_pem_x509_certificate(root.read_bytes()),), tuple(issuing))
    except (OSError, ValueError):
        return None


def _is_certificate_valid(file: Path, anchors: TrustAnchors, clock: Clock) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        verify_chain(certificate, anchors, clock.now())
    except (OSError, ValueError, BusError):
        return False
    return True


def _store_tls_files(files: Sequence[Path], entry: KeyEntry, anchors: TrustAnchors) -> None:
    files[0].parent.mkdir(parents=True, exist_ok=True)
    root = anchors.roots[0].public_bytes(Encoding.PEM)
    for file, content in zip(files, (keys.to_pem(entry.key), entry.chain_pem, root), strict=True):
        keys.write_private(file, content)


def _read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound("file-unreadable", f"{file}: {error.strerror}") from None
