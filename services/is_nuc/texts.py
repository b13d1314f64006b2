"""What the centre says to people."""

from __future__ import annotations

from shared.contracts.texts import COMMON

TEXTS = {
    **COMMON,
    "clock-real": {
        "ru": "Шина идёт по времени машины: часы песочницы не включены (EGOV_CLOCK=sandbox)",
        "kk": "Шина машина уақытымен жүреді: сынақ сағаты қосылмаған (EGOV_CLOCK=sandbox)",
        "en": "The bus goes by the machine's time: the sandbox's clock is not on (EGOV_CLOCK=sandbox)",
    },
    "clock-backwards": {
        "ru": "Время на шине назад не идёт: в этот момент на ней будет уже позже",
        "kk": "Шинадағы уақыт кері жүрмейді: бұл сәтте онда уақыт кешірек болады",
        "en": "Time does not go back on the bus: by then it will be later there",
    },
    "clock-too-far": {
        "ru": "Время шины кончается 2099 годом",
        "kk": "Шинаның уақыты 2099 жылмен аяқталады",
        "en": "The bus's time ends with the year 2099",
    },
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
    "holder-unproved": {
        "ru": "Запрос не подписан ключом действующего свидетельства его владельца",
        "kk": "Сұрауға иесінің қолданыстағы куәлігінің кілтімен қол қойылмаған",
        "en": "The request is not signed by the key of a valid certificate of the owner",
    },
    "employer-unknown": {
        "ru": "Запрос не подписан системой, которой доверено удостоверять работников",
        "kk": "Сұрауға қызметкерлерді куәландыру сенім білдірілген жүйе қол қоймаған",
        "en": "The request is not signed by a system that employs people",
    },
    "role-refused": {
        "ru": "Такое свидетельство по этому слову не выдаётся",
        "kk": "Мұндай куәлік бұл өтініш бойынша берілмейді",
        "en": "Such a certificate is not issued on this word",
    },
    "certificate-unknown": {
        "ru": "Такого регистрационного свидетельства нет",
        "kk": "Мұндай тіркеу куәлігі жоқ",
        "en": "There is no such certificate",
    },
    "key-already-certified": {
        "ru": "На этот ключ уже выдано свидетельство: создайте новый",
        "kk": "Бұл кілтке куәлік берілген: жаңасын жасаңыз",
        "en": "This key has a certificate already: make a new one",
    },
    "person-unknown": {
        "ru": "В учебном реестре нет лица с таким ИИН",
        "kk": "Оқу тізілімінде мұндай ЖСН-і бар адам жоқ",
        "en": "The synthetic register holds nobody with this ИИН",
    },
    "person-deceased": {
        "ru": "По данным реестра это лицо умерло",
        "kk": "Тізілім деректері бойынша бұл адам қайтыс болған",
        "en": "By the register this person has died",
    },
    "faults-off": {
        "ru": "Неполадки по заказу здесь выключены",
        "kk": "Тапсырыспен жасалатын ақаулар мұнда өшірілген",
        "en": "Troubles on demand are switched off here",
    },
    "fault-scope": {
        "ru": "Эта неполадка не может быть задана для такой области",
        "kk": "Бұл ақауды мұндай ауқымға беруге болмайды",
        "en": "This trouble cannot have such a scope",
    },
    "fault-limit": {
        "ru": "Неполадок задано слишком много",
        "kk": "Тым көп ақау берілген",
        "en": "Too many troubles are asked for",
    },
    "fault-unknown": {
        "ru": "Такая неполадка не задана",
        "kk": "Мұндай ақау берілмеген",
        "en": "This trouble is not asked for",
    },
    "crl-missing": {
        "ru": "Списка отозванных свидетельств нет",
        "kk": "Кері қайтарып алынған куәліктердің тізімі жоқ",
        "en": "There is no list of the revoked",
    },
    "tsp-bad-alg": {
        "ru": "Метка времени ставится только на хэш SHA-256, SHA-384 или SHA-512",
        "kk": "Уақыт белгісі тек SHA-256, SHA-384 немесе SHA-512 хэшіне қойылады",
        "en": "Only SHA-256, SHA-384 and SHA-512 are time-stamped",
    },
    "tsp-bad-request": {
        "ru": "Такой запрос метки времени не поддерживается",
        "kk": "Уақыт белгісінің мұндай сұрауына қолдау көрсетілмейді",
        "en": "Such a request for a time-stamp is not supported",
    },
    "tsp-bad-data-format": {
        "ru": "Запрос метки времени составлен неверно",
        "kk": "Уақыт белгісінің сұрауы дұрыс жасалмаған",
        "en": "The request for a time-stamp cannot be read",
    },
    "tsp-time-not-available": {
        "ru": "Источник времени недоступен",
        "kk": "Уақыт көзі қолжетімсіз",
        "en": "The source of time is not available",
    },
    "tsp-unaccepted-policy": {
        "ru": "По такой политике метки времени не ставятся",
        "kk": "Мұндай саясат бойынша уақыт белгілері қойылмайды",
        "en": "The requested policy is not followed here",
    },
    "tsp-unaccepted-extension": {
        "ru": "Расширения запроса метки времени не поддерживаются",
        "kk": "Уақыт белгісі сұрауының кеңейтімдеріне қолдау көрсетілмейді",
        "en": "Extensions of a time-stamp request are not supported",
    },
    "tsp-system-failure": {
        "ru": "Метка времени не поставлена из-за внутренней ошибки",
        "kk": "Ішкі қатеге байланысты уақыт белгісі қойылмады",
        "en": "No time-stamp was made because of an internal error",
    },
}
