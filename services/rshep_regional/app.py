"""The wiring of РШЭП."""

from __future__ import annotations

from collections.abc import Iterable

from services.rshep_regional import api, handlers, storage
from services.rshep_regional.routes import LocalRoutes, seeds
from services.rshep_regional.settings import RegionalSettings
from services.rshep_regional.texts import TEXTS
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import Service, Surroundings
from shared.contracts import addresses
from shared.regulations.book import PassportBook


def _resources(around: Surroundings) -> Iterable[object]:
    return (around.settings, PassportBook.load(), LocalRoutes())


async def _start(bus: Runtime) -> None:
    routes = list(seeds(bus.use(PassportBook), bus.use(RegionalSettings).region))
    await bus.write(lambda work: storage.seed(work.session, routes))


service = Service(
    name="rshep_regional",
    title={
        "ru": "РШЭП, региональный шлюз",
        "kk": "АЭҮШ, аймақтық шлюз",
        "en": "РШЭП, a regional gateway",
    },
    settings=RegionalSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=_resources,
    accepts=lambda neighbour: not addresses.is_regional_gateway(neighbour),  # the local routes decide
    receipts_to=addresses.GATEWAY,
    receipts_owed="refusals",
    texts=TEXTS,
    on_start=_start,
)
