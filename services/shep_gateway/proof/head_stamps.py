"""Time-stamps over the head of the journal, in batches.

The hash chain shows a changed entry only to a reader who knows a later hash: the owner of the database could write
the whole chain anew. A time-stamp of НУЦ over the head fixes all entries before it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.shep_gateway.proof.case_records import HeadStampRow, last_stamp, read_head
from shared.bus.errors import BusError
from shared.bus.logs import log
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.pki.client.nuc import CertificationCentre


@dataclass(frozen=True)
class StampPace:
    """When the head is stamped: after so many entries, or after so many seconds of the machine if there is a new
    entry; ``poll_seconds`` is how often the job looks.
    """

    most_entries: int = 500
    longest_seconds: float = 600.0
    poll_seconds: float = 5.0


USUAL_PACE = StampPace()


async def stamp_heads(runtime: Runtime, pace: StampPace = USUAL_PACE) -> None:
    """A background job: stamp the head of the journal at this pace, for ever; while НУЦ is silent the job tries
    again at the next look.
    """
    clock = asyncio.get_running_loop().time
    stamped_at = clock()
    while True:
        await asyncio.sleep(pace.poll_seconds)
        (n, _), covered = await runtime.read(lambda session: (read_head(session), last_stamp(session)))
        is_late = n > covered and clock() - stamped_at >= pace.longest_seconds
        if n - covered < pace.most_entries and not is_late:
            continue
        try:
            await stamp_head(runtime)
        except BusError as error:
            log("journal.unstamped", code=error.code)
        else:
            stamped_at = clock()


async def stamp_head(runtime: Runtime) -> None:
    """Have НУЦ stamp the present head, and store the time-stamp; Unavailable ``tsa-silent``, ``tsa-refused``;
    Untrusted ``eds-timestamp``.
    """
    centre, now = runtime.resource(CertificationCentre), runtime.now
    n, head = await runtime.read(read_head)
    stamp = await runtime.compute(lambda: centre.request_time_stamp(head.encode(), now))

    def store_stamp(uow: UnitOfWork) -> None:
        uow.session.merge(HeadStampRow(n=n, hash=head, at=stamp.moment, token=stamp.token))

    await runtime.write(store_stamp)
