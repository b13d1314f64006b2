"""What the portal says to people."""

from __future__ import annotations

from shared.contracts.texts import COMMON
from shared.pki.verification.texts import TEXTS as EDS
from shared.regulations.entitlement import TEXTS as ENTITLEMENT
from shared.regulations.flk import TEXTS as FLK

TEXTS = {
    **COMMON,
    **EDS,
    **FLK,
    **ENTITLEMENT,
    "iin-unknown": {
        "ru": "НР ИИН не знает такого номера: проверьте ИИН",
        "kk": "ЖСН ҰТ мұндай нөмірді білмейді: ЖСН-ді тексеріңіз",
        "en": "НР ИИН knows no such number: check the ИИН",
    },
    "person-deceased": {
        "ru": "По данным НР ИИН регистрация невозможна",
        "kk": "ЖСН ҰТ деректері бойынша тіркеу мүмкін емес",
        "en": "By the data of НР ИИН registration is not possible",
    },
    "register-unavailable": {
        "ru": "НР ИИН не ответил: повторите позже",
        "kk": "ЖСН ҰТ жауап бермеді: кейінірек қайталаңыз",
        "en": "НР ИИН did not answer: try again later",
    },
    "already-registered": {
        "ru": "Пользователь с этим ИИН уже зарегистрирован",
        "kk": "Бұл ЖСН-мен пайдаланушы тіркелген",
        "en": "Somebody is registered with this ИИН already",
    },
    "password-weak": {
        "ru": "Пароль: от 8 до 200 знаков",
        "kk": "Құпиясөз: 8-ден 200 таңбаға дейін",
        "en": "A password has 8 to 200 characters",
    },
    "application-unknown": {
        "ru": "У вас нет такого заявления",
        "kk": "Сізде мұндай өтініш жоқ",
        "en": "You have no such application",
    },
    "application-already-submitted": {
        "ru": "Это заявление уже подано",
        "kk": "Бұл өтініш берілген",
        "en": "This application was submitted already",
    },
    "application-open-already": {
        "ru": "Такое же заявление уже подано, и решения по нему ещё нет",
        "kk": "Дәл осындай өтініш берілген, ол бойынша шешім әлі қабылданған жоқ",
        "en": "The same application was submitted already and is not decided yet",
    },
    "variant-needed": {
        "ru": "У этой услуги несколько видов: выберите один из них",
        "kk": "Бұл қызметтің бірнеше түрі бар: біреуін таңдаңыз",
        "en": "This service has several variants: choose one",
    },
    "variant-not-found": {
        "ru": "У этой услуги нет такого вида",
        "kk": "Бұл қызметтің мұндай түрі жоқ",
        "en": "This service has no such variant",
    },
    "step-not-found": {
        "ru": "О таком шаге вас не спрашивают",
        "kk": "Мұндай қадам туралы сізден сұралмайды",
        "en": "Nothing is asked of you in this step",
    },
    "step-out-of-order": {
        "ru": "Для этого шага ещё не время",
        "kk": "Бұл қадамның уақыты әлі келген жоқ",
        "en": "It is not the time for this step yet",
    },
    "step-already-done": {
        "ru": "Этот шаг уже сделан",
        "kk": "Бұл қадам жасалған",
        "en": "This step is done already",
    },
    "answer-needed": {
        "ru": "Выберите один из предложенных ответов",
        "kk": "Ұсынылған жауаптардың бірін таңдаңыз",
        "en": "Choose one of the answers that are offered",
    },
    "words-missing": {
        "ru": "Здесь нужен письменный ответ",
        "kk": "Мұнда жазбаша жауап қажет",
        "en": "A written answer is needed here",
    },
    "other-document": {
        "ru": "Подписан другой документ",
        "kk": "Басқа құжатқа қол қойылған",
        "en": "Another document was signed",
    },
    "papers-needed": {
        "ru": "Здесь нужны документы, подписанные ЭЦП",
        "kk": "Мұнда ЭЦҚ қойылған құжаттар қажет",
        "en": "Documents signed by ЭЦП are needed here",
    },
    "no-output": {
        "ru": "Выходной документ ещё не готов",
        "kk": "Шығыс құжаты әлі дайын емес",
        "en": "The output document is not ready yet",
    },
    "printed-unknown": {
        "ru": "Документа с таким номером нет: проверьте номер",
        "kk": "Мұндай нөмірі бар құжат жоқ: нөмірді тексеріңіз",
        "en": "There is no document with this number: check the number",
    },
    "file-missing": {
        "ru": "В форме нет файла: выберите файл и отправьте форму ещё раз",
        "kk": "Нысанда файл жоқ: файлды таңдап, нысанды қайта жіберіңіз",
        "en": "The form has no file: choose a file and send the form again",
    },
    "seal-failed": {
        "ru": "Документ не удалось заверить печатью портала: повторите позже",
        "kk": "Құжатты порталдың мөрімен куәландыру мүмкін болмады: кейінірек қайталаңыз",
        "en": "The portal's seal could not be set: try again later",
    },
    "not-enrolled": {
        "ru": "У портала нет сертификата: повторите позже",
        "kk": "Порталда сертификат жоқ: кейінірек қайталаңыз",
        "en": "The portal has no certificate: try again later",
    },
    "no-evidence": {
        "ru": "Метка времени для этого документа ещё не получена: повторите позже",
        "kk": "Бұл құжатқа уақыт белгісі әлі алынған жоқ: кейінірек қайталаңыз",
        "en": "The time-stamp for this document is not there yet: try again later",
    },
    "document-malformed": {
        "ru": "Подписанный документ составлен неверно",
        "kk": "Қол қойылған құжат дұрыс жасалмаған",
        "en": "The signed document is not valid",
    },
    "region-mismatch": {
        "ru": "Услуга относится к другому региону",
        "kk": "Қызмет басқа өңірге тиесілі",
        "en": "The service belongs to another region",
    },
    "channel-not-given": {
        "ru": "Регламент не предусматривает подачу через портал",
        "kk": "Регламент портал арқылы беруді көздемейді",
        "en": "The regulation does not give the portal for this service",
    },
    "questionnaire-invalid": {
        "ru": "Ответы не соответствуют анкете",
        "kk": "Жауаптар сауалнамаға сәйкес келмейді",
        "en": "The answers do not fit the questionnaire",
    },
    "questionnaire-answered": {
        "ru": "Вы уже ответили на эту анкету",
        "kk": "Сіз бұл сауалнамаға жауап бердіңіз",
        "en": "You have answered this questionnaire already",
    },
    "questionnaire-absent": {
        "ru": "У этой услуги нет анкеты",
        "kk": "Бұл қызметтің сауалнамасы жоқ",
        "en": "This service has no questionnaire",
    },
    "questionnaire-early": {
        "ru": "Анкета заполняется после оказания услуги",
        "kk": "Сауалнама қызмет көрсетілгеннен кейін толтырылады",
        "en": "The questionnaire is for completed services",
    },
}
