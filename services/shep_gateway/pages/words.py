"""The texts of the diagram page."""

from __future__ import annotations

WORDS = {
    "gateway": {
        "ru": "ШЭП. Регламенты государственных услуг",
        "kk": "ЭҮШ. Мемлекеттік қызмет регламенттері",
        "en": "ШЭП. Regulations of public services",
    },
    "channel": {"ru": "Куда обращаются", "kk": "Қайда жүгінеді", "en": "Where one applies"},
    "variant": {"ru": "Вид", "kk": "Түрі", "en": "Variant"},
    "show": {"ru": "Показать", "kk": "Көрсету", "en": "Show"},
    "file": {"ru": "Файл BPMN 2.0", "kk": "BPMN 2.0 файлы", "en": "The BPMN 2.0 file"},
    "readable": {"ru": "Читать", "kk": "Оқу", "en": "Read"},
    "whole": {"ru": "Целиком", "kk": "Тұтас", "en": "Whole"},
    "closer": {"ru": "Крупнее", "kk": "Үлкейту", "en": "Closer"},
    "further": {"ru": "Мельче", "kk": "Кішірейту", "en": "Further"},
    "failed": {
        "ru": "Диаграмму не удалось показать. Обновите страницу",
        "kk": "Диаграмманы көрсету мүмкін болмады. Бетті жаңартыңыз",
        "en": "The diagram could not be shown. Reload the page",
    },
    "no-script": {
        "ru": "Диаграмму рисует сценарий в браузере: включите JavaScript или откройте файл BPMN",
        "kk": "Диаграмманы браузердегі сценарий салады: JavaScript қосыңыз немесе BPMN файлын ашыңыз",
        "en": "A script draws the diagram in the browser: switch JavaScript on, or open the BPMN file",
    },
    "press": {
        "ru": "Нажмите на шаг: здесь будет сказано, какой это пункт акта, кто делает и в какой срок",
        "kk": "Қадамды басыңыз: актінің қай тармағы, кім және қандай мерзімде орындайтыны осында айтылады",
        "en": "Press a step: here it says which clause of the act it is, who does it and by when",
    },
    "words": {
        "ru": "Слова на диаграмме пересказывают акт",
        "kk": "Диаграммадағы сөздер актіні орысша баяндайды",
        "en": "The words on the diagram retell the act, in Russian",
    },
    "provider": {"ru": "услугодатель", "kk": "қызмет беруші", "en": "the authority itself"},
    "con": {"ru": "ЦОН", "kk": "ХҚО", "en": "a service centre (ЦОН)"},
    "portal": {"ru": "портал", "kk": "портал арқылы", "en": "the portal"},
    "akim": {"ru": "аким сельского округа", "kk": "ауылдық округ әкімі", "en": "the аким of a rural district"},
}
