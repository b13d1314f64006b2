"""What the gateway says to people."""

from __future__ import annotations

from shared.contracts.texts import COMMON

TEXTS = {
    **COMMON,
    "channel-not-found": {
        "ru": "Акт не открывает этого канала обращения",
        "kk": "Акт бұл өтініш беру арнасын ашпайды",
        "en": "The act does not open this channel",
    },
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
    "variant-not-found": {
        "ru": "Такого вида процедуры в акте нет",
        "kk": "Актіде рәсімнің мұндай түрі жоқ",
        "en": "The act has no such variant of the procedure",
    },
}
