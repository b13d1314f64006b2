"""The door keys, one for each participant: made and kept by ШЭП, certified by НУЦ for the participant's
address.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import BusError, NotFound
from shared.bus.logs import log
from shared.bus.messages.gate import seal_message
from shared.bus.messages.message import MessageInfo
from shared.bus.runtime.readiness import SYSTEM_WARNING, CertificateTerm
from shared.bus.runtime.unit_of_work import OutgoingMessage
from shared.contracts import addresses
from shared.pki.certificates import keys
from shared.pki.client.enrolment import (
    SystemEnrolment,
    certify_another_key,
    enrol_system,
    read_enrolment,
    store_renewal,
)
from shared.pki.client.renewal import is_renewal_due

FIRST_OF_STREAM = 1
"""The number that a door key claims: any number but 0 has ШЭП keep the order of what it forwards."""


@dataclass
class DoorKeys:
    """The door keys in a folder of ШЭП, with a folder for each participant."""

    home: Path
    nuc_url: str
    _enrolled: dict[str, SystemEnrolment] = field(default_factory=dict)

    async def enrol(self, address: str, token: str, root: str) -> None:
        """Make a key and have НУЦ certify it by the invitation of this address.

        Raises as ``enrol_system`` does: Untrusted ``enrolment-refused``, Unavailable ``directory-unavailable``.
        """
        folder = self._folder_of(address)
        file = folder / "invitation.json"
        folder.mkdir(parents=True, exist_ok=True)
        keys.write_private(file, json.dumps({"token": token, "root": root}).encode())
        self._enrolled[address] = await enrol_system(folder, address, self.nuc_url, file)

    def remove(self, address: str) -> None:
        """Forget the door key of a participant that left, and remove its folder."""
        self._enrolled.pop(address, None)
        shutil.rmtree(self._folder_of(address), ignore_errors=True)

    def seal_message(self, info: MessageInfo, body: bytes) -> SignedBytes:
        """The message signed by the door key of its sender; NotFound ``participant-unknown``."""
        outgoing = OutgoingMessage(addresses.GATEWAY, info, body)
        identity = self._read_enrolment(info.sender.sender_id).identity
        return seal_message(identity, outgoing, FIRST_OF_STREAM)

    async def renew_due(self, now: datetime, issuing: x509.Certificate) -> None:
        """Renew every door key in the second half of its term; a renewal by another replica is taken over.

        ``issuing`` is the issuing authority's present certificate, which may be a renewed one itself. Raises as
        ``certify_another_key`` does, after all others were tried.
        """
        faults: list[BusError] = []
        for address in await asyncio.to_thread(self._list_addresses):
            try:
                await self._renew_one(address, now, issuing)
            except BusError as error:
                log("door-key.not-renewed", owner=address, code=error.code, error=error.message)
                faults.append(error)
        if faults:
            raise faults[0]

    @property
    def terms(self) -> Iterable[CertificateTerm]:
        """The terms of the door keys in use, for readiness and metrics."""
        for address, enrolled in list(self._enrolled.items()):
            yield CertificateTerm(f"door:{address}", enrolled.certificate.not_valid_after_utc, SYSTEM_WARNING)

    async def _renew_one(self, address: str, now: datetime, issuing: x509.Certificate) -> None:
        if not is_renewal_due(self._read_enrolment(address).certificate, now):
            return
        del self._enrolled[address]  # the files may have a newer pair
        enrolled, folder = self._read_enrolment(address), self._folder_of(address)
        if is_renewal_due(enrolled.certificate, now):
            key = keys.new_ec_key()
            pem = await certify_another_key(enrolled.identity, enrolled.certificate.subject, key, self.nuc_url)
            keys.write_private(folder / "issuing.crt", issuing.public_bytes(Encoding.PEM))
            self._enrolled[address] = store_renewal(folder, address, key, pem)
            log("door-key.renewed", owner=address)

    def _list_addresses(self) -> list[str]:
        return sorted(file.parent.name for file in (self.home / "doors").glob("*/system.crt"))

    def _read_enrolment(self, address: str) -> SystemEnrolment:
        if address not in self._enrolled:
            enrolled = read_enrolment(self._folder_of(address), address)
            if enrolled is None:
                raise NotFound("participant-unknown", "there is no door key of this address", address=address)
            self._enrolled[address] = enrolled
        return self._enrolled[address]

    def _folder_of(self, address: str) -> Path:
        return self.home / "doors" / address
