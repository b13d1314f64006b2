"""The wiring of НР ИИН."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from services.nr_iin import api, handlers, storage
from services.nr_iin.settings import RegisterSettings
from services.nr_iin.texts import TEXTS
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import ServiceDefinition, WiringContext
from shared.contracts import addresses
from shared.contracts.field_glossary import read_glossary
from shared.contracts.population import make_population, odd_people
from shared.contracts.registers import PersonRecord


def _build_resources(context: WiringContext) -> Iterable[object]:
    return (context.settings,)


async def _fill_register(runtime: Runtime) -> None:
    settings = runtime.resource(RegisterSettings)
    people = (
        PersonRecord(**vars(resident))
        for resident in chain(make_population(settings.population_seed, settings.population_size), odd_people())
    )
    await runtime.write(lambda uow: storage.seed_persons(uow.session, people))


service = ServiceDefinition(
    name="nr_iin",
    settings=RegisterSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=_build_resources,
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=TEXTS,
    read_glossary=read_glossary,
    on_start=_fill_register,
)
