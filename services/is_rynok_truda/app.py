"""The wiring of ИС «Рынок труда»."""

from __future__ import annotations

from services.is_rynok_truda import api, storage
from services.is_rynok_truda.rules import LabourMarketRules
from services.is_rynok_truda.texts import TEXTS
from shared.bus.errors import Refused
from shared.contracts import addresses
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.system import workplace_service

service = workplace_service(
    WorkplaceProfile(
        address=addresses.RYNOK,
        systems=frozenset({"is_rynok_truda"}),
        mark="RT-",
        seed=20150202,
        rules=LabourMarketRules(),
    ),
    routers=(api.router,),
    tables=storage.build_metadata(),
    texts=TEXTS,
    grant_errors=(
        Refused("not-unemployed"),
        Refused("not-registered"),
        Refused("no-vacancy"),
        Refused("has-work"),
    ),
)
