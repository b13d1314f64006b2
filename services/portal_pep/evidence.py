"""Gathers, beside everything else, what makes a signed document provable long after: a time-stamp and an answer
about revocation.

The bytes that were signed are stored and forwarded as they came; what was gathered lies beside them, and is put
into one CMS with them when somebody asks.
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
from shared.bus.runtime.unit_of_work import Work
from shared.pki.client.nuc import Centre
from shared.pki.verification.evidence import Evidence

BATCH = 16
IDLE_SECONDS = 0.5
SHARE = 0.2
"""The part of the time that gathering may take while documents wait: requests and messages come first."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(hours=1)

Row = dict[str, Any]


async def gather(bus: Runtime) -> None:
    """Gather what is due, a batch at a time, until the service stops."""
    if not bus.use(PortalSettings).evidence:
        return
    clock = asyncio.get_running_loop().time
    while True:
        began = clock()
        is_full = await gather_batch(bus) == BATCH
        spent = clock() - began
        await asyncio.sleep(spent * (1 - SHARE) / SHARE if is_full else IDLE_SECONDS)


async def gather_batch(bus: Runtime) -> int:
    """Gather the evidence of the documents that wait longest; how many there were."""
    now, centre = bus.now, bus.use(Centre)
    due = await bus.read(lambda session: storage.due_evidence(session, now, BATCH))
    if not due:
        return 0
    rows = await bus.compute(lambda: gathered(centre, due, now))

    def keep(work: Work) -> None:
        for row in rows:
            work.defer(storage.write_evidence, row)

    await bus.write(keep)
    return len(due)


def gathered(centre: Centre, due: list[tuple[EvidenceRow, bytes]], now: datetime) -> list[Row]:
    """What to keep for each; once НУЦ does not answer the others are put off without asking."""
    rows: list[Row] = []
    away: Unavailable | None = None
    for row, content in due:
        try:
            if away is not None:
                raise away
            found = centre.evidence(content, now)
        except BusError as error:
            away = error if isinstance(error, Unavailable) else away
            rows.append(_put_off(row, error.code, now))
        else:
            made = {"stamped_at": found.stamped_at, "token": found.token, "answer": found.answer}
            rows.append({**_key(row), "attempts": row.attempts + 1, **made})
    return rows


def kept(row: EvidenceRow | None) -> Evidence | None:
    """What was gathered for a document, or None while it is not all there."""
    if row is None or row.stamped_at is None or row.token is None or row.answer is None:
        return None
    return Evidence(row.stamped_at, row.token, row.answer)


def _put_off(row: EvidenceRow, code: str, now: datetime) -> Row:
    log("evidence.put-off", application_id=row.application_id, kind=row.kind, code=code)
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts, 20), LONGEST_PAUSE)
    return {**_key(row), "attempts": row.attempts + 1, "code": code, "due_at": now + pause}


def _key(row: EvidenceRow) -> Row:
    return {"application_id": row.application_id, "kind": row.kind}
