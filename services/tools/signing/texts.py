"""The words of the check in Russian, Kazakh and English; the reasons come from `shared.pki.verification.texts`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.pki.verification.verdict import Condition, Mark

LANGUAGES = ("ru", "kk", "en")

CONDITIONS: Mapping[Condition, Mapping[str, str]] = {
    Condition.FORM: {"ru": "форма подписи", "kk": "қолтаңба пішімі", "en": "form of the signature"},
    Condition.SIGNATURE: {
        "ru": "подлинность подписи",
        "kk": "қолтаңбаның түпнұсқалығы",
        "en": "genuine signature",
    },
    Condition.TIME_STAMP: {"ru": "метка времени", "kk": "уақыт белгісі", "en": "time-stamp"},
    Condition.CHAIN: {
        "ru": "цепочка до корня НУЦ",
        "kk": "ҰКО түбіріне дейінгі тізбек",
        "en": "chain to НУЦ's root",
    },
    Condition.TERM: {
        "ru": "срок действия сертификата",
        "kk": "сертификаттың қолданылу мерзімі",
        "en": "term of the certificate",
    },
    Condition.PURPOSE: {
        "ru": "назначение сертификата",
        "kk": "сертификаттың мақсаты",
        "en": "purpose of the certificate",
    },
    Condition.REVOCATION: {
        "ru": "сертификат не отозван",
        "kk": "сертификат кері қайтарылмаған",
        "en": "certificate not revoked",
    },
    Condition.IIN: {"ru": "ИИН владельца", "kk": "иесінің ЖСН-і", "en": "the owner's ИИН"},
    Condition.BIN: {"ru": "БИН организации", "kk": "ұйымның БСН-і", "en": "the organisation's БИН"},
}

MARKS: Mapping[Mark, Mapping[str, str]] = {
    Mark.HELD: {"ru": "выполнено", "kk": "орындалды", "en": "holds"},
    Mark.FAILED: {"ru": "не выполнено", "kk": "орындалмады", "en": "does not hold"},
    Mark.NOT_ASKED: {"ru": "не проверялось", "kk": "сұралмады", "en": "not asked for"},
    Mark.NOT_REACHED: {"ru": "до этого не дошло", "kk": "оған дейін жетпеді", "en": "not reached"},
}

SIGNER = {"ru": "подписал(а)", "kk": "қол қойған", "en": "signed by"}
STAMPED = {"ru": "метка времени от", "kk": "уақыт белгісі", "en": "time-stamped at"}
