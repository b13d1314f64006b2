"""The wiring of ИС ЦГО."""

from __future__ import annotations

from services.is_cgo import api, handlers, storage
from services.is_cgo.domain import synthetic_papers
from services.is_cgo.settings import CgoSettings
from services.is_cgo.texts import TEXTS
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import ServiceDefinition
from shared.contracts import addresses
from shared.contracts.field_glossary import read_glossary
from shared.contracts.local_time import local_day
from shared.contracts.population import make_population
from shared.sandbox.rule_book import find_book


async def _fill_register(runtime: Runtime) -> None:
    settings, today = runtime.resource(CgoSettings), local_day(runtime.now)
    papers = (
        (person.iin, kind, paper)
        for person in make_population(settings.population_seed, settings.population_size)
        for kind, paper in synthetic_papers(person, settings.population_seed, today)
    )
    await runtime.write(lambda uow: storage.seed_papers(uow.session, papers))


service = ServiceDefinition(
    name="is_cgo",
    settings=CgoSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=lambda context: (context.settings, find_book(context)),
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=TEXTS,
    read_glossary=read_glossary,
    on_start=_fill_register,
    background_jobs=(handlers.answer_late,),
)
