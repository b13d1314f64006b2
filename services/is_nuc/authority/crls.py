"""The lists of the revoked, full and delta, made when something has changed or the last ones age."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding

from services.is_nuc import storage
from services.is_nuc.authority.ca import Authority
from services.is_nuc.authority.revocation_watch import Watch
from services.is_nuc.clock import Pace
from services.is_nuc.storage import ListRow
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import Work
from shared.pki.certificates.authority import make_crl

STALE_SINCE = timedelta(days=2)


@dataclass(frozen=True)
class Lists:
    """A full list and the delta to an older one, made at once under one number (RFC 5280, 5.2.3)."""

    full: bytes
    delta: bytes
    number: int
    revision: int
    made_at: datetime
    next_update: datetime

    def are_fresh(self, revision: int, now: datetime) -> bool:
        """Nothing was revoked since, and half of the promised time is not over."""
        return self.revision >= revision and now < self.made_at + (self.next_update - self.made_at) / 2


class ListKeeper:
    """The lists that are given out now. One maker at a time; the rest wait for what it makes."""

    def __init__(self, watch: Watch, term: timedelta, pace: Pace) -> None:
        self._watch = watch
        self._pace = pace
        self._term = term
        self._lists: Lists | None = None
        self._making = asyncio.Lock()

    async def current(self, bus: Runtime) -> Lists:
        """Lists that show every revocation that this process knows of."""
        known = self._lists
        if known is not None and known.are_fresh(await self._watch.look(bus), bus.now):
            return known
        async with self._making:
            revision = await self._watch.look(bus)
            if self._lists is None or not self._lists.are_fresh(revision, bus.now):
                self._lists = await bus.write(lambda work: make_lists(work, self._pace.stretched(self._term)))
                self._watch.saw(self._lists.revision)
            return self._lists

    async def stale(self, bus: Runtime) -> Lists:
        """Lists rightly signed and out of date for a day: a trouble on demand, not kept."""
        moment = bus.now - STALE_SINCE
        return await bus.write(lambda work: make_lists(work, STALE_SINCE / 2, moment))


def make_lists(work: Work, term: timedelta, at: datetime | None = None) -> Lists:
    """Both lists as of now; as of ``at``, long past, they are not remembered as a base for others.

    The base of the delta is the oldest full list that has not run out: whoever holds a full list in good faith
    can bring it up to date.
    """
    authority, now = work.use(Authority), at or work.now
    revision = storage.revision(work.session)  # before the entries: a revocation in between is on both lists
    number = storage.next_number(work.session, storage.LISTS)
    base = storage.oldest_list(work.session, work.now) if at is None else None
    mine = base or ListRow(number=number, revision=revision, next_update=now + term)
    full, delta = storage.revoked(work.session), storage.revoked(work.session, since=mine.revision)
    signer, until = (authority.key, authority.certificate), now + term
    made = (
        make_crl(*signer, full, number, now, until, freshest=authority.urls.delta),
        make_crl(*signer, delta, number, now, until, base=mine.number),
    )
    if at is None:
        row = ListRow(number=number, revision=revision, next_update=until)
        storage.add_list(work.session, row, work.now)
    encoded = [one.public_bytes(Encoding.DER) for one in made]
    return Lists(encoded[0], encoded[1], number, revision, now, until)
