"""The wiring of ИС МИО."""

from __future__ import annotations

from shared.contracts import addresses
from shared.texts.catalog import texts_beside
from shared.workplace.pages.intake import office_intake
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.system import workplace_service

service = workplace_service(
    WorkplaceProfile(
        address=addresses.MIO,
        systems=frozenset({"is_mio"}),
        mark="",
        seed=20_120_523,
        takes=frozenset({"provider", "akim"}),
        is_regional=True,
        has_places=True,
        further_links=(office_intake.LINK,),
    ),
    texts=texts_beside(__file__),
    routers=(office_intake.router,),
)
