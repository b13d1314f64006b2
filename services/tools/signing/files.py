"""The files of the commands: signatures as DER, PEM or base64, and private keys that only their owner can read."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import SubjectKeyIdentifier

from shared.bus.errors import Conflict, Malformed, NotFound
from shared.client.keystore import KeyEntry, write_pkcs12
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.keys import write_private
from shared.pki.certificates.profile import EKU_AUTH

MOST_BYTES = 64 * 1024 * 1024
_PEM = re.compile(rb"-----BEGIN (CMS|PKCS7)-----(.+?)-----END \1-----", re.DOTALL)
_SEQUENCE = b"\x30"  # every CMS begins with this byte


def read_file(path: Path) -> bytes:
    """The content of a file; NotFound file-unreadable, Malformed file-too-large beyond 64 MiB."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Malformed("file-too-large", f"{path}: over {MOST_BYTES} bytes")
        return path.read_bytes()
    except OSError as error:
        raise NotFound("file-unreadable", f"{path}: {error.strerror}") from None


def read_cms(path: Path) -> bytes:
    """DER of a signature stored as DER, as PEM (CMS or PKCS7) or as bare base64.

    Other content is returned unchanged; the check then gives the reason.
    """
    content = read_file(path)
    if content.startswith(_SEQUENCE):
        return content
    match = _PEM.search(content)
    try:
        return b64decode(b"".join((match[2] if match else content).split()), validate=True)
    except binascii.Error:
        return content


def write_file(path: Path, content: bytes, *, replaces: bool, private: bool = False) -> None:
    """Write a file; Conflict file-exists unless `replaces`, NotFound file-unwritable."""
    if path.exists() and not replaces:
        raise Conflict("file-exists", f"{path} exists: give --force to replace it")
    try:
        if private:
            write_private(path, content)
        else:
            path.write_bytes(content)
    except OSError as error:
        raise NotFound("file-unwritable", f"{path}: {error.strerror}") from None


def file_stem(entry: KeyEntry) -> str:
    """НУЦ's file name for a key store: AUTH for a login key, algorithm, key identifier."""
    key_id = entry.certificate.extensions.get_extension_for_class(SubjectKeyIdentifier).value.digest.hex()
    algorithm = "RSA256" if isinstance(entry.key, rsa.RSAPrivateKey) else "EC256"
    return f"{'AUTH_' if EKU_AUTH in entry.extended_usages else ''}{algorithm}_{key_id}"


def store_key_files(
    entry: KeyEntry, anchors: TrustAnchors, folder: Path, password: str, *, replaces: bool
) -> dict[str, Path]:
    """Write the key store as PKCS #12, the certificate with its chain as PEM, and the root; returns the paths."""
    name = file_stem(entry)
    sealed = write_pkcs12(entry, password, name)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {"p12": folder / f"{name}.p12", "pem": folder / f"{name}.pem", "root": folder / "root.pem"}
    write_file(paths["p12"], sealed, replaces=replaces, private=True)
    write_file(paths["pem"], entry.chain_pem, replaces=replaces)
    write_file(paths["root"], b"".join(root.public_bytes(Encoding.PEM) for root in anchors.roots), replaces=True)
    return paths
