"""The wiring of ГБД ЮЛ."""

from __future__ import annotations

from itertools import chain

from services.gbd_ul import api, handlers, storage
from services.gbd_ul.companies import list_authorities, make_companies
from services.gbd_ul.settings import GbdUlSettings
from services.gbd_ul.texts import TEXTS
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import ServiceDefinition
from shared.contracts import addresses
from shared.contracts.field_glossary import read_glossary
from shared.contracts.organisations import known_organisations
from shared.contracts.population import make_population


async def _fill_register(runtime: Runtime) -> None:
    settings = runtime.resource(GbdUlSettings)
    people = tuple(make_population(settings.population_seed, settings.population_size))
    entities = chain(list_authorities(known_organisations(), people), make_companies(people))
    await runtime.write(lambda uow: storage.seed_entities(uow.session, entities))


service = ServiceDefinition(
    name="gbd_ul",
    settings=GbdUlSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=lambda context: (context.settings,),
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=TEXTS,
    read_glossary=read_glossary,
    on_start=_fill_register,
)
