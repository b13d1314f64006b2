"""What the centre does at each start, before anybody asks it."""

from __future__ import annotations

from services.is_nuc import storage
from services.is_nuc.api.enrolment import invite
from services.is_nuc.authority.own_credentials import Desks
from services.is_nuc.settings import NucSettings
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.certificates.keys import write_private


async def open_counter(bus: Runtime) -> None:
    """Register our own services; leave an invitation for every expected system that has none yet."""
    await bus.use(Desks).register(bus)
    settings = bus.use(NucSettings)
    settings.tokens.mkdir(parents=True, exist_ok=True)
    for address in filter(None, settings.systems.split(",")):
        if not await bus.read(lambda session, wanted=address: storage.is_invited(session, wanted)):  # type: ignore[misc]
            write_private(settings.tokens / f"{address}.json", (await invite(bus, address)).encode())
