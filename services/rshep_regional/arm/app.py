"""The wiring of АРМ РШЭП."""

from __future__ import annotations

from shared.contracts import addresses
from shared.texts.catalog import texts_beside
from shared.workplace.http import providers
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.system import workplace_service

service = workplace_service(
    WorkplaceProfile(
        address=addresses.ARM_RSHEP,
        systems=frozenset({"arm_rshep"}),
        mark="AR-",
        seed=20150505,
        is_regional=True,
    ),
    texts=texts_beside(__file__),
    routers=(providers.router,),
)
