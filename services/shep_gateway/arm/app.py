"""The wiring of АРМ ШЭП."""

from __future__ import annotations

from shared.contracts import addresses
from shared.texts.catalog import texts_beside
from shared.workplace.http import providers
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.system import workplace_service

service = workplace_service(
    WorkplaceProfile(
        address=addresses.ARM_SHEP,
        systems=frozenset({"arm_shep", "shep_gateway"}),
        mark="AS-",
        seed=20150404,
    ),
    texts=texts_beside(__file__),
    routers=(providers.router,),
)
