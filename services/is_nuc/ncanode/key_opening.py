"""Opening the key stores of a request, outside this process: a stranger chooses how much work a file costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from services.is_nuc.ncanode.dialect import decode_base64
from services.is_nuc.ncanode.keystore import KeystoreEntry, choose_entry, open_keystore
from services.is_nuc.ncanode.wire import SignerRequest
from services.is_nuc.worker_processes import WorkerProcesses
from shared.bus.errors import BusError, Refused
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.certificates.keys import PrivateKey

PackedEntry = tuple[str, bytes, bytes]
"""Alias, certificate and key (PKCS #8), both DER."""


async def open_entries(runtime: Runtime, signer_requests: Sequence[SignerRequest]) -> list[KeystoreEntry]:
    """The key that each signer names; the errors of `open_keystore` and `choose_entry` name the signer."""
    return [
        await open_entry(runtime, signer_request, f"signers[{n}]: ")
        for n, signer_request in enumerate(signer_requests)
    ]


async def open_entry(runtime: Runtime, signer_request: SignerRequest, place: str = "") -> KeystoreEntry:
    """The key that the signer names; the errors of `open_keystore` and `choose_entry` begin with `place`."""
    entries = await read_keystore(runtime, signer_request, place)
    with _name_place_in_errors(place):
        return choose_entry(entries, signer_request.key_alias)


async def read_keystore(runtime: Runtime, signer_request: SignerRequest, place: str) -> tuple[KeystoreEntry, ...]:
    """Every key of the signer's key store; the errors of `open_keystore` begin with `place`."""
    with _name_place_in_errors(place):
        file = decode_base64(signer_request.key, "Key reading error: the key")
        try:
            packed_entries = await runtime.resource(WorkerProcesses).run(
                open_packed, file, signer_request.password
            )
        except TimeoutError:
            raise Refused("keystore-limits", "Key reading error: the key store takes too much work.") from None
    return tuple(map(_unpack_entry, packed_entries))


def open_packed(file: bytes, password: str) -> list[PackedEntry]:
    """The entries of `open_keystore` as bytes, for the way between processes."""
    return [
        (
            entry.alias,
            entry.certificate.public_bytes(Encoding.DER),
            entry.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        )
        for entry in open_keystore(file, password)
    ]


def _unpack_entry(packed: PackedEntry) -> KeystoreEntry:
    alias, certificate, encoded = packed
    key = load_der_private_key(encoded, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, PrivateKey)  # noqa: S101 - `open_keystore` gives no other
    return KeystoreEntry(alias, x509.load_der_x509_certificate(certificate), key)


@contextmanager
def _name_place_in_errors(place: str) -> Iterator[None]:
    """Put `place`, the signer's place in the request, before the message of an error, as NCANode does."""
    try:
        yield
    except BusError as error:
        raise type(error)(error.code, f"{place}{error.message}") from None
