"""The wiring of ШЭП."""

from __future__ import annotations

from collections.abc import Iterable

from services.shep_gateway import handlers, register, storage
from services.shep_gateway.api import register as api
from services.shep_gateway.api import regulations, service_routes
from services.shep_gateway.pages import diagram
from services.shep_gateway.settings import GatewaySettings
from services.shep_gateway.texts import TEXTS
from shared.bus.runtime.service_runtime import Runtime
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
    further_apis=(service_routes.router, regulations.router, diagram.router),
    messages=handlers.router,
    resources=_resources,
    accepts=lambda neighbour: True,  # the register decides, so that the journal shows who knocked
    texts=TEXTS,
    on_start=_start,
)
