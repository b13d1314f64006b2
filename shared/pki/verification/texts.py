"""The texts of refused signatures and numbers, by code, in Russian, Kazakh and English.

The wording is ours. The text of a signature begins with the meaning that the acts require (the requested service
is refused because the ЭЦП is not confirmed as genuine) and goes on with the concrete reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("ru", "kk", "en")

_REFUSAL = {
    "ru": "В запрашиваемой услуге отказано: подлинность ЭЦП не подтверждена.",
    "kk": "Сұралған қызметтен бас тартылды: ЭЦҚ түпнұсқалығы расталмады.",
    "en": "The requested service is refused: the digital signature is not confirmed as genuine.",
}

# code: (ru, kk, en)
_SIGNATURE_REASONS = {
    "eds-malformed": (
        "Подпись повреждена или имеет неизвестный формат.",
        "Қолтаңба бүлінген немесе оның пішімі белгісіз.",
        "The signature is damaged or of an unknown format.",
    ),
    "eds-signature-invalid": (
        "Документ изменён после подписания, или подпись сделана другим ключом.",
        "Құжат қол қойылғаннан кейін өзгертілген немесе қолтаңба басқа кілтпен жасалған.",
        "The document was changed after signing, or signed with another key.",
    ),
    "eds-algorithm": (
        "Алгоритм подписи или длина ключа не поддерживается.",
        "Қолтаңба алгоритміне немесе кілттің ұзындығына қолдау көрсетілмейді.",
        "The algorithm of the signature or the length of the key is not supported.",
    ),
    "eds-algorithm-gost34310": (
        "Подпись сделана по ГОСТ 34.310-2004, который больше не принимается. Получите новый сертификат.",
        "Қолтаңба енді қабылданбайтын ГОСТ 34.310-2004 бойынша жасалған. Жаңа сертификат алыңыз.",
        "The signature is made by GOST 34.310-2004, which is no longer accepted. Please obtain a new certificate.",
    ),
    "eds-signers": (
        "Документ должен быть подписан одним лицом, и подпись должна содержать его сертификат.",
        "Құжатқа бір тұлға қол қоюы және қолтаңбада оның сертификаты болуы тиіс.",
        "A document must be signed by one person, and the signature must hold that person's certificate.",
    ),
    "eds-chain": (
        "Сертификат выдан не тем удостоверяющим центром, которому доверяет система.",
        "Сертификатты жүйе сенетін куәландырушы орталық бермеген.",
        "The certificate was not issued by a certification centre that the system trusts.",
    ),
    "eds-missing": (
        "Документ не подписан.",
        "Құжатқа қол қойылмаған.",
        "The document is not signed.",
    ),
    "soap-malformed": (
        "Сообщение не является конвертом SOAP с одним телом.",
        "Хабарлама бір денесі бар SOAP конверті емес.",
        "The message is not a SOAP envelope with one body.",
    ),
    "xml-dtd": (
        "Документ XML содержит описание типа (DTD), что не допускается.",
        "XML құжатында тип сипаттамасы (DTD) бар, бұған жол берілмейді.",
        "The XML document holds a document type declaration, which is not allowed.",
    ),
    "xml-malformed": (
        "Документ XML повреждён или записан не в UTF-8.",
        "XML құжаты бүлінген немесе UTF-8 кодталмаған.",
        "The XML document is damaged or not in UTF-8.",
    ),
    "xml-too-large": (
        "Документ XML слишком велик или слишком сложен.",
        "XML құжаты тым үлкен немесе тым күрделі.",
        "The XML document is too large or too complex.",
    ),
    "eds-certificate-unknown": (
        "Подпись только называет сертификат, а системе он не известен.",
        "Қолтаңба сертификатты тек атайды, ал ол жүйеге белгісіз.",
        "The signature only names its certificate, and the system does not know it.",
    ),
    "eds-expired": (
        "Срок действия сертификата истёк. Получите новый сертификат.",
        "Сертификаттың қолданылу мерзімі аяқталған. Жаңа сертификат алыңыз.",
        "The certificate has expired. Please obtain a new one.",
    ),
    "eds-not-yet-valid": (
        "Срок действия сертификата ещё не наступил.",
        "Сертификаттың қолданылу мерзімі әлі басталған жоқ.",
        "The certificate is not valid yet.",
    ),
    "eds-purpose": (
        "Сертификат не предназначен для такой подписи.",
        "Сертификат мұндай қолтаңбаға арналмаған.",
        "The certificate is not intended for this kind of signature.",
    ),
    "eds-revoked": (
        "Сертификат отозван.",
        "Сертификат кері қайтарып алынған.",
        "The certificate has been revoked.",
    ),
    "eds-timestamp": (
        "Метка времени не относится к подписи, повреждена или выдана не службой НУЦ.",
        "Уақыт белгісі қолтаңбаға қатысты емес, бүлінген немесе оны ҰКО қызметі бермеген.",
        "The time-stamp is not of this signature, is damaged, or was not made by the service of НУЦ.",
    ),
    "eds-bin-mismatch": (
        "БИН в запросе не совпадает с БИН в сертификате.",
        "Сұраудағы БСН сертификаттағы БСН-мен сәйкес келмейді.",
        "The БИН of the request differs from the БИН of the certificate.",
    ),
    "eds-iin-mismatch": (
        "ИИН в запросе не совпадает с ИИН в сертификате.",
        "Сұраудағы ЖСН сертификаттағы ЖСН-мен сәйкес келмейді.",
        "The ИИН of the request differs from the ИИН of the certificate.",
    ),
}

# Not refusals of a signature: these texts stand alone.
_OTHERS = {
    "eds-valid": (
        "Подлинность ЭЦП подтверждена: все условия выполнены.",
        "ЭЦҚ түпнұсқалығы расталды: барлық шарттар орындалды.",
        "The digital signature is confirmed as genuine: every condition holds.",
    ),
    "eds-revocation-unknown": (
        "Сейчас нельзя проверить, не отозван ли сертификат. Повторите попытку позже.",
        "Сертификаттың кері қайтарып алынбағанын қазір тексеру мүмкін емес. Кейінірек қайталап көріңіз.",
        "Whether the certificate has been revoked cannot be told now. Please try again later.",
    ),
    "iin-length": (
        "ИИН состоит из 12 цифр.",
        "ЖСН 12 цифрдан тұрады.",
        "An ИИН has 12 digits.",
    ),
    "iin-digits": (
        "ИИН содержит только цифры.",
        "ЖСН тек цифрлардан тұрады.",
        "An ИИН has digits only.",
    ),
    "iin-century": (
        "Седьмая цифра ИИН неверна: она обозначает век рождения и пол, от 1 до 6.",
        "ЖСН-нің жетінші цифры қате: ол туған ғасыр мен жынысты білдіреді, 1-ден 6-ға дейін.",
        "The seventh digit of the ИИН is wrong: it tells the century of birth and the sex, 1 to 6.",
    ),
    "iin-birth-date": (
        "Первые шесть цифр ИИН не являются датой рождения.",
        "ЖСН-нің алғашқы алты цифры туған күнге сәйкес келмейді.",
        "The first six digits of the ИИН are not a date of birth.",
    ),
    "iin-check-digit": (
        "Контрольная цифра ИИН не сходится. Проверьте номер.",
        "ЖСН-нің бақылау цифры сәйкес келмейді. Нөмірді тексеріңіз.",
        "The check digit of the ИИН does not agree. Please check the number.",
    ),
    "bin-length": (
        "БИН состоит из 12 цифр.",
        "БСН 12 цифрдан тұрады.",
        "A БИН has 12 digits.",
    ),
    "bin-digits": (
        "БИН содержит только цифры.",
        "БСН тек цифрлардан тұрады.",
        "A БИН has digits only.",
    ),
    "bin-date": (
        "Третья и четвёртая цифры БИН не являются месяцем регистрации.",
        "БСН-нің үшінші және төртінші цифрлары тіркелген айға сәйкес келмейді.",
        "The third and fourth digits of the БИН are not a month of registration.",
    ),
    "bin-kind": (
        "Пятая или шестая цифра БИН неверна: они обозначают вид организации.",
        "БСН-нің бесінші немесе алтыншы цифры қате: олар ұйымның түрін білдіреді.",
        "The fifth or sixth digit of the БИН is wrong: they tell the kind of organisation.",
    ),
    "bin-check-digit": (
        "Контрольная цифра БИН не сходится. Проверьте номер.",
        "БСН-нің бақылау цифры сәйкес келмейді. Нөмірді тексеріңіз.",
        "The check digit of the БИН does not agree. Please check the number.",
    ),
}


def _by_language(texts: tuple[str, str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(zip(LANGUAGES, texts, strict=True)))


def _with_refusal(reasons: tuple[str, str, str]) -> Mapping[str, str]:
    paired = zip(LANGUAGES, reasons, strict=True)
    return MappingProxyType({language: f"{_REFUSAL[language]} {reason}" for language, reason in paired})


TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {code: _with_refusal(reasons) for code, reasons in _SIGNATURE_REASONS.items()}
    | {code: _by_language(texts) for code, texts in _OTHERS.items()}
)

REASONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {code: _by_language(reasons) for code, reasons in _SIGNATURE_REASONS.items()}
)
"""The reason why a signature is invalid, without the refusal of a service: for a page that only checks
signatures.
"""
