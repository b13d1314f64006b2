"""What the centre says to people."""

from __future__ import annotations

from shared.contracts.texts import COMMON

TEXTS = {
    **COMMON,
    "counter-closed": {
        "ru": "Здесь не выдают регистрационные свидетельства физическим лицам",
        "kk": "Мұнда жеке тұлғаларға тіркеу куәліктері берілмейді",
        "en": "Certificates of people are not issued here",
    },
    "enrolment-token": {
        "ru": "Одноразовый ключ регистрации неизвестен или уже использован",
        "kk": "Тіркеудің бір реттік кілті белгісіз немесе пайдаланылған",
        "en": "The enrolment token is unknown or was used",
    },
}
