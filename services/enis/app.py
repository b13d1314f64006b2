"""The wiring of ЕНИС."""

from __future__ import annotations

from collections.abc import Iterable

from services.enis import api, domain, handlers, storage
from services.enis.settings import EnisSettings
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import Service, Surroundings
from shared.contracts import addresses
from shared.contracts.population import population
from shared.contracts.texts import COMMON


def _resources(around: Surroundings) -> Iterable[object]:
    return (around.settings,)


async def _start(bus: Runtime) -> None:
    settings = bus.use(EnisSettings)
    numbers = [person.iin for person in population(settings.population_seed, settings.population_size)]
    powers = domain.synthetic_powers(numbers, bus.now.date())
    await bus.write(lambda work: storage.seed(work.session, powers))


service = Service(
    name="enis",
    title={
        "ru": "ЕНИС, единая нотариальная информационная система",
        "kk": "БНАЖ, бірыңғай нотариаттық ақпараттық жүйе",
        "en": "ЕНИС, the unified notarial system",
    },
    settings=EnisSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=_resources,
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=COMMON,
    on_start=_start,
)
