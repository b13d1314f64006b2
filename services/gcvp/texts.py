"""The texts of ГЦВП for people: refused requests, and the reasons for rejected orders."""

from __future__ import annotations

from shared.contracts.texts import COMMON
from shared.pki.verification.texts import TEXTS as EDS

TEXTS = {
    **COMMON,
    **{code: wording for code, wording in EDS.items() if code.startswith("iin-")},
    "account-format": {
        "ru": "Номер счёта: KZ, две контрольные цифры, три цифры банка и тринадцать знаков счёта",
        "kk": "Шот нөмірі: KZ, екі бақылау цифры, банктің үш цифры және шоттың он үш белгісі",
        "en": "An account number is KZ, two check digits, a bank's three digits and thirteen of the account",
    },
    "account-check-digits": {
        "ru": "Контрольные цифры счёта не сходятся. Проверьте номер",
        "kk": "Шоттың бақылау цифрлары сәйкес келмейді. Нөмірді тексеріңіз",
        "en": "The check digits of the account do not agree. Please check the number",
    },
    "account-unknown": {
        "ru": "Такого счёта у получателя нет",
        "kk": "Алушыда мұндай шот жоқ",
        "en": "The recipient has no such account",
    },
    "account-closed": {
        "ru": "Счёт закрыт",
        "kk": "Шот жабылған",
        "en": "The account is closed",
    },
    "payee-unknown": {
        "ru": "Получатель с этим ИИН неизвестен",
        "kk": "Бұл ЖСН бар алушы белгісіз",
        "en": "Nobody is known by the recipient's ИИН",
    },
    "payee-deceased": {
        "ru": "Получатель умер",
        "kk": "Алушы қайтыс болған",
        "en": "The recipient has died",
    },
    "service-does-not-pay": {
        "ru": "По этой услуге ничего не выплачивается",
        "kk": "Бұл қызмет бойынша төлем жасалмайды",
        "en": "Nothing is paid under this service",
    },
    "payment-unknown": {
        "ru": "Такого поручения нет",
        "kk": "Мұндай тапсырма жоқ",
        "en": "There is no such order",
    },
    "payment-order-changed": {
        "ru": "Под этим номером уже есть другое поручение",
        "kk": "Бұл нөмірмен басқа тапсырма бар",
        "en": "Another order stands under this number",
    },
    "payment-period": {
        "ru": "Период выплаты кончается раньше, чем начинается",
        "kk": "Төлем кезеңі басталмай жатып аяқталады",
        "en": "The period of the payment ends before it begins",
    },
}
