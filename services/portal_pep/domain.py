"""The portal's rules: acceptance of applications, notifications, codes of printed documents."""

from __future__ import annotations

import json
import re
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from shared.bus.errors import Malformed, NotFound, Refused
from shared.contracts.documents import ApplicationDocument
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.model import Channel, Passport
from shared.texts.catalog import texts_beside

PORTAL: Channel = "portal"
"""The channel of the applications filed here."""


class EventKind(StrEnum):
    """A change of an application, as the cabinet shows it."""

    SENT = "sent"
    STATUS = "status"
    ASKED = "asked"
    COMPLETED = "completed"
    REFUSED = "refused"
    NOT_DELIVERED = "not-delivered"
    EXTENDED = "extended"
    QUEUED = "queued"


NOTICE = "notice"
"""The kind of the document that tells the citizen of a place in a queue."""

SENT = "отправлено"
NOT_DELIVERED = "не доставлено"
COMPLETED = "завершение оказания услуги"
REFUSED = "отказано"
"""The portal's own statuses: before the provider has given one, and where the act has none for the end
(docs/reference/divergences.md).
"""

NOTIFICATIONS = texts_beside(__file__, file="notification_texts.yaml")
"""The notifications to a citizen, by `EventKind`."""


def check_portal_channel(passport: Passport) -> None:
    """Refused ``channel-not-given`` unless the act opens the portal."""
    if PORTAL not in passport.channels.accept:
        raise Refused("channel-not-given", "the act does not give the portal for this service")


def choose_variant(passport: Passport, requested_variant: str | None) -> str:
    """The requested variant, or the only one.

    NotFound ``variant-not-found``, Malformed ``variant-needed``; both list the ``variants``.
    """
    variants = passport.variants
    if requested_variant is None and len(variants) > 1:
        raise Malformed("variant-needed", "the act has several variants", variants=list(variants))
    if requested_variant is not None and requested_variant not in variants:
        raise NotFound("variant-not-found", "the act has no such variant", variants=list(variants))
    return requested_variant or variants[0]


def check_application_document(document: ApplicationDocument, passport: Passport, iin: str) -> None:
    """Check that a signed application belongs to its signer and its passport.

    Refused ``eds-iin-mismatch``, ``region-mismatch``, ``channel-not-given``; NotFound ``variant-not-found``.
    """
    if document.applicant != iin or document.fields.get("iin", iin) != iin:
        raise Refused("eds-iin-mismatch", "the request names another person", condition="iin")
    if document.region != passport.region:
        raise Refused("region-mismatch", "the service is not of this region", region=document.region)
    if document.channel != PORTAL:
        raise Refused("channel-not-given", "the document was made for another channel", channel=document.channel)
    check_portal_channel(passport)
    choose_variant(passport, document.variant)


def compose_open_key(document: ApplicationDocument) -> str:
    """A key that is equal for equal applications: one person, service, variant, authority and form."""
    key_fields = (document.applicant, document.regulation, document.variant, document.authority)
    form = sorted((key, value.strip()) for key, value in document.fields.items() if value.strip())
    return sha256(json.dumps([key_fields, form], ensure_ascii=False).encode()).hexdigest()


def format_moment(at: datetime) -> str:
    """Day and minute in Kazakhstan's time."""
    return f"{at.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M} (UTC+05:00)"


def format_day(at: datetime) -> str:
    """The day in Kazakhstan's time."""
    return f"{at.astimezone(KAZAKHSTAN):%d.%m.%Y}"


CODE_BITS = 100
"""The random bits of a printed document's code: not guessable, and twenty characters to type."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's alphabet: no letter looks like another
_CODE = re.compile(f"[{_ALPHABET}]{{20}}")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def make_code(number: int) -> str:
    """The code of a printed document, from a random number of ``CODE_BITS``."""
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(CODE_BITS - 5, -5, -5))


def read_code(typed: str) -> str:
    """A code as typed from paper, in its stored form; NotFound ``printed-unknown`` for an impossible code."""
    code = typed[:80].upper().translate(_MISREAD)
    if not _CODE.fullmatch(code):
        raise NotFound("printed-unknown", "there is no document with this number")
    return code


def format_code(code: str) -> str:
    """A code in groups of four, as it is printed."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def mask_name(*names: str) -> str:
    """A person's initials, for strangers: a holder of the paper can compare them, others learn nothing."""
    return " ".join(f"{name[0].upper()}***" for name in names if name)


def mask_iin(iin: str) -> str:
    """The last two digits of an ИИН, for strangers."""
    return "*" * (len(iin) - 2) + iin[-2:]


def safe_file_name(number: str) -> str:
    """A number as a safe file name, whatever the provider wrote."""
    return re.sub(r"[^0-9A-Za-z_-]", "_", number)
