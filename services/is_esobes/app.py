"""The wiring of ИС «Е-собес»."""

from __future__ import annotations

from services.is_esobes import api, storage
from services.is_esobes.rules import RecipientRules
from services.is_esobes.texts import TEXTS
from shared.bus.errors import Refused
from shared.contracts import addresses
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.system import workplace_service

service = workplace_service(
    WorkplaceProfile(
        address=addresses.ESOBES,
        systems=frozenset({"is_esobes"}),
        mark="ES-",
        seed=20150101,
        rules=RecipientRules(),
    ),
    routers=(api.router,),
    tables=storage.build_metadata(),
    texts=TEXTS,
    grant_errors=(Refused("already-receives"),),
)
