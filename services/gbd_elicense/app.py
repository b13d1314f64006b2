"""The wiring of ГБД «Е-лицензирование»."""

from __future__ import annotations

from services.gbd_elicense import api, storage
from services.gbd_elicense.rules import PermitRules
from services.gbd_elicense.texts import TEXTS
from shared.bus.errors import Refused
from shared.contracts import addresses
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.system import workplace_service

service = workplace_service(
    WorkplaceProfile(
        address=addresses.ELICENSE,
        systems=frozenset({"gbd_elicense"}),
        mark="EL-",
        seed=20150303,
        rules=PermitRules(),
    ),
    routers=(api.router,),
    tables=storage.build_metadata(),
    texts=TEXTS,
    grant_errors=(Refused("permit-not-held"),),
)
