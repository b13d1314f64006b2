"""What ГБД «Е-лицензирование» says to people: why its register is against a grant, and refusals of requests."""

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
