"""The files of a participant, which only their owner can read."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import Conflict, NotFound
from shared.client.keystore import KeyEntry, write_pkcs12
from shared.client.participants import JoinedParticipant
from shared.pki.certificates.keys import to_pem, write_private


def plan_files(
    folder: Path, address: str, *, has_queue: bool, replaces: bool, has_token: bool = True
) -> dict[str, Path]:
    """The paths of the files of a participant; Conflict ``file-exists`` unless ``replaces``."""
    names = {
        "p12": f"{address}.p12",
        "pem": f"{address}.pem",
        "root": "root.pem",
    }
    if has_token:
        names["token_file"] = f"{address}.token"
    if has_queue:
        names["amqp_file"] = f"{address}.amqp_url"
    paths = {name: folder / file for name, file in names.items()}
    for name, path in paths.items():
        if name != "root" and path.exists() and not replaces:
            raise Conflict("file-exists", f"{path} exists: give --force to replace it")
    return paths


def write_files(paths: dict[str, Path], joined: JoinedParticipant, password: str) -> None:
    """Write the key store (PKCS #12), the key with its certificate and chain (PEM), the root and the token;
    with a queue, the broker's address too.

    NotFound ``file-unwritable``.
    """
    entry = KeyEntry(joined.key, joined.certificate, (joined.issuing,))
    contents = {
        "p12": write_pkcs12(entry, password, joined.address),
        "pem": to_pem(joined.key) + entry.chain_pem,
        "root": joined.root.public_bytes(Encoding.PEM),
    }
    if joined.token:
        contents["token_file"] = joined.token.encode()
    if joined.amqp_url is not None:
        contents["amqp_file"] = joined.amqp_url.encode()
    for name, content in contents.items():
        try:
            paths[name].parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(paths[name], content)
        except OSError as error:
            raise NotFound("file-unwritable", f"{paths[name]}: {error.strerror}") from None


def read_certificate(folder: Path, address: str) -> x509.Certificate:
    """The certificate in the files of a system; NotFound ``file-unreadable``."""
    path = folder / f"{address}.pem"
    try:
        text = path.read_bytes()
        return x509.load_pem_x509_certificate(text[text.index(b"-----BEGIN CERTIFICATE") :])
    except (OSError, ValueError) as error:
        raise NotFound("file-unreadable", f"{path}: {error}") from None
