"""What the page that checks a printed document says."""

from __future__ import annotations

WORDS = {
    "title": {"ru": "Проверка документа", "kk": "Құжатты тексеру", "en": "Check of a document"},
    "portal": {
        "ru": "Портал «электронного правительства»",
        "kk": "«Электрондық үкімет» порталы",
        "en": "The portal of e-government",
    },
    "valid": {
        "ru": "Подпись действительна",
        "kk": "Қолтаңба жарамды",
        "en": "The signature is valid",
    },
    "invalid": {
        "ru": "Подпись недействительна",
        "kk": "Қолтаңба жарамсыз",
        "en": "The signature is not valid",
    },
    "unknown": {
        "ru": "Подпись сейчас нельзя проверить",
        "kk": "Қолтаңбаны қазір тексеру мүмкін емес",
        "en": "The signature cannot be checked now",
    },
    "valid-why": {
        "ru": "Проверена только что: подпись сотрудника подлинна, сертификат действует и не отозван.",
        "kk": "Жаңа ғана тексерілді: қызметкердің қолтаңбасы түпнұсқа, сертификат жарамды, кері қайтарылмаған.",
        "en": "Checked just now: the employee's signature is genuine, the certificate holds and is not revoked.",
    },
    "invalid-why": {
        "ru": "Документ не может считаться подлинным.",
        "kk": "Құжатты түпнұсқа деп санауға болмайды.",
        "en": "The document cannot be taken for genuine.",
    },
    "unknown-why": {
        "ru": "Удостоверяющий центр не отвечает: повторите позже.",
        "kk": "Куәландырушы орталық жауап бермейді: кейінірек қайталаңыз.",
        "en": "The certification centre does not answer: try again later.",
    },
    "code": {"ru": "Уникальный номер", "kk": "Бірегей нөмірі", "en": "Unique number"},
    "number": {"ru": "Номер заявления", "kk": "Өтініш нөмірі", "en": "Number of the application"},
    "service": {"ru": "Услуга", "kk": "Қызмет", "en": "Service"},
    "outcome": {"ru": "Результат", "kk": "Нәтиже", "en": "Result"},
    "positive": {"ru": "услуга оказана", "kk": "қызмет көрсетілді", "en": "the service is given"},
    "negative": {"ru": "мотивированный отказ", "kk": "дәлелді бас тарту", "en": "a reasoned refusal"},
    "issued": {"ru": "Дата выдачи", "kk": "Берілген күні", "en": "Issued"},
    "authority": {"ru": "Орган, выдавший документ", "kk": "Құжатты берген орган", "en": "Issuing authority"},
    "applicant": {"ru": "Заявитель", "kk": "Өтініш беруші", "en": "Applicant"},
    "masked": {
        "ru": "данные скрыты; сверьте с документом",
        "kk": "деректер жасырылған; құжатпен салыстырыңыз",
        "en": "hidden; compare with the document",
    },
    "signer": {"ru": "Подписал", "kk": "Қол қойған", "en": "Signed by"},
    "signed": {"ru": "Дата подписания", "kk": "Қол қойылған күні", "en": "Signed"},
    "seal": {"ru": "Печать портала", "kk": "Порталдың мөрі", "en": "The portal's seal"},
    "stamped": {"ru": "с меткой времени НУЦ", "kk": "ҰКО уақыт белгісімен", "en": "time-stamped by НУЦ"},
    "unstamped": {"ru": "без метки времени", "kk": "уақыт белгісінсіз", "en": "not time-stamped"},
    "digest": {"ru": "SHA-256 файла", "kk": "Файлдың SHA-256 мәні", "en": "SHA-256 of the file"},
    "compare": {
        "ru": "Сверить файл с подлинником",
        "kk": "Файлды түпнұсқамен салыстыру",
        "en": "Compare a file with the original",
    },
    "compare-how": {
        "ru": "Файл PDF до 2 МБ. Он только сравнивается и не сохраняется.",
        "kk": "2 МБ-қа дейінгі PDF файлы. Ол тек салыстырылады, сақталмайды.",
        "en": "A PDF of up to 2 MB. It is only compared, not kept.",
    },
    "compare-do": {"ru": "Сверить", "kk": "Салыстыру", "en": "Compare"},
    "same": {
        "ru": "Файл совпадает с подлинником",
        "kk": "Файл түпнұсқамен бірдей",
        "en": "The file is the original",
    },
    "other": {
        "ru": "Файл отличается от подлинника: он изменён или это другой документ",
        "kk": "Файл түпнұсқадан өзгеше: ол өзгертілген немесе басқа құжат",
        "en": "The file differs from the original: it was changed, or it is another document",
    },
    "ask": {
        "ru": "Введите уникальный номер, напечатанный на документе",
        "kk": "Құжатта басылған бірегей нөмірді енгізіңіз",
        "en": "Type the unique number that is printed on the document",
    },
    "ask-do": {"ru": "Проверить", "kk": "Тексеру", "en": "Check"},
    "sandbox": {
        "ru": "Учебно-испытательная среда egov-bus: люди и документы вымышлены.",
        "kk": "egov-bus оқу-сынақ ортасы: адамдар мен құжаттар ойдан шығарылған.",
        "en": "The sandbox egov-bus: people and documents are made up.",
    },
}
