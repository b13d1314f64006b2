"""The texts of a diagram that do not come from the act. They are Russian, as the passports are."""

from __future__ import annotations

from collections.abc import Mapping

from shared.regulations.model import Channel, EndKind, Medium, RefusalKind, System, TimeLimit

SYSTEMS: Mapping[System, str] = {
    "portal_pep": "ПЭП, портал",
    "gateways": "ШЭП и РШЭП",
    "is_mio": "ИС МИО",
    "is_con": "ИС ЦОН",
    "nr_iin": "НР ИИН",
    "enis": "ЕНИС",
    "is_nuc": "ИС НУЦ",
    "is_cgo": "ИС ЦГО",
    "is_esobes": "ИС «Е-собес»",
    "is_rynok_truda": "ИС «Рынок труда»",
    "gbd_elicense": "ГБД «Е-лицензирование»",
    "gcvp": "ГЦВП",
    "arm_shep": "АРМ ШЭП",
    "arm_rshep": "АРМ РШЭП",
    "shep_gateway": "ШЭП",
}

CHANNELS: Mapping[Channel, str] = {
    "provider": "у услугодателя",
    "con": "через ЦОН",
    "portal": "через портал",
    "akim": "через акима",
}

MEDIA: Mapping[Medium, str] = {
    "in_person": "лично",
    "paper": "на бумаге",
    "courier": "курьером",
    "email": "электронной почтой",
}

ENDS: Mapping[EndKind, str] = {"completed": "Услуга оказана", "refused": "Отказ", "archived": "Передано в архив"}

REFUSALS: Mapping[RefusalKind, str] = {
    "authorization": "в авторизации",
    "eds_not_confirmed": "ЭЦП не подтверждена",
    "invalid_data": "данные формы неверны",
    "no_data": "нет сведений в регистре",
    "incomplete": "не все документы",
    "documents": "документы не дают права",
    "declined": "гражданин отказался",
    "reasoned": "мотивированный",
}

ANSWERS: Mapping[str, str] = {
    "met": "да",
    "unmet": "нет",
    "granted": "выдать",
    "refused": "отказать",
    "complete": "все документы",
    "incomplete": "не все документы",
}

QUESTIONS: Mapping[frozenset[str], str] = {
    frozenset({"met", "unmet"}): "верно?",
    frozenset({"granted", "refused"}): "решение",
    frozenset({"complete", "incomplete"}): "все ли документы?",
}


def iso_duration(limit: TimeLimit) -> str | None:
    """The longest time allowed as an ISO 8601 duration; None for limits that ISO 8601 cannot express: working
    days, the same day, unspecified.
    """
    longest = limit.upper or limit.amount
    form = {"minute": "PT{}M", "hour": "PT{}H", "calendar_day": "P{}D", "month": "P{}M"}.get(limit.unit)
    return form.format(longest) if form and longest else None
