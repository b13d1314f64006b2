"""A cache of signed OCSP responses: the hottest path of НУЦ.

Responses are looked up by the exact bytes of their request, so that most requests are never parsed. A new revision
empties the cache: revocations are rare, and a new response costs a tenth of a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from sqlmodel import Session

from services.is_nuc import storage
from services.is_nuc.authority import ocsp_responder
from services.is_nuc.authority.ca import IssuingAuthority
from services.is_nuc.authority.ocsp_responder import OcspFailure, OcspRequest, OcspStatus
from services.is_nuc.authority.own_credentials import OwnCredentials
from services.is_nuc.authority.revocation_watch import RevocationWatch
from services.is_nuc.clock import ClockPace
from services.is_nuc.storage import CertificateRow
from shared.bus.errors import BusError, Malformed
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.faults import FaultArea, PkiFault
from shared.pki.verification.check import certificate_iin
from shared.sandbox.fault_board import FaultBoard

MOST_KEPT = 20_000
CLOCK_SLACK = timedelta(days=2)
"""The age of the statement in a stale response."""


@dataclass(frozen=True)
class PreparedOcspResponse:
    """An OCSPResponse; its term is set when the response may be cached."""

    body: bytes
    this_update: datetime | None = None
    next_update: datetime | None = None


@dataclass(frozen=True)
class _RegisterRecord:
    """The register's status of a serial number, and the owner's ИИН."""

    standing: OcspStatus
    iin: str | None = None


UNKNOWN_RECORD = _RegisterRecord(OcspStatus(is_known=False))


class OcspSilence(Exception):
    """A fault on demand: the caller gets no answer."""


class OcspResponseCache:
    """The signed responses and the register's records of one revision; used by one event loop."""

    def __init__(
        self,
        authority: IssuingAuthority,
        credentials: OwnCredentials,
        watch: RevocationWatch,
        term: timedelta,
        pace: ClockPace,
    ) -> None:
        self._issuer = ocsp_responder.issuer_ids(authority.certificate)
        self._pace = pace
        self._credentials = credentials
        self._watch = watch
        self._term = term
        self._revision = -1
        self._prepared: dict[bytes, PreparedOcspResponse] = {}
        self._records: dict[int, _RegisterRecord] = {}

    async def answer_request(self, runtime: Runtime, request: bytes) -> PreparedOcspResponse:
        """The response to a request; `OcspSilence` when a fault on demand asks for silence."""
        await self._credentials.renew_when_due(runtime)
        await self._follow_revision(runtime)
        is_calm = not runtime.resource(FaultBoard).has_faults(FaultArea.OCSP)
        if is_calm and (prepared := self._prepared.get(request)) and self._is_fresh(prepared, runtime.now):
            return prepared
        try:
            ocsp_request = ocsp_responder.read_request(request, self._issuer)
        except BusError as error:
            kind = OcspFailure.MALFORMED_REQUEST if isinstance(error, Malformed) else OcspFailure.UNAUTHORIZED
            return PreparedOcspResponse(ocsp_responder.encode_failure(kind))
        records = await self._find_records(runtime, ocsp_request)
        fault = _choose_fault(runtime.resource(FaultBoard), ocsp_request, records)
        if fault is not None:
            return self._faulty_response(fault, ocsp_request, records, runtime.now)
        response = self._sign_response(ocsp_request, records, runtime.now)
        if is_calm and response.this_update is not None:
            self._prepared = {} if len(self._prepared) > MOST_KEPT else self._prepared
            self._prepared[request] = response
        return response

    async def _follow_revision(self, runtime: Runtime) -> None:
        if await self._watch.poll_revision(runtime) != self._revision:
            self._revision = self._watch.revision
            self._prepared, self._records = {}, {}

    async def _find_records(self, runtime: Runtime, ocsp_request: OcspRequest) -> list[_RegisterRecord]:
        """The register's records of the requested certificates, all of one revision.

        Unknown serial numbers are not cached, because they can be issued at any moment.
        """
        serials = {certificate_id.serial for certificate_id in ocsp_request.ids}
        while True:
            records = {serial: self._records[serial] for serial in serials & self._records.keys()}
            missing, expected = serials - records.keys(), self._revision
            if missing:
                revision, new_records = await runtime.read(
                    lambda session, unknown_serials=missing: _read_records(session, unknown_serials)  # type: ignore[misc]
                )
                self._watch.note_revision(revision)
                await self._follow_revision(runtime)
                if not revision == expected == self._revision:
                    continue
                self._records = {} if len(self._records) > MOST_KEPT else self._records
                self._records |= new_records
                records |= new_records
            return [records.get(certificate_id.serial, UNKNOWN_RECORD) for certificate_id in ocsp_request.ids]

    def _sign_response(
        self, ocsp_request: OcspRequest, records: Iterable[_RegisterRecord], now: datetime
    ) -> PreparedOcspResponse:
        now = now.replace(microsecond=0)
        statuses = [
            (certificate_id, record.standing)
            for certificate_id, record in zip(ocsp_request.ids, records, strict=True)
        ]
        until = now + self._pace.bus_span(self._term)
        signer = self._credentials.ocsp_signer
        body = ocsp_responder.sign_response(
            statuses, signer, now=now, this_update=now, next_update=until, nonce=ocsp_request.nonce
        )
        is_for_all = ocsp_request.nonce is None and all(standing.is_known for _, standing in statuses)
        return PreparedOcspResponse(body, now, until) if is_for_all else PreparedOcspResponse(body)

    def _is_fresh(self, prepared: PreparedOcspResponse, now: datetime) -> bool:
        begin, end = prepared.this_update, prepared.next_update
        return begin is not None and end is not None and now < begin + (end - begin) / 2

    def _faulty_response(
        self, fault: PkiFault, ocsp_request: OcspRequest, records: Iterable[_RegisterRecord], now: datetime
    ) -> PreparedOcspResponse:
        if fault is PkiFault.OCSP_SILENT:
            raise OcspSilence
        if fault is PkiFault.OCSP_STALE:
            return PreparedOcspResponse(self._sign_response(ocsp_request, records, now - CLOCK_SLACK).body)
        if fault is PkiFault.OCSP_MALFORMED:
            return PreparedOcspResponse(self._sign_response(ocsp_request, records, now).body[:-40])
        is_busy = fault is PkiFault.OCSP_TRY_LATER
        return PreparedOcspResponse(
            ocsp_responder.encode_failure(OcspFailure.TRY_LATER if is_busy else OcspFailure.UNAUTHORIZED)
        )


def _read_records(session: Session, serials: Iterable[int]) -> tuple[int, dict[int, _RegisterRecord]]:
    revision = storage.last_revision(session)
    return revision, {
        serial: _read_record(row) for serial, row in storage.find_by_serials(session, serials).items()
    }


def _read_record(row: CertificateRow) -> _RegisterRecord:
    iin = certificate_iin(x509.load_der_x509_certificate(row.der))
    reason = x509.ReasonFlags(row.reason) if row.reason else x509.ReasonFlags.unspecified
    return _RegisterRecord(OcspStatus(revoked_at=row.revoked_at, reason=reason), iin)


def _choose_fault(
    board: FaultBoard, ocsp_request: OcspRequest, records: Iterable[_RegisterRecord]
) -> PkiFault | None:
    """The first fault that applies to one of the certificates."""
    for certificate_id, record in zip(ocsp_request.ids, records, strict=True):
        subject = board.magic_subject(record.iin)
        if subject is not None and subject.fault.area is FaultArea.OCSP:
            return subject.fault
        if (fault := board.draw_fault(FaultArea.OCSP, record.iin, certificate_id.serial)) is not None:
            return fault
    return None
