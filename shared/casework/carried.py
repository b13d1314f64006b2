"""The moment at which a gateway carried a message, by the attestation of the last forwarder."""

from __future__ import annotations

from datetime import datetime

from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork


def carried_at(received: ReceivedMessage, uow: UnitOfWork) -> datetime:
    """The moment in the attestation; without one, the receiving system's own moment."""
    at = received.hop.get("at")
    return datetime.fromisoformat(at) if isinstance(at, str) else uow.now
