"""The wiring of РШЭП."""

from __future__ import annotations

from collections.abc import Iterable

from services.rshep_regional import api, handlers, local_systems, storage
from services.rshep_regional.routes import CachedRegionalRegister, derive_routes
from services.rshep_regional.settings import RegionalSettings
from services.rshep_regional.texts import TEXTS
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import ServiceDefinition, WiringContext
from shared.contracts import addresses
from shared.contracts.field_glossary import read_glossary
from shared.regulations.passport_book import PassportBook


def _make_resources(context: WiringContext) -> Iterable[object]:
    return (context.settings, PassportBook.load(), CachedRegionalRegister())


async def _seed_at_start(runtime: Runtime) -> None:
    routes = derive_routes(runtime.resource(PassportBook), runtime.resource(RegionalSettings).region)
    await runtime.write(lambda uow: storage.seed_routes(uow.session, routes))


service = ServiceDefinition(
    name="rshep_regional",
    settings=RegionalSettings,
    tables=storage.Base.metadata,
    api=api.router,
    extra_routers=(local_systems.router,),
    messages=handlers.router,
    resources=_make_resources,
    accepts=lambda neighbour: not addresses.is_regional_gateway(neighbour),  # the local routes decide
    receipts_to=addresses.GATEWAY,
    receipts_owed="refusals",
    texts=TEXTS,
    read_glossary=read_glossary,
    on_start=_seed_at_start,
)
