"""The texts of ИС ЦОН for people, beyond those of every workplace."""

from __future__ import annotations

TEXTS = {
    "centre-unknown": {
        "ru": "Такого центра обслуживания населения нет",
        "kk": "Мұндай халыққа қызмет көрсету орталығы жоқ",
        "en": "There is no such service centre",
    },
    "ticket-unknown": {
        "ru": "Сегодня в этом центре такого талона нет",
        "kk": "Бүгін бұл орталықта мұндай талон жоқ",
        "en": "There is no such ticket at this centre today",
    },
    "ticket-not-called": {
        "ru": "Этот талон не вызван к окну",
        "kk": "Бұл талон терезеге шақырылмаған",
        "en": "This ticket was not called to a window",
    },
    "ticket-closed": {
        "ru": "Талон уже погашен",
        "kk": "Талон жабылған",
        "en": "The ticket is closed already",
    },
    "other-window": {
        "ru": "Этот талон вызван к другому окну",
        "kk": "Бұл талон басқа терезеге шақырылған",
        "en": "This ticket was called to another window",
    },
    "window-busy": {
        "ru": "У этого окна ещё обслуживают",
        "kk": "Бұл терезеде әлі қызмет көрсетілуде",
        "en": "Somebody is still being served at this window",
    },
    "queue-empty": {
        "ru": "В очереди никого нет",
        "kk": "Кезекте ешкім жоқ",
        "en": "Nobody waits in the queue",
    },
}
