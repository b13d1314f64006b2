"""What the portal tells a citizen, and when."""

from __future__ import annotations

from enum import StrEnum

from shared.bus.errors import Refused
from shared.contracts.documents import ApplicationDocument
from shared.regulations.model import Passport


class EventKind(StrEnum):
    """What happened to an application, as the cabinet tells it."""

    SENT = "sent"
    STATUS = "status"
    COMPLETED = "completed"
    NOT_DELIVERED = "not-delivered"


SENT = "отправлено"
NOT_DELIVERED = "не доставлено"
"""The portal's own statuses, before the provider has given one (docs/divergences.md)."""

NOTIFICATIONS = {
    EventKind.SENT: {
        "ru": "Запрос успешно сформирован и отправлен: «{service}»",
        "kk": "Сұрау сәтті жасалды және жіберілді: «{service}»",
        "en": "The request was made and sent: «{service}»",
    },
    EventKind.STATUS: {
        "ru": "Заявление {number}: статус «{status}»",
        "kk": "{number} өтініші: «{status}» мәртебесі",
        "en": "Application {number}: status «{status}»",
    },
    EventKind.COMPLETED: {
        "ru": "Заявление {number}: оказание услуги завершено, выходной документ готов",
        "kk": "{number} өтініші: қызмет көрсету аяқталды, шығыс құжаты дайын",
        "en": "Application {number}: the service is completed, the output document is ready",
    },
    EventKind.NOT_DELIVERED: {
        "ru": "Запрос «{service}» не доставлен (причина: {code}); подайте его ещё раз",
        "kk": "«{service}» сұрауы жеткізілмеді (себебі: {code}); оны қайта беріңіз",
        "en": "The request «{service}» was not delivered (reason: {code}); submit it again",
    },
}


def check_document(document: ApplicationDocument, passport: Passport, iin: str) -> None:
    """Refused ``eds-iin-mismatch``, ``region-mismatch`` or ``channel-not-given``."""
    if document.applicant != iin or document.fields.get("iin", iin) != iin:
        raise Refused("eds-iin-mismatch", "the request names another person", condition="iin")
    if document.region != passport.region:
        raise Refused("region-mismatch", "the service is not of this region", region=document.region)
    if "portal" not in passport.channels.accept:
        raise Refused("channel-not-given", "the act does not give the portal for this service")
