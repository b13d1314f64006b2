"""The wiring of ЕНИС."""

from __future__ import annotations

from collections.abc import Iterable

from services.enis import api, domain, handlers, storage
from services.enis.settings import EnisSettings
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import ServiceDefinition, WiringContext
from shared.contracts import addresses
from shared.contracts.field_glossary import read_glossary
from shared.contracts.local_time import local_day
from shared.contracts.population import make_population
from shared.pki.verification.texts import TEXTS as EDS
from shared.texts.catalog import COMMON, select_texts, texts_beside


def _build_resources(context: WiringContext) -> Iterable[object]:
    return (context.settings,)


async def _fill_register(runtime: Runtime) -> None:
    settings = runtime.resource(EnisSettings)
    numbers = [person.iin for person in make_population(settings.population_seed, settings.population_size)]
    powers = domain.synthetic_powers(numbers, local_day(runtime.now))
    await runtime.write(lambda uow: storage.seed_powers(uow.session, powers))


service = ServiceDefinition(
    name="enis",
    settings=EnisSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=_build_resources,
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=texts_beside(__file__, COMMON, select_texts(EDS, "iin-")),
    read_glossary=read_glossary,
    on_start=_fill_register,
)
