"""What the gateway says to people."""

from __future__ import annotations

from shared.contracts.texts import COMMON

TEXTS = {
    **COMMON,
    "delivery-unknown": {
        "ru": "Такого сообщения нет",
        "kk": "Мұндай хабарлама жоқ",
        "en": "There is no such message",
    },
    "route-exists": {
        "ru": "Такой маршрут уже есть",
        "kk": "Мұндай бағыт бар",
        "en": "This route exists already",
    },
    "route-unknown": {
        "ru": "Такого маршрута нет",
        "kk": "Мұндай бағыт жоқ",
        "en": "There is no such route",
    },
}
