"""The wiring of ПЭП."""

from __future__ import annotations

from collections.abc import Iterable

from services.portal_pep import evidence, handlers, storage
from services.portal_pep.api import routers
from services.portal_pep.api.visitors import STREAM_SOURCE
from services.portal_pep.printing.issuer import PdfIssuer
from services.portal_pep.settings import PortalSettings
from services.portal_pep.texts import TEXTS
from shared.bus.http.live_streams import LiveStreams, watch_streams
from shared.bus.service import ServiceDefinition, WiringContext
from shared.contracts import addresses
from shared.contracts.field_glossary import read_glossary
from shared.people.passwords import PasswordChecker
from shared.regulations.passport_book import PassportBook
from shared.sandbox.rule_book import find_book


def _make_resources(around: WiringContext) -> Iterable[object]:
    pdf_issuer = PdfIssuer(around.settings, around.home, addresses.PORTAL)
    passwords = PasswordChecker(around.settings.password_work)
    streams = LiveStreams(STREAM_SOURCE)
    return (around.settings, PassportBook.load(), passwords, streams, pdf_issuer, find_book(around))


service = ServiceDefinition(
    name="portal_pep",
    settings=PortalSettings,
    tables=storage.Base.metadata,
    api=routers.router,
    extra_routers=routers.OTHER_ROUTERS,
    messages=handlers.router,
    resources=_make_resources,
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=TEXTS,
    read_glossary=read_glossary,
    hot_tables=(storage.APPLICATIONS,),
    background_jobs=(evidence.gather_evidence, watch_streams),
    list_jobs_off=evidence.list_jobs_off,
)
