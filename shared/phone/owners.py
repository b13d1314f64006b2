"""Whose phone it is: keys of a synthetic person that НУЦ certifies, or a person's own key files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from shared.bus.errors import NotFound, Refused
from shared.client.certification import CertificationClient, EmployeePosition
from shared.client.key_owners import CertificateOwner
from shared.client.keystore import KeyEntry, read_pkcs12
from shared.phone.signing import PhoneOwner
from shared.pki.certificates import keys, profile
from shared.pki.certificates.profile import CertificateUsage, OrganisationRole

RSA = "rsa"


async def certify_owner(
    counter: CertificationClient,
    person: CertificateOwner,
    new_key: Callable[[], keys.PrivateKey] = keys.new_rsa_key,
) -> PhoneOwner:
    """New keys of a citizen for signatures and for logins, certified by НУЦ."""
    sign_key, auth_key = [await asyncio.to_thread(new_key) for _ in range(2)]
    return PhoneOwner(
        await counter.certify_key(person, CertificateUsage.SIGN, sign_key),
        await counter.certify_key(person, CertificateUsage.AUTH, auth_key),
    )


async def certify_employee(counter: CertificationClient, person: CertificateOwner, number: str) -> PhoneOwner:
    """New keys of a person who may sign for an organisation; the client has the token of НУЦ's operator."""
    position = EmployeePosition(f"БИН {number}", number, OrganisationRole.MAY_SIGN)
    entries = [
        await counter.certify_employee(person.iin, position, usage, RSA)
        for usage in (CertificateUsage.SIGN, CertificateUsage.AUTH)
    ]
    return PhoneOwner(*entries)


def read_owner(files: Sequence[Path], password: str) -> PhoneOwner:
    """The keys in a person's own files; NotFound ``file-unreadable``, Refused ``phone-sign-key-missing``."""
    entries = [read_pkcs12(_read_file(file), password) for file in files]
    sign_entry = _find_entry(entries, profile.EKU_SIGN)
    if sign_entry is None:
        raise Refused("phone-sign-key-missing", "no file has a key for signatures")
    return PhoneOwner(sign_entry, _find_entry(entries, profile.EKU_AUTH))


def _find_entry(entries: Sequence[KeyEntry], usage: object) -> KeyEntry | None:
    return next((entry for entry in entries if usage in entry.extended_usages), None)


def _read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound("file-unreadable", f"{file}: {error.strerror}") from None
