"""The wiring of ГЦВП."""

from __future__ import annotations

from collections.abc import Iterable

from services.gcvp import api, handlers, storage
from services.gcvp.domain import synthetic_accounts
from services.gcvp.settings import GcvpSettings
from services.gcvp.texts import TEXTS
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import Service, Surroundings
from shared.contracts import addresses
from shared.contracts.population import population


def _resources(around: Surroundings) -> Iterable[object]:
    return (around.settings,)


async def _start(bus: Runtime) -> None:
    settings = bus.use(GcvpSettings)
    accounts = synthetic_accounts(population(settings.population_seed, settings.population_size))
    await bus.write(lambda work: storage.seed(work.session, accounts))


service = Service(
    name="gcvp",
    title={
        "ru": "ГЦВП, государственный центр по выплате пенсий и пособий",
        "kk": "ЗТМО, зейнетақы мен жәрдемақы төлеу жөніндегі мемлекеттік орталық",
        "en": "ГЦВП, the state centre that pays pensions and benefits",
    },
    settings=GcvpSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=_resources,
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=TEXTS,
    on_start=_start,
)
