"""The texts of the check in Russian, Kazakh and English; the reasons come from `shared.pki.verification.texts`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.pki.verification.verdict import ConditionMark, SignatureCondition

LANGUAGES = ("ru", "kk", "en")

CONDITIONS: Mapping[SignatureCondition, Mapping[str, str]] = {
    SignatureCondition.FORM: {"ru": "форма подписи", "kk": "қолтаңба пішімі", "en": "form of the signature"},
    SignatureCondition.SIGNATURE: {
        "ru": "подлинность подписи",
        "kk": "қолтаңбаның түпнұсқалығы",
        "en": "genuine signature",
    },
    SignatureCondition.TIME_STAMP: {"ru": "метка времени", "kk": "уақыт белгісі", "en": "time-stamp"},
    SignatureCondition.CHAIN: {
        "ru": "цепочка до корня НУЦ",
        "kk": "ҰКО түбіріне дейінгі тізбек",
        "en": "chain to НУЦ's root",
    },
    SignatureCondition.TERM: {
        "ru": "срок действия сертификата",
        "kk": "сертификаттың қолданылу мерзімі",
        "en": "term of the certificate",
    },
    SignatureCondition.PURPOSE: {
        "ru": "назначение сертификата",
        "kk": "сертификаттың мақсаты",
        "en": "purpose of the certificate",
    },
    SignatureCondition.REVOCATION: {
        "ru": "сертификат не отозван",
        "kk": "сертификат кері қайтарылмаған",
        "en": "certificate not revoked",
    },
    SignatureCondition.IIN: {"ru": "ИИН владельца", "kk": "иесінің ЖСН-і", "en": "the owner's ИИН"},
    SignatureCondition.BIN: {"ru": "БИН организации", "kk": "ұйымның БСН-і", "en": "the organisation's БИН"},
}

MARKS: Mapping[ConditionMark, Mapping[str, str]] = {
    ConditionMark.HELD: {"ru": "выполнено", "kk": "орындалды", "en": "holds"},
    ConditionMark.FAILED: {"ru": "не выполнено", "kk": "орындалмады", "en": "does not hold"},
    ConditionMark.NOT_ASKED: {"ru": "не проверялось", "kk": "сұралмады", "en": "not asked for"},
    ConditionMark.NOT_REACHED: {"ru": "до этого не дошло", "kk": "оған дейін жетпеді", "en": "not reached"},
}

SIGNER = {"ru": "подписал(а)", "kk": "қол қойған", "en": "signed by"}
STAMPED = {"ru": "метка времени от", "kk": "уақыт белгісі", "en": "time-stamped at"}
