"""Answers of OCSP, signed before they are asked for again: the hottest path of the centre.

An answer is looked up by the exact bytes of its request, so that most requests are never parsed. Everything that
was prepared is thrown away when the revision changes: revocations are rare, and a new answer costs a tenth of a
millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from sqlmodel import Session

from services.is_nuc import storage
from services.is_nuc.authority import ocsp_responder
from services.is_nuc.authority.ca import Authority
from services.is_nuc.authority.ocsp_responder import Asked, Failure, Standing
from services.is_nuc.authority.own_credentials import Desks
from services.is_nuc.authority.revocation_watch import Watch
from services.is_nuc.clock import Pace
from services.is_nuc.storage import CertificateRow
from shared.bus.errors import BusError, Malformed
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.faults import Area, Board, Fault
from shared.pki.verification.check import certificate_iin

MOST_KEPT = 20_000
CLOCK_SLACK = timedelta(days=2)
"""How long ago a stale answer was true."""


@dataclass(frozen=True)
class Answer:
    """An OCSPResponse; with a term when it is the same for everybody who asks so."""

    body: bytes
    this_update: datetime | None = None
    next_update: datetime | None = None


@dataclass(frozen=True)
class _Known:
    """What the register holds of a serial number, and whose certificate it is."""

    standing: Standing
    iin: str | None = None


UNKNOWN = _Known(Standing(is_known=False))


class Silence(Exception):
    """The caller is to get no answer at all."""


class Answers:
    """What is prepared, and what is known of each certificate asked about; of one revision, and of one loop."""

    def __init__(self, authority: Authority, desks: Desks, watch: Watch, term: timedelta, pace: Pace) -> None:
        self._issuer = ocsp_responder.issuer_ids(authority.certificate)
        self._pace = pace
        self._desks = desks
        self._watch = watch
        self._term = term
        self._revision = -1
        self._prepared: dict[bytes, Answer] = {}
        self._known: dict[int, _Known] = {}

    async def answer(self, bus: Runtime, request: bytes) -> Answer:
        """What to say to this request. Raises `Silence` when a trouble on demand says so."""
        await self._desks.keep_in_order(bus)
        await self._keep_up(bus)
        is_calm = not bus.use(Board).touches(Area.OCSP)
        if is_calm and (prepared := self._prepared.get(request)) and self._is_fresh(prepared, bus.now):
            return prepared
        try:
            asked = ocsp_responder.read_request(request, self._issuer)
        except BusError as error:
            kind = Failure.MALFORMED_REQUEST if isinstance(error, Malformed) else Failure.UNAUTHORIZED
            return Answer(ocsp_responder.failure(kind))
        known = await self._look_up(bus, asked)
        fault = _fault(bus.use(Board), asked, known)
        if fault is not None:
            return self._troubled(fault, asked, known, bus.now)
        made = self._made(asked, known, bus.now)
        if is_calm and made.this_update is not None:
            self._prepared = {} if len(self._prepared) > MOST_KEPT else self._prepared
            self._prepared[request] = made
        return made

    async def _keep_up(self, bus: Runtime) -> None:
        if await self._watch.look(bus) != self._revision:
            self._revision = self._watch.revision
            self._prepared, self._known = {}, {}

    async def _look_up(self, bus: Runtime, asked: Asked) -> list[_Known]:
        """What the register knows of each, all of one revision. The unknown are not remembered: one of them may
        be issued in a moment."""
        wanted = {one.serial for one in asked.ids}
        while True:
            known = {serial: self._known[serial] for serial in wanted & self._known.keys()}
            missing, expected = wanted - known.keys(), self._revision
            if missing:
                revision, found = await bus.read(lambda session, those=missing: _read(session, those))  # type: ignore[misc]
                self._watch.saw(revision)
                await self._keep_up(bus)
                if not revision == expected == self._revision:
                    continue
                self._known = {} if len(self._known) > MOST_KEPT else self._known
                self._known |= found
                known |= found
            return [known.get(one.serial, UNKNOWN) for one in asked.ids]

    def _made(self, asked: Asked, known: Iterable[_Known], now: datetime) -> Answer:
        now = now.replace(microsecond=0)
        answers = [(one, its.standing) for one, its in zip(asked.ids, known, strict=True)]
        until = now + self._pace.stretched(self._term)
        signer = self._desks.responder
        body = ocsp_responder.respond(
            answers, signer, now=now, this_update=now, next_update=until, nonce=asked.nonce
        )
        is_for_all = asked.nonce is None and all(standing.is_known for _, standing in answers)
        return Answer(body, now, until) if is_for_all else Answer(body)

    def _is_fresh(self, prepared: Answer, now: datetime) -> bool:
        begin, end = prepared.this_update, prepared.next_update
        return begin is not None and end is not None and now < begin + (end - begin) / 2

    def _troubled(self, fault: Fault, asked: Asked, known: Iterable[_Known], now: datetime) -> Answer:
        if fault is Fault.OCSP_SILENT:
            raise Silence
        if fault is Fault.OCSP_STALE:
            return Answer(self._made(asked, known, now - CLOCK_SLACK).body)
        if fault is Fault.OCSP_MALFORMED:
            return Answer(self._made(asked, known, now).body[:-40])
        is_busy = fault is Fault.OCSP_TRY_LATER
        return Answer(ocsp_responder.failure(Failure.TRY_LATER if is_busy else Failure.UNAUTHORIZED))


def _read(session: Session, serials: Iterable[int]) -> tuple[int, dict[int, _Known]]:
    revision = storage.revision(session)
    return revision, {serial: _known(row) for serial, row in storage.find_serials(session, serials).items()}


def _known(row: CertificateRow) -> _Known:
    iin = certificate_iin(x509.load_der_x509_certificate(row.der))
    reason = x509.ReasonFlags(row.reason) if row.reason else x509.ReasonFlags.unspecified
    return _Known(Standing(revoked_at=row.revoked_at, reason=reason), iin)


def _fault(board: Board, asked: Asked, known: Iterable[_Known]) -> Fault | None:
    """The trouble of the first certificate that has one."""
    for one, its in zip(asked.ids, known, strict=True):
        subject = board.magic(its.iin)
        if subject is not None and subject.fault.area is Area.OCSP:
            return subject.fault
        if (fault := board.strike(Area.OCSP, its.iin, one.serial)) is not None:
            return fault
    return None
