"""The wiring of ИС ЦОН."""

from __future__ import annotations

from collections.abc import Iterable

from services.is_con import api, handlers, storage
from services.is_con.settings import ConSettings
from shared.bus.service import Service, Surroundings
from shared.contracts import addresses
from shared.contracts.texts import COMMON
from shared.regulations.book import PassportBook


def _resources(_: Surroundings) -> Iterable[object]:
    return (PassportBook.load(),)


service = Service(
    name="is_con",
    title={
        "ru": "ИС ЦОН, система центров обслуживания населения",
        "kk": "ХҚКО АЖ, халыққа қызмет көрсету орталықтарының жүйесі",
        "en": "ИС ЦОН, the system of the public service centres",
    },
    settings=ConSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=_resources,
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=COMMON,
    sheets=(storage.BOARD,),
)
