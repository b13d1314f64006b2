"""Who a system is on the bus: its own key, and the certificates of the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.bus.errors import Untrusted
from shared.bus.messages.jws import PrivateKey, PublicKey


@dataclass(frozen=True)
class SystemIdentity:
    """A system's own address, private key and the thumbprint (x5t#S256) of its certificate."""

    address: str
    key: PrivateKey
    thumbprint: str


@dataclass(frozen=True)
class PeerSystem:
    """Another system as its verified certificate names it; good until ``not_after``."""

    address: str
    key: PublicKey
    thumbprint: str
    not_after: datetime


class PeerDirectory(Protocol):
    """Finds the certificate that a thumbprint names and vouches for it.

    ``find_peer`` verifies the chain, the validity at ``at`` and the revocation. Untrusted ``sender-unknown``,
    ``sender-certificate-expired``, ``sender-certificate-revoked`` or ``sender-certificate-untrusted``;
    Unavailable ``directory-unavailable`` when it cannot be known now.
    """

    def find_peer(self, thumbprint: str, at: datetime) -> PeerSystem: ...


class FixedDirectory:
    """The peers that were given, and no others: for tests and closed installations."""

    def __init__(self, *peers: PeerSystem) -> None:
        self._peers = {peer.thumbprint: peer for peer in peers}

    def find_peer(self, thumbprint: str, at: datetime) -> PeerSystem:

        peer = self._peers.get(thumbprint)
        if peer is None:
            raise Untrusted("sender-unknown", "no certificate with this thumbprint is known")
        if at >= peer.not_after:
            raise Untrusted("sender-certificate-expired", "the sender's certificate has expired")
        return peer
