"""When the gateways carried a message: the moment in the last forwarder's attestation."""

from __future__ import annotations

from datetime import datetime

from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork


def carried_at(received: ReceivedMessage, uow: UnitOfWork) -> datetime:
    """The attested moment; this system's own where the attestation names none."""
    at = received.hop.get("at")
    return datetime.fromisoformat(at) if isinstance(at, str) else uow.now
