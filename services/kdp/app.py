"""The wiring of КДП."""

from __future__ import annotations

from services.kdp import api, consenting, handlers, storage
from services.kdp.domain import synthetic_phones
from services.kdp.settings import KdpSettings
from services.kdp.texts import TEXTS
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import ServiceDefinition
from shared.contracts import addresses
from shared.contracts.field_glossary import read_glossary
from shared.contracts.population import make_population


async def _fill_register(runtime: Runtime) -> None:
    settings = runtime.resource(KdpSettings)
    phones = synthetic_phones(make_population(settings.population_seed, settings.population_size))
    await runtime.write(lambda uow: storage.seed_phones(uow.session, phones))


service = ServiceDefinition(
    name="kdp",
    settings=KdpSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=lambda context: (context.settings,),
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=TEXTS,
    read_glossary=read_glossary,
    on_start=_fill_register,
    background_jobs=(consenting.end_unanswered,),
)
