"""The words of a printed document, Kazakh first.

``LAW`` is the sentence that every document of the real portal bears; the others are ours.
"""

from __future__ import annotations

from typing import NamedTuple


class BilingualText(NamedTuple):
    """The same in both languages of the state."""

    kk: str
    ru: str


PORTAL = BilingualText("«ЭЛЕКТРОНДЫҚ ҮКІМЕТ» ПОРТАЛЫ", "ПОРТАЛ «ЭЛЕКТРОННОГО ПРАВИТЕЛЬСТВА»")
CODE = BilingualText("Құжаттың бірегей нөмірі", "Уникальный номер документа")
ISSUED = BilingualText("Берілген күні мен уақыты", "Дата и время выдачи")

HEADINGS = {
    "certificate": BilingualText("АНЫҚТАМА", "СПРАВКА"),
    "reasoned-refusal": BilingualText("БАС ТАРТУ ТУРАЛЫ ДӘЛЕЛДІ ЖАУАП", "МОТИВИРОВАННЫЙ ОТВЕТ ОБ ОТКАЗЕ"),
}
"""By the code that the passport gives the result."""
OTHER_HEADING = BilingualText("ҚЫЗМЕТ КӨРСЕТУ НӘТИЖЕСІ", "РЕЗУЛЬТАТ ОКАЗАНИЯ УСЛУГИ")

SERVICE = BilingualText("Мемлекеттік қызмет", "Государственная услуга")
AUTHORITY = BilingualText("Құжатты берген орган", "Орган, выдавший документ")
APPLICANT = BilingualText("Өтініш беруші", "Заявитель")
IIN = BilingualText("ЖСН", "ИИН")

SIGNED = BilingualText("Құжатқа ЭЦҚ қойылған", "Документ подписан ЭЦП")
SIGNER = BilingualText("Қол қойған", "Подписал")
ORGANISATION = BilingualText("Ұйым", "Организация")
SIGNED_AT = BilingualText("Қол қойылған күні мен уақыты", "Дата и время подписания")
CERTIFICATE = BilingualText("Сертификат нөмірі", "Номер сертификата")
TERM = BilingualText("Сертификаттың мерзімі", "Срок действия сертификата")

CHECK = BilingualText(
    "Құжаттың түпнұсқалығы QR-код бойынша немесе төмендегі мекенжайда тексеріледі. "
    "Қызметкер қол қойған түпнұсқа осы файлға тіркелген.",
    "Подлинность документа проверяется по QR-коду или по адресу, указанному ниже. "
    "Подлинник с подписью сотрудника вложен в этот файл.",
)
LAW = BilingualText(
    "Осы құжат «Электрондық құжат және электрондық цифрлық қолтаңба туралы» Қазақстан Республикасының "
    "2003 жылғы 7 қаңтардағы N 370-II Заңы 7-бабының 1-тармағына сәйкес қағаз тасығыштағы құжатпен бірдей.",
    "Данный документ согласно пункту 1 статьи 7 ЗРК от 7 января 2003 года N 370-II «Об электронном документе "
    "и электронной цифровой подписи» равнозначен документу на бумажном носителе.",
)
SANDBOX = BilingualText(
    "egov-bus оқу-сынақ ортасының құжаты, заңдық күші жоқ",
    "документ учебно-испытательной среды egov-bus, юридической силы не имеет",
)
"""Ours: nobody shall take a document of the synthetic country for a real one."""

ORIGINAL = BilingualText("Қызметкер қол қойған деректер", "Данные, подписанные сотрудником")
SIGNATURE = BilingualText("Қызметкердің ЭЦҚ-сы", "ЭЦП сотрудника")
