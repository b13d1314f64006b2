"""Keeps in force what ШЭП signs with at the doors: the door keys, and the key of the SOAP answers."""

from __future__ import annotations

from collections.abc import Iterable

from services.shep_gateway.doors.door_keys import DoorKeys
from services.shep_gateway.doors.soap.answer_key import AnswerKeys
from shared.bus.errors import BusError
from shared.bus.logs import log
from shared.bus.runtime.readiness import CertificateTerm
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.client.nuc import CertificationCentre
from shared.pki.client.renewal import CHECK, RETRY_SECONDS


async def renew_door_keys(runtime: Runtime) -> None:
    """A background job: renew the keys of the doors long before their ends; a jump of the clock wakes the job.

    A key that НУЦ does not renew now stays in use, and is tried again.
    """
    while True:
        try:
            await _renew_due(runtime)
        except BusError as error:
            log("door-keys.not-renewed", code=error.code)
            await runtime.machine_clock.sleep(RETRY_SECONDS)
        else:
            await runtime.clock.sleep(CHECK.total_seconds())


async def _renew_due(runtime: Runtime) -> None:
    centre = runtime.resource(CertificationCentre)
    await runtime.compute(lambda: centre.follow_issuing(runtime.now))
    await runtime.resource(DoorKeys).renew_due(runtime.now, centre.anchors.intermediates[0])
    await runtime.resource(AnswerKeys).renew_due(runtime.now)


def read_door_terms(runtime: Runtime) -> Iterable[CertificateTerm]:
    """The terms of the keys of the doors, for readiness and metrics."""
    yield from runtime.resource(DoorKeys).terms
    yield from runtime.resource(AnswerKeys).terms
