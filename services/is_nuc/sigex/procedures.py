"""The procedures of signing by QR code that are under way, and what each of them waits for."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.bus.errors import Conflict, NotFound, Refused, Unavailable
from shared.bus.http.live_streams import StreamPlaces
from shared.phone.offers import LINK_SECONDS, DocumentSetView
from shared.phone.wire import DocumentSet

MOST_PROCEDURES = 500
MOST_BYTES = 64 * 1024 * 1024
"""The bytes of all documents and signatures that are kept at once."""
MOST_HELD_CALLS = 40
"""The calls that one address may hold open at once."""
DATA_SECONDS = 20.0
"""How long a phone that is faster than the system waits for the documents."""

LOOK_SECONDS = 1.0
"""How soon a held call notices that its caller is gone."""


@dataclass(eq=False)
class SigningProcedure:
    """One procedure, until ``until`` in the machine's time."""

    id: str
    description: str
    back_url: str | None
    until: datetime
    offered: DocumentSet | None = field(default=None, repr=False)
    signed: DocumentSetView | None = field(default=None, repr=False)
    size: int = 0
    is_given: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set once the system has sent the documents."""
    is_fetched: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set once a phone has the documents."""
    is_signed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def give_documents(self, offered: DocumentSet) -> None:
        """Take the documents; Conflict ``sigex-data-changed`` where others were sent before.

        A client whose connection broke sends the same documents again.
        """
        if self.offered is not None and self.offered.raw != offered.raw:
            raise Conflict("sigex-data-changed", "other documents were sent before")
        self.offered = offered
        self.is_given.set()

    def fetch_documents(self) -> DocumentSet:
        """The documents for a phone; Conflict ``sigex-signed`` once they are signed, NotFound
        ``sigex-data-missing``.
        """
        self.require_unsigned()
        offered = self.require_documents()
        self.is_fetched.set()
        return offered

    def require_documents(self) -> DocumentSet:
        """The documents; NotFound ``sigex-data-missing`` until the system has sent them."""
        if self.offered is None:
            raise NotFound("sigex-data-missing", "the system has not sent the documents")
        return self.offered

    def require_unsigned(self) -> None:
        """Conflict ``sigex-signed`` once the documents are signed: the code is good for one signature."""
        if self.signed is not None:
            raise Conflict("sigex-signed", "the documents are signed already")

    def take_signatures(self, signed: DocumentSetView) -> None:
        """Keep what the phone brought; the first one counts."""
        self.signed = self.signed or signed
        self.is_signed.set()

    async def wait_for(self, event: asyncio.Event, seconds: float, is_gone: Callable[[], Awaitable[bool]]) -> None:
        """Wait for an event of this procedure, at most so long, and not for a caller that is gone."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                while not event.is_set() and not await is_gone():
                    await _wait_shortly(event)


async def _wait_shortly(event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            await event.wait()


class SigningProcedures:
    """The procedures of this process; changed by the loop only."""

    def __init__(self) -> None:
        self._procedures: dict[str, SigningProcedure] = {}
        self.held_calls = StreamPlaces(MOST_HELD_CALLS)

    def open(self, description: str, back_url: str | None, machine_now: datetime) -> SigningProcedure:
        """A new procedure; those whose term is over are forgotten. Unavailable ``sigex-full``."""
        self._forget_old(machine_now)
        if len(self._procedures) >= MOST_PROCEDURES:
            raise _too_many()
        until = machine_now + timedelta(seconds=LINK_SECONDS)
        procedure = SigningProcedure(secrets.token_urlsafe(24), description, back_url, until)
        self._procedures[procedure.id] = procedure
        return procedure

    def find(self, procedure_id: str, machine_now: datetime) -> SigningProcedure:
        """A procedure; NotFound ``sigex-unknown``, Refused ``sigex-expired`` once its term is over."""
        procedure = self._procedures.get(procedure_id)
        if procedure is None:
            raise NotFound("sigex-unknown", "there is no such procedure")
        if procedure.until <= machine_now:
            raise Refused("sigex-expired", "the term of the procedure is over")
        return procedure

    def reserve(self, procedure: SigningProcedure, size: int) -> None:
        """Account for the bytes of a procedure; Unavailable ``sigex-full``."""
        others = sum(one.size for one in self._procedures.values() if one is not procedure)
        if others + size > MOST_BYTES:
            raise _too_many()
        procedure.size = max(procedure.size, size)

    def _forget_old(self, machine_now: datetime) -> None:
        kept = {key: one for key, one in self._procedures.items() if one.until > machine_now}
        self._procedures = kept


def _too_many() -> Unavailable:
    return Unavailable("sigex-full", "too many procedures are under way", retry_after=LINK_SECONDS)
