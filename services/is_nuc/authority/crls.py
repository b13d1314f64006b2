"""The revocation lists, full and delta; new lists are made after a revocation and at half of the lists' term.

A sandbox keeps what tests have revoked on purpose on a list apart (``CrlPart.INVENTED``): the real list does not
grow by trials. Both lists then name their distribution point, so that neither proves anything about certificates
of the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.hazmat.primitives.serialization import Encoding

from services.is_nuc import storage
from services.is_nuc.authority.ca import IssuingAuthority
from services.is_nuc.authority.revocation_watch import RevocationWatch
from services.is_nuc.clock import ClockPace
from services.is_nuc.settings import NucSettings
from services.is_nuc.storage import CrlRow
from shared.bus.runtime.readiness import ReadinessProblem
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.pki.certificates.authority import make_crl
from shared.sandbox.fault_board import FaultBoard

STALE_SINCE = timedelta(days=2)


class CrlPart(StrEnum):
    """The two lists: of the certificates that were really revoked, and of those that tests have revoked."""

    REAL = "real"
    INVENTED = "invented"


@dataclass(frozen=True)
class CrlPair:
    """A full list and the delta to an older one, made together under one number (RFC 5280, 5.2.3); the list of
    invented revocations has no delta.
    """

    full: bytes
    delta: bytes
    number: int
    revision: int
    made_at: datetime
    next_update: datetime

    def is_fresh(self, revision: int, now: datetime) -> bool:
        """Whether nothing was revoked since, and less than half of the term has passed."""
        return self.revision >= revision and now < self.made_at + (self.next_update - self.made_at) / 2


class CrlKeeper:
    """The current lists. One task at a time makes lists; other tasks wait for the result."""

    def __init__(self, watch: RevocationWatch, term: timedelta, pace: ClockPace) -> None:
        self._watch = watch
        self._pace = pace
        self._term = term
        self._crls: dict[CrlPart, CrlPair] = {}
        self._making = asyncio.Lock()

    @property
    def list_sizes(self) -> dict[CrlPart, int]:
        """The bytes of the full lists that this process has made last."""
        return {part: len(crls.full) for part, crls in self._crls.items()}

    async def current_crls(self, runtime: Runtime, part: CrlPart = CrlPart.REAL) -> CrlPair:
        """Lists that contain every revocation of this part that is known to this process."""
        crls = self._crls.get(part)
        if crls is not None and crls.is_fresh(await self._watch.poll_revision(runtime), runtime.now):
            return crls
        async with self._making:
            revision = await self._watch.poll_revision(runtime)
            crls = self._crls.get(part)
            if crls is None or not crls.is_fresh(revision, runtime.now):
                make = make_crls if part is CrlPart.REAL else make_invented_crl
                crls = await runtime.write(lambda uow: make(uow, self._pace.bus_span(self._term)))
                self._crls[part] = crls
                self._watch.note_revision(crls.revision)
            return crls

    async def make_stale_crls(self, runtime: Runtime) -> CrlPair:
        """Correctly signed lists that ran out a day ago: a fault on demand; they are not stored."""
        moment = runtime.now - STALE_SINCE
        return await runtime.write(lambda uow: make_crls(uow, STALE_SINCE / 2, moment))


def make_crls(uow: UnitOfWork, term: timedelta, at: datetime | None = None) -> CrlPair:
    """Both real lists as of now; lists as of ``at``, in the past, do not become the base of later deltas.

    The base of the delta is the oldest full list in force: every holder of a valid full list can update it.
    """
    authority, now = uow.resource(IssuingAuthority), at or uow.now
    # before the entries: a revocation in between is then on both lists
    revision = storage.last_revision(uow.session)
    number = storage.next_number(uow.session, storage.CRL_NUMBERS)
    base = storage.find_oldest_crl(uow.session, uow.now) if at is None else None
    base_row = base or CrlRow(number=number, revision=revision, next_update=now + term)
    full, delta = storage.list_revoked(uow.session), storage.list_revoked(uow.session, since=base_row.revision)
    signer, until = (authority.key, authority.certificate), now + term
    point = authority.urls.crl if uow.resource(FaultBoard).is_on else None
    signed_crls = (
        make_crl(*signer, full, number, now, until, freshest=authority.urls.delta, point=point),
        make_crl(*signer, delta, number, now, until, base=base_row.number, point=point),
    )
    if at is None:
        row = CrlRow(number=number, revision=revision, next_update=until)
        storage.add_crl(uow.session, row, uow.now)
    encoded = [crl.public_bytes(Encoding.DER) for crl in signed_crls]
    return CrlPair(encoded[0], encoded[1], number, revision, now, until)


def make_invented_crl(uow: UnitOfWork, term: timedelta) -> CrlPair:
    """The list of the certificates that tests have revoked, as of now; without a delta."""
    authority, now = uow.resource(IssuingAuthority), uow.now
    revision = storage.last_revision(uow.session)
    number = storage.next_number(uow.session, storage.CRL_NUMBERS)
    entries = storage.list_revoked(uow.session, is_invented=True)
    point = authority.urls.for_invented.crl
    crl = make_crl(authority.key, authority.certificate, entries, number, now, now + term, point=point)
    return CrlPair(crl.public_bytes(Encoding.DER), b"", number, revision, now, now + term)


def check_list_sizes(runtime: Runtime) -> Iterable[ReadinessProblem]:
    """A readiness check: whether a revocation list has grown so far that verifiers will soon refuse to read it."""
    limit = runtime.resource(NucSettings).crl_bytes
    for part, size in runtime.resource(CrlKeeper).list_sizes.items():
        if size > limit:
            details = {"list": part.value, "bytes": str(size), "limit": str(limit)}
            yield ReadinessProblem("crl-large", is_fatal=False, details=details)
