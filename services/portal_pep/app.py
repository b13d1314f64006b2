"""The wiring of ПЭП."""

from __future__ import annotations

from collections.abc import Iterable

from services.portal_pep import evidence, handlers, storage
from services.portal_pep.api import routers
from services.portal_pep.printing.issuer import Press
from services.portal_pep.settings import PortalSettings
from services.portal_pep.texts import TEXTS
from shared.bus.service import Service, Surroundings
from shared.contracts import addresses
from shared.people.passwords import Passwords
from shared.regulations.book import PassportBook


def _resources(around: Surroundings) -> Iterable[object]:
    press = Press(around.settings, around.home, addresses.PORTAL)
    return (around.settings, PassportBook.load(), Passwords(), press)


service = Service(
    name="portal_pep",
    title={
        "ru": "ПЭП, портал «электронного правительства»",
        "kk": "ЭҮП, «электрондық үкімет» порталы",
        "en": "ПЭП, the portal of e-government",
    },
    settings=PortalSettings,
    tables=storage.Base.metadata,
    api=routers.router,
    further_apis=routers.FURTHER,
    messages=handlers.router,
    resources=_resources,
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=TEXTS,
    sheets=(storage.APPLICATIONS,),
    beside=(evidence.gather,),
)
