"""The wiring of НУЦ."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter

from services.is_nuc import api, storage
from services.is_nuc.ca import open_authority
from services.is_nuc.ncanode import api as ncanode
from services.is_nuc.ncanode import dialect
from services.is_nuc.settings import NucSettings
from services.is_nuc.texts import TEXTS
from shared.bus.runtime import Runtime
from shared.bus.service import Service, Surroundings
from shared.pki.keys import write_private


def _resources(around: Surroundings) -> Iterable[object]:
    return (open_authority(around.home, around.clock.now()), around.settings)


async def _start(bus: Runtime) -> None:
    """Leave an invitation for every expected system that has none yet."""
    settings = bus.use(NucSettings)
    settings.tokens.mkdir(parents=True, exist_ok=True)
    for address in filter(None, settings.systems.split(",")):
        if not await bus.read(lambda session, wanted=address: storage.is_invited(session, wanted)):  # type: ignore[misc]
            write_private(settings.tokens / f"{address}.json", (await api.invite(bus, address)).encode())


def _routes() -> APIRouter:
    """Its own, and those of NCANode under the paths that its clients know."""
    router = APIRouter()
    router.include_router(api.router)
    router.include_router(ncanode.router)
    return router


service = Service(
    name="is_nuc",
    title={
        "ru": "ИС НУЦ, национальный удостоверяющий центр",
        "kk": "ҰКО АЖ, ұлттық куәландырушы орталық",
        "en": "ИС НУЦ, the national certification centre",
    },
    settings=NucSettings,
    tables=storage.Base.metadata,
    api=_routes(),
    resources=_resources,
    texts=TEXTS,
    dialect=dialect.answer,
    on_start=_start,
)
