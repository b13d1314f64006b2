"""What the portal tells a citizen, and when."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum

from shared.bus.errors import NotFound, Refused
from shared.contracts.documents import ApplicationDocument
from shared.contracts.local_time import KAZAKHSTAN
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
    """Refused ``eds-iin-mismatch``, ``region-mismatch``, ``channel-not-given`` or ``service-not-executed``."""
    if document.applicant != iin or document.fields.get("iin", iin) != iin:
        raise Refused("eds-iin-mismatch", "the request names another person", condition="iin")
    if document.region != passport.region:
        raise Refused("region-mismatch", "the service is not of this region", region=document.region)
    if "portal" not in passport.channels.accept:
        raise Refused("channel-not-given", "the act does not give the portal for this service")
    if not passport.is_executed("portal"):
        raise Refused("service-not-executed", "the passport is here, but the systems do not run it yet")


def moment(at: datetime) -> str:
    """Day and minute by the clocks of Kazakhstan."""
    return f"{at.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M} (UTC+05:00)"


def day(at: datetime) -> str:
    """A day of Kazakhstan."""
    return f"{at.astimezone(KAZAKHSTAN):%d.%m.%Y}"


CODE_BITS = 100
"""Nobody guesses a printed document's code, and twenty characters can still be typed off paper."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no letter that could be read as another
_CODE = re.compile(f"[{_ALPHABET}]{{20}}")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def make_code(number: int) -> str:
    """The code of a printed document, from a random number of ``CODE_BITS``."""
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(CODE_BITS - 5, -5, -5))


def read_code(typed: str) -> str:
    """A code as somebody typed it off paper; NotFound ``printed-unknown`` for what can be none."""
    code = typed[:80].upper().translate(_MISREAD)
    if not _CODE.fullmatch(code):
        raise NotFound("printed-unknown", "there is no document with this number")
    return code


def shown_code(code: str) -> str:
    """A code in groups of four, as it is printed."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def masked_name(*names: str) -> str:
    """A person to strangers: the initials. Who holds the paper can compare them, who does not learns nothing."""
    return " ".join(f"{name[0].upper()}***" for name in names if name)


def masked_iin(iin: str) -> str:
    """A number to strangers: its last two digits."""
    return "*" * (len(iin) - 2) + iin[-2:]


def file_name(number: str) -> str:
    """A number as the name of a file: whatever the provider wrote, it leaves no folder and no header."""
    return re.sub(r"[^0-9A-Za-z_-]", "_", number)
