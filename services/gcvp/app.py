"""The wiring of ГЦВП."""

from __future__ import annotations

from collections.abc import Iterable

from services.gcvp import api, handlers, storage
from services.gcvp.domain import synthetic_accounts
from services.gcvp.settings import GcvpSettings
from services.gcvp.texts import TEXTS
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import ServiceDefinition, WiringContext
from shared.contracts import addresses
from shared.contracts.field_glossary import read_glossary
from shared.contracts.population import make_population
from shared.regulations.passport_book import PassportBook
from shared.sandbox.rule_book import find_book


def _build_resources(context: WiringContext) -> Iterable[object]:
    return (context.settings, PassportBook.load(), find_book(context))


async def _fill_register(runtime: Runtime) -> None:
    settings = runtime.resource(GcvpSettings)
    accounts = synthetic_accounts(make_population(settings.population_seed, settings.population_size))
    await runtime.write(lambda uow: storage.seed_accounts(uow.session, accounts))


service = ServiceDefinition(
    name="gcvp",
    settings=GcvpSettings,
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
