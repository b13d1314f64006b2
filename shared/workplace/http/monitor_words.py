"""The words of the monitor's page."""

from __future__ import annotations

WORDS = {
    "title": {
        "ru": "Сроки: что ждёт и что просрочено",
        "kk": "Мерзімдер: не күтуде және не кешіктірілді",
        "en": "Deadlines: what waits and what is late",
    },
    "ask": {
        "ru": "Ключ оператора этой системы",
        "kk": "Осы жүйе операторының кілті",
        "en": "The operator's token of this system",
    },
    "do": {"ru": "Показать", "kk": "Көрсету", "en": "Show"},
    "late-only": {"ru": "только просроченные", "kk": "тек кешіктірілгендер", "en": "late ones only"},
    "ours": {
        "ru": "Действия государственных органов",
        "kk": "Мемлекеттік органдардың әрекеттері",
        "en": "Steps of the authorities",
    },
    "applicants": {
        "ru": "Ожидание заявителя",
        "kk": "Өтініш берушіні күту",
        "en": "Waiting for the applicant",
    },
    "nothing": {"ru": "Ничего не ждёт", "kk": "Ештеңе күтпейді", "en": "Nothing waits"},
    "region": {"ru": "Регион", "kk": "Өңір", "en": "Region"},
    "system": {"ru": "Система", "kk": "Жүйе", "en": "System"},
    "service": {"ru": "Услуга", "kk": "Қызмет", "en": "Service"},
    "step": {"ru": "Действие", "kk": "Әрекет", "en": "Step"},
    "waiting": {"ru": "Ждут", "kk": "Күтуде", "en": "Waiting"},
    "soon": {"ru": "Срок за сутки", "kk": "Мерзімі тәулік ішінде", "en": "Due in 24 h"},
    "late": {"ru": "Просрочены", "kk": "Кешіктірілді", "en": "Late"},
    "worst": {"ru": "Дольше всего", "kk": "Ең ұзағы", "en": "Longest"},
    "now": {"ru": "По часам шины", "kk": "Шина сағаты бойынша", "en": "By the bus's clock"},
    "days": {"ru": "д", "kk": "к", "en": "d"},
    "hours": {"ru": "ч", "kk": "сағ", "en": "h"},
    "minutes": {"ru": "мин", "kk": "м", "en": "min"},
}
