"""What ИС МИО says to people."""

from __future__ import annotations

from shared.contracts.texts import COMMON
from shared.pki.texts import TEXTS as EDS

TEXTS = {
    **COMMON,
    **EDS,
    "case-unknown": {
        "ru": "Такого заявления нет",
        "kk": "Мұндай өтініш жоқ",
        "en": "There is no such application",
    },
    "other-authority": {
        "ru": "Заявление относится к другому органу",
        "kk": "Өтініш басқа органға тиесілі",
        "en": "The application belongs to another authority",
    },
    "reason-missing": {
        "ru": "Отказ должен быть мотивирован: укажите обоснование",
        "kk": "Бас тарту дәлелді болуы тиіс: негіздемесін көрсетіңіз",
        "en": "A refusal must be reasoned: state the grounds",
    },
    "no-draft": {
        "ru": "Выходной документ ещё не сформирован",
        "kk": "Шығыс құжаты әлі жасалмаған",
        "en": "The output document has not been composed yet",
    },
    "no-output": {
        "ru": "Выходной документ ещё не подписан",
        "kk": "Шығыс құжатына әлі қол қойылмаған",
        "en": "The output document is not signed yet",
    },
    "other-document": {
        "ru": "Подписан другой документ",
        "kk": "Басқа құжатқа қол қойылған",
        "en": "Another document was signed",
    },
}
