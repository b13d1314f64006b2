"""The texts of ГБД «Е-лицензирование» for people: refusals by its register, and refused requests."""

from __future__ import annotations

TEXTS = {
    "permit-not-held": {
        "ru": "Действующего разрешения у заявителя нет: продлевать и переоформлять нечего",
        "kk": "Өтініш берушіде қолданыстағы рұқсат жоқ: ұзартатын және қайта ресімдейтін ештеңе жоқ",
        "en": "The applicant holds no permit in force: there is nothing to extend or to make anew",
    },
    "permit-unknown": {
        "ru": "Разрешения с этим номером нет",
        "kk": "Мұндай нөмірі бар рұқсат жоқ",
        "en": "There is no permit of this number",
    },
}
