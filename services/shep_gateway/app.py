"""The wiring of ШЭП."""

from __future__ import annotations

from collections.abc import Iterable

from services.shep_gateway import (
    api,
    diagram_page,
    handlers,
    register,
    regulations_api,
    service_routes_api,
    storage,
)
from services.shep_gateway.settings import GatewaySettings
from services.shep_gateway.texts import TEXTS
from shared.bus.runtime import Runtime
from shared.bus.service import Service, Surroundings
from shared.regulations.book import PassportBook


def _resources(_: Surroundings) -> Iterable[object]:
    return (PassportBook.load(), register.Register())


async def _start(bus: Runtime) -> None:
    book = bus.use(PassportBook)
    rights, routes = list(register.rights(book)), list(register.routes(book))
    await bus.write(lambda work: storage.seed_register(work.session, register.MEMBERS, rights, routes))


service = Service(
    name="shep_gateway",
    title={
        "ru": "ШЭП, шлюз «электронного правительства»",
        "kk": "ЭҮШ, «электрондық үкімет» шлюзі",
        "en": "ШЭП, the gateway of e-government",
    },
    settings=GatewaySettings,
    tables=storage.Base.metadata,
    api=api.router,
    further_apis=(service_routes_api.router, regulations_api.router, diagram_page.router),
    messages=handlers.router,
    resources=_resources,
    accepts=lambda neighbour: True,  # the register decides, so that the journal shows who knocked
    texts=TEXTS,
    on_start=_start,
)
