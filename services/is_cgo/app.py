"""The wiring of ИС ЦГО."""

from __future__ import annotations

from collections.abc import Iterable

from services.is_cgo import api, handlers, storage
from services.is_cgo.domain import synthetic_papers
from services.is_cgo.settings import CgoSettings
from services.is_cgo.texts import TEXTS
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import Service, Surroundings
from shared.contracts import addresses
from shared.contracts.population import population


def _resources(around: Surroundings) -> Iterable[object]:
    return (around.settings,)


async def _start(bus: Runtime) -> None:
    settings, today = bus.use(CgoSettings), bus.now.date()
    papers = (
        (person.iin, kind, paper)
        for person in population(settings.population_seed, settings.population_size)
        for kind, paper in synthetic_papers(person, settings.population_seed, today)
    )
    await bus.write(lambda work: storage.seed(work.session, papers))


service = Service(
    name="is_cgo",
    title={
        "ru": "ИС ЦГО, информационные системы центральных государственных органов",
        "kk": "ОМО АЖ, орталық мемлекеттік органдардың ақпараттық жүйелері",
        "en": "ИС ЦГО, the information systems of the central state bodies",
    },
    settings=CgoSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=_resources,
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=TEXTS,
    on_start=_start,
    beside=(handlers.answer_late,),
)
