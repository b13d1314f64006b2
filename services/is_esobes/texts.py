"""The texts of ИС «Е-собес» for people: refusals by its register, and refused requests."""

from __future__ import annotations

TEXTS = {
    "already-receives": {
        "ru": "Заявитель уже получает эту услугу",
        "kk": "Өтініш беруші бұл қызметті алып жүр",
        "en": "The applicant receives this service already",
    },
    "recipient-unknown": {
        "ru": "В реестре нет такого назначения",
        "kk": "Тізілімде мұндай тағайындау жоқ",
        "en": "The register has no such grant",
    },
    "end-too-late": {
        "ru": "Назначение не может кончиться позже своего срока",
        "kk": "Тағайындау өз мерзімінен кеш аяқтала алмайды",
        "en": "A grant cannot end after its term",
    },
}
