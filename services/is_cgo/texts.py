"""The texts of ИС ЦГО for people."""

from __future__ import annotations

from shared.contracts.texts import COMMON
from shared.pki.verification.texts import TEXTS as EDS

TEXTS = {
    **COMMON,
    **{code: wording for code, wording in EDS.items() if code.startswith("iin-")},
    "iin-unknown": {
        "ru": "Сведений о человеке с этим ИИН нет",
        "kk": "Бұл ЖСН бойынша мәліметтер жоқ",
        "en": "Nothing is known of anybody with this ИИН",
    },
    "conduct-percent": {
        "ru": "Доля бывает у всех людей, а не у одного",
        "kk": "Үлес барлық адамға қатысты, бір адамға емес",
        "en": "A share is one of all people, not of one person",
    },
    "citizen-kinds-repeated": {
        "ru": "Каждый вид сведений запрашивается один раз",
        "kk": "Мәліметтердің әр түрі бір рет сұралады",
        "en": "Each kind of data is asked for once",
    },
    "conduct-unknown": {
        "ru": "Такого правила нет",
        "kk": "Мұндай ереже жоқ",
        "en": "There is no such rule",
    },
}
