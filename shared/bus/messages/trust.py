"""The identity of a system on the bus: its own key, and the certificates of other systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.bus.errors import Unavailable, Untrusted
from shared.bus.messages import jws
from shared.bus.messages.jws import PrivateKey, PublicKey


@dataclass(frozen=True)
class SystemCredential:
    """A private key, the thumbprint (x5t#S256) of its certificate, and the end of the certificate's term; None for
    a certificate without an end.
    """

    key: PrivateKey
    thumbprint: str
    not_after: datetime | None = None


class SystemIdentity:
    """A system's own address, and the credential with which the system signs now.

    A renewal replaces the credential while the system runs. Safe for threads: every signature takes key and
    thumbprint from one credential.
    """

    def __init__(self, address: str, key: PrivateKey, thumbprint: str, not_after: datetime | None = None) -> None:
        self.address = address
        self._credential = SystemCredential(key, thumbprint, not_after)

    @property
    def key(self) -> PrivateKey:
        return self._credential.key

    @property
    def thumbprint(self) -> str:
        return self._credential.thumbprint

    @property
    def not_after(self) -> datetime | None:
        return self._credential.not_after

    def replace_credential(self, credential: SystemCredential) -> None:
        """Sign with another credential from now on; the old certificate still proves the earlier signatures."""
        self._credential = credential

    def sign(self, payload: bytes, claims: Mapping[str, Any]) -> str:
        """A detached JWS over ``payload`` with the present credential."""
        credential = self._credential
        return jws.sign(credential.key, credential.thumbprint, payload, claims)

    def check_term(self, now: datetime) -> None:
        """Unavailable ``own-certificate-expired`` when receivers would refuse what the system signs now."""
        not_after = self._credential.not_after
        if not_after is not None and now >= not_after:
            raise Unavailable("own-certificate-expired", f"{self.address} may sign nothing until it is renewed")


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
