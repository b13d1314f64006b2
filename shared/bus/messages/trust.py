"""The identity of a system on the bus: its own key, and the certificates of other systems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.bus.errors import Untrusted
from shared.bus.messages.jws import PrivateKey, PublicKey


@dataclass(frozen=True)
class SystemIdentity:
    """A system's own address, private key, and the thumbprint (x5t#S256) of its certificate."""

    address: str
    key: PrivateKey
    thumbprint: str


@dataclass(frozen=True)
class PeerSystem:
    """Another system by its verified certificate, which is valid until ``not_after``."""

    address: str
    key: PublicKey
    thumbprint: str
    not_after: datetime


class PeerDirectory(Protocol):
    """Finds the certificate with a thumbprint and verifies it.

    ``find_peer`` verifies the chain, the validity at ``at`` and the revocation. Untrusted ``sender-unknown``,
    ``sender-certificate-expired``, ``sender-certificate-revoked`` or ``sender-certificate-untrusted``; Unavailable
    ``directory-unavailable`` when the certificate cannot be checked now.
    """

    def find_peer(self, thumbprint: str, at: datetime) -> PeerSystem: ...


class FixedDirectory:
    """A directory of the given peers only: for tests and closed installations."""

    def __init__(self, *peers: PeerSystem) -> None:
        self._peers = {peer.thumbprint: peer for peer in peers}

    def find_peer(self, thumbprint: str, at: datetime) -> PeerSystem:

        peer = self._peers.get(thumbprint)
        if peer is None:
            raise Untrusted("sender-unknown", "no certificate with this thumbprint is known")
        if at >= peer.not_after:
            raise Untrusted("sender-certificate-expired", "the sender's certificate has expired")
        return peer
