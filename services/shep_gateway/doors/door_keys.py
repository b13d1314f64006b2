"""The door keys, one for each participant: made and kept by ШЭП, certified by НУЦ for the participant's
address.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import NotFound
from shared.bus.messages.gate import seal_message
from shared.bus.messages.message import MessageInfo
from shared.bus.messages.trust import SystemIdentity
from shared.bus.runtime.unit_of_work import OutgoingMessage
from shared.contracts import addresses
from shared.pki.certificates import keys
from shared.pki.client.enrolment import enrol_system, read_enrolment

FIRST_OF_STREAM = 1
"""The number that a door key claims: any number but 0 has ШЭП keep the order of what it forwards."""


@dataclass
class DoorKeys:
    """The door keys in a folder of ШЭП, with a folder for each participant."""

    home: Path
    nuc_url: str
    _identities: dict[str, SystemIdentity] = field(default_factory=dict)

    async def enrol(self, address: str, token: str, root: str) -> None:
        """Make a key and have НУЦ certify it by the invitation of this address.

        Raises as ``enrol_system`` does: Untrusted ``enrolment-refused``, Unavailable ``directory-unavailable``.
        """
        folder = self._folder_of(address)
        file = folder / "invitation.json"
        folder.mkdir(parents=True, exist_ok=True)
        keys.write_private(file, json.dumps({"token": token, "root": root}).encode())
        enrolled = await enrol_system(folder, address, self.nuc_url, file)
        self._identities[address] = enrolled.identity

    def remove(self, address: str) -> None:
        """Forget the door key of a participant that left, and remove its folder."""
        self._identities.pop(address, None)
        shutil.rmtree(self._folder_of(address), ignore_errors=True)

    def seal_message(self, info: MessageInfo, body: bytes) -> SignedBytes:
        """The message signed by the door key of its sender; NotFound ``participant-unknown``."""
        outgoing = OutgoingMessage(addresses.GATEWAY, info, body)
        return seal_message(self._read_identity(info.sender.sender_id), outgoing, FIRST_OF_STREAM)

    def _read_identity(self, address: str) -> SystemIdentity:
        if address not in self._identities:
            enrolled = read_enrolment(self._folder_of(address), address)
            if enrolled is None:
                raise NotFound("participant-unknown", "there is no door key of this address", address=address)
            self._identities[address] = enrolled.identity
        return self._identities[address]

    def _folder_of(self, address: str) -> Path:
        return self.home / "doors" / address
