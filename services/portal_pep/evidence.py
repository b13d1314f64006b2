"""Gathers, in the background, the evidence of signed documents: a time-stamp and an OCSP answer.

The signed bytes are stored and forwarded unchanged; the evidence is stored beside them and put into one CMS with
them on request.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from services.portal_pep import storage
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import EvidenceRow
from shared.bus.errors import BusError, Unavailable
from shared.bus.logs import log
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.bus.service import BackgroundJob
from shared.pki.client.nuc import CertificationCentre
from shared.pki.verification.evidence import SignatureEvidence

BATCH = 16
IDLE_SECONDS = 0.5
SHARE = 0.2
"""The share of time that gathering may take while documents wait: requests and messages come first."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(hours=1)

EvidenceValues = dict[str, Any]


async def gather_evidence(runtime: Runtime) -> None:
    """Gather due evidence, a batch at a time, until the service stops."""
    clock = asyncio.get_running_loop().time
    while True:
        began = clock()
        is_full = await gather_batch(runtime) == BATCH
        elapsed = clock() - began
        await asyncio.sleep(elapsed * (1 - SHARE) / SHARE if is_full else IDLE_SECONDS)


def list_jobs_off(settings: PortalSettings) -> tuple[BackgroundJob, ...]:
    """The background jobs that the settings switch off."""
    return () if settings.evidence else (gather_evidence,)


async def gather_batch(runtime: Runtime) -> int:
    """Gather the evidence of the documents that wait longest; returns their number."""
    now, centre = runtime.now, runtime.resource(CertificationCentre)
    machine_now = runtime.machine_clock.now()
    due = await runtime.read(lambda session: storage.list_due_evidence(session, machine_now, BATCH))
    if not due:
        return 0
    rows = await runtime.compute(lambda: collect_evidence(centre, due, now, machine_now))

    def write_rows(uow: UnitOfWork) -> None:
        for row in rows:
            uow.write_later(storage.write_evidence, row)

    await runtime.write(write_rows)
    return len(due)


def collect_evidence(
    centre: CertificationCentre, due: list[tuple[EvidenceRow, bytes]], now: datetime, machine_now: datetime
) -> list[EvidenceValues]:
    """The evidence of each document; once НУЦ does not answer, the other documents are postponed without
    asking.
    """
    rows: list[EvidenceValues] = []
    outage: Unavailable | None = None
    for row, content in due:
        try:
            if outage is not None:
                raise outage
            evidence = centre.collect_evidence(content, now)
        except BusError as error:
            outage = error if isinstance(error, Unavailable) else outage
            rows.append(_postpone_evidence(row, error.code, machine_now))
        else:
            evidence_values = {
                "stamped_at": evidence.stamped_at,
                "token": evidence.token,
                "answer": evidence.answer,
            }
            rows.append({**_row_key(row), "attempts": row.attempts + 1, **evidence_values})
    return rows


def complete_evidence(row: EvidenceRow | None) -> SignatureEvidence | None:
    """The complete evidence of a document, or None."""
    if row is None or row.stamped_at is None or row.token is None or row.answer is None:
        return None
    return SignatureEvidence(row.stamped_at, row.token, row.answer)


def _postpone_evidence(row: EvidenceRow, code: str, machine_now: datetime) -> EvidenceValues:
    log("evidence.put-off", application_id=row.case_id, kind=row.kind, code=code)
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts, 20), LONGEST_PAUSE)
    return {**_row_key(row), "attempts": row.attempts + 1, "code": code, "due_at": machine_now + pause}


def _row_key(row: EvidenceRow) -> EvidenceValues:
    return {"case_id": row.case_id, "kind": row.kind}
