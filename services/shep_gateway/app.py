"""The wiring of ШЭП."""

from __future__ import annotations

from collections.abc import Iterable

from services.shep_gateway import handlers, register, storage
from services.shep_gateway.api import register as api
from services.shep_gateway.api import routers
from services.shep_gateway.archive import wiring as archive
from services.shep_gateway.chains import ProcessIndex
from services.shep_gateway.console import wiring as console
from services.shep_gateway.doors import routers as doors
from services.shep_gateway.pages import routers as pages
from services.shep_gateway.sandbox import wiring as sandbox
from services.shep_gateway.sandbox.country_states import check_settled
from services.shep_gateway.settings import GatewaySettings
from services.shep_gateway.texts import TEXTS
from shared.bus.service import ServiceDefinition, WiringContext
from shared.contracts.field_glossary import read_glossary
from shared.regulations.passport_book import PassportBook

PARTS = (archive, doors, console, sandbox)


def _make_resources(context: WiringContext) -> Iterable[object]:
    own = (context.settings, book := PassportBook.load(), register.CachedRegister(), ProcessIndex(book))
    return (*own, *(one for part in PARTS for one in part.make_resources(context)))


service = ServiceDefinition(
    name="shep_gateway",
    settings=GatewaySettings,
    tables=storage.Base.metadata,
    api=api.router,
    short_ways=doors.SHORT_WAYS,
    extra_routers=(*routers.ROUTERS, *pages.ROUTERS, *doors.ROUTERS),
    messages=handlers.router,
    resources=_make_resources,
    accepts=lambda neighbour: True,  # the register decides, so that the journal records every attempt
    texts=TEXTS,
    render_error=doors.render_error,
    read_glossary=read_glossary,
    hot_tables=(storage.CHAINS,),
    readiness_checks=(storage.check_journal_head, check_settled),
    read_terms=doors.read_terms,
    on_start=register.seed_at_start,
    background_jobs=tuple(job for part in PARTS for job in part.BACKGROUND_JOBS),
)
