"""The wiring of the console: the objects that it looks up by class, and its background job."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from services.shep_gateway.console.country_board import CountryBoard
from services.shep_gateway.console.country_systems import CountrySystems, make_country
from services.shep_gateway.console.journal_tally import tally_journal
from services.shep_gateway.console.sending_again import SystemKeys
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import WiringContext


async def hold_connections(runtime: Runtime) -> None:
    """A background job: close the connections to the other systems when ШЭП stops."""
    try:
        await asyncio.Event().wait()
    finally:
        await runtime.resource(CountrySystems).close()


BACKGROUND_JOBS = (tally_journal, hold_connections)


def make_resources(context: WiringContext) -> Iterable[object]:
    """The other systems, and the keys of those on this machine."""
    country = make_country(context.settings)
    yield from (country, CountryBoard(country))
    yield SystemKeys(context.settings.data_dir)
