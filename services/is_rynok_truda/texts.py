"""The texts of ИС «Рынок труда» for people: refusals by its register, and refused requests."""

from __future__ import annotations

from shared.workplace.records.decisions import NOT_REGISTERED, NOT_REGISTERED_KK

TEXTS = {
    "not-unemployed": {
        "ru": NOT_REGISTERED,
        "kk": NOT_REGISTERED_KK,
        "en": "The applicant is not registered as unemployed",
    },
    "not-registered": {
        "ru": "Заявитель не состоит на учёте ищущих работу и безработных",
        "kk": "Өтініш беруші жұмыс іздеушілер мен жұмыссыздардың есебінде тұрмайды",
        "en": "The applicant is registered neither as a job seeker nor as unemployed",
    },
    "no-vacancy": {
        "ru": "Подходящей вакансии со свободным местом нет",
        "kk": "Бос орны бар лайықты вакансия жоқ",
        "en": "There is no suitable vacancy with a place left",
    },
    "has-work": {
        "ru": "Заявитель имеет работу",
        "kk": "Өтініш берушінің жұмысы бар",
        "en": "The applicant has work",
    },
    "person-not-registered": {
        "ru": "В реестре рынка труда такого лица нет",
        "kk": "Еңбек нарығының тізілімінде мұндай тұлға жоқ",
        "en": "The register of the labour market has no such person",
    },
}
