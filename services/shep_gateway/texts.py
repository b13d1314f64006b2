"""The texts of ШЭП for people."""

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
    "recipient-cannot-serve": {
        "ru": "Эта система не оказывает услуг",
        "kk": "Бұл жүйе қызмет көрсетпейді",
        "en": "This system provides no services",
    },
    "recipient-stopped": {
        "ru": "Эта система отключена",
        "kk": "Бұл жүйе өшірілген",
        "en": "This system is switched off",
    },
    "recipient-takes-part": {
        "ru": "Эта система уже участвует в услуге",
        "kk": "Бұл жүйе қызметке қатысады",
        "en": "This system has another part in the service",
    },
    "recipient-unknown": {
        "ru": "Такой системы в реестре нет",
        "kk": "Тізілімде мұндай жүйе жоқ",
        "en": "There is no such system in the register",
    },
    "regulation-unknown": {
        "ru": "Такого регламента нет",
        "kk": "Мұндай регламент жоқ",
        "en": "There is no such regulation",
    },
    "service-not-in-region": {
        "ru": "В этой области услуга не оказывается",
        "kk": "Бұл облыста қызмет көрсетілмейді",
        "en": "The service is not provided in this region",
    },
    "service-unknown": {
        "ru": "Такой услуги нет",
        "kk": "Мұндай қызмет жоқ",
        "en": "There is no such service",
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
