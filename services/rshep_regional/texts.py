"""The texts of a regional gateway for people."""

from __future__ import annotations

from shared.contracts.texts import COMMON

TEXTS = {
    **COMMON,
    "service-unknown": {
        "ru": "Такой услуги нет",
        "kk": "Мұндай қызмет жоқ",
        "en": "There is no such service",
    },
    "system-not-regional": {
        "ru": "Эта система стоит не за региональным шлюзом",
        "kk": "Бұл жүйе аймақтық шлюздің артында емес",
        "en": "This system does not stand behind a regional gateway",
    },
}
