"""Texts that several systems show to people: by stable code, in Russian, Kazakh and English."""

from __future__ import annotations

COMMON = {
    "operator-only": {
        "ru": "Нужен ключ оператора системы",
        "kk": "Жүйе операторының кілті қажет",
        "en": "The operator's token is needed",
    },
    "request-malformed": {
        "ru": "Запрос составлен неверно: проверьте названные поля",
        "kk": "Сұрау дұрыс жасалмаған: аталған өрістерді тексеріңіз",
        "en": "The request is not valid: check the fields that are named",
    },
    "request-too-large": {
        "ru": "Запрос слишком велик",
        "kk": "Сұрау тым үлкен",
        "en": "The request is too large",
    },
    "not-found": {
        "ru": "Такого адреса здесь нет",
        "kk": "Мұнда мұндай мекенжай жоқ",
        "en": "There is nothing at this address",
    },
    "method-not-allowed": {
        "ru": "Этот метод здесь не поддерживается",
        "kk": "Бұл әдіске мұнда қолдау көрсетілмейді",
        "en": "This method is not supported here",
    },
    "dead-letter-unknown": {
        "ru": "Такого недоставленного сообщения нет",
        "kk": "Мұндай жеткізілмеген хабарлама жоқ",
        "en": "There is no such dead letter",
    },
    "dead-letter-replayed": {
        "ru": "Это сообщение уже обработано повторно",
        "kk": "Бұл хабарлама қайта өңделген",
        "en": "This dead letter was dealt with already",
    },
    "internal": {
        "ru": "Внутренняя ошибка системы; ничего не сохранено",
        "kk": "Жүйенің ішкі қатесі; ештеңе сақталған жоқ",
        "en": "An internal error; nothing was stored",
    },
    "login-needed": {
        "ru": "Войдите в систему",
        "kk": "Жүйеге кіріңіз",
        "en": "Log in first",
    },
    "authorization-refused": {
        "ru": "Отказ в авторизации: в указанных данных есть нарушения (ИИН или пароль неверны)",
        "kk": "Авторизациядан бас тартылды: көрсетілген деректерде бұзушылықтар бар (ЖСН немесе құпиясөз қате)",
        "en": "Authorisation refused: the data given are not in order (the ИИН or the password is wrong)",
    },
    "too-many-attempts": {
        "ru": "Слишком много неудачных попыток: повторите позже",
        "kk": "Сәтсіз әрекеттер тым көп: кейінірек қайталаңыз",
        "en": "Too many failed attempts: try again later",
    },
    "directory-unavailable": {
        "ru": "Удостоверяющий центр не отвечает: повторите позже",
        "kk": "Куәландырушы орталық жауап бермейді: кейінірек қайталаңыз",
        "en": "The certification centre does not answer: try again later",
    },
    "database-unavailable": {
        "ru": "Система временно недоступна: повторите позже",
        "kk": "Жүйе уақытша қолжетімсіз: кейінірек қайталаңыз",
        "en": "The system is unavailable for the moment: try again later",
    },
    "regulation-unknown": {
        "ru": "Такой услуги нет",
        "kk": "Мұндай қызмет жоқ",
        "en": "There is no such service",
    },
    "region-unknown": {
        "ru": "Такого региона нет",
        "kk": "Мұндай өңір жоқ",
        "en": "There is no such region",
    },
    "authority-unknown": {
        "ru": "Такого уполномоченного органа в регламенте нет",
        "kk": "Регламентте мұндай уәкілетті орган жоқ",
        "en": "The regulation names no such authority",
    },
    "step-out-of-order": {
        "ru": "Регламент не допускает этого действия сейчас",
        "kk": "Регламент бұл әрекетке қазір жол бермейді",
        "en": "The regulation does not allow this step now",
    },
    "step-already-done": {
        "ru": "Это действие уже выполнено",
        "kk": "Бұл әрекет орындалған",
        "en": "This step is done already",
    },
}
