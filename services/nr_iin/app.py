"""The wiring of НР ИИН."""

from __future__ import annotations

from collections.abc import Iterable

from services.nr_iin import api, handlers, storage
from services.nr_iin.settings import RegisterSettings
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import Service, Surroundings
from shared.contracts import addresses
from shared.contracts.population import population
from shared.contracts.registers import Person
from shared.contracts.texts import COMMON
from shared.pki.verification.texts import TEXTS


def _resources(around: Surroundings) -> Iterable[object]:
    return (around.settings,)


async def _start(bus: Runtime) -> None:
    settings = bus.use(RegisterSettings)
    people = [Person(**vars(one)) for one in population(settings.population_seed, settings.population_size)]
    await bus.write(lambda work: storage.seed(work.session, people))


service = Service(
    name="nr_iin",
    title={
        "ru": "НР ИИН, национальный реестр индивидуальных идентификационных номеров",
        "kk": "ЖСН ҰТ, жеке сәйкестендіру нөмірлерінің ұлттық тізілімі",
        "en": "НР ИИН, the national register of identification numbers",
    },
    settings=RegisterSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=_resources,
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts={**COMMON, **TEXTS},
    on_start=_start,
)
