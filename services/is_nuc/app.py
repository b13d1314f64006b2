"""The wiring of НУЦ."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from services.is_nuc import api, storage
from services.is_nuc.answers import Answers
from services.is_nuc.ca import open_authority, root_list
from services.is_nuc.containers import Residents
from services.is_nuc.desks import Desks
from services.is_nuc.issuing import Stranger
from services.is_nuc.lists import ListKeeper
from services.is_nuc.ncanode import dialect
from services.is_nuc.settings import NucSettings
from services.is_nuc.texts import TEXTS
from services.is_nuc.watch import Watch
from shared.bus.runtime import Runtime
from shared.bus.service import Service, Surroundings
from shared.pki.faults import Board
from shared.pki.keys import write_private


def _resources(around: Surroundings) -> Iterable[object]:
    settings, home, now = around.settings, around.home, around.clock.now()
    authority, watch = open_authority(home, now, settings.nuc_url), Watch()
    desks = Desks(home, authority, now)
    answers = Answers(authority, desks, watch, timedelta(seconds=settings.ocsp_seconds))
    lists = ListKeeper(watch, timedelta(minutes=settings.crl_minutes))
    people, board = Residents(settings.population_seed, settings.population_size), Board(is_on=settings.pki_faults)
    return (settings, authority, root_list(home, now), watch, desks, answers, lists, people, board, Stranger())


async def _start(bus: Runtime) -> None:
    """Register our own services; leave an invitation for every expected system that has none yet."""
    await bus.use(Desks).register(bus)
    settings = bus.use(NucSettings)
    settings.tokens.mkdir(parents=True, exist_ok=True)
    for address in filter(None, settings.systems.split(",")):
        if not await bus.read(lambda session, wanted=address: storage.is_invited(session, wanted)):  # type: ignore[misc]
            write_private(settings.tokens / f"{address}.json", (await api.invite(bus, address)).encode())


service = Service(
    name="is_nuc",
    title={
        "ru": "ИС НУЦ, национальный удостоверяющий центр",
        "kk": "ҰКО АЖ, ұлттық куәландырушы орталық",
        "en": "ИС НУЦ, the national certification centre",
    },
    settings=NucSettings,
    tables=storage.Base.metadata,
    api=api.router,
    resources=_resources,
    texts=TEXTS,
    dialect=dialect.answer,
    on_start=_start,
)
