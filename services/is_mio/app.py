"""The wiring of ИС МИО."""

from __future__ import annotations

from shared.contracts import addresses
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
    ),
    {
        "ru": "ИС МИО, система местных исполнительных органов",
        "kk": "ЖАО АЖ, жергілікті атқарушы органдардың жүйесі",
        "en": "ИС МИО, the system of the local authorities",
    },
)
