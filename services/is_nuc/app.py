"""The wiring of НУЦ."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from services.is_nuc import storage
from services.is_nuc.api import enrolment
from services.is_nuc.authority.ca import open_authority, root_list
from services.is_nuc.authority.containers import Residents
from services.is_nuc.authority.crls import ListKeeper
from services.is_nuc.authority.issuing import Stranger
from services.is_nuc.authority.ocsp_responses import Answers
from services.is_nuc.authority.own_credentials import Desks
from services.is_nuc.authority.revocation_watch import Watch
from services.is_nuc.clock import Pace, Timekeeper, keep_up
from services.is_nuc.ncanode import dialect
from services.is_nuc.settings import NucSettings
from services.is_nuc.startup import open_counter
from services.is_nuc.texts import TEXTS
from shared.bus.service import Service, Surroundings
from shared.pki.faults import Board


def _resources(around: Surroundings) -> Iterable[object]:
    settings, home, now = around.settings, around.home, around.clock.now()
    authority, watch = open_authority(home, now, settings.nuc_url), Watch()
    desks = Desks(home, authority, now)
    pace = Pace(around.clock)
    answers = Answers(authority, desks, watch, timedelta(seconds=settings.ocsp_seconds), pace)
    lists = ListKeeper(watch, timedelta(minutes=settings.crl_minutes), pace)
    people, board = Residents(settings.population_seed, settings.population_size), Board(is_on=settings.pki_faults)
    keeper = Timekeeper(around.clock)
    own = (settings, authority, root_list(home, now), watch, desks, answers, lists, people, board, Stranger())
    return (*own, keeper, pace)


service = Service(
    name="is_nuc",
    title={
        "ru": "ИС НУЦ, национальный удостоверяющий центр",
        "kk": "ҰКО АЖ, ұлттық куәландырушы орталық",
        "en": "ИС НУЦ, the national certification centre",
    },
    settings=NucSettings,
    tables=storage.Base.metadata,
    api=enrolment.router,
    further_apis=enrolment.FURTHER,
    resources=_resources,
    texts=TEXTS,
    dialect=dialect.answer,
    on_start=open_counter,
    beside=(keep_up,),
    opens_clock=storage.open_clock,
)
