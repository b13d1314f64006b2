"""The papers of the case in the scripts: KZ-YUZ.3 by the portal; applications and results that people sign."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from services.tools.conformance.kit_keys import KeyPair, KitKeys
from services.tools.conformance.roles.samples import iso_now, list_people
from shared.bus.clocks.clock import SystemClock
from shared.contracts.population import SyntheticPerson
from shared.pki.certificates import keys, profile
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import signed_data
from shared.regulations.loader import PASSPORT_FOLDER, load_passport
from shared.regulations.model.passport import Passport

REGULATION, CHANNEL, SERVICE, REGION = "KZ-YUZ.3", "portal", "unemployment-certificate", "KZ-YUZ"
AUTHORITY, AUTHORITY_BIN = "kz-yuz.employment.15", "990140000780"
AUTHORITY_NAME = "Отдел занятости и социальных программ города Шымкент"
STEPS = {"t3": "поступившие", "t7": "в работе", "t12": "завершение оказания услуги"}
"""The steps of the provider with their statuses, in the order of the act's table for the portal."""
CITIZEN, OTHER_CITIZEN, LATE_CITIZEN, EMPLOYEE = "citizen", "other-citizen", "late-citizen", "employee"


def add_people(kit_keys: KitKeys, now: datetime) -> None:
    """Certify the people of the scripts: three citizens, one of them with an expired certificate, an employee."""
    people = list_people()
    long_ago = now - timedelta(days=400)
    old = {"not_before": long_ago, "not_after": now - timedelta(days=30)}
    for name, person, options in (
        (CITIZEN, people[0], {}),
        (OTHER_CITIZEN, people[1], {}),
        (LATE_CITIZEN, people[2], old),
    ):
        subject = profile.person_subject(person.iin, person.surname, person.name)
        kit_keys.people[name] = kit_keys.centre.certify(
            keys.new_ec_key(), CertificateKind.INDIVIDUAL, subject, now, **options
        )
    clerk = people[3]
    subject = profile.employee_subject(
        clerk.iin, clerk.surname, clerk.name, organisation=AUTHORITY_NAME, bin_=AUTHORITY_BIN
    )
    kit_keys.people[EMPLOYEE] = kit_keys.centre.certify(keys.new_ec_key(), CertificateKind.EMPLOYEE, subject, now)


@cache
def load_regulation() -> Passport:
    """The passport of the scripts."""
    return load_passport(PASSPORT_FOLDER / "kz-yuz" / "03-unemployment-certificate.yaml")


def sign_paper(paper: dict[str, Any], pair: KeyPair) -> str:
    """A document in a CMS with its signer's certificate, in base64."""
    content = json.dumps(paper, ensure_ascii=False).encode()
    cms = signed_data.sign(content, pair.key, pair.certificate, at=SystemClock().now())
    return base64.b64encode(cms).decode()


def draft_application(person: SyntheticPerson) -> dict[str, Any]:
    """The application of a person, complete by the act's format-logic control."""
    return {
        "document": "application",
        "application_id": str(uuid4()),
        "regulation": REGULATION,
        "channel": CHANNEL,
        "variant": "main",
        "region": REGION,
        "authority": AUTHORITY,
        "applicant": person.iin,
        "representative": None,
        "fields": {"iin": person.iin, "postal_index": "160000", "phone": "77252534177", "sik": "1234567890123456"},
        "attachments": [],
        "made_at": iso_now(),
    }


def draft_result(case_id: str, applicant: str, number: str) -> dict[str, Any]:
    """A positive result of the case."""
    return {
        "document": "output",
        "application_id": case_id,
        "number": number,
        "regulation": REGULATION,
        "service": "Справка безработному",
        "authority": AUTHORITY_NAME,
        "applicant": applicant,
        "outcome": "positive",
        "text": "Гражданин зарегистрирован как безработный",
        "issued_at": iso_now(),
    }


def case_fields(step: str, by: str) -> dict[str, Any]:
    """What the data of every message of the case hold."""
    steps = [{"step": step, "by": by, "at": iso_now()}]
    return {"regulation": REGULATION, "channel": CHANNEL, "step": step, "steps": steps}


def case_properties(step: str) -> dict[str, str]:
    """The properties of every message of the case."""
    return {"regulation": REGULATION, "channel": CHANNEL, "step": step}


def spoil(document: str) -> str:
    """The document with a changed byte of its signature."""
    cms = bytearray(base64.b64decode(document))
    cms[-3] ^= 0xFF
    return base64.b64encode(bytes(cms)).decode()
